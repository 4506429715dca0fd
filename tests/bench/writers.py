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
# The database that the writers write to, and how many they are. Those that write to another than the readers read take
# as much of the processors as those that write to theirs, and nothing else.
_KINDS = [("writers", 0), ("writers", 1), ("elsewhere", 1), ("writers", _WRITERS), ("elsewhere", _WRITERS)]


def rows(databases: Databases) -> list[Row]:
    for name in ("writers", "elsewhere"):
        databases.copy("starter", name)
    felt: dict[tuple[str, int], list[float]] = {key: [] for key in _KINDS}
    made: dict[tuple[str, int], list[tuple[int, int]]] = {key: [] for key in _KINDS}
    with ExitStack() as open_, ProcessPoolExecutor(1, get_context("spawn")) as reader:
        sites = {
            name: [open_.enter_context(databases.site(name)) for _ in range(_WRITERS)]
            for name in ("writers", "elsewhere")
        }
        for those in sites.values():
            _publish(those, 0.2)
        site = open_.enter_context(servers.site(databases.url("writers")))
        for where, writers in bar([*_KINDS] * _ROUNDS, desc=SUBJECT, unit="round"):
            reading = reader.submit(servers.felt, site.port, _PAGE, _SECONDS, _READERS)
            made[where, writers] += _publish(sites[where][:writers], _SECONDS)
            felt[where, writers] += reading.result()
    done, locked = (sum(column) for column in zip(*made["writers", _WRITERS], strict=True))
    goal = 150 if databases.name == "SQLite" else None
    p95 = {key: sorted(took)[int(0.95 * len(took))] for key, took in felt.items()}
    found = [
        Row(SUBJECT, f"pages a second, {told} beside {_READERS} readers", _rate(made["writers", n]), goal, "/s", False)
        for n, told in ((1, "one writer"), (_WRITERS, f"{_WRITERS} writers"))
    ]
    refused = f"{_WRITERS} writers, refused as the database was locked"
    found.append(Row(SUBJECT, refused, 100 * locked / (done + locked), 0, "%"))
    for n in (1, _WRITERS):
        theirs, told = p95["writers", n], f"readers' p95, writers: {n}, against"
        found.append(Row(SUBJECT, f"{told} as many elsewhere", theirs / p95["elsewhere", n], 1.3, "x"))
        found.append(Row(SUBJECT, f"{told} none", theirs / p95["writers", 0], None, "x"))
    return [*found, Row(SUBJECT, "readers' p95, no writers", p95["writers", 0], None, "ms")]


def _publish(sites: list[Site], seconds: float) -> list[tuple[int, int]]:
    """What writers, all at once, published, and how often each was refused."""
    begun = [site.begin("inside", "published", n, seconds) for n, site in enumerate(sites)]
    return [one.result() for one in begun]


def _rate(made: Iterable[tuple[int, int]]) -> float:
    return sum(done for done, _ in made) / _ROUNDS / _SECONDS
