from django.urls import path

from accounts.views import joining

urlpatterns = [
    path("join/", joining.join, name="join"),
    path("join/code/", joining.join_by_code, name="join-code"),
    path("join/r/<str:token>/", joining.join_by_referral, name="join-referral"),
    path("join/at/<slug:slug>/", joining.join_at, name="join-at"),
    path("join/e-mail/<int:pk>/", joining.join_by_email, name="join-email"),
    path("join/area/<int:pk>/", joining.join_by_area, name="join-area"),
    path("join/sign-on/<int:pk>/", joining.join_by_sign_on, name="join-sign-on"),
    # The name is the one by which allauth tells a provider where to send people back to.
    path(
        "join/sign-on/<str:provider_id>/back/", joining.sign_on_back, name="openid_connect_callback"
    ),
    path("join/without/", joining.join_without, name="join-without"),
    path("join/place/", joining.join_place, name="join-place"),
    path("join/account/", joining.join_account, name="join-account"),
    path("join/letter/", joining.join_letter, name="join-letter"),
    path("join/letter/again/", joining.join_letter_again, name="join-letter-again"),
]
