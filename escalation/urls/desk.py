from django.urls import path

from escalation.views import alerts, cases, desk, identity, readings

ONE = "desk/cases/<int:pk>/identity/<int:request_pk>"

urlpatterns = [
    path("desk/", desk.desk, name="desk"),
    path("desk/queue/", desk.queue, name="queue"),
    path("desk/strip/", desk.strip, name="strip"),
    path("desk/next/", desk.next_create, name="next"),
    path("desk/senior/", desk.senior, name="senior"),
    path("desk/alerts/<int:pk>/", alerts.alert, name="alert"),
    path("desk/alerts/<int:pk>/claim/", alerts.claim_create, name="claim"),
    path("desk/alerts/<int:pk>/heartbeat/", alerts.heartbeat_create, name="heartbeat"),
    path("desk/alerts/<int:pk>/release/", alerts.release_create, name="release"),
    path("desk/alerts/<int:pk>/reply/", alerts.reply_create, name="reply"),
    path("desk/alerts/<int:pk>/senior-question/", alerts.question_create, name="senior-question"),
    path("desk/alerts/<int:pk>/senior-answer/", alerts.answer_create, name="senior-answer"),
    path("desk/alerts/<int:pk>/visibility/", alerts.visibility_create, name="visibility"),
    path("desk/alerts/<int:pk>/case/", alerts.case_create, name="alert-case"),
    path("desk/alerts/<int:pk>/closure/", alerts.closure_create, name="alert-closure"),
    path("desk/readings/", readings.readings, name="readings"),
    path("desk/readings/<int:pk>/answer/", readings.reading_answer_create, name="reading-answer"),
    path(
        "desk/posts/<str:public_id>/sooner/",
        readings.sooner,
        {"kind": "posts"},
        name="post-sooner",
    ),
    path(
        "desk/replies/<str:public_id>/sooner/",
        readings.sooner,
        {"kind": "replies"},
        name="reply-sooner",
    ),
    path(
        "desk/lines/<str:public_id>/sooner/",
        readings.sooner,
        {"kind": "lines"},
        name="line-sooner",
    ),
    path("desk/cases/", cases.case_list, name="case-list"),
    path("desk/cases/<int:pk>/", cases.case, name="case"),
    path("desk/cases/<int:pk>/steps/<int:step_pk>/", cases.step_create, name="case-step"),
    path(
        "desk/cases/<int:pk>/acknowledgement/",
        cases.acknowledgement_create,
        name="case-acknowledgement",
    ),
    path("desk/cases/<int:pk>/closure/", cases.closure_create, name="case-closure"),
    path("desk/identity/", identity.identity_list, name="identity-list"),
    path("desk/cases/<int:pk>/identity/", identity.identity_ask, name="identity"),
    path("desk/cases/<int:pk>/identity/now/", identity.identity_now, name="identity-now"),
    path(f"{ONE}/", identity.identity_request, name="identity-request"),
    path(f"{ONE}/decision/", identity.decision_create, name="identity-decision"),
    path(f"{ONE}/look/", identity.look_create, name="identity-look"),
    path(f"{ONE}/review/", identity.review_create, name="identity-review"),
    path(f"{ONE}/delay/", identity.delay_create, name="identity-delay"),
    path("operator/releases/", identity.identity_releases, name="identity-releases"),
    path("me/looks/", identity.looks, name="looks"),
]
