"""Assert the invariant in production: the tables of each code and source equal its latest revision; exit 1 if not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from codes.acts.invariant import broken, repair


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        says = "then write the tables that differ anew, from the latest revisions, and assert it again"
        parser.add_argument("--repair", action="store_true", help=says)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["repair"] and self._told():
            repair()
            self.stdout.write("What differed was written anew. Once more:")
        if found := self._told():
            raise CommandError(f"{len(found)} differences")
        self.stdout.write("Every table equals the latest revisions.")

    def _told(self) -> list[str]:
        for line in (found := broken()):
            self.stdout.write(line)
        return found
