"""Databases to measure on, and processes of the site that work on them: each sets up a Django of its own."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import psycopg

from codes.management.progress import bar
from tests.private_postgres import ROOT, cluster

MANY = 9_500
# Of the code that everybody writes about, and of each other that is written about.
_BUSY_RECORDS, _RECORDS = 1_000, 990


class Site:
    """A process of the site with a database of its own. Its bars stand in this row of the terminal."""

    def __init__(self, url: str, row: int = 0):
        self.url, self.row = url, row
        self._does = ProcessPoolExecutor(1, get_context("spawn"), _begin, [url])

    def do(self, module: str, function: str, *given: Any) -> Any:
        """What a function of a module of tests/bench returns there; raises what it raises."""
        return self.begin(module, function, *given).result()

    def begin(self, module: str, function: str, *given: Any) -> Future[Any]:
        """The same, without waiting for it."""
        return self._does.submit(_do, f"tests.bench.{module}", function, given)

    def fill(self, function: str, *given: Any) -> None:
        """Do a function of data.py, which takes a bar last."""
        self.do("data", function, *given, partial(bar, position=self.row))

    def processes(self) -> list[int]:
        return [*self._does._processes]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._does.shutdown()


def _begin(url: str) -> None:
    os.environ.update({"DATABASE_URL": url, "PORT": "8000", "SITE_URL": ""})
    import_module("cdtsite.wsgi")  # It sets up the process as a server does.


def _do(module: str, function: str, given: tuple[Any, ...]) -> Any:
    try:
        return getattr(import_module(module), function)(*given)
    except Exception:
        # Django's own cannot be handed to a process without settings.
        raise AssertionError(traceback.format_exc()) from None


class Databases:
    """Those of one kind, `name`. "starter" holds the starter set and so many records of one code that its lists
    have a whole second page, "large" MANY codes and 100,000 records. `url` gives the address of one, `copy` makes
    another of it that nobody may have open.
    """

    def __init__(self, name: str, row: int, url: Callable[[str], str], copy: Callable[[str, str], None]):
        self.name, self.url, self.copy, self._row = name, url, copy, row

    def fill(self, large: bool) -> None:
        """Make both, or the first alone."""
        self._load()
        with self.site("starter") as site:
            site.fill("more_records", 120, 0)
            site.fill("verify")
            site.do("data", "audit")
        if not large:
            return
        self.copy("starter", "large")
        with self.site("large") as site:
            site.fill("more_codes", MANY)
            site.fill("verify")
            site.fill("more_records", _BUSY_RECORDS, _RECORDS)
            site.do("data", "analyze")

    def site(self, name: str) -> Site:
        return Site(self.url(name), self._row)

    def _load(self) -> None:
        for command in (["migrate", "-v0"], ["load_content"]):
            subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=ROOT,
                env=os.environ | {"DATABASE_URL": self.url("starter")},
                stdout=subprocess.DEVNULL,
                check=True,
            )


@contextmanager
def sqlite(row: int) -> Iterator[Databases]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def copy(of: str, name: str) -> None:
            with closing(sqlite3.connect(folder / of)) as source, closing(sqlite3.connect(folder / name)) as new:
                source.backup(new)

        yield Databases("SQLite", row, lambda name: f"sqlite:///{folder / name}", copy)


@contextmanager
def postgresql(row: int) -> Iterator[Databases]:
    with cluster() as url, psycopg.connect(url, autocommit=True) as made:
        made.execute("CREATE DATABASE starter")

        def copy(of: str, name: str) -> None:
            made.execute(f"CREATE DATABASE {name} TEMPLATE {of}")

        yield Databases("PostgreSQL", row, lambda name: urlsplit(url)._replace(path=f"/{name}").geturl(), copy)
