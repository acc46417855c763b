from django.urls import path

from notifications.views import news, phone, stop

app_name = "notifications"

urlpatterns = [
    path("me/news/", news.news, name="news"),
    path("me/news/phone/", phone.subscribe, name="subscribe"),
    path("me/news/phone/not-now/", phone.not_now, name="not-now"),
    path("me/news/phone/off/", phone.unsubscribe, name="unsubscribe"),
    path("letters/stop/<str:token>/", stop.stop, name="stop"),
]
