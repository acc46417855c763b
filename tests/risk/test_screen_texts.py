"""`manage.py screen_texts`: every line is answered, in order, without a server in sight."""

import io
import json
import os
import subprocess
import sys

from risk.management.commands.screen_texts import screen_lines


def _screen(data):
    target = io.StringIO()
    good = screen_lines(io.BytesIO(data), target)
    return good, [json.loads(line) for line in target.getvalue().splitlines()]


def test_answers_in_order_with_every_field():
    good, answers = _screen(
        b'{"id": 7, "text": "I want to die tonight"}\n{"id": "b", "text": "soup"}\n'
    )
    assert good
    assert [answer["id"] for answer in answers] == [7, "b"]
    assert answers[0]["level"] == "crisis"
    assert answers[0]["categories"] == ["suicide"]
    assert set(answers[0]["spans"][0]) == {"start", "end", "term", "category"}
    assert 0 <= answers[1]["probability"] <= 1
    assert answers[1]["lexicon_version"]
    assert answers[1]["model_version"]


def test_a_bad_line_is_answered_and_the_good_ones_all_done():
    good, answers = _screen(
        b'{"id": 1, "text": "soup"}\nnot json\n\xff\xfe\n[]\n{"id": 2}\n'
        b'{"id": 3, "text": 4}\n{"id": 4, "text": "\\ud83d tea"}\n'
    )
    assert not good
    assert [answer["id"] for answer in answers] == [1, None, None, None, None, None, 4]
    assert [answer.get("line") for answer in answers] == [None, 2, 3, 4, 5, 6, None]


def test_it_needs_neither_database_nor_redis():
    servers = ("SECRET_KEY", "DATABASE_URL", "REDIS_URL")
    without = {name: value for name, value in os.environ.items() if name not in servers}
    ran = subprocess.run(
        [sys.executable, "manage.py", "screen_texts"],
        input=b'{"id": 1, "text": "I want to die tonight"}\nbad\n',
        capture_output=True,
        env=without,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 1, ran.stderr.decode()
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert answers[0]["level"] == "crisis"
    assert answers[1] == {"id": None, "error": "The line is not JSON.", "line": 2}
