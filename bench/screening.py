"""
How fast screening reads, on one core, in CPU time, with texts of our own corpus put together.

Run alone (`python -m bench.screening`) it prints one line of JSON. Nothing is started: no database,
no broker. What the whole way from a post to its alert takes is measured by bench.alerts.

Two mixes, because what is flagged is also explained, which takes longer. *Ordinary* is a wall on an
ordinary day: of a hundred texts twelve are flagged, which is about what was measured on everyday
posts by others (the model card has the figures). *Hostile* is our corpus as it comes, nearly all of
it written to look like what it is not: more than half is flagged.
"""

from __future__ import annotations

import gc
import json
import os
import random
import statistics
import subprocess
import sys
import time
from typing import Any

GOALS = {
    "posts_a_second_at_80_words": 5_000,
    "single_ms_p50_at_300_words": 1.0,
    "single_ms_p99_at_300_words": 5.0,
    "lexicon_a_second_at_80_words": 20_000,
    "model_mb": 10.0,
    "model_loads_s": 0.3,
    "worker_mib": 100.0,
    "hostile_100_kb_ms": 50.0,
}
TEXTS = 2_000
# Of twenty lines of a text one is from a worrying example, as on a wall on a bad day.
WORRYING = 0.05
FLAGGED_ON_A_WALL = 0.12
# As many as the worker takes at once (risk.screening.BATCH, which needs a database to import).
BATCH = 64


def measure() -> dict[str, Any]:
    """Every figure, each the best of three rounds so that a busy neighbour counts little."""
    import django

    django.setup()
    from risk import classifier, rules
    from risk.model import HERE

    classifier.load()
    reader = classifier.shipped()
    if reader.lexicon is None or reader.model is None:
        raise SystemExit("The lexicon or the model cannot be used.")
    lexicon = reader.lexicon
    short, long = texts_of(80), texts_of(300)
    flagged = {text for text in (*short, *long) if reader.classify(text).urgency}
    gc.collect()
    gc.freeze()

    def look_up(text: str) -> None:
        view = lexicon.normaliser.view(text)
        rules.judge(view, lexicon.find(view))

    def read(texts: list[str]) -> float:
        started = time.process_time()
        for first in range(0, len(texts), BATCH):
            reader.classify_many([(text, None) for text in texts[first : first + BATCH]])
        return time.process_time() - started

    def singly(texts: list[str]) -> list[float]:
        return sorted(min(seconds(reader.classify, [text]) for _ in range(3)) for text in texts)

    ordinary, single = as_on_a_wall(short, flagged), as_on_a_wall(long, flagged)
    each, hostile_each = singly(single[:500]), singly(long[:500])
    rates = {
        "posts_a_second_at_80_words": round(len(ordinary) / min(read(ordinary) for _ in range(3))),
        "single_ms_p50_at_300_words": round(statistics.median(each) * 1000, 2),
        "single_ms_p99_at_300_words": round(each[int(len(each) * 0.99)] * 1000, 2),
        "lexicon_a_second_at_80_words": round(
            len(ordinary) / min(seconds(look_up, ordinary) for _ in range(3))
        ),
        "of_these_flagged": round(sum(map(flagged.__contains__, ordinary)) / len(ordinary), 3),
    }
    hostile_mix = {
        "posts_a_second_at_80_words": round(len(short) / min(read(short) for _ in range(3))),
        "single_ms_p50_at_300_words": round(statistics.median(hostile_each) * 1000, 2),
        "single_ms_p99_at_300_words": round(hostile_each[int(len(long[:500]) * 0.99)] * 1000, 2),
        "lexicon_a_second_at_80_words": round(
            len(short) / min(seconds(look_up, short) for _ in range(3))
        ),
        "of_these_flagged": round(sum(map(flagged.__contains__, short)) / len(short), 3),
    }
    return {
        **rates,
        "hostile_mix": hostile_mix,
        "model_mb": round((HERE / "screening.npz").stat().st_size / 1e6, 2),
        "hostile_100_kb_ms": {
            name: round(min(seconds(look_up, [text]) for _ in range(3)) * 1000, 1)
            for name, text in hostile().items()
        },
        **in_a_fresh_process(),
        "load": round(os.getloadavg()[0], 1),
    }


def as_on_a_wall(texts: list[str], flagged: set[str]) -> list[str]:
    """As many of these as there are with the share of flagged ones that a wall has, mixed."""
    calm = [text for text in texts if text not in flagged]
    worrying = [text for text in texts if text in flagged]
    count = min(len(calm), round(len(worrying) * (1 - FLAGGED_ON_A_WALL) / FLAGGED_ON_A_WALL))
    mixed = calm[:count]
    mixed += worrying[: round(count * FLAGGED_ON_A_WALL / (1 - FLAGGED_ON_A_WALL))]
    random.Random(len(mixed)).shuffle(mixed)
    return mixed


def seconds(act: Any, texts: list[str]) -> float:
    """CPU seconds that this takes over all of them."""
    started = time.process_time()
    for text in texts:
        act(text)
    return time.process_time() - started


def texts_of(words: int) -> list[str]:
    """Texts of so many words, made of lines of our corpus; the same every time."""
    from risk.corpus import corpus
    from risk.enums import Urgency

    chance = random.Random(words)
    calm = [each.text for each in corpus() if each.highest == Urgency.GREEN]
    worrying = [each.text for each in corpus() if each.lowest > Urgency.GREEN]
    texts = []
    for _ in range(TEXTS):
        text: list[str] = []
        while len(text) < words:
            lines = worrying if chance.random() < WORRYING else calm
            text += [*chance.choice(lines).rstrip(".").split(), "."]
        texts.append(" ".join(text[:words]))
    return texts


def hostile() -> dict[str, str]:
    """Texts of 100 KB that are made to be slow (S37)."""
    size = 100_000
    chance = random.Random(37)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["want", "to", "die", "not", "kill", "myself", "i", "am", "going", "and", "my", "never"]
    return {
        "one letter": "a" * size,
        "telling words at random": " ".join(chance.choice(words) for _ in range(size // 4))[:size],
        "unknown words": " ".join(
            "".join(chance.choice(letters) for _ in range(9)) for _ in range(size // 10)
        ),
        "single letters": "k i l l m y s e l f " * (size // 20),
        "combining marks": ("e" + "\u0301" * 50) * (size // 51),
        "leet": "k1ll my$elf 0n3 " * (size // 16),
    }


_FRESH = """
import json, resource, time
import django
django.setup()
from risk import classifier
from risk import model
started = time.perf_counter(); model.load(); loaded = time.perf_counter() - started
classifier.load(); classifier.classify("a first text")
lines = open("/proc/self/smaps_rollup").read().splitlines()
kept = sum(int(line.split()[1]) for line in lines if line.startswith("Rss:")) / 1024
print(json.dumps({"model_loads_s": round(loaded, 3), "worker_mib": round(kept, 1)}))
"""


def in_a_fresh_process() -> dict[str, float]:
    """How long the model takes to load, and what a process that screens keeps resident."""
    ran = subprocess.run(
        [sys.executable, "-c", _FRESH], capture_output=True, text=True, check=True, timeout=120
    )
    figures: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return figures


if __name__ == "__main__":
    print(json.dumps(measure()))
