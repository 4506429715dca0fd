"""What a search costs, from the 497 codes of the starter set to 9,500: words, misspelt words, each keystroke."""

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterable
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from django.conf import settings

from codes.display.results import ranked, results
from codes.models import today
from codes.search import held
from tests.bench.entries import fill
from tests.bench.table import Row

MANY = 9_500
_QUERIES = settings.BASE_DIR / "tests" / "search" / "queries.tsv"
# The goals in milliseconds of the time in which 95 of 100 are answered.
_GOALS = {"words": 8.0, "misspelt": 12.0, "keystroke": 1.0}
# A process of its own, as a worker begins: what it takes to be able to search, and then its memory.
_WORKER = """
import resource, sys, time
from cdtsite.wsgi import application
from codes.display.results import results
from codes.models import today
held = lambda: int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 1e6
started = time.perf_counter()
results("implant crown", today())
print((time.perf_counter() - started) * 1000)
for query in sys.stdin.read().splitlines():
    results(query, today())
print(held())
"""


def rows(progress: Callable[..., Iterable[Any]]) -> list[Row]:
    """Expects a database with the starter set; leaves one with 9,500 codes."""
    few = _measured(progress)
    fill(MANY, progress)
    many = _measured(progress)
    made = []
    for kind, goal in _GOALS.items():
        made.append(Row(f"search, {kind}, 9,500 codes, p95", quantiles(many[kind], n=20)[-1], goal, "ms"))
        made.append(Row(f"search, {kind}, 497 to 9,500 codes", median(many[kind]) / median(few[kind]), 1.5, "x"))
    cold, memory = _worker()
    made.append(Row("search, a worker's first, 9,500 codes", cold, 1000, "ms"))
    made.append(Row("memory of a worker that has searched, 9,500 codes", memory, 120, "MB"))
    return made


def _measured(progress: Callable[..., Iterable[Any]]) -> dict[str, list[float]]:
    """The milliseconds of each query by its kind, in turns, so that a busy machine slows all of them."""
    day, asked = today(), _asked()
    held.index()
    took: dict[str, list[float]] = {kind: [] for kind in asked}
    for kind, query in progress([one for turn in zip(*map(_labeled, asked.items()), strict=True) for one in turn]):
        started = perf_counter()
        if kind == "keystroke":
            ranked(query, day)
        else:
            results(query, day)
        took[kind].append((perf_counter() - started) * 1000)
    return took


def _labeled(kind: tuple[str, list[str]]) -> list[tuple[str, str]]:
    return [(kind[0], query) for query in kind[1]]


def _asked() -> dict[str, list[str]]:
    """Of the queries that have a right answer those of words; with a letter lost; up to some letter."""
    chance = random.Random(5)
    lines = [line.split("\t")[0] for line in _QUERIES.read_text(encoding="utf-8").splitlines()]
    words = [line for line in lines if not any(c.isdigit() for c in line) and len(line) > 7]
    return {
        "words": words,
        "misspelt": [_misspelt(line, chance) for line in words],
        "keystroke": [line[: chance.randrange(2, len(line))] for line in words],
    }


def _misspelt(line: str, chance: random.Random) -> str:
    """The line without an inner letter of its longest word."""
    word = max(line.split(), key=len)
    at = chance.randrange(1, len(word) - 1)
    return line.replace(word, word[:at] + word[at + 1 :], 1)


def _worker() -> tuple[float, float]:
    """The milliseconds of the first search of a new process, and its memory in MB after many."""
    run = subprocess.run(
        [sys.executable, "-c", _WORKER],
        input="\n".join(_asked()["words"]),
        capture_output=True,
        text=True,
        check=True,
        cwd=settings.BASE_DIR,
        env=os.environ,
    )
    cold, memory = map(float, run.stdout.split())
    return cold, memory
