"""
What must hold after every fault: I1 to I4 and I6 of the promises, and the time to catch up.

It asks the database in SQL of its own and believes the journal, not the house's code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.house import House
from tests.faults.load import Load, read_journal
from tests.faults.watch import Desk, Queue, SomeoneInNeed

# An alert's next action happens by then, and an open desk knows of it by then.
GRACE_SECONDS = 15.0


@dataclass
class Witnesses:
    """A house under watch: who posts, who looks on, and what they saw."""

    house: House
    load: Load
    queue: Queue
    desk: Desk
    in_need: SomeoneInNeed
    journal: Path
    figures: dict[str, Any] = field(default_factory=dict)
    hurried: dict[int, float] = field(default_factory=dict)

    @classmethod
    def of(cls, house: House, *, rate: float) -> Witnesses:
        journal = house.at / "accepted.jsonl"
        return cls(
            house=house,
            load=Load(house, journal, rate=rate),
            queue=Queue(house),
            desk=Desk(house),
            in_need=SomeoneInNeed(house),
            journal=journal,
        )

    def start(self) -> Witnesses:
        for one in (self.queue, self.desk, self.in_need, self.load):
            one.start()
        return self

    def stop(self) -> None:
        for one in (self.load, self.queue, self.desk, self.in_need):
            one.stop()

    # -- the database's clock, put forward ----------------------------------------------------

    def hurry_alerts(self, count: int = 2) -> None:
        """Let some alerts that nobody has acknowledged be due now, instead of in minutes."""
        open_alerts = "SELECT id FROM risk_alert WHERE closed_at IS NULL AND passed_up_at IS NULL"
        visible = f"{open_alerts} AND locality_id IN ({PLACES})"
        self.house.wait_for(
            lambda: len(self.house.rows(visible)) >= count, f"{count} alerts are open"
        )
        hurried = self.house.rows(
            f"""
            UPDATE risk_alert SET due_at = now(), next_action_at = now()
            WHERE id IN ({visible} ORDER BY id LIMIT %s)
            RETURNING id, extract(epoch FROM now())::float8
            """,
            count,
        )
        self.hurried |= dict(hurried)

    # -- the oracle ---------------------------------------------------------------------------

    def settle(self, *, within: float) -> None:
        """Let nobody post any more, and wait until nothing waits, or the time is up."""
        self.load.pause()
        self.house.wait_for(
            lambda: not self.pending() and self.load.planted <= self.queue.seen.keys(),
            f"everything is screened and on the desk ({self.pending_words()})",
            seconds=within,
        )

    def pending(self) -> int:
        return int(self.house.one(f"{SCREENINGS} AND state = 'pending'"))

    def pending_words(self) -> str:
        """Asked when the wait begins; the figure of its end is in the oracle's own message."""
        return f"{len(self.load.planted - self.queue.seen.keys())} not yet seen at first"

    def must_hold(
        self, *, catch_up: float, within: float | None = None, since: float = 0.0
    ) -> dict[str, Any]:
        """
        Check every promise, and return the figures.

        :param catch_up: seconds from "it's on the wall" to the queue, for 99 of 100
        :param within: how long to wait for that, by default a little longer
        :param since: what was accepted before is counted from then on
        """
        self.settle(within=within or catch_up + 20)
        self.the_open_desk_equals_the_database()
        self.stop()
        self.accepted_saved_and_screened_are_the_same()
        self.each_worry_has_one_alert()
        self.what_was_late_moved_up()
        self.the_crisis_page_answered()
        self.it_caught_up(catch_up, since=since)
        return self.figures

    def accepted_saved_and_screened_are_the_same(self) -> None:
        """I1."""
        accepted = read_journal(self.journal)
        assert accepted, "nothing was accepted, so nothing was tried"
        assert not self.load.refused, f"{len(self.load.refused)} posts were never accepted"
        saved = self.house.rows(
            f"SELECT public_id, idempotency_key::text FROM community_post WHERE author_id IN"
            f" ({MEMBERS})"
        )
        promised = {(post.public_id, post.key) for post in accepted}
        assert len(promised) == len(accepted) == len(saved), "some post was made twice"
        astray = promised ^ set(saved)
        assert not astray, f"posts that were promised or saved, and not both: {astray}"
        ended = self.house.rows(
            f"""
            SELECT post.public_id, count(screening.id),
                   count(*) FILTER (WHERE screening.state IN ('screened', 'left_to_a_person'))
            FROM community_post AS post
            LEFT JOIN risk_screening AS screening
              ON screening.subject_id = post.id AND screening.subject_type_id = ({POST_TYPE})
            WHERE post.author_id IN ({MEMBERS}) GROUP BY post.public_id
            """
        )
        wrong = [row for row in ended if row[1:] != (1, 1)]
        assert not wrong, f"posts that were not screened exactly once: {wrong}"
        self.figures |= {
            "posts": len(accepted),
            "retried": sum(post.attempts > 1 for post in accepted),
            "left to a person": self.house.one(f"{SCREENINGS} AND state = 'left_to_a_person'"),
        }

    def each_worry_has_one_alert(self) -> None:
        """I2."""
        planted = {post.public_id for post in read_journal(self.journal) if post.planted}
        alerts = self.house.rows(
            f"""
            SELECT post.public_id, count(*), count(*) FILTER (WHERE alert.closed_at IS NULL)
            FROM risk_alert AS alert JOIN community_post AS post ON post.id = alert.subject_id
            WHERE alert.subject_type_id = ({POST_TYPE}) AND alert.locality_id IN ({PLACES})
            GROUP BY post.public_id
            """
        )
        counted = {public_id: (made, still_open) for public_id, made, still_open in alerts}
        wrong = {post: counted.get(post) for post in planted if counted.get(post) != (1, 1)}
        assert not wrong, f"worries without exactly one open alert: {wrong}"
        assert not self.queue.vanished, (
            f"alerts left the queue by themselves: {self.queue.vanished}"
        )
        self.figures["planted"] = len(planted)

    def what_was_late_moved_up(self) -> None:
        """I3."""
        late = self.house.rows(
            """
            SELECT id FROM risk_alert
            WHERE closed_at IS NULL AND acknowledged_at IS NULL
              AND next_action_at < now() - make_interval(secs => %s)
              AND locality_id IN (SELECT id FROM commissioning_locality WHERE NOT is_hidden)
            """,
            GRACE_SECONDS,
        )
        assert not late, f"{len(late)} alerts whose next action did not happen"
        if not self.hurried:
            return
        passed_up = """
            SELECT id, extract(epoch FROM passed_up_at)::float8 FROM risk_alert
            WHERE id = ANY(%s) AND passed_up_at IS NOT NULL
        """
        self.house.wait_for(
            lambda: len(self.house.rows(passed_up, list(self.hurried))) == len(self.hurried),
            "what was late has moved up",
            seconds=GRACE_SECONDS,
        )
        moved = dict(self.house.rows(passed_up, list(self.hurried)))
        waited = [moved[alert] - due for alert, due in self.hurried.items()]
        self.figures["passed up after"] = round(max(waited), 1)
        assert max(waited) <= GRACE_SECONDS, f"late alerts moved up late: {waited}"

    def the_open_desk_equals_the_database(self) -> None:
        """I4, after the fault, and for each alert that was raised during it."""
        query = f"""
            SELECT id, version FROM risk_alert WHERE closed_at IS NULL AND locality_id IN ({PLACES})
        """
        took = self.house.wait_for(
            lambda: dict(self.house.rows(query)) == self.desk.rows,
            "the open desk shows what the database holds",
            seconds=GRACE_SECONDS,
        )
        raised = self.house.rows(
            f"SELECT id, extract(epoch FROM raised_at)::float8 FROM risk_alert"
            f" WHERE locality_id IN ({PLACES})"
        )
        delays = sorted(self.desk.seen[alert] - at for alert, at in raised)
        self.figures |= {
            "desk behind": round(delays[-1], 1) if delays else 0.0,
            "desk equal after": round(took, 1),
            "pokes": self.desk.pokes,
        }
        assert not delays or delays[-1] <= GRACE_SECONDS, f"an open desk was {delays[-1]:.1f} s old"

    def the_crisis_page_answered(self) -> None:
        """I6."""
        assert self.in_need.took, "nobody asked for the crisis page"
        assert not self.in_need.failures, f"the crisis page failed: {self.in_need.failures[:5]}"

    def it_caught_up(self, bound: float, *, since: float) -> None:
        planted = [post for post in read_journal(self.journal) if post.planted]
        took = sorted(
            max(0.0, self.queue.seen[post.public_id] - max(post.at, since)) for post in planted
        )
        self.figures |= {
            "catch-up p50": round(percentile(took, 50), 1),
            "catch-up p99": round(percentile(took, 99), 1),
            "post p99": round(percentile(self.load.took(), 99), 2),
        }
        assert percentile(took, 99) <= bound, f"catch-up took {took[-5:]}, not {bound} s"


def percentile(values: list[float], share: float) -> float:
    """The value that so many of a hundred do not exceed."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))]


PLACES = "SELECT id FROM commissioning_locality WHERE NOT is_hidden"
MEMBERS = f"SELECT id FROM accounts_member WHERE locality_id IN ({PLACES})"
POST_TYPE = "SELECT id FROM django_content_type WHERE app_label = 'community' AND model = 'post'"
SCREENINGS = f"SELECT count(*) FROM risk_screening WHERE locality_id IN ({PLACES})"
