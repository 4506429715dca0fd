"""Measure the search against tests/search/queries.tsv in the current database; exit 1 below 90 % first or 98 % in five,
or where more than 2 % of misspelt words are not understood.

Loads nothing. Each line of the file holds a query, a tab and the code that must come first; the misspelt words are
those of all titles and aliases, each without one of its letters and with two of them swapped. Prints what was missed,
then the shares and the time.
"""

from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from codes.management.progress import bar
from codes.search import find, held, words

QUERIES = settings.BASE_DIR / "tests" / "search" / "queries.tsv"
_FIRST, _IN_FIVE, _UNDERSTOOD = 0.90, 0.98, 0.98
# Shorter ones with a slip are often other words.
_SHORTEST = 6


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
        slips, lost = _misspelt()
        understood = 1 - len(lost) / slips if slips else 1
        if lost:
            self.stdout.write(f"Not understood: {', '.join(lost)}")
        self.stdout.write(f"{slips} misspelt words: {understood:.1%} understood")
        if first < _FIRST or in_five < _IN_FIVE or understood < _UNDERSTOOD:
            raise CommandError(
                f"Below {_FIRST:.0%} first, {_IN_FIVE:.0%} in the first five or {_UNDERSTOOD:.0%} understood."
            )


def _misspelt() -> tuple[int, list[str]]:
    """How many misspelt words were tried, and those that mean another term, or none, than the word that was meant."""
    index = held.index()
    written = words.stems(sorted({word for row in index.rows.values() for word in row.written.split(" ")}))
    tried, lost = 0, []
    for word, term in bar([*written.items()], desc="Misspelling", unit="word"):
        if len(word) < _SHORTEST or not word.isalpha():
            continue
        at = range(1, len(word) - 1)
        slips = {word[:n] + word[n + 1 :] for n in at} | {word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in at}
        for slip in sorted(slips - written.keys()):
            for said, typed in words.written(slip).items():
                tried += 1
                if term not in ([said] if index.count(said) else index.closest(typed)):
                    lost.append(slip)
    return tried, lost
