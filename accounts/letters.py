"""
The letters about a sign-in. Whoever sees one on a locked screen learns nothing from it (S26).

Sender, subject, first words and links hold no word of health, no commissioner and no alias.
The address never passes through a task: the post office of the vault looks it up.
"""

from __future__ import annotations

from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import User
from vault import post


def answer_asking(request: HttpRequest, *, address: str, user: User | None) -> None:
    """
    Answer somebody who asked for a way in, at the address that they typed.

    There is a letter either way, by the same path: only its reader learns whether there is a
    sign-in (S25).
    """
    if user is not None:
        letter, context = "way_in", {"link": link_for(request, user)}
    else:
        # The same work for nobody, so that the clock does not tell either.
        link_for(request, User(pk=0, password="!", address_seal=""))  # noqa: S106
        letter, context = "no_sign_in", {"link": request.build_absolute_uri(reverse("home"))}
    post.send_to(address=address, letter=letter, context=context)


def send_way_in(request: HttpRequest, user: User) -> None:
    """Send somebody a way in that they did not ask for by name: a password alone is not enough."""
    subject, body = compose("way_in", link=link_for(request, user))
    post.send(handle=user.handle, subject=subject, body=body)


def send_change_notice(request: HttpRequest, user: User) -> None:
    """Tell somebody that how they sign in has changed, and what to do if that was not them."""
    link = request.build_absolute_uri(reverse("account_reset_password"))
    subject, body = compose("changed", link=link)
    post.send(handle=user.handle, subject=subject, body=body)


def link_for(request: HttpRequest, user: User) -> str:
    """Where a person sets a new password. It works once, and for PASSWORD_RESET_TIMEOUT."""
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return request.build_absolute_uri(reverse("account_reset_password_from_key", kwargs=key))


def compose(letter: str, **context: str) -> tuple[str, str]:
    """A letter's subject, which is its first line, and the rest."""
    text = render_to_string(f"letters/{letter}.txt", context).strip()
    subject, _, body = text.partition("\n")
    return subject.strip(), body.strip() + "\n"
