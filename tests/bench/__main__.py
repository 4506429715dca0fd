"""Measures the site on both databases beside its goals, and exits 1 where a ratio misses one by more than a tenth.

python -m tests.bench [--docs] [word ...]: a word is a database, or a subject: one of the modules of tests/bench that
have `rows(databases)`. By default all. With --docs the table and its chart go into docs/performance.md.
"""

import os
import platform
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial

from tests.bench import desk, lists, memory, pages, search, writers
from tests.bench.databases import Databases, postgresql, sqlite
from tests.bench.table import Found, Row, chart, lines, rows_or_broken
from tests.private_postgres import ROOT

_DATABASES = {"sqlite": sqlite, "postgresql": postgresql}
# In this order: `lists` changes the large database.
_SUBJECTS = {"memory": memory, "pages": pages, "writers": writers, "desk": desk, "search": search, "lists": lists}
_LARGE = {"memory", "search", "lists"}
# What measures no time is measured on all databases at once.
_AT_ONCE = {"memory"}
_PAGE, _CHART = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance.svg"
_TABLE = re.compile(r"(?<=<!-- make bench-docs -->\n\n).*?(?=\n\n<!-- to here -->)", re.DOTALL)


def measured(words: list[str]) -> Found:
    """The rows of these subjects on these databases, by the names of databases."""
    kinds = [_DATABASES[word] for word in words if word in _DATABASES] or [*_DATABASES.values()]
    subjects = [word for word in words if word in _SUBJECTS] or [*_SUBJECTS]
    first = [name for name in _SUBJECTS if name in subjects and name in _AT_ONCE]
    then = [name for name in _SUBJECTS if name in subjects and name not in _AT_ONCE]
    with ExitStack() as stack, ThreadPoolExecutor() as both:
        made = [stack.enter_context(kind(row)) for row, kind in enumerate(kinds)]
        begun = [both.submit(_filled, one, not _LARGE.isdisjoint(subjects), first) for one in made]
        wait(begun)
        return {one.name: [*data.result(), *_of(one, then)] for one, data in zip(made, begun, strict=True)}


def _filled(databases: Databases, large: bool, subjects: list[str]) -> list[Row]:
    """With data: the rows of what is measured at once."""

    def rows() -> list[Row]:
        databases.fill(large)
        return _of(databases, subjects)

    return rows_or_broken(databases.name, "its data", rows)


def _of(databases: Databases, subjects: list[str]) -> list[Row]:
    """The rows of each subject, of those too that come after one that breaks."""
    return [
        row
        for name in subjects
        for row in rows_or_broken(databases.name, name, partial(_SUBJECTS[name].rows, databases))
    ]


def machine() -> str:
    """What it was measured on."""
    load = os.getloadavg()[2]
    return (
        f"{datetime.now(UTC):%B %-d, %Y}: {os.cpu_count()} processors ({platform.machine()}), Python "
        f"{platform.python_version()}; in the quarter of an hour before, {load:.1f} processes waited for them."
    )


def write(text: str, picture: str) -> None:
    _CHART.write_text(picture, encoding="utf-8")
    _PAGE.write_text(_TABLE.sub(lambda found: text, _PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def main(words: list[str]) -> int:
    docs = words[:1] == ["--docs"]
    if wrong := [word for word in words[docs:] if word not in {*_DATABASES, *_SUBJECTS}]:
        print(f"There is no {wrong[0]}. {__doc__}")
        return 2
    subprocess.run([sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"], cwd=ROOT, check=True)
    told, begun = machine(), time.monotonic()
    found = measured(words[docs:])
    minutes, seconds = divmod(round(time.monotonic() - begun), 60)
    text = "\n".join([f"{told} It took {minutes}:{seconds:02} minutes.", "", *lines(found)])
    print(text)
    if docs:
        write(text, chart(found))
    return 1 if any(row.fails for rows in found.values() for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
