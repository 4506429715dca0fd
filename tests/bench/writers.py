"""How fast pages are published beside readers, and what the readers feel of it; each writer is a process."""

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from statistics import median, quantiles

from codes.management.progress import bar
from tests.bench import servers
from tests.bench.databases import Databases, Site
from tests.bench.table import Row, is_clear

SUBJECT = "Publishing"
# Rounds: so many at least; and at most, while what readers feel is not clear.
_LEAST, _MOST, _SECONDS, _READERS, _WRITERS = 3, 7, 2, 8, 4
_GOAL = 1.3
# What the readers read; nobody publishes it.
_PAGE = "/codes/D9999/"
# The database that the writers write to, and how many they are. Those that write to another than the readers read take
# as much of the processors as those that write to theirs, and nothing else.
_KINDS = [("writers", 0), ("writers", 1), ("elsewhere", 1), ("writers", _WRITERS), ("elsewhere", _WRITERS)]

# Of each kind the milliseconds in which 95 of 100 pages came, of each round.
Felt = dict[tuple[str, int], list[float]]


def rows(databases: Databases) -> list[Row]:
    for name in ("writers", "elsewhere"):
        databases.copy("starter", name)
    felt: Felt = {key: [] for key in _KINDS}
    made: dict[tuple[str, int], list[tuple[int, int]]] = {key: [] for key in _KINDS}
    with ExitStack() as open_, ProcessPoolExecutor(1, get_context("spawn")) as reader:
        sites = {
            name: [open_.enter_context(databases.site(name)) for _ in range(_WRITERS)]
            for name in ("writers", "elsewhere")
        }
        for those in sites.values():
            _publish(those, 0.2)
        site = open_.enter_context(servers.site(databases.url("writers")))
        for turn in range(_MOST):
            if turn >= _LEAST and all(
                is_clear(_times(felt, ("writers", n), ("elsewhere", n)), _GOAL) for n in (1, _WRITERS)
            ):
                break
            for where, writers in bar(_KINDS, desc=f"{SUBJECT}, {turn + 1}", unit="round"):
                reading = reader.submit(servers.felt, site.port, _PAGE, _SECONDS, _READERS)
                made[where, writers] += _publish(sites[where][:writers], _SECONDS)
                felt[where, writers].append(quantiles(reading.result(), n=20)[-1])
    rounds = len(felt["writers", 0])
    done, locked = (sum(column) for column in zip(*made["writers", _WRITERS], strict=True))
    goal = 150 if databases.name == "SQLite" else None
    found = [
        Row(
            SUBJECT,
            f"pages a second, {told} beside {_READERS} readers",
            _rate(made["writers", n], rounds),
            goal,
            "/s",
            False,
        )
        for n, told in ((1, "one writer"), (_WRITERS, f"{_WRITERS} writers"))
    ]
    refused = f"{_WRITERS} writers, refused as the database was locked"
    found.append(Row(SUBJECT, refused, 100 * locked / (done + locked), 0, "%"))
    for n in (1, _WRITERS):
        told = f"readers' p95, writers: {n}, against"
        elsewhere, none = (_times(felt, ("writers", n), other) for other in (("elsewhere", n), ("writers", 0)))
        found.append(Row(SUBJECT, f"{told} as many elsewhere", median(elsewhere), _GOAL, "x"))
        found.append(Row(SUBJECT, f"{told} none", median(none), None, "x"))
    return [*found, Row(SUBJECT, "readers' p95, no writers", median(felt["writers", 0]), None, "ms")]


def _times(felt: Felt, one: tuple[str, int], other: tuple[str, int]) -> list[float]:
    """How many times as long readers waited in each round of the one as of the other."""
    return [a / b for a, b in zip(felt[one], felt[other], strict=True)]


def _publish(sites: list[Site], seconds: float) -> list[tuple[int, int]]:
    """What writers, all at once, published, and how often each was refused."""
    begun = [site.begin("inside", "published", n, seconds) for n, site in enumerate(sites)]
    return [one.result() for one in begun]


def _rate(made: Iterable[tuple[int, int]], rounds: int) -> float:
    return sum(done for done, _ in made) / rounds / _SECONDS
