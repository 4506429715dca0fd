"""A database of SQLite in a backup.

The copy is one state of the database, however many write meanwhile, and is audited as a database of its own. It is put
back through SQLite, in one transaction: whoever dies in it, or reads meanwhile, has what was there before. To copy the
file instead would lose what is in its write-ahead log, and to put another in its place would mix that log into it.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from zipfile import ZipFile

from django.db import connection

from cdtsite.backups import archive
from cdtsite.backups.archive import Unusable
from codes.acts.invariant import broken
from codes.management.progress import bar

_MEMBER = "database.sqlite3"
_PAGES = 1000
# How long to wait for somebody who writes.
_SECONDS = 60


def dump(into: ZipFile, beside: Path) -> list[str]:
    copy = archive.copy_beside(beside, ".copy")
    try:
        _copied(_file(), copy, "Copying")
        with _used(copy):
            found = broken()
        _alone(copy)
        with copy.open("rb") as data:
            archive.put(into, _MEMBER, data, copy.stat().st_size)
    finally:
        archive.remove(copy)
    return found


def read_back(made: ZipFile) -> None:
    if made.testzip():
        raise Unusable("What was written cannot be read back: the disk may be damaged.")


def there() -> str:
    if not _file().exists() or not _file().stat().st_size:
        return ""
    return str(_file()) if _tables() else ""


def load(made: ZipFile, finish: Callable[[], None]) -> None:
    copy = archive.copy_beside(_file(), ".restoring")
    try:
        with copy.open("wb") as data:
            archive.take(made, _MEMBER, data, "Reading")
        with _used(copy):
            _check()
            finish()
        _alone(copy)
        if not _file().exists():
            archive.copy_beside(_file(), "")
        _copied(copy, _file(), "Restoring")
    finally:
        archive.remove(copy)


def _file() -> Path:
    return Path(connection.settings_dict["NAME"])


def _tables() -> int:
    try:
        with closing(sqlite3.connect(_file(), timeout=_SECONDS)) as database:
            found: int = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            return found
    except sqlite3.DatabaseError as error:
        raise Unusable(
            f"{_file()} is there and is no usable database: {error}. Move it away, with the files beside it whose names"
            " end in -wal and -shm, and start again."
        ) from error


def _copied(source: Path, into: Path, doing: str) -> None:
    """One state of a database into a file, in one transaction; raises Django's error where there is no room for it."""
    with (
        connection.wrap_database_errors,
        closing(sqlite3.connect(source, timeout=_SECONDS, isolation_level=None)) as read,
        closing(sqlite3.connect(into, timeout=_SECONDS)) as written,
        bar(desc=doing, unit="page") as done,
    ):
        if into == _file():
            written.execute("PRAGMA journal_mode=WAL")
        # As long as this reads, others write, and the copy is not begun anew each time that they do.
        read.execute("BEGIN")
        read.execute("SELECT count(*) FROM sqlite_master").fetchone()

        def told(status: int, left: int, total: int) -> None:
            done.total = total
            done.update(total - left - done.n)

        read.backup(written, pages=_PAGES, progress=told)


@contextmanager
def _used(file: Path) -> Iterator[None]:
    """Meanwhile Django's connection is one to this file."""
    named = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = str(file)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = named


def _check() -> None:
    # By Django's connection, which knows the functions that constraints are written with.
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check")
        if cursor.fetchone() != ("ok",):
            raise Unusable("The database in the backup is damaged.")


def _alone(copy: Path) -> None:
    """Everything is in the one file."""
    with closing(sqlite3.connect(copy)) as database:
        database.execute("PRAGMA journal_mode=DELETE")
