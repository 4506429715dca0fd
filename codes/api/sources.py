"""The register of sources: every document that a page cites, and what rests on it."""

from itertools import groupby
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from typing_extensions import TypedDict

from codes import page as pages
from codes.acts.registering import latest_version
from codes.api.pages import Cursor, Limit, behind, cursor, one_more
from codes.api.problems import Refused, Wrong, answers
from codes.api.shapes import DifferenceData, Slug, one_of, told
from codes.display import sources as display
from codes.display.open_data import Day, Moment, documented, moment
from codes.forms.filters import SourceFilter
from codes.models import CitedDocument, Document, DocumentRevision
from codes.text.number import PATTERN

router = Router(tags=["Sources"])


@documented
class SourceBrief(TypedDict):
    """The record of a document."""

    id: str
    """Its name for good."""
    url: str
    """Its page here."""
    title: str
    """Its title."""
    publisher: str
    """Who published it."""
    kind: Annotated[str, one_of(pages.SOURCE_KINDS)]
    """Who that is, which says how far the document goes."""
    dated: str
    """What it says of its own date: 2014, 2025-10 or 2025-10-01."""
    seen: Day | None
    """When somebody last had it before them."""
    address: str
    """Its web address; "" for what is in print only."""
    print_only: bool
    """Whether it is in print only."""
    replaced_by: str
    """The `id` of the record of what took its place."""
    version: int
    """The number of the live version of this record."""
    changed_at: Moment
    """When the record was changed last."""
    items: int
    """How many items of pages cite it."""
    codes: int
    """On the pages of how many codes."""


@documented
class SourceList(TypedDict):
    """A page of the register, by `id`."""

    sources: list[SourceBrief]
    """Those of this page."""
    next: str | None
    """The cursor of the next page; null on the last."""


@documented
class Version(TypedDict):
    """A version of a record."""

    version: int
    """Its number, counted from 1."""
    at: Moment
    """When it was published."""
    kind: Annotated[str, one_of(DocumentRevision.Source.values)]
    """Why."""
    by: str
    """Who is credited."""
    reason: str
    """The reason as everybody reads it."""
    differences: list[DifferenceData]
    """What it changed; nothing, of the first."""


@documented
class SourceWhole(SourceBrief):
    """The record of a document with its versions."""

    attests: list[str]
    """What it can show."""
    versions: list[Version]
    """Its versions, the newest first."""


@documented
class Citing(TypedDict):
    """An item that cites a document."""

    key: str
    """The item's key on the page of the code."""
    place: str
    """Where in the document."""
    version: int
    """The version of the record that it cites."""


@documented
class CitingCode(TypedDict):
    """A code whose page cites a document."""

    code: str
    """Its number."""
    items: list[Citing]
    """The items that do."""


@documented
class Citations(TypedDict):
    """A page of what rests on a document, by code."""

    codes: list[CitingCode]
    """Those of this page."""
    next: str | None
    """The cursor of the next page; null on the last."""


@router.get("/sources", response=SourceList, operation_id="list_sources", openapi_extra=answers(422))
def list_sources(
    request: HttpRequest,
    kind: Annotated[str, one_of(pages.SOURCE_KINDS, "Who published it.")] = "",
    publisher: Annotated[str, Query(max_length=pages.MAX_LINE, description="The publisher, as records have it.")] = "",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> SourceList:
    """Every document that pages cite, by `id`."""
    chosen = SourceFilter(request.GET, queryset=Document.objects.all())
    wrong: list[Wrong] = [
        {"place": f"query.{name}", "detail": f"There is no such {name}."} for name in chosen.form.errors
    ]
    if wrong:
        raise Refused(422, wrong[0]["detail"], wrong)
    found = chosen.qs.order_by("slug")
    if last := behind("sources", cursor, pages.SLUG):
        found = found.filter(slug__gt=last[0])
    rows, more = one_more(list(found[: limit + 1]), limit)
    return {
        "sources": [_brief(row) for row in display.counted(rows)],
        "next": _cursor("sources", rows[-1].slug) if more else None,
    }


# The parameter of the address has this name too.
_cursor = cursor


@router.get("/sources/{id}", response=SourceWhole, operation_id="read_source", openapi_extra=answers(404, 422))
def read_source(request: HttpRequest, id: Slug) -> SourceWhole:
    """The record of a document, with its versions."""
    [document] = display.counted([get_object_or_404(Document, slug=id)])
    return {
        **_brief(document),
        "attests": list(latest_version(id).record.attests),
        "versions": [_version(one) for one in display.versions(document)],
    }


@router.get(
    "/sources/{id}/citations", response=Citations, operation_id="list_citations", openapi_extra=answers(404, 422)
)
def list_citations(request: HttpRequest, id: Slug, limit: Limit = 50, cursor: Cursor = "") -> Citations:
    """Which items of which codes cite a document."""
    get_object_or_404(Document, slug=id)
    found = CitedDocument.objects.filter(document=id)
    if last := behind(f"citations {id}", cursor, PATTERN):
        found = found.filter(code__gt=last[0])
    numbers = found.order_by("code").values_list("code", flat=True).distinct()
    some, more = one_more(list(numbers[: limit + 1]), limit)
    rows = found.filter(code__in=some).order_by("code", "pk").values_list("code", "item", "place", "version")
    return {
        "codes": [
            {
                "code": code,
                "items": [{"key": item, "place": place, "version": version} for _, item, place, version in of_code],
            }
            for code, of_code in groupby(rows, key=lambda row: row[0])
        ],
        "next": _cursor(f"citations {id}", some[-1]) if more else None,
    }


def _brief(document: Document) -> SourceBrief:
    counted = vars(document)
    return {
        "id": document.slug,
        "url": f"{settings.SITE_URL}{document.get_absolute_url()}",
        "title": document.title,
        "publisher": document.publisher,
        "kind": document.kind,
        "dated": document.dated,
        "seen": document.seen or None,
        "address": document.url,
        "print_only": document.print_only,
        "replaced_by": document.replaced_by,
        "version": document.version,
        "changed_at": moment(document.changed_at),
        "items": counted["items"],
        "codes": counted["codes"],
    }


def _version(shown: display.Version) -> Version:
    revision = shown.revision
    return {
        "version": revision.number,
        "at": moment(revision.created_at),
        "kind": revision.source,
        "by": revision.credit,
        "reason": revision.reason,
        "differences": told(shown.differences),
    }
