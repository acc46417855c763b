from django.urls import path

from conversations import views

app_name = "conversations"

urlpatterns = [
    path("talk/", views.talk, name="talk"),
    path("talk/lines/", views.lines, name="lines"),
]
