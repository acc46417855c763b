from django.urls import path

from escalation.views import reply_templates, talks

ONE = "desk/conversations/<int:pk>"

urlpatterns = [
    path("desk/conversations/", talks.conversations, name="conversations"),
    path("desk/conversations/list/", talks.conversations_part, name="conversations-part"),
    path(f"{ONE}/", talks.conversation, name="conversation"),
    path(f"{ONE}/lines/", talks.conversation_part, name="conversation-part"),
    path(f"{ONE}/claim/", talks.claim_create, name="conversation-claim"),
    path(f"{ONE}/heartbeat/", talks.heartbeat_create, name="conversation-heartbeat"),
    path(f"{ONE}/release/", talks.release_create, name="conversation-release"),
    path(f"{ONE}/answer/", talks.answer_create, name="conversation-answer"),
    path(f"{ONE}/extension/", talks.extension_create, name="conversation-extension"),
    path(f"{ONE}/hand-over/", talks.hand_over_create, name="conversation-hand-over"),
    path(f"{ONE}/closure/", talks.closure_create, name="conversation-closure"),
    path("desk/templates/", reply_templates.template_list, name="reply-templates"),
    path("desk/templates/new/", reply_templates.template_new, name="reply-template-new"),
    path("desk/templates/<int:pk>/", reply_templates.template_edit, name="reply-template"),
    path(
        "desk/templates/<int:pk>/retirement/",
        reply_templates.retirement_create,
        name="reply-template-retire",
    ),
]
