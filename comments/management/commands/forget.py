"""Erase the e-mail addresses that are not needed any more, PERSONAL_DATA_DAYS after the decision; or one at once.

On SQLite it then empties the write-ahead log, which would hold them still. Safe to run at any time, also twice at
once; says nothing if there was nothing to do.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from codes.acts import forgetting
from comments import moderation, telling


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--address", help="erase this one at once wherever it stands, as its owner asked")

    def handle(self, *args: Any, **options: Any) -> None:
        if address := options.get("address"):
            erased = moderation.forget_address(address) | forgetting.forget_address(address)
            if not any(erased.values()):
                self.stdout.write("Nothing here holds this address.")
        else:
            of_comments = moderation.forget()
            erased = forgetting.forget(telling.addresses) | of_comments
        if any(erased.values()):
            self.stdout.write("Erased: " + ", ".join(f"{count} {name}" for name, count in erased.items() if count))
        if not forgetting.wiped():
            self.stderr.write("The database is busy: what was erased is in its write-ahead log until the next run.")
