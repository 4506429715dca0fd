"""Assert the invariant in production: the tables of each code and source equal its latest revision; exit 1 if not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from codes.acts.invariant import broken


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        for line in (found := broken()):
            self.stdout.write(line)
        if found:
            raise CommandError(f"{len(found)} differences")
        self.stdout.write("Every table equals the latest revisions.")
