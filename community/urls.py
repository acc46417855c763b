from django.urls import path

from community import views, visitors

app_name = "community"

urlpatterns = [
    path("wall/", views.feed, name="feed"),
    path("wall/topics/<slug:slug>/", views.topic, name="topic"),
    path("wall/new/", views.post_new, name="post-new"),
    path("wall/posts/<str:public_id>/", views.thread, name="thread"),
    path("wall/posts/<str:public_id>/replies/", views.reply_create, name="reply-create"),
    path("wall/posts/<str:public_id>/edit/", views.post_edit, name="post-edit"),
    path("wall/replies/<str:public_id>/edit/", views.reply_edit, name="reply-edit"),
    path("wall/posts/<str:public_id>/visitors/", visitors.answer_create, name="post-visitors"),
    path("look/", visitors.look, name="look"),
    path("desk/visitors/", visitors.sample, name="visitors"),
    path("desk/visitors/<str:public_id>/", visitors.sample_update, name="visitors-update"),
    path("wall/posts/<str:public_id>/saved/", views.saved_update, name="post-save"),
    path("wall/posts/<str:public_id>/mute/", views.post_mute, name="post-mute"),
    path("wall/replies/<str:public_id>/mute/", views.reply_mute, name="reply-mute"),
]
