"""How fast pages are published beside readers, and what the readers feel of it; each writer is a process."""

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context

from codes.management.progress import bar
from tests.bench import servers
from tests.bench.databases import Databases, Site
from tests.bench.table import Row

SUBJECT = "Publishing"
_ROUNDS, _SECONDS, _READERS, _WRITERS = 3, 2, 8, 4
# What the readers read; nobody publishes it.
_PAGE = "/codes/D9999/"


def rows(databases: Databases) -> list[Row]:
    databases.copy("starter", "writers")
    felt: dict[int, list[float]] = {writers: [] for writers in (0, 1, _WRITERS)}
    made: dict[int, list[tuple[int, int]]] = {writers: [] for writers in felt}
    with ExitStack() as open_, ProcessPoolExecutor(1, get_context("spawn")) as reader:
        sites = [open_.enter_context(databases.site("writers")) for _ in range(_WRITERS)]
        _publish(sites, 0.2)
        site = open_.enter_context(servers.site(databases.url("writers")))
        for writers in bar([*felt] * _ROUNDS, desc=SUBJECT, unit="round"):
            reading = reader.submit(servers.felt, site.port, _PAGE, _SECONDS, _READERS)
            made[writers] += _publish(sites[:writers], _SECONDS)
            felt[writers] += reading.result()
    done, locked = (sum(column) for column in zip(*made[_WRITERS], strict=True))
    goal = 150 if databases.name == "SQLite" else None
    return [
        Row(SUBJECT, f"pages a second, one writer beside {_READERS} readers", _rate(made[1]), goal, "/s", False),
        Row(SUBJECT, f"pages a second, {_WRITERS} writers beside them", _rate(made[_WRITERS]), goal, "/s", False),
        Row(SUBJECT, f"{_WRITERS} writers, refused as the database was locked", 100 * locked / (done + locked), 0, "%"),
        *(
            Row(SUBJECT, f"readers' p95, writers: {n}, against none", _p95(felt[n]) / _p95(felt[0]), 1.3, "x")
            for n in (1, _WRITERS)
        ),
        Row(SUBJECT, "readers' p95, no writers", _p95(felt[0]), None, "ms"),
    ]


def _publish(sites: list[Site], seconds: float) -> list[tuple[int, int]]:
    """What writers, all at once, published, and how often each was refused."""
    begun = [site.begin("inside", "published", n, seconds) for n, site in enumerate(sites)]
    return [one.result() for one in begun]


def _rate(made: Iterable[tuple[int, int]]) -> float:
    return sum(done for done, _ in made) / _ROUNDS / _SECONDS


def _p95(felt: list[float]) -> float:
    return sorted(felt)[int(0.95 * len(felt))]
