"""Say which sources are old, long unseen, incomplete, replaced or not cited; with --online, which no longer answer."""

import time
from collections import defaultdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.template.defaultfilters import pluralize

from codes.acts.registering import latest_versions
from codes.display.sources import to_check
from codes.editorial.register import due
from codes.mail.pinned import NotAsked
from codes.management.answers import fault
from codes.management.progress import bar
from codes.models import CitedDocument, Document, today
from codes.page import Document as Record

# Seconds between two questions: no server is asked faster than a reader asks.
PAUSE = 1.0


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--online", action="store_true", help="ask each address, one a second")

    def handle(self, *args: Any, online: bool, **options: Any) -> None:
        found: dict[str, list[str]] = defaultdict(list)
        live = latest_versions(Document.objects.values_list("slug", flat=True))
        records = {slug: live[slug].record for slug in sorted(live)}
        cited = set(CitedDocument.objects.values_list("document", flat=True))
        for slug, record in records.items():
            found[slug] += due(record, today(), cited=slug in cited)
        for slug, codes in to_check().items():
            found[slug].append(
                f"{codes} code{pluralize(codes)} cite{pluralize(codes, 's,')} what it was before it changed"
            )
        if online:
            for slug, answer in _asked(records):
                found[slug].append(answer)
        wrong = {slug: said for slug, said in found.items() if said}
        for slug, said in sorted(wrong.items()):
            self.stdout.write(f"{slug}: {'; '.join(said)}")
        self.stdout.write(f"{len(wrong)} of {len(records)} sources have something to look at.")


def _asked(records: dict[str, Record]) -> list[tuple[str, str]]:
    """(slug, what is wrong) of each address that does not answer as it should."""
    found = []
    for number, (slug, record) in enumerate(bar(records.items(), desc="Asking", unit="source")):
        if not record.url:
            continue
        time.sleep(PAUSE if number else 0)
        try:
            said = fault(record.url)
        except NotAsked as refused:
            said = f"not asked: {refused}"
        if said:
            found.append((slug, said))
    return found
