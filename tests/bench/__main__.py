"""Measures the site on both databases beside its goals, and exits 1 where a ratio misses one by more than a tenth.

python -m tests.bench [--docs] [word ...]: a word is a database, or a subject: one of the modules of tests/bench that
have `rows(databases)`. By default all. With --docs the table and its chart go into docs/performance.md.
"""

import os
import platform
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime

from tests.bench import desk, lists, memory, pages, search, writers
from tests.bench.databases import Databases, postgresql, sqlite
from tests.bench.table import Found, Row, chart, lines
from tests.private_postgres import ROOT

_DATABASES = {"sqlite": sqlite, "postgresql": postgresql}
# In this order: the last three need the large database, which `lists` changes.
_SUBJECTS = {"pages": pages, "writers": writers, "desk": desk, "search": search, "lists": lists, "memory": memory}
_LARGE = {"search", "lists", "memory"}
_PAGE, _CHART = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance.svg"
_TABLE = re.compile(r"(?<=<!-- make bench-docs -->\n\n).*?(?=\n\n<!-- to here -->)", re.DOTALL)


def measured(words: list[str]) -> Found:
    """The rows of these subjects on these databases, by the names of databases."""
    kinds = [_DATABASES[word] for word in words if word in _DATABASES] or [*_DATABASES.values()]
    subjects = [word for word in words if word in _SUBJECTS] or [*_SUBJECTS]
    with ExitStack() as stack, ThreadPoolExecutor() as both:
        made = [stack.enter_context(kind(row)) for row, kind in enumerate(kinds)]
        list(both.map(lambda databases: databases.fill(not _LARGE.isdisjoint(subjects)), made))
        return {databases.name: _of(databases, subjects) for databases in made}


def _of(databases: Databases, subjects: list[str]) -> list[Row]:
    return [row for name in subjects for row in _SUBJECTS[name].rows(databases)]


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
    told = machine()
    found = measured(words[docs:])
    table = lines(found)
    print("\n".join([told, "", *table]))
    if docs:
        write("\n".join([told, "", *table]), chart(found))
    return 1 if any(row.word == "MISSED" for rows in found.values() for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
