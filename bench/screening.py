"""
How fast screening reads, on one core, in CPU time, with texts of our own corpus put together.

Run alone (`python -m bench.screening`) it prints one line of JSON. Nothing is started: no database,
no broker. What the whole way from a post to its alert takes is measured by bench.alerts.
"""

from __future__ import annotations

import gc
import json
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
    gc.collect()
    gc.freeze()

    def look_up(text: str) -> None:
        view = lexicon.normaliser.view(text)
        rules.judge(view, lexicon.find(view))

    for text in short[:200]:
        reader.classify(text)
    whole = min(seconds(reader.classify, short) for _ in range(3))
    terms = min(seconds(look_up, short) for _ in range(3))
    each = sorted(min(seconds(reader.classify, [text]) for _ in range(3)) for text in long[:500])
    return {
        "posts_a_second_at_80_words": round(len(short) / whole),
        "single_ms_p50_at_300_words": round(statistics.median(each) * 1000, 2),
        "single_ms_p99_at_300_words": round(each[int(len(each) * 0.99)] * 1000, 2),
        "lexicon_a_second_at_80_words": round(len(short) / terms),
        "model_mb": round((HERE / "screening.npz").stat().st_size / 1e6, 2),
        "hostile_100_kb_ms": {
            name: round(seconds(look_up, [text]) * 1000, 1) for name, text in hostile().items()
        },
        **in_a_fresh_process(),
    }


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
