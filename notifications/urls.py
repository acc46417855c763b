from django.urls import path

from notifications.views import news

app_name = "notifications"

urlpatterns = [
    path("me/news/", news.news, name="news"),
]
