"""Put database and keys of a backup in place: migrated to this release, audited, addresses erased that were due.

Stop the site first. What was there before stays as it is until all of the backup is in place.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader

from cdtsite import backups, keys
from cdtsite.backups import archive, numbers
from cdtsite.backups.archive import Unusable
from cdtsite.kept import stamps
from codes.acts.invariant import broken


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="what backup has written")
        parser.add_argument("--replace", metavar="NAME", default="", help="the name of a database that is to be lost")

    def handle(self, *args: Any, file: Path, replace: str, **options: Any) -> None:
        try:
            with archive.opened(file) as made:
                about, kept = archive.about(made)
                _fits(about)
                ours = _keys(kept)
                database = backups.of()
                _may_replace(database.there(), replace)
                database.load(made, self._finish)
        except Unusable as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        except OSError as error:
            raise CommandError(f"{error.filename or file}: {error.strerror}. Nothing was changed.") from error
        except Error as error:  # What was there is put back, unless the database itself is gone.
            said = " ".join(str(error).split())
            raise CommandError(f"The database says: {said}. The restore did not end: run it again.") from error
        for name, value in ours.items():
            keys.keep(name, value)
        self.stdout.write(f"The site is as it was on {about['made']}. Start it.")

    def _finish(self) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        numbers.leave_behind()
        call_command("reindex", stdout=self.stdout)
        call_command("forget", stdout=self.stdout, stderr=self.stderr)
        stamps.outdate()
        if found := broken():
            raise Unusable("\n".join(["The audit finds differences in the backup:", *found]))


def _fits(about: dict[str, Any]) -> None:
    if about["database"] != connection.vendor:
        raise Unusable(
            f"The backup is one of {_NAMES[about['database']]}, and DATABASE_URL names one of"
            f" {_NAMES[connection.vendor]}."
        )
    ours = {".".join(key) for key in MigrationLoader(None).disk_migrations or ()}
    if newer := [name for name in about["migrations"] if name not in ours]:
        raise Unusable(
            f"The backup was made by a newer release: this one does not know {', '.join(newer)}. Install the release"
            " that made it, or a later one."
        )


_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def _keys(kept: dict[str, str]) -> dict[str, str]:
    """Those that are to be put into var/; raises Unusable if the environment has others, and no link would work."""
    ours = {}
    for name, value in kept.items():
        now = getattr(settings, name)
        if value == (now if isinstance(now, str) else ",".join(now)):
            continue
        if not keys.fixed(name):
            ours[name] = value
        elif name != "SECRET_KEY":  # With another one of that, editors log in again.
            raise Unusable(
                f"{name} in the environment is not that of the backup: links in mails would not work, or people be"
                f" written to who want no mail. Set {name} to what keys.json in the backup says."
            )
    return ours


def _may_replace(there: str, named: str) -> None:
    if there and named != there:
        raise Unusable(f"There is a database already. To lose it, stop the site and say which: --replace {there}.")
    if named and not there:
        raise Unusable(f"There is no database {named} that could be replaced.")
