"""What a search costs, from the codes of the starter set to many: words, misspelt words, each keystroke."""

import random
from statistics import median, quantiles

from codes.management.progress import bar
from tests.bench.databases import MANY, Databases
from tests.bench.table import Row
from tests.private_postgres import ROOT

SUBJECT = "Search"
_QUERIES = ROOT / "tests" / "search" / "queries.tsv"
# The goals in milliseconds of the time in which 95 of 100 are answered.
_GOALS = {"words": 8.0, "misspelt": 12.0, "keystroke": 1.0}


def rows(databases: Databases) -> list[Row]:
    """Each query is asked in two processes in turn, so that a busy machine slows both."""
    took: dict[str, tuple[list[float], list[float]]] = {kind: ([], []) for kind in _GOALS}
    with databases.site("starter") as few, databases.site("large") as many:
        few.do("inside", "searched", "words", "implant crown")
        first = many.do("inside", "searched", "words", "implant crown")
        for kind, query in bar([(kind, query) for kind, queries in asked().items() for query in queries], desc=SUBJECT):
            for site, found in zip((few, many), took[kind], strict=True):
                found.append(site.do("inside", "searched", kind, query))
    made = []
    for kind, goal in _GOALS.items():
        made.append(Row(SUBJECT, f"{kind}, {MANY:,} codes, p95", quantiles(took[kind][1], n=20)[-1], goal, "ms"))
    for kind, (of_few, of_many) in took.items():
        made.append(Row(SUBJECT, f"{kind}, from few codes to {MANY:,}", median(of_many) / median(of_few), 1.5, "x"))
    return [*made, Row(SUBJECT, f"a worker's first, {MANY:,} codes", first, 1000, "ms")]


def asked() -> dict[str, list[str]]:
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
