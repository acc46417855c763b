from django.urls import path

from escalation.views import fairness, policies

urlpatterns = [
    path("desk/reports/", fairness.matters, name="matters"),
    path("desk/reports/<int:pk>/", fairness.matter, name="matter"),
    path("desk/reports/<int:pk>/claim/", fairness.matter_claim, name="matter-claim"),
    path("desk/reports/<int:pk>/release/", fairness.matter_release, name="matter-release"),
    path("desk/reports/<int:pk>/notes/", fairness.matter_note, name="matter-note"),
    path("desk/reports/<int:pk>/closure/", fairness.matter_closure, name="matter-closure"),
    path("desk/posts/<str:public_id>/acts/", fairness.post_acts, name="post-acts"),
    path("desk/replies/<str:public_id>/acts/", fairness.reply_acts, name="reply-acts"),
    path("desk/members/<str:public_id>/", fairness.member, name="member"),
    path("desk/held/", fairness.held, name="held"),
    path("desk/appeals/", fairness.appeal_list, name="appeals"),
    path("desk/appeals/<str:public_id>/", fairness.appeal, name="appeal"),
    path("operator/wall/", policies.policy_list, name="policies"),
    path("operator/wall/<slug:slug>/", policies.policy, name="policy"),
]
