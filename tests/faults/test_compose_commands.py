"""
The very commands of docker-compose.yml, twice each, against one Postgres and one Redis.

Docker does not run everywhere that tests do. What it would start are these commands, so
they are run as processes, and a post has to become an alert through them, over HTTP.
"""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from peersupport.embedded import Servers
from tests.platform.house import Browser, House, free_port

pytestmark = pytest.mark.faults

PEOPLE = """
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.utils import timezone
from accounts.consent import VERSION
from accounts.operations import appoint_wall_guide, enrol_member
from commissioning.enums import CommissionerKind
from commissioning.models import Commissioner, Locality

now = timezone.now()
kind = CommissionerKind.CHARITY
payer = Commissioner.objects.create(name="Made-up charity", slug="made-up", kind=kind)
town = Locality.objects.create(commissioner=payer, name="Made-up town", slug="made-up-town",
                               time_zone="Europe/London")
password = "quiet-lamp-and-river"
enrol_member(email="member@example.org", password=password, alias="Heron", locality=town, at=now,
             consented_to=VERSION)
ash = appoint_wall_guide(email="guide@example.org", password=password, name="Ash", covers=[town],
                         at=now)
TOTP.activate(ash.user, generate_totp_secret())
print(*RecoveryCodes.activate(ash.user).get_unused_codes())
"""
PASSWORD = "quiet-lamp-and-river"


class Running(House):
    """Two web, two workers, one beat, two sentinels."""

    codes: list[str]

    def start_all(self) -> None:
        self.ports = [free_port(), free_port()]
        self.webs = [self.start("web", f"web-{n}", port=p) for n, p in enumerate(self.ports)]
        self.workers = [self.start("worker", f"worker-{n}") for n in range(2)]
        self.beat = self.start("beat", "beat")
        self.sentinels = [self.start("sentinel", f"sentinel-{n}") for n in range(2)]

    def browser(self, web: int, email: str) -> Browser:
        person = Browser(self.ports[web])
        # In production staff have a second factor; a code from paper opens once.
        person.sign_in(email, PASSWORD, code=self.codes.pop() if "guide" in email else "")
        return person


@pytest.fixture(scope="module")
def house() -> Iterator[Running]:
    place = Path(tempfile.mkdtemp(prefix="house-"))
    servers = Servers.unshared("test")
    running = Running(place, servers.up())
    try:
        running.build()
        said = running.run(
            ["python", "manage.py", "shell", "-c", PEOPLE],
            environment=running.environment("migrate"),
        )
        running.codes = said.split()[-10:]
        running.start_all()
        for port in running.ports:
            assert within(60, lambda port=port: running.is_healthy("web", port=port))
        for label in ("worker-0", "worker-1"):
            assert within(60, lambda label=label: running.is_healthy("worker", host=label))
        yield running
    finally:
        running.supervisor.stop()
        for log in sorted(running.supervisor.logs.glob("*.log")):  # shown beside a failure
            sys.stdout.write("\n".join([f"--- {log}", *log.read_text().splitlines()[-30:], ""]))
        servers.down()
        # The next house begins with an empty town.
        shutil.rmtree(servers.home)
        shutil.rmtree(place)


def within(seconds: float, true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def post(member: Browser, words: str) -> str:
    """Publish through the ordinary form; the post's public id."""
    answer = member.fill_in("/wall/new/", topic=topic_of(member), body=words)
    assert answer.status_code in (302, 303), answer.text[:2000]
    return answer.headers["location"].split("/posts/")[1].split("/")[0]


def topic_of(member: Browser) -> str:
    page = member.ask("GET", "/wall/new/")
    assert page.status_code == 200
    return page.text.split('name="topic" value="', 1)[1].split('"', 1)[0]


def queued(guide: Browser) -> dict[str, str]:
    """The queue's posts and their urgency, as a guide's program reads them."""
    answer = guide.ask("GET", "/desk/queue/", headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text[:2000]
    return {row["subject"]["public_id"]: row["urgency"] for row in answer.json()["alerts"]}


def test_a_post_taken_by_one_web_is_an_alert_on_the_desk_of_another(house):
    member, guide = house.browser(0, "member@example.org"), house.browser(1, "guide@example.org")
    written = post(member, "I want to kill myself tonight.")
    assert within(15, lambda: written in queued(guide))
    assert queued(guide)[written] in ("red", "crisis")


def test_a_session_begun_at_one_web_goes_on_at_another(house):
    guide = house.browser(0, "guide@example.org")
    before = queued(guide)
    assert queued(guide.at(house.ports[1])) == before


def test_every_healthcheck_says_well_while_all_is_well(house):
    assert within(60, lambda: house.is_healthy("sentinel"))
    assert within(60, lambda: house.is_healthy("beat"))


def test_f02_f20_with_one_of_each_killed_the_others_carry_on(house):
    for killed in (house.webs[1], house.workers[1], house.sentinels[0]):
        killed.signal_all(signal.SIGKILL)
    assert not house.is_healthy("web", port=house.ports[1])
    assert not house.is_healthy("worker", host="worker-1")
    member, guide = house.browser(0, "member@example.org"), house.browser(0, "guide@example.org")
    written = post(member, "I have the pills ready and I am going to end my life.")
    assert within(15, lambda: written in queued(guide))
    assert within(30, lambda: house.is_healthy("sentinel"))


def test_f02_with_no_worker_left_the_sentinel_reads_and_the_desk_says_so(house):
    house.workers[0].signal_all(signal.SIGKILL)
    member, guide = house.browser(0, "member@example.org"), house.browser(0, "guide@example.org")
    written = post(member, "I can't go on. I want to be dead.")
    assert within(45, lambda: written in queued(guide))


def test_f10_with_redis_dead_posting_still_works_and_nothing_is_lost(house):
    house.servers.kill("redis")
    member, guide = house.browser(0, "member@example.org"), house.browser(0, "guide@example.org")
    written = post(member, "I want to kill myself.")
    assert house.is_healthy("web", port=house.ports[0])
    assert within(45, lambda: written in queued(guide))
