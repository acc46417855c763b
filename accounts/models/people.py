from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from accounts.confusables import SKELETON_MAX_LENGTH, skeleton
from accounts.enums import Reason
from commissioning.models import Commissioner, Locality
from vault.seals import seal_address

# A guide whose desk has fetched within this is on shift. The desk fetches every 15 s.
ON_SHIFT_FOR = timedelta(seconds=60)


def new_public_id() -> str:
    """An address part that says nothing about order or time (S21): 72 random bits."""
    return secrets.token_urlsafe(9)


def new_avatar_seed() -> str:
    """Drawn at random, and so related to nothing about the person (S20)."""
    return secrets.token_hex(4)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A sign-in for whoever knows this address and password. The address is not kept here."""
        user = self.model(address_seal=seal_address(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, address_seal: str | None) -> User:
        return self.get(address_seal=address_seal)


class User(AbstractBaseUser):
    """
    A sign-in, and nothing more. No page shows it and no writing points at it.

    It knows an address again when it is typed and cannot say what it is: the address lies in
    the vault, under ``handle``, which means nothing anywhere else.
    """

    handle = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    address_seal = models.CharField(max_length=64, unique=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "address_seal"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    # Nobody is staff or superuser here: what a person may do hangs on who they are below.
    is_staff = False
    is_superuser = False

    objects = UserManager()

    class Privacy:
        identifying = ("address_seal", "handle", "password")
        operational = ("id", "is_active", "joined_at", "last_login")

    def __str__(self) -> str:
        return f"User {self.pk}"


class Member(models.Model):
    """Who writes on the wall, known to everyone by an alias."""

    # Erasing a sign-in must be a decision about the writing too, never a side effect.
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="member")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    alias = models.CharField(max_length=30)
    # What the alias looks like: nobody else's may be taken for it (S28).
    alias_skeleton = models.CharField(max_length=SKELETON_MAX_LENGTH, unique=True, editable=False)
    avatar_seed = models.CharField(max_length=16, default=new_avatar_seed)
    locality = models.ForeignKey(Locality, on_delete=models.PROTECT, related_name="members")
    joined_at = models.DateTimeField()
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_by = models.ForeignKey(
        "WallGuide", on_delete=models.PROTECT, null=True, blank=True, related_name="suspensions"
    )
    suspended_reason = models.CharField(max_length=300, blank=True)
    # A pause with an end, which ends by itself: see community.acts.
    paused_until = models.DateTimeField(null=True, blank=True)
    paused_because = models.CharField(max_length=300, blank=True)
    # Whether the screening may learn from what they write: no, unless they say so.
    lends_words = models.BooleanField(default=False)
    # On a break until the beginning of this day, on their locality's clock.
    breaks_until = models.DateField(null=True, blank=True)
    # A name changed too often is one that nobody can get to know.
    alias_changed_at = models.DateTimeField(null=True, blank=True)
    # When they said that they leave: from then on they are off the wall, and may still come back.
    leaving_at = models.DateTimeField(null=True, blank=True)
    # The newest consent they gave; accounts.consent asks again once the terms have changed.
    consented_version = models.PositiveSmallIntegerField(default=0)
    # Whether their own list has something they have not looked at: a light, never a number.
    has_news = models.BooleanField(default=False)
    # What they said when they came, if they said it. None: not said, or rather not said.
    reasons = ArrayField(models.CharField(max_length=20, choices=Reason), default=list, blank=True)
    on_waiting_list = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("alias"), name="one_member_of_an_alias"),
            models.CheckConstraint(
                condition=models.Q(suspended_at__isnull=True, suspended_by__isnull=True)
                | models.Q(suspended_at__isnull=False, suspended_by__isnull=False),
                name="member_suspended_at_with_by",
            ),
        ]

    class Privacy:
        identifying = ("user",)
        clinical = ("suspended_reason", "paused_because", "reasons", "on_waiting_list")
        operational = (
            "id", "public_id", "alias", "alias_skeleton", "avatar_seed", "locality", "joined_at",
            "suspended_at", "suspended_by", "paused_until", "lends_words", "breaks_until",
            "alias_changed_at", "leaving_at", "consented_version", "has_news",
        )  # fmt: skip

    def __str__(self) -> str:
        return f"Member {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        bare = skeleton(self.alias) or self.alias
        # Of two old aliases that look alike the later was given a mark: it keeps that.
        if self.alias_skeleton.partition("~")[0] != bare:
            self.alias_skeleton = bare
        if (names := kwargs.get("update_fields")) is not None and "alias" in names:
            kwargs["update_fields"] = {*names, "alias_skeleton"}
        super().save(*args, **kwargs)

    def is_on_a_break(self, *, now: datetime) -> bool:
        until = self.breaks_until
        return until is not None and now.astimezone(self.locality.zone).date() < until

    def is_paused(self, *, now: datetime) -> bool:
        """Whether a wall guide has paused them: without an end, or until a moment to come."""
        if self.suspended_at is not None:
            return True
        return self.paused_until is not None and now < self.paused_until


class WallGuideQuerySet(models.QuerySet["WallGuide"]):
    def on_shift(self, *, now: datetime) -> WallGuideQuerySet:
        """Guides whose desk is open: it has asked for the queue within a minute."""
        return self.filter(last_seen_at__gt=now - ON_SHIFT_FOR)


class WallGuide(models.Model):
    """A mental health professional who keeps watch over some localities."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="wall_guide")
    name = models.CharField(max_length=60)
    covers = models.ManyToManyField(Locality, related_name="wall_guides")
    is_senior = models.BooleanField(default=False)
    last_seen_at = models.DateTimeField(null=True, blank=True)

    objects = WallGuideQuerySet.as_manager()

    class Privacy:
        identifying = ("user", "name")
        operational = ("id", "covers", "is_senior", "last_seen_at")

    def __str__(self) -> str:
        return self.name


class CommissioningLead(models.Model):
    """The person at a commissioner who agrees protocols and reads counts, never a member."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="commissioning_lead")
    name = models.CharField(max_length=60)
    commissioner = models.ForeignKey(Commissioner, on_delete=models.PROTECT, related_name="leads")

    class Privacy:
        identifying = ("user", "name")
        operational = ("id", "commissioner")

    def __str__(self) -> str:
        return self.name


class Administrator(models.Model):
    """Who configures the house for the operator."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="administrator")
    name = models.CharField(max_length=60)

    class Privacy:
        identifying = ("user", "name")
        operational = ("id",)

    def __str__(self) -> str:
        return self.name
