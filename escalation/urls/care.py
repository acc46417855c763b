from django.urls import path

from escalation.views import care, themes

urlpatterns = [
    path("desk/unanswered/", care.unanswered, name="unanswered"),
    path("desk/unanswered/<str:public_id>/claim/", care.unanswered_claim, name="unanswered-claim"),
    path("desk/unanswered/<str:public_id>/reply/", care.unanswered_reply, name="unanswered-reply"),
    path("desk/unanswered/<str:public_id>/taken/", care.hand_over_taken, name="hand-over-taken"),
    path("desk/first-replies/", care.first_reply_times, name="first-replies"),
    path("desk/peers/", care.peers, name="peers"),
    path("desk/peers/<int:pk>/", care.peer_update, name="peer-update"),
    path("desk/themes/", themes.themes, name="themes"),
    path("desk/themes/<slug:slug>/", themes.theme, name="theme"),
    path("desk/themes/<slug:slug>/look/", themes.theme_look_create, name="theme-look"),
    path("desk/threads/<str:public_id>/cooling/", themes.thread_cooling, name="thread-cooling"),
]
