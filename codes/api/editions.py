"""The editions of CDT: when each is in force, and what it changes."""

from typing import Annotated

from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import reverse
from ninja import Path, Router
from typing_extensions import TypedDict

from codes import page as pages
from codes.acts import facets
from codes.api.problems import answers
from codes.api.shapes import one_of
from codes.display import editions as display
from codes.display.open_data import Day, documented
from codes.models import AnnouncedChange, today

router = Router(tags=["Editions"])
Year = Annotated[
    int, Path(ge=pages.FIRST_EDITION, le=pages.LAST_EDITION, description="The calendar year of an edition.")
]


@documented
class EditionBrief(TypedDict):
    """An edition, which is one calendar year."""

    year: int
    """Its year."""
    first_day: Day
    """The first date of service on which it is in force."""
    last_day: Day
    """The last one."""
    standing: Annotated[str, one_of(["past", "in force", "coming"])]
    """What it is today."""
    added: list[str] | None
    """The codes that it added, as our pages say; null where none of that time says."""
    revised: list[str] | None
    """The codes that it revised, likewise."""
    deleted: list[str] | None
    """The codes that it deleted, valid to the last day of the year before; likewise."""


@documented
class Editions(TypedDict):
    """Every edition that our pages name, the newest first."""

    editions: list[EditionBrief]
    """The editions."""


@documented
class Announced(TypedDict):
    """A change of a code that was announced."""

    code: str
    """The code; there may be no page of it."""
    change: Annotated[str, one_of(AnnouncedChange.Change.values)]
    """What happens to it."""
    note: str
    """What was announced, in our words."""
    standing: str
    """What became of it here."""


@documented
class AnnouncedIn(TypedDict):
    """Where changes were announced."""

    title: str
    """The document."""
    url: str
    """Its address."""


@documented
class EditionWhole(EditionBrief):
    """An edition with what was announced of it."""

    url: str
    """The page for readers."""
    announced: list[Announced]
    """What was announced, by code."""
    announced_in: list[AnnouncedIn]
    """Where."""


@router.get("/editions", response=Editions, operation_id="list_editions", openapi_extra=answers())
def list_editions(request: HttpRequest) -> Editions:
    """Every edition since 2013 and the coming ones of which something is known, with what each changes."""
    found = facets.read()
    changed = {one.year: one for one in display.read(found)}
    years = sorted({*changed, *display.coming(found)}, reverse=True)
    return {"editions": [_brief(year, changed.get(year)) for year in years]}


@router.get("/editions/{year}", response=EditionWhole, operation_id="read_edition", openapi_extra=answers(404, 422))
def read_edition(request: HttpRequest, year: Year) -> EditionWhole:
    """What an edition changes: as our pages say, and as it was announced."""
    found = facets.read()
    if not display.is_known(found, year):
        raise Http404(year)
    shown = display.one(found, year)
    kinds = {change.label: change.value for change in AnnouncedChange.Change}
    return {
        **_brief(year, display.changes_of(found, year)),
        "url": f"{settings.SITE_URL}{reverse('edition', args=[year])}",
        "announced": [
            {"code": row.number, "change": kinds[label], "note": row.note, "standing": row.standing}
            for label, rows in shown.announced
            for row in rows
        ],
        "announced_in": [{"title": file.source_title, "url": file.source_url} for file in shown.sources],
    }


def _brief(year: int, changed: display.EditionChanges | None) -> EditionBrief:
    now = today().year
    return {
        "year": year,
        "first_day": f"{year}-01-01",
        "last_day": f"{year}-12-31",
        "standing": "past" if year < now else "coming" if year > now else "in force",
        "added": changed.added if changed else None,
        "revised": changed.revised if changed else None,
        "deleted": changed.deleted if changed else None,
    }
