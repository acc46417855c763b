"""What runs the demo says plainly what happens, and leaves nobody behind."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from peersupport.management.commands.demo import insist_on_a_free_port
from peersupport.supervisor import Child, DiedEarlyError, Supervisor


class Said(Supervisor):
    def __init__(self, logs: Path) -> None:
        self.words: list[str] = []
        super().__init__(logs=logs, say=self.words.append)

    def shell(self, name: str, script: str) -> Child:
        return self.start(name, ["sh", "-c", script], environment=dict(os.environ))


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Said]:
    made = Said(tmp_path / "logs")
    yield made
    made.stop(patience=2)


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def logged(child: Child, words: str) -> bool:
    return words in child.log.read_text()


def test_a_killed_child_is_reported_in_one_line_and_not_started_again(supervisor):
    child = supervisor.shell("worker", "sleep 300 & wait")
    child.signal_all(signal.SIGKILL)
    child.process.wait()
    supervisor.look()
    supervisor.look()
    assert supervisor.words == [
        f"worker (process {child.pid}) was ended by signal 9 (SIGKILL);"
        " it is not started again, and the rest goes on."
    ]


def test_warnings_are_shown_once_and_the_rest_stays_in_the_log(supervisor):
    lines = ["INFO all is well", "2026 WARNING risk try 1", "2026 WARNING risk try 2"]
    child = supervisor.shell("web", f"printf '%s\\n' '{chr(10).join(lines)}'; sleep 300")
    assert supervisor.wait_until("it spoke", lambda: logged(child, "try 2"), seconds=10)
    supervisor.look()
    assert supervisor.words == ["[web] 2026 WARNING risk try 1"]


def test_a_child_that_ends_before_all_is_ready_is_quoted(supervisor):
    supervisor.shell("web", "echo the port is taken; exit 3")
    with pytest.raises(DiedEarlyError, match="web ended with status 3 before") as problem:
        supervisor.wait_until("the pages answer", lambda: False, seconds=10)
    assert "the port is taken" in str(problem.value)


def test_stopping_ends_a_childs_children_even_if_nobody_listens(supervisor):
    child = supervisor.shell("worker", "trap '' TERM; sh -c 'trap \"\" TERM; echo $$; sleep 300'")
    assert supervisor.wait_until("it spoke", lambda: logged(child, "\n"), seconds=10)
    grandchild = int(child.log.read_text())
    assert lives(grandchild)
    supervisor.stop(patience=0.2)
    deadline = time.monotonic() + 10
    while lives(grandchild):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert not lives(child.pid)


def test_a_port_in_use_is_a_sentence_with_another_to_try():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"^Port {port} is in use; choose another"):
            insist_on_a_free_port(port)
    insist_on_a_free_port(port)


def test_the_demo_runs_only_where_its_passwords_may_be_shown(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="make demo"):
        call_command("demo")
