"""Ways in: how a commissioner's people show that they may come, and who that is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q

from commissioning.enums import Country, WayInKind
from commissioning.models.places import Commissioner, Locality

# Nobody younger comes in by any way in, whatever a form is sent.
YOUNGEST = 16
OLDEST = 120


class Campaign(models.Model):
    """What a way in was printed for, so that its uptake can be told from another's."""

    commissioner = models.ForeignKey(
        Commissioner, on_delete=models.PROTECT, related_name="campaigns"
    )
    name = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["commissioner", "name"], name="one_campaign_of_a_name_per_commissioner"
            )
        ]

    class Privacy:
        operational = ("id", "commissioner", "name")

    def __str__(self) -> str:
        return self.name


class WayInQuerySet(models.QuerySet["WayIn"]):
    def open(self, *, now: datetime) -> WayInQuerySet:
        """Those that let people in at this moment."""
        return self.filter(
            Q(opens_at=None) | Q(opens_at__lte=now),
            Q(closes_at=None) | Q(closes_at__gt=now),
            Q(use_limit=None) | Q(used__lt=F("use_limit")),
            commissioner__is_hidden=False,
        ).select_related("commissioner", "locality")


class WayIn(models.Model):
    """
    One way in: for a commissioner's people, or for those of one of its localities.

    Which of the last fields are filled is a matter of its kind. Nothing here says who came in
    by it: it counts, and forgets.
    """

    commissioner = models.ForeignKey(Commissioner, on_delete=models.PROTECT, related_name="ways_in")
    # None where people say themselves which locality they belong to.
    locality = models.ForeignKey(
        Locality, on_delete=models.PROTECT, null=True, blank=True, related_name="ways_in"
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="ways_in"
    )
    kind = models.CharField(max_length=20, choices=WayInKind)
    # What administrators call it; nobody else reads it.
    name = models.CharField(max_length=80)
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)

    min_age = models.PositiveSmallIntegerField(default=YOUNGEST)
    max_age = models.PositiveSmallIntegerField(null=True, blank=True)
    # Where people may live; none is anywhere. For an area: whole countries beside its postcodes.
    countries = ArrayField(
        models.CharField(max_length=2, choices=Country), default=list, blank=True
    )

    # An access code stands on posters, so it is kept as it is read: capitals, without spaces.
    code = models.CharField(max_length=40, blank=True)
    domains = ArrayField(models.CharField(max_length=253), default=list, blank=True)
    # "LS6", or "LS" for all that begin so.
    outward_codes = ArrayField(models.CharField(max_length=4), default=list, blank=True)
    # A referral link's token is shown once, to who makes it, and known again by its hash.
    token_hash = models.CharField(max_length=64, blank=True)
    use_limit = models.PositiveIntegerField(null=True, blank=True)
    used = models.PositiveIntegerField(default=0)

    objects = WayInQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "ways in"
        ordering: ClassVar[Any] = ["commissioner__name", "kind", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=~Q(code=""), name="one_way_in_of_a_code"
            ),
            models.UniqueConstraint(
                fields=["token_hash"], condition=~Q(token_hash=""), name="one_way_in_of_a_token"
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind=WayInKind.ACCESS_CODE) & ~Q(code="")
                    | ~Q(kind=WayInKind.ACCESS_CODE) & Q(code="")
                ),
                name="an_access_code_and_nothing_else_has_a_code",
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind=WayInKind.REFERRAL) & ~Q(token_hash="")
                    | ~Q(kind=WayInKind.REFERRAL) & Q(token_hash="")
                ),
                name="a_referral_and_nothing_else_has_a_token",
            ),
            models.CheckConstraint(
                condition=Q(use_limit=None) | Q(used__lte=F("use_limit")),
                name="no_way_in_is_used_past_its_limit",
            ),
            models.CheckConstraint(
                condition=Q(min_age__gte=YOUNGEST)
                & (Q(max_age=None) | Q(max_age__gte=F("min_age"))),
                name="nobody_under_sixteen_has_a_way_in",
            ),
        ]

    class Privacy:
        operational = (
            "id", "commissioner", "locality", "campaign", "kind", "name", "opens_at", "closes_at",
            "min_age", "max_age", "countries", "code", "domains", "outward_codes", "token_hash",
            "use_limit", "used",
        )  # fmt: skip

    def __str__(self) -> str:
        return self.name

    def is_open(self, *, now: datetime) -> bool:
        return (
            (self.opens_at is None or self.opens_at <= now)
            and (self.closes_at is None or self.closes_at > now)
            and not self.is_used_up
        )

    @property
    def is_used_up(self) -> bool:
        return self.use_limit is not None and self.used >= self.use_limit

    def take(self) -> bool:
        """Use it once, and say whether that was allowed. One UPDATE settles who was last."""
        allowed = WayIn.objects.filter(Q(use_limit=None) | Q(used__lt=F("use_limit")), pk=self.pk)
        return bool(allowed.update(used=F("used") + 1))


class SignOnProvider(models.Model):
    """A commissioner's own OpenID Connect sign-in, as an administrator has entered it."""

    way_in = models.OneToOneField(WayIn, on_delete=models.PROTECT, related_name="provider")
    # Where /.well-known/openid-configuration stands.
    server_url = models.URLField(max_length=300)
    client_id = models.CharField(max_length=190)
    # Readable only with the environment's key (vault.boxes).
    locked_secret = models.TextField()

    class Privacy:
        operational = ("id", "way_in", "server_url", "client_id", "locked_secret")


class UptakeQuerySet(models.QuerySet["Uptake"]):
    def add_one(self, *, way_in: WayIn, month: date) -> None:
        """Count somebody in. It is the only trace of by which way in anybody came."""
        this = self.filter(way_in=way_in, campaign=way_in.campaign, month=month)
        if this.update(joined=F("joined") + 1):
            return
        try:
            with transaction.atomic():
                self.create(way_in=way_in, campaign=way_in.campaign, month=month, joined=1)
        except IntegrityError:  # somebody else was this month's first, just now
            this.update(joined=F("joined") + 1)


class Uptake(models.Model):
    """How many came in by a way in, in a month. Who they were is nowhere."""

    way_in = models.ForeignKey(WayIn, on_delete=models.PROTECT, related_name="uptake")
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="uptake"
    )
    # The first of the month, on the locality's own clock.
    month = models.DateField()
    joined = models.PositiveIntegerField(default=0)

    objects = UptakeQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "uptake"
        constraints = [
            models.UniqueConstraint(
                fields=["way_in", "campaign", "month"],
                nulls_distinct=False,
                name="one_uptake_a_month",
            )
        ]

    class Privacy:
        operational = ("id", "way_in", "campaign", "month", "joined")
