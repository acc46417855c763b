"""Second factors. The names are allauth's where allauth asks for them by name."""

from django.urls import path

from accounts.views import second_factor

urlpatterns = [
    path("login/step/", second_factor.authenticate, name="mfa_authenticate"),
    path("login/passkey/", second_factor.login_by_passkey, name="mfa_login_webauthn"),
    path("second-factor/", second_factor.index, name="mfa_index"),
    path("second-factor/app/", second_factor.app_new, name="mfa_activate_totp"),
    path(
        "second-factor/app/removal/",
        second_factor.app_remove,
        name="mfa_deactivate_totp",
    ),
    path("second-factor/passkeys/new/", second_factor.passkey_new, name="mfa_add_webauthn"),
    path(
        "second-factor/passkeys/<int:pk>/removal/",
        second_factor.passkey_remove,
        name="mfa_remove_webauthn",
    ),
    path("second-factor/codes/", second_factor.codes, name="mfa_view_recovery_codes"),
    path(
        "second-factor/codes/new/",
        second_factor.codes_new,
        name="mfa_generate_recovery_codes",
    ),
]
