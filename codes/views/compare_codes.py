"""Two to six codes side by side."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from codes import page as pages
from codes.acts.publishing import latest_pages
from codes.display.comparison import MAX_CODES, MAX_TYPED, MIN_CODES, Comparison, Piece, asked, compare
from codes.display.page import Item, items_of
from codes.forms import service_date
from codes.models import ProcedureCode, RelatedCode
from codes.page import RELATIONS, Page
from codes.text import number as numbers
from codes.text.characters import hidden_character

# Of each of six categories a pair that the page of its first code says is confused.
EXAMPLES = (
    ("D0120", "D0150"),
    ("D1110", "D4910"),
    ("D2950", "D2954"),
    ("D4341", "D4355"),
    ("D6010", "D6011"),
    ("D7140", "D7210"),
)
_CONFUSED = "confused_with"
# Code number -> item key -> item.
Items = dict[str, dict[str, Item]]


@dataclass
class Typed:
    """One field of the form: what was typed, what is wrong with it, and the codes that may have been meant."""

    text: str = ""
    error: str = ""
    near: list[ProcedureCode] = field(default_factory=list)


@dataclass(frozen=True)
class Column:
    """One code at the head of its column; `without` is the address of the comparison without it, "" if two are left."""

    code: ProcedureCode
    page: Page
    answer: Item
    status: str
    successors: list[tuple[str, ProcedureCode | None]]
    without: str


@require_safe
@service_date.applies
def compare_codes(request: HttpRequest) -> HttpResponse:
    """/compare/?codes=D6010,D6011, or a form's fields ?code=6010&code=6011; each other spelling leads to the first."""
    wanted = asked([*request.GET.getlist("codes"), *request.GET.getlist("code")])
    if not wanted:
        return _answer(request, [Typed() for _ in range(MAX_CODES)], {"examples": _examples()})
    live = latest_pages([text for text in wanted if numbers.parse(text) == text])
    typed, status = _checked(wanted, live)
    if status != 200:
        partners = _partners(wanted[0]) if list(live) == wanted and len(wanted) < MIN_CODES else []
        return _answer(request, typed, {"partners": partners}, status)
    joined = ",".join(wanted)
    # A comma may arrive escaped: programs that carry links do that, and must not be sent in a circle.
    if request.GET.getlist("codes") != [joined] or "code" in request.GET:
        rest = request.GET.copy()
        rest.pop("codes", None)
        rest.pop("code", None)
        return redirect(_url(wanted) + (f"&{rest.urlencode()}" if rest else ""), permanent=True)
    return _comparison(request, typed, {number: live[number] for number in wanted})


def _checked(wanted: list[str], live: dict[str, Page]) -> tuple[list[Typed], int]:
    """The fields with what is wrong beside each, and the status of the answer: 200 if nothing is."""
    typed, wrong, unknown = [Typed(text) for text in wanted], False, []
    for place, one in enumerate(typed):
        if place >= MAX_CODES:
            one.error, wrong = "Six codes are the most that fit side by side. Remove this one.", True
        elif numbers.parse(one.text) != one.text:
            one.error = hidden_character(one.text) or "This is not a code number. Type it like 6011 or D6011."
            wrong = True
        elif one.text not in live:
            one.error = f"We have no page for {one.text}."
            unknown.append(one)
    if len(wanted) < MIN_CODES and not wrong and not unknown:
        typed.append(Typed(error="Enter a second code to compare it with."))
        wrong = True
    if unknown:
        every = list(ProcedureCode.objects.values_list("number", flat=True))
        near = {one.text: numbers.nearest(one.text, every, limit=3) for one in unknown}
        codes = ProcedureCode.objects.in_bulk({number for found in near.values() for number in found})
        for one in unknown:
            one.near = [codes[number] for number in near[one.text]]
    typed += [Typed() for _ in range(MAX_CODES - len(typed))]
    return typed, 422 if wrong else 404 if unknown else 200


def _comparison(request: HttpRequest, typed: list[Typed], asked_pages: dict[str, Page]) -> HttpResponse:
    found, order = compare(asked_pages), list(asked_pages)
    spoken_of = {number for page in asked_pages.values() for number in pages.references(page)}
    known = ProcedureCode.objects.in_bulk(spoken_of | set(asked_pages))
    items = items_of(asked_pages, known)
    columns = _columns(asked_pages, known, items, service_date.of(request))
    context: dict[str, object] = {
        "columns": list(columns.values()),
        **_drawn(found, columns, items),
        "count_shared": sum(len(group.said) for group in found.shared),
        "is_indexable": found.is_related,
        "address": _url(order),
        "canonical": _url(sorted(order)),
        "description": _description(asked_pages),
        "heading": _listed(order),
    }
    return _answer(request, typed, context)


def _columns(
    asked_pages: dict[str, Page], known: dict[str, ProcedureCode], items: Items, day: date
) -> dict[str, Column]:
    """Code number -> its column, with the status on the date of service."""
    order = list(asked_pages)
    return {
        number: Column(
            code=known[number],
            page=page,
            answer=items[number]["answer"],
            status=page.validity.on(day),
            successors=[(successor, known.get(successor)) for successor in page.validity.replaced_by],
            without=_url([n for n in order if n != number]) if len(order) > MIN_CODES else "",
        )
        for number, page in asked_pages.items()
    }


def _drawn(found: Comparison, columns: dict[str, Column], items: Items) -> dict[str, list[dict[str, Any]]]:
    """What the pages say of each other, differently and alike, each piece with its column and its item."""

    def pieces(given: tuple[Piece, ...]) -> list[dict[str, Any]]:
        return [{"column": columns[p.code], "item": items[p.code][p.key], "lines": p.lines} for p in given]

    between = [
        {"of": group, "pairs": [{"title": pair.title, "said": list(map(pieces, pair.said))} for pair in group.pairs]}
        for group in found.between
    ]
    rows = []
    for row in found.differing:
        cells = [(columns[code], pieces(cell)) for code, cell in zip(columns, row.cells, strict=True)]
        rows.append(
            {
                "of": row,
                "cells": [(column, cell[: row.seen]) for column, cell in cells],
                "rest": [(column, cell[row.seen :]) for column, cell in cells],
            }
        )
    shared = [{"title": group.title, "said": list(map(pieces, group.said))} for group in found.shared]
    return {"between": between, "rows": rows, "shared": shared}


def _description(asked_pages: dict[str, Page]) -> str:
    """Of two codes the difference that a page states in one line; else the titles."""
    relations = [r for page in asked_pages.values() for r in page.related if r.code in asked_pages]
    relations.sort(key=lambda r: list(RELATIONS).index(r.kind))
    titles = " ".join(f"{number}: {page.title}." for number, page in asked_pages.items())
    return relations[0].note if relations and len(asked_pages) == MIN_CODES else titles


def _answer(request: HttpRequest, typed: list[Typed], context: dict[str, object], status: int = 200) -> HttpResponse:
    context |= {"typed": typed, "max_typed": MAX_TYPED, "failed": status != 200}
    return render(request, "codes/compare_codes.html", context, status=status)


def _url(order: list[str]) -> str:
    return f"{reverse('compare_codes')}?codes={','.join(order)}"


def _listed(order: list[str]) -> str:
    """ "D6010 and D6011", "D6010, D6011 and D6012"."""
    *before, last = order
    return f"{', '.join(before)} and {last}"


def _partners(number: str) -> list[tuple[str, ProcedureCode, str]]:
    """What a code is often confused with: address of the comparison, the other code, the difference in one line."""
    relations = RelatedCode.objects.filter(code=number, kind=_CONFUSED).order_by("pk")
    notes = dict(relations.values_list("other", "note"))
    known = ProcedureCode.objects.in_bulk(notes)
    return [(_url([number, other]), known[other], note) for other, note in notes.items() if other in known]


def _examples() -> list[tuple[str, ProcedureCode, ProcedureCode, str]]:
    """Those of EXAMPLES that the page of the first code says are confused: the address of the comparison, the two
    codes, and the difference in one line.
    """
    said = RelatedCode.objects.filter(kind=_CONFUSED, code__in=[one for one, _ in EXAMPLES])
    notes = {(one, other): note for one, other, note in said.values_list("code", "other", "note")}
    known = ProcedureCode.objects.in_bulk({number for pair in EXAMPLES for number in pair})
    return [
        (_url([one, other]), known[one], known[other], notes[one, other])
        for one, other in EXAMPLES
        if (one, other) in notes and other in known
    ]
