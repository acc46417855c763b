from django.urls import path

from community.views import fairness

urlpatterns = [
    path("wall/posts/<str:public_id>/report/", fairness.post_report, name="post-report"),
    path("wall/replies/<str:public_id>/report/", fairness.reply_report, name="reply-report"),
    path("wall/rules/", fairness.rules, name="rules"),
    path("me/decisions/", fairness.decisions, name="decisions"),
    path("me/decisions/<str:public_id>/", fairness.decision, name="decision"),
]
