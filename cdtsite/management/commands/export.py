"""Write the whole open content into a folder: all codes, or one category, as XLSX, SQLite, JSON Lines and CSV.

Each file is there whole or not at all, and what an export that was killed left behind is cleared away by the next one.
All files are of one state of the database.
"""

import fcntl
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from cdtsite.kept import stamps
from codes.downloads import files, reading
from codes.downloads.tables import Whole
from codes.management.progress import bar
from codes.page import CATEGORIES

_FORMATS = {name.rpartition(".")[2] for name in files.FILES}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="where to write; made if it is missing")
        parser.add_argument("--category", choices=CATEGORIES, default="", metavar="NAME", help=", ".join(CATEGORIES))
        parser.add_argument("--format", choices=sorted(_FORMATS), action="append", help="only this; may be repeated")

    def handle(self, *args: Any, folder: Path, category: str, format: list[str] | None, **options: Any) -> None:
        names = [name for name in files.FILES if not format or name.rpartition(".")[2] in format]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(f"Another export writes to {folder} now.") from error
        except OSError as error:
            raise CommandError(f"{folder}: {error.strerror}") from error
        try:
            _write(folder, names, category)
        except OSError as error:
            raise CommandError(f"Nothing was written to {folder}: {error.strerror}") from error
        finally:
            os.close(lock)
        for name in names:
            self.stdout.write(f"{folder / name}")


def _write(folder: Path, names: list[str], category: str) -> None:
    """All of the files, and then each in its place."""
    new = folder / ".export"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    try:
        with stamps.one_state(connection):
            count = reading.count(category)

            def watched(codes: Iterable[Whole]) -> Iterable[Whole]:
                return bar(codes, total=count, desc="Exporting", unit="code")

            files.write({name: new / name for name in names}, category, watched)
        for name in names:
            os.replace(new / name, folder / name)
    finally:
        shutil.rmtree(new, ignore_errors=True)
