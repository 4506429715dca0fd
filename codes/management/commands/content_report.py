"""Print how much of the starter content has a source, and what it holds beyond the least of an entry."""

from typing import Any

from django.core.management.base import BaseCommand

from codes.editorial import entry
from codes.editorial import report as content_report


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        pages = dict(map(entry.read, entry.paths()))
        for what, (have, of) in content_report.counts(pages).items():
            self.stdout.write(f"{have:6} of {of:5}  {have / of:6.1%}  {what}")
