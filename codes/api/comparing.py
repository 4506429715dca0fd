"""What two to four codes say of each other, what they say differently, and what they share."""

from typing import Annotated

from django.http import Http404, HttpRequest
from ninja import Query, Router
from typing_extensions import TypedDict

from codes.acts.publishing import latest_pages
from codes.api.problems import Refused, answers
from codes.display import comparison
from codes.display.open_data import documented
from codes.page import Page
from codes.page.wording import own_words
from codes.text.markup import plain
from codes.text.number import PATTERN

router = Router(tags=["Codes"])
MOST = 4
Numbers = Annotated[
    str,
    Query(
        pattern=f"^{PATTERN}(,{PATTERN}){{1,{MOST - 1}}}$",
        description=f"Two to {MOST} different numbers of codes with commas between.",
        example="D6010,D6011",
    ),
]


@documented
class Said(TypedDict):
    """What the page of one code says in one item."""

    code: str
    """The code."""
    key: str
    """The item of its page."""
    text: str
    """What it says, without markup."""


@documented
class Differing(TypedDict):
    """What the pages say differently under one heading."""

    kind: str
    """The field or kind of statement."""
    title: str
    """The heading."""
    first: bool
    """Whether a claim turns on it."""
    said: list[Said]
    """What each says, in the order asked; nothing of a page that says nothing."""


@documented
class Shared(TypedDict):
    """What all of the pages say under one heading."""

    title: str
    """The heading."""
    said: list[Said]
    """What they say: each statement once for every page."""


@documented
class Between(TypedDict):
    """What the pages of two of the codes say of each other."""

    title: str
    """How the two are related."""
    pair: str
    """The two codes in that relation, in words."""
    said: list[Said]
    """What the pages say of it."""


@documented
class Compared(TypedDict):
    """Codes side by side."""

    codes: list[str]
    """The codes in the order asked."""
    related: bool
    """Whether of each two of them one names the other as related or as its successor."""
    between: list[Between]
    """What they say of each other."""
    differing: list[Differing]
    """What they say differently, what a claim turns on first."""
    shared: list[Shared]
    """What they share."""


@router.get("/compare", response=Compared, operation_id="compare_codes", openapi_extra=answers(404, 422))
def compare_codes(request: HttpRequest, codes: Numbers) -> Compared:
    """Two to four codes side by side: what they say of each other, differently, and alike."""
    asked = codes.split(",")
    if len({*asked}) < len(asked):
        raise Refused(422, "A code is named twice.", [{"place": "query.codes", "detail": "Name each code once."}])
    found = latest_pages(asked)
    if missing := [number for number in asked if number not in found]:
        raise Http404(missing)
    pages = {number: found[number] for number in asked}
    compared = comparison.compare(pages)
    return {
        "codes": asked,
        "related": compared.is_related,
        "between": [
            {"title": group.title, "pair": pair.title, "said": _said(pages, pair.said)}
            for group in compared.between
            for pair in group.pairs
        ],
        "differing": [
            {"kind": row.key, "title": row.title, "first": row.is_first, "said": _said(pages, row.cells)}
            for row in compared.differing
        ],
        "shared": [{"title": group.title, "said": _said(pages, group.said)} for group in compared.shared],
    }


def _said(pages: dict[str, Page], cells: comparison.Cells) -> list[Said]:
    return [
        {"code": piece.code, "key": piece.key, "text": _text(pages[piece.code], piece)}
        for cell in cells
        for piece in cell
    ]


def _text(page: Page, piece: comparison.Piece) -> str:
    if piece.lines:
        return "\n".join("".join(span.text for span in line) for line in piece.lines)
    return plain(own_words(page, piece.key))
