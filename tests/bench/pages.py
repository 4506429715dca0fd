"""What a kept page costs, beside nginx with the same bytes and a bare Django view, in seconds on a processor."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from codes.management.progress import bar
from tests.bench import servers
from tests.bench.databases import Databases
from tests.bench.table import Row, is_clear

SUBJECT = "A kept page"
# Rounds of loads: so many at least; and at most, while they are not clear.
_LEAST, _MOST, _SECONDS = 3, 11, 1
_PAGE = "/codes/D2740/"
_CODINGS = ("identity", "gzip", "br")
# How many times as many answers as a bare Django view, and how many of nginx's in a hundred. PostgreSQL is asked over
# the network for each, which costs more than that share of nginx by itself: its goal is the first alone.
_GOALS: dict[str, tuple[float, float | None]] = {"SQLite": (4, 15), "PostgreSQL": (1.5, None)}
# What is loaded -> answers per second on a processor, of each round.
Loads = dict[str, list[float]]


@dataclass(frozen=True)
class Ratio:
    """What a kept page is compared with; `one` and `other` are keys of Loads."""

    name: str
    one: str
    other: str
    goal: float | None
    unit: str = "x"

    def of(self, found: Loads) -> list[float]:
        """It in each round."""
        times = 100 if self.unit == "%" else 1
        return [times * a / b for a, b in zip(found[self.one], found[self.other], strict=True)]


def rows(databases: Databases) -> list[Row]:
    databases.copy("starter", "pages")
    of_bare, of_nginx = _GOALS[databases.name]
    ratios = [Ratio(f"{one}, of nginx with the same bytes", one, f"nginx {one}", of_nginx, "%") for one in _CODINGS]
    ratios += [Ratio("br, against a bare Django view", "br", "bare", of_bare)]
    ratios += [Ratio("its 304 against the page", "304", "br", 1)]
    with tempfile.TemporaryDirectory() as name, servers.site(databases.url("pages")) as site:
        folder = Path(name)
        folder.chmod(0o755)
        for coding in _CODINGS:
            headers, body = servers.answer(site.port, _PAGE, {"Accept-Encoding": coding})
            (folder / coding).write_bytes(body)
        found = _measured(site, folder, headers["etag"], ratios)
    made = [Row(SUBJECT, one.name, median(one.of(found)), one.goal, one.unit, False) for one in ratios]
    told = ("br", "nginx br", "bare")
    return made + [Row(SUBJECT, f"{name}, per second on a processor", median(found[name]), None, "/s") for name in told]


def _measured(site: servers.Server, folder: Path, tag: str, ratios: list[Ratio]) -> Loads:
    """What is compared is loaded one after the other, so that a busy machine slows both."""
    took: Loads = {}
    br = {"Accept-Encoding": "br"}
    with servers.nginx(folder) as nginx, servers.bare((folder / "br").stat().st_size) as bare:
        jobs = []
        for coding in _CODINGS:
            said = {"Accept-Encoding": coding}
            jobs += [(f"nginx {coding}", nginx, f"/{coding}", said), (coding, site, _PAGE, said)]
        jobs += [("304", site, _PAGE, {**br, "If-None-Match": tag}), ("bare", bare, "/", br)]
        for turn in range(_MOST):
            if turn >= _LEAST and all(is_clear(one.of(took), one.goal, at_most=False) for one in ratios):
                break
            for name, server, path, headers in bar(jobs, desc=f"{SUBJECT}, {turn + 1}", unit="load"):
                took.setdefault(name, []).append(server.per_cpu_second(path, headers, _SECONDS))
    return took
