"""Measure the search against tests/search/queries.tsv in the current database; exit 1 below 90 % first or 98 % in five.

Loads nothing. Each line of the file holds a query, a tab and the code that must come first. Prints what was missed,
then the shares and the time.
"""

from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from codes.management.progress import bar
from codes.search import find

QUERIES = settings.BASE_DIR / "tests" / "search" / "queries.tsv"
_FIRST, _IN_FIVE = 0.90, 0.98


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        asked = [line.split("\t") for line in QUERIES.read_text(encoding="utf-8").splitlines()]
        places, missed, started = [], [], perf_counter()
        for query, wanted in bar(asked, desc="Searching", unit="query"):
            found = [hit.code.number for hit in find(query)]
            place = found.index(wanted) + 1 if wanted in found else 0
            places.append(place)
            if place != 1:
                missed.append(f"{query}: wanted {wanted}, place {place or 'none'}, first {found[0] if found else '-'}")
        each = (perf_counter() - started) / len(asked)
        first = places.count(1) / len(asked)
        in_five = sum(1 <= place <= 5 for place in places) / len(asked)
        for line in missed:
            self.stdout.write(line)
        measured = f"{first:.1%} first, {in_five:.1%} in the first five"
        self.stdout.write(f"{len(asked)} queries: {measured}, {each * 1000:.0f} ms each")
        if first < _FIRST or in_five < _IN_FIVE:
            raise CommandError(f"Below {_FIRST:.0%} first or {_IN_FIVE:.0%} in the first five.")
