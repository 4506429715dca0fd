"""A published page as data for machines: the one shape that the API, the downloads and FHIR are made of.

Plain JSON data. A text that is not there is "", a number, day, time or object null, a list []. Days are ISO dates and
times ISO 8601 in UTC. Only `text` of an item is Markdown, every other text is plain. Whoever did something has a public
name: no address, no user name. What it says of validity holds on any day; what it says of verification is that of the
day on which it is made, for each January 1 another edition begins.

Names are never changed or taken away (docs/api.md); others may come beside them.
"""

import ast
import inspect
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import islice, pairwise
from typing import Annotated, TypeVar

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from pydantic import BaseModel, Field, WithJsonSchema
from typing_extensions import TypedDict

from codes import page as pages
from codes.display.marks import SIGNS, Mark, Marks, marks_of
from codes.models import Revision, Verification
from codes.page import ItemKey, Page
from codes.page.wording import own_words
from codes.text.markup import plain

# So many pages are in memory at once.
AT_ONCE = 100
Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
KindOfChange = Annotated[str, WithJsonSchema({"type": "string", "enum": Revision.Source.values})]
State = Annotated[str, WithJsonSchema({"type": "string", "enum": [*SIGNS]})]
KindOfRelation = Annotated[str, WithJsonSchema({"type": "string", "enum": [*pages.RELATIONS]})]


_Shape = TypeVar("_Shape", bound=type)


def documented(shape: _Shape) -> _Shape:
    """A TypedDict or a pydantic model whose names are described by the texts under them.

    Pydantic's own way forgets those of the bases of a TypedDict, and reads a module anew for each of its classes.
    """
    about = {}
    for named, told in pairwise(_classes(shape.__module__)[shape.__name__].body):
        match named, told:
            case ast.AnnAssign(target=ast.Name(name)), ast.Expr(value=ast.Constant(str(text))):
                about[name] = " ".join(text.split())
    if issubclass(shape, BaseModel):
        for name, text in about.items():
            shape.__pydantic_fields__[name].description = text
        shape.model_rebuild(force=True)
    else:
        for name, text in about.items():
            shape.__annotations__[name] = Annotated[shape.__annotations__[name], Field(description=text)]
    return shape


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    """What is written of the classes of a module, by their names."""
    written = ast.parse(inspect.getsource(sys.modules[module]))
    return {one.name: one for one in written.body if isinstance(one, ast.ClassDef)}


@documented
class Word(TypedDict):
    """A word of one of the site's lists."""

    id: str
    """The word as filters take it: "tooth range"."""
    name: str
    """How it is read: "First and last tooth"."""


@documented
class Revised(TypedDict):
    """An edition that revised the code."""

    edition: int
    """The edition's year."""
    note: str
    """What changed, in our words."""


@documented
class ValidityData(TypedDict):
    """The editions in which the code may be reported. An edition is one calendar year."""

    since: int | None
    """The first edition's year; null: in the set since before our records."""
    until: int | None
    """The last edition's year; null: still current."""
    first_day: Day | None
    """The first date of service, if `since` is known."""
    last_day: Day | None
    """The last date of service of a deleted code."""
    replaced_by: list[str]
    """What to report instead of a deleted code: numbers."""
    revised: list[Revised]
    """The editions that revised it."""


@documented
class ClaimData(TypedDict):
    """What a claim with the code must hold."""

    site: list[Word]
    """Which site information is required: tooth, surface, quadrant, arch."""
    teeth: list[Word]
    """The teeth that it is for; none: any."""
    surfaces: list[Word]
    """How many surfaces it is for; none: not counted by surfaces."""
    per: Word | None
    """What is counted: per tooth, per quadrant, once per visit."""
    attachments: list[str]
    """What is usually attached."""


@documented
class Cited(TypedDict):
    """A source that an item cites."""

    id: str
    """Its `id` among the page's `sources`."""
    place: str
    """Where in it: page, section, row."""


@documented
class Check(TypedDict):
    """That an editor checked an item, as it stands now."""

    edition: int
    """Against the edition of this year."""
    at: Moment
    """When."""
    by: str
    """The editor's public name."""
    source: str
    """By which source, in the editor's words."""


@documented
class VerificationData(TypedDict):
    """How far an item is verified against the edition that is in force."""

    state: State
    """`outdated`: only against an older edition."""
    check: Check | None
    """The check that counts, of this edition or an older one."""
    ahead: Check | None
    """A check against a coming edition, which counts from its first day."""


@documented
class ItemData(TypedDict):
    """One thing that a page says: a field, a statement or a relation."""

    key: str
    """Its name on this page for good: `answer`, `use_when.buried`, `related.confused_with.D6010`."""
    kind: str
    """The part of the key before the first dot."""
    label: str
    """The kind in a reader's words."""
    heading: str
    """The line above the text of a question, denial, myth, example or video."""
    text: str
    """What it says: a small subset of Markdown."""
    plain: str
    """The same without markup."""
    sources: list[Cited]
    """What it cites for just these words."""
    verification: VerificationData | None
    """Null for a label, such as the title, which is not verified by itself."""
    disputed: bool
    """Whether it is in doubt: an editor says so, or two contributors do, each by a link mailed to them."""
    open_corrections: int
    """How many corrections of it wait for an editor."""


@documented
class RelationData(TypedDict):
    """How another code stands to this one."""

    key: str
    """The key of its item."""
    kind: KindOfRelation
    """How, seen from this code."""
    code: str
    """The other code's number, which may be outside this reference."""
    note: str
    """The difference in one line."""


@documented
class SourceData(TypedDict):
    """A source of the page."""

    id: str
    """Its name on this page."""
    title: str
    """Publisher, title and date."""
    place: str
    """Where in the document."""
    url: str
    """Its address; "" for what is in print only."""
    document: str
    """Its record in the site's register of sources: the `id` of `/api/v1/sources/{id}`; "" for none."""
    version: int | None
    """The version of that record which the page cites."""


@documented
class LastChange(TypedDict):
    """What was published last."""

    revision: int
    """The number of the revision, counted from 1."""
    at: Moment
    """When."""
    kind: KindOfChange
    """Why: loaded content, a reader's correction, a revert, a decision taken back, a check of sources."""
    by: str
    """Who is credited."""
    reason: str
    """The reason as the history tells it."""


@documented
class Counts(TypedDict):
    """How many of the items that can be verified are what."""

    items: int
    """All that can be verified."""
    verified: int
    """Verified against the edition in force."""
    outdated: int
    """Verified against an older one only."""
    disputed: int
    """Disputed."""


@documented
class CodeData(TypedDict):
    """One code, whole."""

    code: str
    """Its number, D and four digits."""
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
    aliases: list[str]
    """What else it is called."""
    tags: list[str]
    """Subjects that editors gave it."""
    specialties: list[Word]
    """Who uses it."""
    validity: ValidityData
    """When it may be reported."""
    claim: ClaimData
    """What the claim needs."""
    items: list[ItemData]
    """Everything that the page says, in its order, with source and verification."""
    relations: list[RelationData]
    """Related codes."""
    sources: list[SourceData]
    """What the items cite."""
    edition: int
    """The year of the edition in force, against which `verification` is told."""
    counts: Counts
    """How far the page is verified."""
    revision: int
    """The number of the live revision."""
    changed_at: Moment
    """When that was published."""
    last_change: LastChange
    """What that changed, and who is credited."""


def code(number: str) -> CodeData:
    """The code of this number; raises Revision.DoesNotExist."""
    revision = _told(Revision.objects.filter(code=number)).latest()
    return of(revision, marks_of({number: revision.page})[number])


def codes(numbers: Sequence[str]) -> Iterator[CodeData]:
    """The codes of these numbers that have a page, in this order; a few queries for each AT_ONCE of them."""
    left = iter(numbers)
    while some := list(islice(left, AT_ONCE)):
        live = {revision.code_id: revision for revision in _told(Revision.objects.live(some))}
        marks = marks_of({number: revision.page for number, revision in live.items()})
        yield from (of(live[number], marks[number]) for number in some if number in live)


def of(revision: Revision, marks: Marks) -> CodeData:
    """A live revision, and what is known of the items of its page, as data."""
    number, page = revision.code_id, revision.page
    return {
        "code": number,
        "url": f"{settings.SITE_URL}{reverse('code', args=[number])}",
        "title": page.title,
        "answer": plain(page.answer),
        "category": page.category,
        "subcategory": page.subcategory,
        "aliases": list(page.aliases),
        "tags": list(page.tags),
        "specialties": _words("specialties", page.specialties),
        "validity": validity(page.validity),
        "claim": _claim(page),
        "items": list(_items(page, marks)),
        "relations": [{"key": r.key, "kind": r.kind, "code": r.code, "note": plain(r.note)} for r in page.related],
        "sources": [source(s) for s in page.sources],
        "edition": marks.survey.edition,
        "counts": {
            "items": marks.total,
            "verified": marks.verified,
            "outdated": len(marks.survey.outdated),
            "disputed": marks.disputed,
        },
        "revision": revision.number,
        "changed_at": moment(revision.created_at),
        "last_change": change(revision),
    }


def validity(said: pages.Validity) -> ValidityData:
    """The validity of a page."""
    return {
        "since": said.since,
        "until": said.until,
        "first_day": said.first_day.isoformat() if said.first_day else None,
        "last_day": said.last_day.isoformat() if said.last_day else None,
        "replaced_by": list(said.replaced_by),
        "revised": [{"edition": year, "note": note} for year, note in said.revised],
    }


def source(cited: pages.Source) -> SourceData:
    """A source of a page."""
    return {
        "id": cited.key,
        "title": cited.title,
        "place": cited.place,
        "url": cited.url,
        "document": cited.document,
        "version": cited.version or None,
    }


def change(revision: Revision) -> LastChange:
    """What a revision tells of itself."""
    return {
        "revision": revision.number,
        "at": moment(revision.created_at),
        "kind": revision.source,
        "by": revision.credit,
        "reason": revision.reason,
    }


def check(verification: Verification) -> Check:
    """A verification, with the full name of the editor, if there is one."""
    return {
        "edition": verification.edition_id,
        "at": moment(verification.at),
        "by": verification.by.get_full_name() or "an editor",
        "source": verification.source,
    }


def moment(at: datetime) -> str:
    """A time as ISO 8601 in UTC: 2026-03-02T10:30:15Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _told(found: QuerySet[Revision]) -> QuerySet[Revision]:
    """With their pages and whom they credit, and without what their corrections hold."""
    of_correction = ("correction__credit", "correction__credited_too", "correction__revision")
    own = ("code", "number", "data", "source", "reason", "created_at")
    return found.select_related("correction").only(*own, *of_correction)


def _words(name: str, chosen: Iterable[str]) -> list[Word]:
    return [{"id": word, "name": pages.VOCABULARIES[name][word]} for word in chosen]


def _claim(page: Page) -> ClaimData:
    return {
        "site": _words("site", page.site),
        "teeth": _words("teeth", page.teeth),
        "surfaces": _words("surfaces", page.surfaces),
        "per": next(iter(_words("per", filter(None, [page.per]))), None),
        "attachments": list(page.attachments),
    }


def _items(page: Page, marks: Marks) -> Iterator[ItemData]:
    said = {s.key: (s.heading, s.text) for s in page.statements} | {str(r.key): ("", r.note) for r in page.related}
    for key in page.keys:
        if key.is_source:
            continue
        heading, text = said.get(key) or ("", page.answer if key == "answer" else own_words(page, key))
        if text:
            yield _item(page, key, heading, text, marks.of(key))


def _item(page: Page, key: ItemKey, heading: str, text: str, mark: Mark) -> ItemData:
    marked_up = not key.is_field or key == "answer"
    return {
        "key": key,
        "kind": key.kind,
        "label": key.label,
        "heading": heading,
        "text": text,
        "plain": plain(text) if marked_up else text,
        "sources": [{"id": cited.key, "place": cited.place} for cited in page.cited(key)],
        "verification": _verification(mark) if mark.counts else None,
        "disputed": mark.disputed,
        "open_corrections": mark.waiting,
    }


def _verification(mark: Mark) -> VerificationData:
    return {
        "state": mark.state,
        "check": check(mark.verified) if mark.verified else None,
        "ahead": check(mark.ahead) if mark.ahead else None,
    }
