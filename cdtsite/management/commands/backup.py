"""Write database and keys into one file, while the site runs, and audit what was written; restore puts it back.

FILE is replaced, once all is well. If the audit finds something, the backup is FILE.unsound, and the exit code 1.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from cdtsite import backups, health, keys
from cdtsite.backups import archive

_UNSOUND = ".unsound"


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="where the backup is to lie, such as /srv/backups/cdt.zip")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            if wrong := health.migrated():
                raise CommandError(f"{wrong} A backup is made by the release that the database belongs to.")
            found = _backup(file := file.absolute())
        except archive.Unusable as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename or file}: {error.strerror}. There is no backup.") from error
        except Error as error:  # Of a database that has no room, is locked, or is gone.
            raise CommandError(f"The database says: {' '.join(str(error).split())}. There is no backup.") from error
        if found:
            raise CommandError("\n".join([f"{len(found)} differences; the backup is {file}{_UNSOUND}:", *found]))
        self.stdout.write(f"{file}: {file.stat().st_size / 1e6:.1f} MB, audited and read back.")


def _backup(file: Path) -> list[str]:
    database = backups.of()
    with archive.part(file) as made:
        with ZipFile(made, "w") as into:
            archive.describe(into, _about(), _keys())
            found: list[str] = database.dump(into, file)
        with ZipFile(made) as written:
            database.read_back(written)
        archive.name(made, file, _UNSOUND if found else "")
    return found


def _about() -> dict[str, Any]:
    applied = MigrationRecorder(connection).applied_migrations()
    return {
        "made": timezone.now().isoformat(timespec="seconds"),
        "site": settings.SITE_URL,
        "database": connection.vendor,
        "migrations": sorted(f"{app}.{name}" for app, name in applied),
    }


def _keys() -> dict[str, str]:
    values = {name: getattr(settings, name) for name in keys.FILES}
    return {name: value if isinstance(value, str) else ",".join(value) for name, value in values.items()}
