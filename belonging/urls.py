from django.urls import path

from belonging.views import (
    arrival,
    choices,
    download,
    leaving,
    muted,
    privacy,
    profile,
    room,
)

app_name = "belonging"

urlpatterns = [
    # The first visit.
    path("arriving/", arrival.arrival, name="arrival"),
    path("arriving/reasons/", arrival.reasons, name="reasons"),
    path("arriving/goals/", arrival.goals, name="goals"),
    path("arriving/waiting/", arrival.waiting, name="waiting"),
    path("arriving/wall/", arrival.first_wall, name="first-wall"),
    # The member's own room.
    path("me/", room.me, name="me"),
    path("me/written/", room.written, name="written"),
    path("me/written/replies/", room.written_replies, name="written-replies"),
    path("me/saved/", room.saved, name="saved"),
    path("me/profile/", profile.profile, name="profile"),
    path("me/profile/avatar/", profile.avatar_update, name="avatar"),
    path("me/privacy/", privacy.privacy, name="privacy"),
    path("me/privacy/words/", privacy.words_update, name="lend-words"),
    path("me/privacy/<slug:part>/", privacy.detail, name="privacy-detail"),
    path("me/muted/", muted.muted, name="muted"),
    path("me/muted/words/", muted.word_delete, name="unmute-word"),
    path("me/muted/kinds/", muted.kinds_update, name="mute-kinds"),
    path("me/muted/people/", muted.person_delete, name="unmute-member"),
    path("me/notifications/", choices.notifications, name="notifications"),
    path("me/appearance/", choices.appearance, name="appearance"),
    path("me/language/", choices.language, name="language"),
    path("me/break/", choices.take_break, name="break"),
    path("me/break/end/", choices.come_back, name="come-back"),
    path("me/download/", download.download, name="download"),
    path("me/leave/", leaving.leave, name="leave"),
    path("me/leave/stay/", leaving.stay, name="stay"),
]
