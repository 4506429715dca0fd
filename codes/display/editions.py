"""What each edition changed in the codes of this site, as their live pages say. Reads, never writes."""

from dataclasses import dataclass
from datetime import date

from codes.acts import facets
from codes.acts.facets import Facets
from codes.models import today

# The first edition that lasted one year; before it, few pages name theirs.
FIRST = 2013


@dataclass(frozen=True)
class EditionChanges:
    """The codes that the edition of a year added, revised and deleted, in order.

    None instead of a list: no page names such a change of that edition or an earlier one.
    """

    year: int
    added: list[str] | None
    revised: list[str] | None
    deleted: list[str] | None

    @property
    def first_day(self) -> date:
        return date(self.year, 1, 1)

    @property
    def coming(self) -> bool:
        return self.first_day > today()

    @property
    def kinds(self) -> list[tuple[str, list[str] | None]]:
        return [("Added", self.added), ("Revised", self.revised), ("Deleted", self.deleted)]


def read(found: Facets) -> list[EditionChanges]:
    """From the current edition, or the last that a page names, back to FIRST; [] if no page names any."""
    added, revised = _by_year(found, "since"), _by_year(found, "revised")
    deleted = {year + 1: codes for year, codes in _by_year(found, "until").items()}
    if not (added or revised or deleted):
        return []
    last = max(today().year, *added, *revised, *deleted)
    return [
        EditionChanges(year, _of(year, added), _of(year, revised), _of(year, deleted))
        for year in range(last, FIRST - 1, -1)
    ]


def _by_year(found: Facets, name: str) -> dict[int, list[str]]:
    return {int(year): facets.numbers(codes) for year, codes in found.values(name).items() if year.isdecimal()}


def most(editions: list[EditionChanges]) -> int:
    """The largest number of codes in one of their lists: the full width of a bar; never 0."""
    return max([1, *(len(numbers or ()) for edition in editions for _, numbers in edition.kinds)])


def _of(year: int, changed: dict[int, list[str]]) -> list[str] | None:
    return changed.get(year, []) if changed and year >= min(changed) else None
