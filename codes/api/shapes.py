"""What the API takes and answers with, beside `codes.display.open_data`, whose rules hold here too."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest
from ninja import Path
from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from codes import page as pages
from codes.api.problems import Refused
from codes.display import open_data
from codes.display.open_data import CodeData, Day, LastChange, Moment, ValidityData, documented
from codes.forms import service_date
from codes.models import ProcedureCode
from codes.page.wording import Difference
from codes.text.markup import plain
from codes.text.number import PATTERN

Number = Annotated[str, Path(pattern=f"^{PATTERN}$", description="The number of a code: D and four digits.")]
Slug = Annotated[
    str, Path(pattern=f"^{pages.SLUG}$", max_length=pages.MAX_KEY, description="The `id` of a record of a source.")
]
# As large as any number of a revision can be.
MOST_REVISIONS = 2**31 - 1
Counted = Annotated[int, Path(ge=1, le=MOST_REVISIONS, description="The number of a revision, counted from 1.")]
DateOfService = Annotated[
    str,
    WithJsonSchema(
        {
            "type": "string",
            "format": "date",
            "description": "The date of service that validity is told for, like 2024-03-14; today without it.",
        }
    ),
]


def one_of(words: Iterable[str], description: str = "") -> WithJsonSchema:
    """For the type of a text that is one of these words."""
    return WithJsonSchema({"type": "string", "enum": [*words]} | ({"description": description} if description else {}))


Status = Annotated[str, one_of(["active", "deleted", "future"])]


@documented
class Brief(TypedDict):
    """A code as a list has it."""

    code: str
    """Its number."""
    url: str
    """The page for readers."""
    title: str
    """Our title, not the ADA's nomenclature."""
    answer: str
    """What it is and when it is reported, in a sentence or two."""
    category: str
    """Its category of CDT."""
    subcategory: str
    """Our section in the category."""
    since: int | None
    """The first edition's year; null: in the set since before our records."""
    until: int | None
    """The last edition's year; null: still current."""
    replaced_by: list[str]
    """What to report instead of a deleted code: numbers."""
    status: Status
    """Whether it may be reported on the date of service."""
    changed_at: Moment
    """When its page was changed last."""


@documented
class CodeList(TypedDict):
    """A page of a list of codes."""

    date: Day
    """The date of service that `status` is told for."""
    total: int
    """How many codes there are on all pages."""
    codes: list[Brief]
    """Those of this page."""
    next: str | None
    """The cursor of the next page; null on the last."""


@documented
class CodeOnDay(CodeData):
    """One code, whole, as of a date of service."""

    date: Day
    """The date of service that `status` is told for."""
    status: Status
    """Whether it may be reported on that date."""


@documented
class Named(TypedDict):
    """A relation, with the title of the other code."""

    kind: str
    """How the code stands to the page that says it, as of a relation."""
    code: str
    """The other code."""
    title: str
    """Its title; "" where this reference has no page of it."""
    note: str
    """The difference in one line."""


@documented
class Relations(TypedDict):
    """What a code's page says of other codes, and they of it."""

    code: str
    """The code."""
    says: list[Named]
    """What its page says of others."""
    said: list[Named]
    """What the pages of others say of it."""


@documented
class Run(TypedDict):
    """A run of words of a difference."""

    op: Annotated[str, one_of(["same", "gone", "new"])]
    """In both, only before, or only after."""
    text: str
    """The words."""


@documented
class DifferenceData(TypedDict):
    """How an item differs."""

    key: str
    """The item."""
    label: str
    """Its kind in a reader's words."""
    before: str
    """All of it before; "" where it was not there."""
    after: str
    """All of it after; "" where it is gone."""
    runs: list[Run]
    """The words with what was taken away and added."""


@documented
class Change(LastChange):
    """A revision in a history."""

    items: list[str]
    """The keys of the items that it changed."""


@documented
class History(TypedDict):
    """A page of the history of a code, the newest revision first."""

    code: str
    """The code."""
    revisions: list[Change]
    """Those of this page."""
    next: str | None
    """The cursor of the next page; null on the last."""


@documented
class Told(TypedDict):
    """An item as a revision had it."""

    key: str
    """The item."""
    label: str
    """Its kind in a reader's words."""
    text: str
    """All that it says, its sources in the last lines."""


@documented
class RevisionData(Change):
    """A revision whole, and what it changed."""

    code: str
    """The code."""
    title: str
    """The title at that time."""
    validity: ValidityData
    """The validity at that time."""
    told: list[Told]
    """Everything that the page said."""
    differences: list[DifferenceData]
    """What differs from the revision before; everything, of the first."""


@documented
class ComparedRevisions(TypedDict):
    """What differs between two revisions."""

    code: str
    """The code."""
    first: LastChange
    """The one."""
    second: LastChange
    """The other."""
    differences: list[DifferenceData]
    """What differs from the one to the other."""


def day_of(request: HttpRequest) -> date:
    """The date of service that a request asks for; raises Refused for what is no day."""
    lens = service_date.lens(request)
    if lens.wrong:
        raise Refused(422, lens.wrong, [{"place": "query.date", "detail": lens.wrong}])
    return lens.day


def brief(code: ProcedureCode, day: date) -> Brief:
    return {
        "code": code.number,
        "url": f"{settings.SITE_URL}{code.get_absolute_url()}",
        "title": code.title,
        "answer": plain(code.answer),
        "category": code.category,
        "subcategory": code.subcategory,
        "since": code.since,
        "until": code.until,
        "replaced_by": list(code.replaced_by),
        "status": code.validity.on(day),
        "changed_at": open_data.moment(code.changed_at),
    }


def told(differences: Iterable[Difference]) -> list[DifferenceData]:
    return [
        {
            "key": found.key,
            "label": found.label,
            "before": found.before,
            "after": found.after,
            "runs": [{"op": span.op, "text": span.text} for span in found.spans],
        }
        for found in differences
    ]
