"""
Signing in, by the names that allauth knows the pages by.

Not its whole list: a page that shows or changes an address would have one to show, and this
house holds none.
"""

from django.urls import path, re_path

from accounts.views import second_factor, sessions, sign_in

urlpatterns = [
    path("login/", sign_in.sign_in, name="account_login"),
    path("logout/", sign_in.sign_out, name="account_logout"),
    path("inactive/", sign_in.inactive, name="account_inactive"),
    path("confirm/", second_factor.confirm, name="account_reauthenticate"),
    path("password/", sign_in.change_password, name="account_change_password"),
    path("letter/", sign_in.ask_for_letter, name="account_reset_password"),
    path("letter/sent/", sign_in.letter_on_its_way, name="account_reset_password_done"),
    re_path(
        r"^letter/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[-0-9A-Za-z]+)/$",
        sign_in.set_new_password,
        name="account_reset_password_from_key",
    ),
    path("places/", sessions.session_list, name="account_sessions"),
    path("places/end/", sessions.session_end, name="account_session_end"),
    path("places/end-others/", sessions.sessions_end_others, name="account_sessions_end_others"),
]
