from django.urls import path

from community import visitors
from community.views import keeping, reading

urlpatterns = [
    path("wall/", reading.feed, name="feed"),
    path("wall/topics/<slug:slug>/", reading.topic, name="topic"),
    path("wall/for-you/", reading.for_you, name="for-you"),
    path("wall/waiting/", reading.waiting, name="waiting"),
    path("wall/since/", reading.since, name="since"),
    path("wall/mine/", reading.mine, name="mine"),
    path("wall/posts/<str:public_id>/", reading.thread, name="thread"),
    path("wall/replies/<str:public_id>/", reading.reply, name="reply"),
    path("wall/posts/<str:public_id>/visitors/", visitors.answer_create, name="post-visitors"),
    path("look/", visitors.look, name="look"),
    path("desk/visitors/", visitors.sample, name="visitors"),
    path("desk/visitors/<str:public_id>/", visitors.sample_update, name="visitors-update"),
    path("wall/posts/<str:public_id>/saved/", keeping.saved_update, name="post-save"),
    path("wall/posts/<str:public_id>/mute/", keeping.post_mute, name="post-mute"),
    path("wall/replies/<str:public_id>/mute/", keeping.reply_mute, name="reply-mute"),
]
