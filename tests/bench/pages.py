"""What a kept page costs, beside nginx with the same bytes and a bare Django view; and how fast writers are."""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection

from codes.acts.publishing import latest, publish
from codes.models import ProcedureCode
from tests.bench import servers
from tests.bench.table import Row

_ROUNDS, _SECONDS = 3, 1.5
_CODE = "D2740"
_READERS = 8
_PUBLISHED = 300


def rows(progress: Callable[..., Iterable[Any]]) -> list[Row]:
    """Expects a database with the starter set, and collected static files; publishes some of its pages anew."""
    with tempfile.TemporaryDirectory() as name, servers.site(dict(os.environ)) as site:
        folder = Path(name)
        folder.chmod(0o755)
        requests = {coding: _request(f"/codes/{_CODE}/", site.port, coding) for coding in ("identity", "gzip", "br")}
        answers = {coding: servers.answer(site.port, asked) for coding, asked in requests.items()}
        for coding, got in answers.items():
            (folder / coding).write_bytes(got.partition(b"\r\n\r\n")[2])
        tag = next(line for line in answers["br"].split(b"\r\n") if line.lower().startswith(b"etag:")).split()[1]
        requests["304"] = _request(f"/codes/{_CODE}/", site.port, "br", tag.decode())
        found = _measured(progress, site, requests, folder)
        made = [*_ratios(found), Row("memory of a worker", site.memory(), 120, "MB")]
        return [*made, *_writing(progress, site, requests["br"])]


def _request(path: str, port: int, coding: str, tag: str = "") -> bytes:
    condition = f"If-None-Match: {tag}\r\n" if tag else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: {coding}\r\n{condition}\r\n".encode()


def _measured(
    progress: Callable[..., Iterable[Any]], site: servers.Server, requests: dict[str, bytes], folder: Path
) -> dict[str, float]:
    """Answers per CPU second, medians of rounds in turns, so that a busy machine slows all of them."""
    took: dict[str, list[float]] = {}
    size = (folder / "br").stat().st_size
    with servers.nginx(folder) as nginx, servers.bare(size) as bare:
        jobs = [(name, site, asked) for name, asked in requests.items()]
        jobs += [("bare", bare, _request("/", bare.port, "br"))]
        jobs += (
            [(f"nginx {c}", nginx, _request(f"/{c}", nginx.port, c)) for c in ("identity", "gzip", "br")]
            if nginx
            else []
        )
        for name, server, asked in progress(jobs * _ROUNDS, desc="Pages", unit="load"):
            took.setdefault(name, []).append(server.per_cpu_second(asked, _SECONDS))
    return {name: median(found) for name, found in took.items()}


def _ratios(found: dict[str, float]) -> list[Row]:
    made = [Row(f"code page, {c}, per CPU second", found[c], 9000, "/s", False) for c in ("identity", "gzip", "br")]
    for coding in ("identity", "gzip", "br"):
        if f"nginx {coding}" in found:
            share = 100 * found[coding] / found[f"nginx {coding}"]
            made.append(Row(f"code page, {coding}, of nginx static", share, 15, "%", False))
    least = 4 if connection.vendor == "sqlite" else 1.5
    made.append(Row("code page against a bare Django view", found["br"] / found["bare"], least, "x", False))
    made.append(Row("its 304 against the page", found["304"] / found["br"], 1, "x", False))
    return made


def _writing(progress: Callable[..., Iterable[Any]], site: servers.Server, asked: bytes) -> list[Row]:
    """Publishing beside readers of a page that nobody changes, and what the readers feel of it."""
    calm = _latency(site, asked, 2)
    numbers = list(ProcedureCode.objects.values_list("number", flat=True)[:100])
    stop = threading.Event()
    felt: list[float] = []
    readers = [threading.Thread(target=_read, args=[site, asked, stop, felt]) for _ in range(_READERS)]
    for reader in readers:
        reader.start()
    begun = time.monotonic()
    for n in progress(range(_PUBLISHED), desc="Publishing", unit="page"):
        base = latest(numbers[n % len(numbers)])
        page = replace(base.page, answer=f"{base.page.answer[:200]} {n}")
        publish(base.code_id, page, base=base.page, by=None, source="import", reason="")
    rate = _PUBLISHED / (time.monotonic() - begun)
    stop.set()
    for reader in readers:
        reader.join()
    return [
        Row(f"pages published beside {_READERS} readers", rate, 150, "/s", False),
        Row("a reader's p95 beside a writer", _p95(felt), 1.3 * calm, "ms"),
    ]


def _latency(site: servers.Server, asked: bytes, seconds: float) -> float:
    stop, felt = threading.Event(), []
    readers = [threading.Thread(target=_read, args=[site, asked, stop, felt]) for _ in range(_READERS)]
    for reader in readers:
        reader.start()
    time.sleep(seconds)
    stop.set()
    for reader in readers:
        reader.join()
    return _p95(felt)


def _read(site: servers.Server, asked: bytes, stop: threading.Event, felt: list[float]) -> None:
    while not stop.is_set():
        begun = time.perf_counter()
        servers.answer(site.port, asked)
        felt.append(1000 * (time.perf_counter() - begun))
        time.sleep(0.01)


def _p95(felt: list[float]) -> float:
    return sorted(felt)[int(0.95 * len(felt))]
