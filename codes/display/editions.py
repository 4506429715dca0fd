"""What each edition changed in the codes of this site, as their live pages say. Reads, never writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from codes.acts.facets import Facets
from codes.models import AnnouncedChange, ChangeFile, Correction, Edition, ProcedureCode, today
from codes.text import bits

# The first edition that lasted one year; before it, few pages name theirs.
FIRST = 2013
# Year -> set of codes.
Sets = Mapping[int, int]


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


@dataclass(frozen=True)
class Announced:
    """A change as it was announced; `code` is None where there is no page, `standing` what became of it here."""

    number: str
    code: ProcedureCode | None
    note: str
    standing: str


@dataclass(frozen=True)
class EditionPage:
    """What an edition changes: what was announced, by kind, where; and what other pages say of themselves."""

    year: int
    announced: list[tuple[str, list[Announced]]]
    sources: list[ChangeFile]
    said: list[tuple[str, list[ProcedureCode]]]

    @property
    def first_day(self) -> date:
        return date(self.year, 1, 1)

    @property
    def coming(self) -> bool:
        return self.first_day > today()


def coming(found: Facets) -> list[int]:
    """The years of the coming editions of which something was announced, here or on a page; the next one first."""
    listed = AnnouncedChange.objects.filter(edition__gt=today().year).order_by().values_list("edition", flat=True)
    return sorted({year for year in (*listed.distinct(), *_years(_kinds(found))) if year > today().year})


def is_known(found: Facets, year: int) -> bool:
    """Whether there is something to tell of the edition of a year: it is over, in force, announced or opened."""
    known = FIRST <= year <= today().year or year in coming(found)
    return known or Edition.objects.filter(year=year, opened_at__isnull=False).exists()


def one(found: Facets, year: int) -> EditionPage:
    """The edition of a year. Four queries."""
    listed = AnnouncedChange.objects.filter(edition=year).select_related("correction__revision", "correction__edition")
    rows = list(listed.defer("correction__proposed", "correction__earlier", "correction__revision__data"))
    changes = changes_of(found, year)
    kinds = [(kind, numbers or ()) for kind, numbers in changes.kinds] if changes else []
    codes = ProcedureCode.objects.in_bulk({*(row.code for row in rows), *(n for _, numbers in kinds for n in numbers)})
    announced = [
        (
            change.label,
            [
                Announced(row.code, codes.get(row.code), row.note, _standing(row, row.code in codes, year))
                for row in rows
                if row.change == change
            ],
        )
        for change in AnnouncedChange.Change
    ]
    named = {row.code for row in rows}
    said = [(kind, [codes[n] for n in numbers if n in codes and n not in named]) for kind, numbers in kinds]
    sources = list(ChangeFile.objects.filter(edition=year))
    return EditionPage(
        year, [(kind, rows) for kind, rows in announced if rows], sources, [(kind, n) for kind, n in said if n]
    )


def _standing(row: AnnouncedChange, has_page: bool, year: int) -> str:
    state = row.correction.state if row.correction else ""
    if state == Correction.State.ACCEPTED:
        return "On its page"
    if state == Correction.State.SCHEDULED:
        return f"Accepted by an editor; on its page from January 1, {year}"
    if state in Correction.OPEN:
        return "Waits for an editor"
    if state:
        return "Not taken over to its page"
    return "Its page says so" if has_page else "No page here yet"


def read(found: Facets) -> list[EditionChanges]:
    """From the current edition, or the last that a page names, back to FIRST; [] if no page names any."""
    kinds = _kinds(found)
    return [_changes(kinds, year) for year in _years(kinds)]


def changes_of(found: Facets, year: int) -> EditionChanges | None:
    """The same of the edition of a year; None for one that `read` does not give."""
    kinds = _kinds(found)
    return _changes(kinds, year) if year in _years(kinds) else None


def _kinds(found: Facets) -> list[Sets]:
    """Year -> the set of codes that its edition added, revised and deleted."""
    deleted = {year + 1: codes for year, codes in _by_year(found, "until").items()}
    return [_by_year(found, "since"), _by_year(found, "revised"), deleted]


def _years(kinds: list[Sets]) -> Sequence[int]:
    named = {year for kind in kinds for year in kind}
    return range(max(today().year, *named), FIRST - 1, -1) if named else ()


def _changes(kinds: list[Sets], year: int) -> EditionChanges:
    return EditionChanges(year, *(_of(year, kind) for kind in kinds))


def _by_year(found: Facets, name: str) -> Sets:
    return {int(year): codes for year, codes in found.values(name).items() if year.isdecimal()}


def most(editions: list[EditionChanges]) -> int:
    """The largest number of codes in one of their lists: the full width of a bar; never 0."""
    return max([1, *(len(numbers or ()) for edition in editions for _, numbers in edition.kinds)])


def _of(year: int, changed: Sets) -> list[str] | None:
    return list(bits.Numbers(changed.get(year, 0))) if changed and year >= min(changed) else None
