from django.urls import path

from reporting import views

app_name = "reporting"

urlpatterns = [
    path("commissioner/", views.commissioner_home, name="commissioner-home"),
    path("commissioner/wall/", views.wall_policy, name="wall-policy"),
    path("commissioner/protocols/<int:pk>/", views.protocol, name="protocol"),
    path(
        "commissioner/protocols/<int:pk>/agreement/",
        views.agreement_create,
        name="protocol-agreement",
    ),
]
