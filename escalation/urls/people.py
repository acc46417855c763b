from django.urls import path

from escalation.views import people

urlpatterns = [
    path("operator/people/", people.people_list, name="people"),
    path("operator/people/invitations/new/", people.invitation_new, name="invitation-new"),
    path(
        "operator/people/invitations/<int:pk>/withdrawal/",
        people.invitation_withdraw,
        name="invitation-withdraw",
    ),
    path("operator/people/<int:pk>/", people.person, name="person"),
    path("operator/people/<int:pk>/coverage/", people.coverage_change, name="coverage-change"),
    path("operator/people/<int:pk>/end/", people.appointment_end, name="appointment-end"),
    path("operator/people/<int:pk>/reset/", people.reset_new, name="reset-new"),
    path("operator/people/resets/<int:pk>/agreement/", people.reset_agree, name="reset-agree"),
    path("invitation/<str:token>/", people.invited, name="invited"),
]
