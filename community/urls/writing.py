from django.urls import path

from community import history
from community.views import unsent, writing

urlpatterns = [
    path("wall/new/", writing.post_new, name="post-new"),
    path("wall/posts/<str:public_id>/replies/", writing.reply_create, name="reply-create"),
    path("wall/posts/<str:public_id>/edit/", writing.post_edit, name="post-edit"),
    path("wall/replies/<str:public_id>/edit/", writing.reply_edit, name="reply-edit"),
    path("wall/posts/<str:public_id>/delete/", writing.post_delete, name="post-delete"),
    path("wall/replies/<str:public_id>/delete/", writing.reply_delete, name="reply-delete"),
    path("wall/posts/<str:public_id>/answers/", unsent.post_answer, name="post-answer"),
    path("wall/replies/<str:public_id>/answers/", unsent.reply_answer, name="reply-answer"),
    path("wall/drafts/", unsent.draft_list, name="drafts"),
    path("away/", unsent.away, name="away"),
    path("desk/posts/<str:public_id>/history/", history.post_history, name="post-history"),
    path("desk/replies/<str:public_id>/history/", history.reply_history, name="reply-history"),
]
