"""Check the entries of codes/content/ alone and beside each other, the register of sources, and the choosing pages and
episodes that refer to them; exit 1 and say file, item and reason. With --live, check what the site says instead.
"""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from codes.acts.publishing import latest_pages
from codes.acts.registering import latest_versions
from codes.editorial import choosing, entry, episodes, lint, register
from codes.management.progress import bar
from codes.models import Document, ProcedureCode
from codes.page import Document as Record
from codes.page import Malformed, Page


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--live", action="store_true", help="the live pages and records, not the files")

    def handle(self, *args: Any, live: bool, **options: Any) -> None:
        pages, documents, wrong = _published() if live else self._files()
        found = lint.check_all(pages) + register.check(documents, pages) + register.check_outside(documents)
        try:
            found += choosing.check(choosing.read_all(), pages) + episodes.check(episodes.read_all(), pages)
        except Malformed as error:
            self.stdout.write(str(error))
            wrong += 1
        for finding in found:
            where = finding.code if live else f"{finding.code}.yaml"
            self.stdout.write(f"{where}: {finding.item}: {finding.rule}: {finding.why}")
            wrong += 1
        if wrong:
            raise CommandError(f"{wrong} findings in {len(pages)} entries and {len(documents)} sources")
        self.stdout.write(f"{len(pages)} entries, {len(documents)} sources, nothing found")

    def _files(self) -> tuple[Mapping[str, Page], Mapping[str, Record], int]:
        """What can be read of the entries and the register, and how many files cannot, which it says."""
        pages, wrong = {}, 0
        try:
            documents = entry.register()
        except Malformed as error:
            raise CommandError(str(error)) from error
        for path in bar(entry.paths(), desc="Reading", unit="code"):
            try:
                code, page = entry.read(path)
                pages[code] = page
            except Malformed as error:
                self.stdout.write(str(error))
                wrong += 1
        return pages, documents, wrong


def _published() -> tuple[Mapping[str, Page], Mapping[str, Record], int]:
    """The same of the site."""
    versions = latest_versions(Document.objects.values_list("slug", flat=True))
    records = {slug: version.record for slug, version in versions.items()}
    return latest_pages(ProcedureCode.objects.all()), records, 0
