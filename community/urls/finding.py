from django.urls import path

from community.views import finding, note_desk

urlpatterns = [
    path("wall/search/", finding.search, name="search"),
    path("desk/posts/<str:public_id>/note/", note_desk.note, {"kind": "posts"}, name="post-note"),
    path(
        "desk/replies/<str:public_id>/note/",
        note_desk.note,
        {"kind": "replies"},
        name="reply-note",
    ),
]
