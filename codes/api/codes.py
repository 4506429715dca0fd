"""Codes: the list, one whole, its relations, its history, and what differs."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Annotated

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router

from codes import page as pages
from codes.acts.publishing import latest
from codes.api.pages import WHOLE, Cursor, Limit, behind, cursor, one_more, wrong_cursor
from codes.api.problems import Refused, Wrong, answers
from codes.api.shapes import (
    MOST_REVISIONS,
    Change,
    CodeList,
    CodeOnDay,
    ComparedRevisions,
    Counted,
    DateOfService,
    History,
    Named,
    Number,
    Relations,
    RevisionData,
    brief,
    day_of,
    one_of,
    told,
)
from codes.display import open_data
from codes.display.results import ranked
from codes.forms.filters import STATUSES, VERIFICATIONS, CodeFilter
from codes.models import ProcedureCode, RelatedCode, Revision
from codes.page.wording import differences, wording
from codes.search.words import MAX_QUERY
from codes.text import bits
from codes.text.markup import plain
from codes.text.number import PATTERN

router = Router(tags=["Codes"])

OtherRevision = Annotated[int, Query(ge=1, le=MOST_REVISIONS, description="The number of a revision.")]


@router.get("/codes", response=CodeList, operation_id="list_codes", openapi_extra=answers(422))
def list_codes(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=MAX_QUERY, description="Words, as in the site's search; best first.")] = "",
    category: Annotated[str, one_of(pages.CATEGORIES, "A category of CDT.")] = "",
    subcategory: Annotated[str, Query(max_length=200, description="A section of that category.")] = "",
    status: Annotated[str, one_of(dict(STATUSES), "Validity on the date of service.")] = "",
    verification: Annotated[str, one_of(dict(VERIFICATIONS), "How far it is verified.")] = "",
    site: Annotated[str, one_of(pages.SITES, "What the claim must name.")] = "",
    specialty: Annotated[str, one_of(pages.SPECIALTIES, "Who uses the code.")] = "",
    tag: Annotated[str, Query(max_length=100, description="A tag, as it stands in an address.")] = "",
    date: DateOfService = "",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> CodeList:
    """Every code, or those with all of the given features: by number, or with `q` the best first."""
    day = day_of(request)
    numbers = _chosen(request)
    if q:
        found = set(numbers)
        numbers = [hit.code.number for hit in ranked(q, day).hits if hit.code.number in found]
    start = _start(numbers, behind("found" if q else "codes", cursor, PATTERN), bool(q))
    some, more = one_more(numbers[start : start + limit + 1], limit)
    rows = ProcedureCode.objects.in_bulk(some)
    return {
        "date": day.isoformat(),
        "total": len(numbers),
        "codes": [brief(rows[number], day) for number in some if number in rows],
        "next": _cursor("found" if q else "codes", some[-1]) if more else None,
    }


# The parameter of the address has this name too.
_cursor = cursor


def _chosen(request: HttpRequest) -> Sequence[str]:
    """The numbers of the codes that the filters of browse choose, in order; raises Refused as they refuse."""
    chosen = CodeFilter(request.GET, queryset=ProcedureCode.objects.all(), request=request)
    wrong: list[Wrong] = [
        {"place": f"query.{name}", "detail": refused.message}
        for name, refused in zip(chosen.form.errors, chosen.refused, strict=True)
    ]
    if wrong:
        raise Refused(422, wrong[0]["detail"], wrong)
    return bits.Numbers(chosen.codes)


def _start(numbers: Sequence[str], last: list[str], ranked_ones: bool) -> int:
    """Where the page behind the code `last` begins; what is ranked may have lost it since, what is in order not."""
    if not last:
        return 0
    if not ranked_ones:
        return bisect_right(numbers, last[0])
    if last[0] not in numbers:
        raise wrong_cursor()
    return numbers.index(last[0]) + 1


@router.get("/codes/{code}", response=CodeOnDay, operation_id="read_code", openapi_extra=answers(404, 422))
def read_code(request: HttpRequest, code: Number, date: DateOfService = "") -> CodeOnDay:
    """A code whole: every item with its sources, its verification and whether it is disputed."""
    day = day_of(request)
    try:
        revision = latest(code)
    except Revision.DoesNotExist as error:
        raise Http404(code) from error
    return {
        **open_data.code(code),
        "date": day.isoformat(),
        "status": revision.page.validity.on(day),
    }


@router.get(
    "/codes/{code}/relations", response=Relations, operation_id="read_relations", openapi_extra=answers(404, 422)
)
def read_relations(request: HttpRequest, code: Number) -> Relations:
    """How other codes stand to a code: what its page says of them, and what their pages say of it."""
    get_object_or_404(ProcedureCode, number=code)
    says = list(RelatedCode.objects.filter(code=code).order_by("pk"))
    said = list(RelatedCode.objects.filter(other=code).order_by("code", "pk"))
    others = {*(r.other for r in says), *(r.code_id for r in said)}
    titles = dict(ProcedureCode.objects.filter(number__in=others).values_list("number", "title"))

    def named(relation: RelatedCode, other: str) -> Named:
        return {
            "kind": relation.kind,
            "code": other,
            "title": titles.get(other, ""),
            "note": plain(relation.note),
        }

    return {"code": code, "says": [named(r, r.other) for r in says], "said": [named(r, r.code_id) for r in said]}


@router.get("/codes/{code}/history", response=History, operation_id="list_revisions", openapi_extra=answers(404, 422))
def list_revisions(request: HttpRequest, code: Number, limit: Limit = 50, cursor: Cursor = "") -> History:
    """Every revision of a code's page, the newest first: when, why, whom it credits, which items it changed."""
    get_object_or_404(ProcedureCode, number=code)
    found = Revision.objects.told().filter(code=code).order_by("-number")
    if last := behind(f"history {code}", cursor, WHOLE):
        found = found.filter(number__lt=int(last[0]))
    rows, more = one_more(list(found[: limit + 1]), limit)
    return {
        "code": code,
        "revisions": [_change(revision) for revision in rows],
        "next": _cursor(f"history {code}", rows[-1].number) if more else None,
    }


@router.get(
    "/codes/{code}/history/{number}",
    response=RevisionData,
    operation_id="read_revision",
    openapi_extra=answers(404, 422),
)
def read_revision(request: HttpRequest, code: Number, number: Counted) -> RevisionData:
    """A revision whole, with its differences from the one before."""
    revision = _revision(code, number)
    page = revision.page
    return {
        **_change(revision),
        "code": code,
        "title": page.title,
        "validity": open_data.validity(page.validity),
        "told": [
            {"key": key, "label": key.label, "text": text}
            for key in page.keys
            if not key.is_source and (text := wording(page, key))
        ],
        "differences": told(differences(revision.page_before, page)),
    }


@router.get(
    "/codes/{code}/compare",
    response=ComparedRevisions,
    operation_id="compare_revisions",
    openapi_extra=answers(404, 422),
)
def compare_revisions(
    request: HttpRequest, code: Number, first: OtherRevision, second: OtherRevision
) -> ComparedRevisions:
    """What differs between two revisions of a code's page."""
    old, new = _revision(code, first), _revision(code, second)
    return {
        "code": code,
        "first": open_data.change(old),
        "second": open_data.change(new),
        "differences": told(differences(old.page, new.page)),
    }


def _revision(code: str, number: int) -> Revision:
    of_correction = ("proposed", "evidence", "earlier", "chosen")
    found = Revision.objects.select_related("correction").defer(*(f"correction__{name}" for name in of_correction))
    return get_object_or_404(found, code=code, number=number)


def _change(revision: Revision) -> Change:
    return {**open_data.change(revision), "items": list(revision.items)}
