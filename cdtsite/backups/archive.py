"""The file of a backup: a ZIP with the database, the keys, and when and by which release it was made.

It gets its name when it is whole, read back, and on the disk. A ZIP that was cut off opens nowhere: its table of
contents comes last.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from codes.management.progress import bar

_ABOUT, _KEYS = "about.json", "keys.json"
_CHUNK = 1 << 20


class Unusable(Exception):
    """Why there is no backup, or nothing was restored, in words."""


@contextmanager
def part(file: Path) -> Iterator[IO[bytes]]:
    """What is to become the file, open for its owner alone; gone if it does not get its name inside.

    Raises Unusable if another process is at it. What a process left that was killed is overwritten.
    """
    path = _part(file)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+b") as made:
        try:
            fcntl.flock(made, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours = os.path.samestat(os.fstat(made.fileno()), os.stat(path))
        except (BlockingIOError, FileNotFoundError):
            ours = False
        if not ours:  # It was another's, who has finished it meanwhile or is at it still.
            raise Unusable(f"Another backup is writing {path}.")
        os.fchmod(made.fileno(), 0o600)
        made.truncate(0)
        try:
            yield made
        finally:
            if path.exists() and os.path.samestat(os.fstat(made.fileno()), os.stat(path)):
                path.unlink()


def name(made: IO[bytes], file: Path, end: str = "") -> None:
    """Gives the part of a file its name, with this end, once it is on the disk."""
    made.flush()
    os.fsync(made.fileno())
    _part(file).replace(file.with_name(f"{file.name}{end}"))
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _part(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")


def describe(into: ZipFile, about: dict[str, Any], keys: dict[str, str]) -> None:
    """What is said of the database, and the keys by the names of their settings."""
    for member, value in ((_ABOUT, about), (_KEYS, keys)):
        into.writestr(_info(member), json.dumps(value, indent=1))


def about(archive: ZipFile) -> tuple[dict[str, Any], dict[str, str]]:
    """What was described; raises Unusable if that is not one of our backups."""
    try:
        told, keys = (json.loads(archive.read(member)) for member in (_ABOUT, _KEYS))
    except (KeyError, ValueError, BadZipFile) as error:
        raise Unusable("It is no backup of this site.") from error
    return told, keys


@contextmanager
def opened(file: Path) -> Iterator[ZipFile]:
    """A backup, to be read; raises Unusable for a file that is none, or none any more."""
    try:
        with ZipFile(file) as archive:
            yield archive
    except BadZipFile as error:
        raise Unusable(f"{file} is not a whole backup: {error}.") from error


def put(into: ZipFile, member: str, data: IO[bytes], size: int | None, *, packed: bool = False) -> None:
    """Writes a stream into a member, a piece at a time; `packed` is one that is compressed already."""
    info = _info(member, ZIP_STORED if packed else ZIP_DEFLATED)
    with into.open(info, "w", force_zip64=True) as written:
        _copy(data, written, size, "Writing")


def take(archive: ZipFile, member: str, into: IO[bytes], doing: str) -> None:
    """Writes a member into a stream, a piece at a time; raises BadZipFile if it is not as it was written."""
    with archive.open(member) as data:
        _copy(data, into, archive.getinfo(member).file_size, doing)


def _copy(data: IO[bytes], into: IO[bytes], size: int | None, doing: str) -> None:
    with bar(total=size, desc=doing, unit="B", unit_scale=True) as done:
        while piece := data.read(_CHUNK):
            into.write(piece)
            done.update(len(piece))


def _info(member: str, how: int = ZIP_DEFLATED) -> ZipInfo:
    info = ZipInfo(member)
    info.compress_type, info.external_attr = how, 0o600 << 16
    return info


def copy_beside(file: Path, end: str) -> Path:
    """An empty file for its owner alone beside `file`, with another end to its name, in place of one that was left."""
    made = file.with_name(f"{file.name}{end}")
    remove(made)
    os.close(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return made


def remove(database: Path) -> None:
    """A copy of a database of SQLite, with the files that stand beside it."""
    for end in ("", "-wal", "-shm", "-journal"):
        database.with_name(f"{database.name}{end}").unlink(missing_ok=True)


def program(name: str) -> str:
    """Where a program is; raises Unusable if it is not on this machine."""
    if found := shutil.which(name):
        return found
    raise Unusable(
        f"{name} is not on this machine. Install the client programs of PostgreSQL: on Debian, as root,"
        " apt-get install postgresql-client."
    )
