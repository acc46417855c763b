"""
Keeps the promises when everything else fails. Needs Postgres, and nothing else.

Two of these run. One leads by holding an advisory lock; the other takes over when the
lock falls free, or when the leader has said nothing for a while, however alive it looks.
Whatever a sentinel does is harmless to do twice, so a moment with two leaders is too.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta

from django.conf import settings
from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    connections,
)
from django.utils import timezone

from community import policy
from escalation import canary, care, engine, safety
from escalation.models import Heartbeat
from risk import classifier, doorbell, screening
from vault import post

logger = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 3.0
# Silent for longer than this, a leader is replaced even if it still holds the lock.
LEADER_IS_SILENT_AFTER = timedelta(seconds=8)
HINT_AFTER = timedelta(seconds=10)
SCREEN_AFTER = timedelta(seconds=30)
PERSON_AFTER = timedelta(seconds=60)
# A helper that reads for longer than this has met a text it cannot read.
RESCUE_TAKES_AT_MOST = timedelta(seconds=20)
AUDIT_EVERY = timedelta(seconds=60)
LETTERS_EVERY = timedelta(seconds=60)
LETTER_MAY_WAIT_SECONDS = 120
CLOCKS_EVERY = timedelta(seconds=15)

LOCK = 7_031_960_241  # any number, as long as it is always this one

_fork = multiprocessing.get_context("fork")


class Sentinel:
    """One sentinel process. `run` returns when ``stop`` is set."""

    def __init__(self, *, name: str | None = None) -> None:
        self.name = name or f"sentinel {os.getpid()}"
        self.stop = threading.Event()
        self.leading = False
        self.rescuer: multiprocessing.process.BaseProcess | None = None
        self.rescuer_started_at = timezone.now()
        self.sang_at: datetime | None = None
        self.audited_at: datetime | None = None
        self.posted_at: datetime | None = None
        self.clocks_at: datetime | None = None

    def run(self) -> None:
        try:
            classifier.load()
        except Exception:
            logger.exception("The classifier could not be loaded; a person will read instead")
        while not self.stop.is_set():
            began = time.monotonic()
            try:
                self.look(now=timezone.now())
            except (OperationalError, InterfaceError) as error:
                # Postgres is away or has cut this connection: lead no more, try again.
                logger.error("%s: Postgres did not answer (%s)", self.name, type(error).__name__)
                self.leading = False
                connection.close()
            except Exception:
                logger.exception("%s: this look failed; the next one will try again", self.name)
                connection.close()
                self.leading = False
            self.stop.wait(max(0.2, LOOK_EVERY_SECONDS - (time.monotonic() - began)))
        self.retire()

    def look(self, *, now: datetime) -> None:
        """One look around. Only the leader acts."""
        close_old_connections_unless_leading(self.leading)
        if not self.lead(now=now):
            return
        safety.beat("sentinel", at=now)
        moved = engine.tick(now=now)
        if any(moved.values()):
            logger.info("%s: %s", self.name, moved)
        self.rescue(now=now)
        self.keep_policy(now=now)
        self.keep_canary(now=now)
        self.audit(now=now)
        self.send_letters(now=now)
        self.answer_the_unanswered(now=now)

    # -- leading ---------------------------------------------------------------------------

    def lead(self, *, now: datetime) -> bool:
        """Whether this sentinel leads now, taking over from a silent leader if need be."""
        if self.leading and self.holds_lock():
            return True
        self.leading = self.try_lock() or (self.leader_is_silent(now=now) and self.take_over())
        if self.leading:
            logger.warning("%s leads now", self.name)
        return self.leading

    def try_lock(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            return bool(cursor.fetchone()[0])

    def holds_lock(self) -> bool:
        """The lock is the connection's: a new connection does not have it."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_backend_pid() IN ({_HOLDER})", [LOCK])
            return bool(cursor.fetchone()[0])

    def leader_is_silent(self, *, now: datetime) -> bool:
        beat = Heartbeat.objects.filter(name="sentinel").first()
        return beat is None or beat.at < now - LEADER_IS_SILENT_AFTER

    def take_over(self) -> bool:
        """Cut the silent leader's connection, which frees its lock, and take that."""
        with connection.cursor() as cursor:
            cut = f"SELECT pg_terminate_backend(pid) FROM ({_HOLDER}) AS holder"  # noqa: S608
            cursor.execute(cut, [LOCK])
        logger.warning("%s: the leading sentinel has been silent; taking over", self.name)
        for _ in range(20):
            if self.try_lock():
                return True
            self.stop.wait(0.05)
        return False

    # -- what the leader does --------------------------------------------------------------

    def rescue(self, *, now: datetime) -> None:
        """
        See to what waits to be screened: ring again, then screen here, then ask a person.

        Screening happens in a process of its own: a text that kills its reader must not
        take the sentinel with it.
        """
        # What has worn out three readers gains nothing by waiting for a fourth (F01, F05).
        self.ask_people(now=now, after=None)
        if self.rescuer is not None:
            if self.rescuer.is_alive():
                if now - self.rescuer_started_at < RESCUE_TAKES_AT_MOST:
                    return
                self.rescuer.kill()
            self.rescuer.join()
            self.rescuer = None
            # Asked only now, so that a backlog is read by the machine first.
            self.ask_people(now=now, after=PERSON_AFTER)
        oldest = safety.oldest_unscreened()
        if oldest is None:
            return
        if oldest <= now - HINT_AFTER:
            doorbell.answer()
            doorbell.ring()
        if oldest <= now - SCREEN_AFTER:
            self.rescuer = _fork.Process(target=_screen_what_waits, daemon=True)
            self.rescuer_started_at = now
            self.rescuer.start()

    def ask_people(self, *, now: datetime, after: timedelta | None) -> None:
        if left := screening.leave_to_a_person(now=now, after=after):
            logger.error("%s: %s texts were left to a person", self.name, left)

    def keep_policy(self, *, now: datetime) -> None:
        """Fold or hold what was screened: see community.policy. It is in the way of nothing."""
        try:
            policy.apply_due(now=now)
        except (OperationalError, InterfaceError):
            raise  # Postgres is away, which is more than a policy's affair
        except Exception:
            logger.exception("%s: the wall's policy could not be applied", self.name)

    def keep_canary(self, *, now: datetime) -> None:
        canary.listen(now=now)
        if self.sang_at is None or now - self.sang_at >= canary.EVERY:
            canary.sing(member=canary.home(), at=now)
            canary.forget(now=now)
            self.sang_at = now

    def audit(self, *, now: datetime) -> None:
        """Once a minute look for broken promises; tell the outside only while there are none."""
        if self.audited_at is not None and now - self.audited_at < AUDIT_EVERY:
            return
        self.audited_at = now
        found = safety.unaudited(now=now)
        for sentence in found:
            logger.error("%s: the audit found: %s", self.name, sentence)
        figures = safety.safety_figures(now=now)
        canary_is_silent = figures.canary is None or (
            figures.canary > safety.CANARY_LIMIT.total_seconds()
        )
        if not found and not canary_is_silent and settings.SENTINEL_DEADMAN_URL:
            # In a thread: whoever listens out there may be slow, and a look may not be.
            threading.Thread(target=_tell_outside, daemon=True).start()

    def send_letters(self, *, now: datetime) -> None:
        """Once a minute: letters that neither a task nor beat has sent are sent from here."""
        if self.posted_at is not None and now - self.posted_at < LETTERS_EVERY:
            return
        self.posted_at = now
        if post.waiting_longer_than(seconds=LETTER_MAY_WAIT_SECONDS):
            # In a thread: a mail server may be slow, and a look may not be.
            threading.Thread(target=_send_letters, daemon=True).start()

    def answer_the_unanswered(self, *, now: datetime) -> None:
        """Every quarter of a minute: the first-reply clock runs here too, with beat or without."""
        if self.clocks_at is not None and now - self.clocks_at < CLOCKS_EVERY:
            return
        self.clocks_at = now
        try:
            moved = care.look_at_clocks(now=now)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            # Whoever waits for an answer must not cost anybody whose alert is late.
            logger.exception("%s: the first-reply clock failed; it is looked at again", self.name)
            return
        if any(moved.values()):
            logger.info("%s: %s", self.name, moved)

    def retire(self) -> None:
        if self.rescuer is not None:
            self.rescuer.kill()
            self.rescuer.join()
        connection.close()


_HOLDER = """
    SELECT pid FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (classid::bigint << 32) + objid::bigint = %s
"""


def close_old_connections_unless_leading(leading: bool) -> None:
    """The leader's connection is its leadership; a standby's may be renewed."""
    if not leading:
        close_old_connections()


def _screen_what_waits() -> None:
    """In the forked helper. The parent's connection is not ours to use or to close."""
    connection.connection = None
    screening.drain(now=timezone.now, older_than=SCREEN_AFTER)
    connection.close()


def _send_letters() -> None:
    """In a thread of its own, with connections of its own."""
    try:
        post.deliver_due()
    except Exception:
        logger.exception("Letters could not be sent; beat and the next look will try again")
    finally:
        connections.close_all()


def _tell_outside() -> None:
    try:
        with urllib.request.urlopen(settings.SENTINEL_DEADMAN_URL, timeout=5):  # noqa: S310
            pass
    except (OSError, urllib.error.URLError):
        logger.warning("The outside listener could not be told that all is well")
