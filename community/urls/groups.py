from django.urls import path

from community.views import group_desk, groups

urlpatterns = [
    path("wall/groups/", groups.groups, name="groups"),
    path("wall/groups/<str:public_id>/", groups.group, name="group"),
    path("wall/groups/<str:public_id>/answer/", groups.answer_create, name="group-answer"),
    path("wall/groups/<str:public_id>/leave/", groups.leave_create, name="group-leave"),
    path("desk/groups/", group_desk.group_list, name="group-list"),
    path("desk/groups/<str:public_id>/", group_desk.group_detail, name="group-desk"),
    path(
        "desk/groups/<str:public_id>/invitation/",
        group_desk.invitation_create,
        name="group-invite",
    ),
    path("desk/groups/<str:public_id>/guides/", group_desk.guide_add, name="group-guide"),
    path("desk/groups/<str:public_id>/closure/", group_desk.closure_create, name="group-close"),
    path(
        "desk/groups/<str:public_id>/members/<str:member_id>/end/",
        group_desk.place_end,
        name="group-end-place",
    ),
]
