"""What a kept page costs, beside nginx with the same bytes and a bare Django view, in seconds on a processor."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import geometric_mean, median

from codes.management.progress import bar
from tests.bench import processors, servers
from tests.bench.databases import Databases
from tests.bench.table import Row, is_clear

SUBJECT = "A kept page"
# Rounds of loads: so many at least; and at most, while they are not clear.
_LEAST, _MOST, _SECONDS = 5, 11, 1
_PAGE = "/codes/D2740/"
_CODINGS = ("identity", "gzip", "br")
# How many times as many answers as a bare Django view, and how many of nginx's in a hundred. PostgreSQL is asked over
# the network for each, which costs more than that share of nginx by itself: its goal is the first alone.
_GOALS: dict[str, tuple[float, float | None]] = {"SQLite": (4, 15), "PostgreSQL": (1.5, None)}


@dataclass(frozen=True)
class Load:
    """One request, which a server is asked again and again."""

    server: servers.Server
    path: str
    headers: dict[str, str]

    def per_cpu_second(self) -> float:
        return self.server.per_cpu_second(self.path, self.headers, _SECONDS)


@dataclass
class Ratio:
    """Of two loads of two servers; what each round gave, and what each load did on a processor in a second. `swapped`:
    of two servers of a kind, one of which is always a little faster; so each round asks both of both.
    """

    name: str
    one: Load
    other: Load
    goal: float | None
    unit: str = "x"
    swapped: bool = False
    turns: list[float] = field(default_factory=list)
    told: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))

    def measure(self) -> None:
        pairs = [(self.one, self.other)]
        if self.swapped:
            pairs.append((replace(self.one, server=self.other.server), replace(self.other, server=self.one.server)))
        rates = [_at_once(*pair) for pair in pairs]
        self.turns.append((100 if self.unit == "%" else 1) * geometric_mean(one / other for one, other in rates))
        for told, found in zip(self.told, zip(*rates, strict=True), strict=True):
            told.extend(found)

    def row(self) -> Row:
        return Row(SUBJECT, self.name, median(self.turns), self.goal, self.unit, False)


def _at_once(*loads: Load) -> list[float]:
    """What each gives at the same moment, so that a busy machine slows all."""
    with ThreadPoolExecutor() as together:
        return [done.result() for done in [together.submit(load.per_cpu_second) for load in loads]]


def rows(databases: Databases) -> list[Row]:
    databases.copy("starter", "pages")
    url = databases.url("pages")
    with tempfile.TemporaryDirectory() as name, servers.site(url) as site, servers.site(url) as twin:
        folder = Path(name)
        folder.chmod(0o755)
        for coding in _CODINGS:
            # The first answer is made, and may take longer than a load does.
            servers.answer(twin.port, _PAGE, {"Accept-Encoding": coding})
            headers, body = servers.answer(site.port, _PAGE, {"Accept-Encoding": coding})
            (folder / coding).write_bytes(body)
        with servers.nginx(folder) as nginx, servers.bare(len(body)) as bare:
            for server in (site, twin, nginx, bare):
                processors.first(server.processes())
            ratios = _ratios(site, twin, nginx, bare, headers["etag"], *_GOALS[databases.name])
            for turn in range(_MOST):
                if turn >= _LEAST and all(is_clear(one.turns, one.goal, at_most=False) for one in ratios):
                    break
                for one in bar(ratios, desc=f"{SUBJECT}, {turn + 1}", unit="load"):
                    one.measure()
    *_, of_nginx, of_bare, _ = ratios
    told = {"br": of_nginx.told[0], "nginx br": of_nginx.told[1], "bare": of_bare.told[1]}
    return [one.row() for one in ratios] + [
        Row(SUBJECT, f"{name}, per second on a processor", median(rates), None, "/s") for name, rates in told.items()
    ]


def _ratios(
    site: servers.Server,
    twin: servers.Server,
    nginx: servers.Server,
    bare: servers.Server,
    tag: str,
    least_of_bare: float,
    least_of_nginx: float | None,
) -> list[Ratio]:
    """The last coding, which is Brotli, is compared with the bare view too, and a 304 with it on a second site."""
    made = []
    for coding in _CODINGS:
        said = {"Accept-Encoding": coding}
        page = Load(site, _PAGE, said)
        of_nginx = Load(nginx, f"/{coding}", said)
        made.append(Ratio(f"{coding}, of nginx with the same bytes", page, of_nginx, least_of_nginx, "%"))
    made.append(Ratio("br, against a bare Django view", page, Load(bare, "/", said), least_of_bare))
    unchanged = Load(twin, _PAGE, {**said, "If-None-Match": tag})
    return [*made, Ratio("its 304 against the page", unchanged, page, 1, swapped=True)]
