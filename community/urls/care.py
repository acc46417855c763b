from django.urls import path

from community.views import care

urlpatterns = [
    path("me/helping/", care.helping, name="helping"),
    path("me/load/", care.load_check, name="load"),
    path("wall/asked/<str:public_id>/", care.asked, name="asked"),
    path("wall/posts/<str:public_id>/hand-over/", care.hand_over, name="hand-over"),
]
