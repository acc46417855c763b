from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from commissioning.enums import CommissionerKind, Country

# How long mental health records are kept where nobody has agreed another term (MDU on the
# NHS code); the operator's data-protection officer confirms it with each commissioner.
TWENTY_YEARS = 12 * 20


def validate_time_zone(name: str) -> None:
    """:raises ValidationError: unless ``name`` is an IANA zone such as ``Europe/London``"""
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone we know."), params={"name": name})


class Commissioner(models.Model):
    """Who pays for members to come: a health board, university, employer or the like."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=20, choices=CommissionerKind)
    # The canary's home: real in every way, and counted in nobody's figures.
    is_hidden = models.BooleanField(default=False)
    # How long a risk episode is kept after its member has gone. Members are told.
    episode_retention_months = models.PositiveSmallIntegerField(default=TWENTY_YEARS)
    # Where people go whom none of the ways in is for, in the commissioner's own words.
    elsewhere = models.CharField(max_length=300, blank=True)

    class Privacy:
        operational = (
            "id", "name", "slug", "kind", "is_hidden", "episode_retention_months", "elsewhere",
        )  # fmt: skip

    def __str__(self) -> str:
        return self.name


class LocalityQuerySet(models.QuerySet["Locality"]):
    def shown(self) -> LocalityQuerySet:
        return self.filter(is_hidden=False)


class Locality(models.Model):
    """A place a commissioner pays for, with hours and an emergency service of its own."""

    # A locality's cases and protocols outlive any contract: nothing may cascade away.
    commissioner = models.ForeignKey(
        Commissioner, on_delete=models.PROTECT, related_name="localities"
    )
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    time_zone = models.CharField(
        max_length=60, default="Europe/London", validators=[validate_time_zone]
    )
    country = models.CharField(max_length=2, choices=Country, default=Country.GB)
    is_hidden = models.BooleanField(default=False)

    objects = LocalityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "localities"
        constraints = [
            models.UniqueConstraint(
                fields=["commissioner", "name"], name="one_locality_of_a_name_per_commissioner"
            )
        ]

    class Privacy:
        operational = ("id", "commissioner", "name", "slug", "time_zone", "country", "is_hidden")

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Signpost(models.Model):
    """Somebody in a locality who helps, with when they are there, as its commissioner says it."""

    locality = models.ForeignKey(Locality, on_delete=models.PROTECT, related_name="signposts")
    name = models.CharField(max_length=80)
    phone = models.CharField(max_length=20)
    hours = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "pk")

    class Privacy:
        operational = ("id", "locality", "name", "phone", "hours", "position")

    def __str__(self) -> str:
        return self.name

    @property
    def dialled(self) -> str:
        """The number as a telephone takes it."""
        return "".join(each for each in self.phone if each in "+0123456789")
