"""Measures the site on both databases beside its goals, and exits 1 where a ratio misses one by more than a tenth.

python -m tests.bench [subject ...]: those of the modules of tests/bench that have `rows(progress)`, by default all.
Each gets a database of its own with the starter set.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.bench.table import Row
from tests.private_postgres import cluster

_HERE = Path(__file__).parent
_MANAGE = [sys.executable, "manage.py"]
_RATIOS = ("x", "%")


def subjects() -> list[str]:
    return sorted(file.stem for file in _HERE.glob("*.py") if "\ndef rows(" in file.read_text(encoding="utf-8"))


def measured(subject: str) -> None:
    """In a process of its own, whose DATABASE_URL is set up: print the rows of one module."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdtsite.settings")
    django.setup()
    from codes.management.progress import bar

    print(json.dumps([asdict(row) for row in import_module(f"tests.bench.{subject}").rows(bar)]))


def run(subject: str, url: str) -> list[Row]:
    command = [sys.executable, "-m", "tests.bench", "--rows", subject]
    done = subprocess.run(
        command, env=os.environ | {"DATABASE_URL": url}, stdout=subprocess.PIPE, check=True, text=True
    )
    return [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]


def fill(url: str) -> None:
    for command in (["migrate", "-v0"], ["load_content"]):
        environment = os.environ | {"DATABASE_URL": url}
        subprocess.run([*_MANAGE, *command], env=environment, stdout=subprocess.DEVNULL, check=True)


@contextmanager
def sqlite(subjects: list[str]) -> Iterator[Iterator[tuple[str, str]]]:
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / "starter.sqlite3"
        fill(f"sqlite:///{first}")

        def copies() -> Iterator[tuple[str, str]]:
            for subject in subjects:
                shutil.copy(first, Path(folder) / f"{subject}.sqlite3")
                yield subject, f"sqlite:///{folder}/{subject}.sqlite3"

        yield copies()


@contextmanager
def postgresql(subjects: list[str]) -> Iterator[Iterator[tuple[str, str]]]:
    with cluster() as url:
        fill(urlsplit(url)._replace(path="/template1").geturl())

        def copies() -> Iterator[tuple[str, str]]:
            for subject in subjects:
                with psycopg.connect(url, autocommit=True) as made:
                    made.execute(f"CREATE DATABASE bench_{subject}")
                yield subject, urlsplit(url)._replace(path=f"/bench_{subject}").geturl()

        yield copies()


def misses(row: Row) -> bool:
    """Whether a goal is missed, for a ratio by more than a tenth."""
    slack = 1.1 if row.unit in _RATIOS else 1
    return row.measured > row.goal * slack if row.at_most else row.measured * slack < row.goal


def shown(database: str, row: Row) -> str:
    goal = f"{'≤' if row.at_most else '≥'} {row.goal:,.3g} {row.unit}"
    told = ("MISSED" if row.unit in _RATIOS else "over its goal") if misses(row) else ""
    return f"{database:11} {row.name:56} {row.measured:>12,.5g} {row.unit:3} {goal:>14}  {told}".rstrip()


def main(wanted: list[str]) -> int:
    if wanted[:1] == ["--rows"]:
        measured(wanted[1])
        return 0
    if not shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"):
        print("There is no nginx on this machine: pages are not compared with it.")
    subprocess.run([*_MANAGE, "collectstatic", "--noinput", "-v0"], check=True)
    failed = 0
    for database, made in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        with made(wanted or subjects()) as copies:
            for subject, url in copies:
                for row in run(subject, url):
                    print(shown(database, row), flush=True)
                    failed += row.unit in _RATIOS and misses(row)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
