"""Check the entries of codes/content/ alone and beside each other, the register of sources, and the choosing pages and
episodes that refer to them; exit 1 and say file, item and reason.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from codes.editorial import choosing, entry, episodes, lint, register
from codes.management.progress import bar
from codes.page import Malformed


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
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
        found = lint.check_all(pages) + register.check(documents, pages) + register.check_outside(documents)
        try:
            found += choosing.check(choosing.read_all(), pages) + episodes.check(episodes.read_all(), pages)
        except Malformed as error:
            self.stdout.write(str(error))
            wrong += 1
        for finding in found:
            self.stdout.write(f"{finding.code}.yaml: {finding.item}: {finding.rule}: {finding.why}")
            wrong += 1
        if wrong:
            raise CommandError(f"{wrong} findings in {len(pages)} entries and {len(documents)} sources")
        self.stdout.write(f"{len(pages)} entries, {len(documents)} sources, nothing found")
