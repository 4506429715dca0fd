"""Print how much of the starter content has a source, of which kinds, and what it holds beyond the least."""

from typing import Any

from django.core.management.base import BaseCommand

from codes.editorial import entry, register
from codes.editorial import report as content_report
from codes.page import SOURCE_KINDS


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        pages = dict(map(entry.read, entry.paths()))
        documents = entry.register()
        for what, (have, of) in (content_report.counts(pages) | register.years_shown(documents, pages)).items():
            self.stdout.write(f"{have:6} of {of:5}  {have / of:6.1%}  {what}")
        items = len(register.citations(documents, pages))
        for kind, (count, rest) in register.by_kind(documents, pages).items():
            self.stdout.write(
                f"{rest:6} of {items:5}  {rest / items:6.1%}  items with a source that rest on one of these"
                f" {count}: {SOURCE_KINDS[kind].lower()}"
            )
