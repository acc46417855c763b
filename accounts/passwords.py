"""What a password must be: long enough, and not one of those that everybody tries first."""

from __future__ import annotations

from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Long enough for any sentence; short enough that hashing it is no work.
LONGEST = 200


class LongEnough(MinimumLengthValidator):
    """At least ten characters of any kind. No rule asks for a digit or a sign."""

    def get_error_message(self) -> str:
        return self.get_help_text()

    def get_help_text(self) -> str:
        return _("Use at least %d characters.") % self.min_length


class NotTooLong:
    """At most `LONGEST` characters, said in a sentence and never cut off."""

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > LONGEST:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return _("Use at most %d characters.") % LONGEST


class NotWellKnown(CommonPasswordValidator):
    """None of the twenty thousand that are tried first."""

    def get_error_message(self) -> str:
        return _("Many people use this password, so it is easy to guess. Choose another one.")
