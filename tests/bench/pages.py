"""What a kept page costs, beside nginx with the same bytes and a bare Django view, in seconds on a processor."""

import tempfile
from pathlib import Path
from statistics import median

from codes.management.progress import bar
from tests.bench import servers
from tests.bench.databases import Databases
from tests.bench.table import Row

SUBJECT = "A kept page"
_ROUNDS, _SECONDS = 5, 1
_PAGE = "/codes/D2740/"
_CODINGS = ("identity", "gzip", "br")
# How many times as many answers as a bare Django view, and how many of nginx's in a hundred. PostgreSQL is asked over
# the network for each, which costs more than that share of nginx by itself: its goal is the first alone.
_LEAST = {"SQLite": (4, 15), "PostgreSQL": (1.5, None)}


def rows(databases: Databases) -> list[Row]:
    databases.copy("starter", "pages")
    with tempfile.TemporaryDirectory() as name, servers.site(databases.url("pages")) as site:
        folder = Path(name)
        folder.chmod(0o755)
        for coding in _CODINGS:
            headers, body = servers.answer(site.port, _PAGE, {"Accept-Encoding": coding})
            (folder / coding).write_bytes(body)
        found = _measured(site, folder, headers["etag"])
    return _ratios(found, *_LEAST[databases.name])


def _measured(site: servers.Server, folder: Path, tag: str) -> dict[str, list[float]]:
    """Answers per second on a processor, of each round; what is compared is loaded one after the other, so that a busy
    machine slows both.
    """
    took: dict[str, list[float]] = {}
    br = {"Accept-Encoding": "br"}
    with servers.nginx(folder) as nginx, servers.bare((folder / "br").stat().st_size) as bare:
        jobs = []
        for coding in _CODINGS:
            said = {"Accept-Encoding": coding}
            jobs += [(f"nginx {coding}", nginx, f"/{coding}", said), (coding, site, _PAGE, said)]
        jobs += [("304", site, _PAGE, {**br, "If-None-Match": tag}), ("bare", bare, "/", br)]
        for name, server, path, headers in bar(jobs * _ROUNDS, desc=SUBJECT, unit="load"):
            took.setdefault(name, []).append(server.per_cpu_second(path, headers, _SECONDS))
    return took


def _ratios(found: dict[str, list[float]], least_of_bare: float, least_of_nginx: float | None) -> list[Row]:
    def share(one: str, other: str) -> float:
        return median(a / b for a, b in zip(found[one], found[other], strict=True))

    made = []
    for coding in _CODINGS:
        of_nginx = 100 * share(coding, f"nginx {coding}")
        made.append(Row(SUBJECT, f"{coding}, of nginx with the same bytes", of_nginx, least_of_nginx, "%", False))
    made.append(Row(SUBJECT, "br, against a bare Django view", share("br", "bare"), least_of_bare, "x", False))
    made.append(Row(SUBJECT, "its 304 against the page", share("304", "br"), 1, "x", False))
    told = ("br", "nginx br", "bare")
    return made + [Row(SUBJECT, f"{name}, per second on a processor", median(found[name]), None, "/s") for name in told]
