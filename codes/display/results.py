"""What the search page shows of each code that it found: where the words matched, and why it stands where it does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString

from codes import search
from codes.acts.publishing import latest_pages
from codes.page import references
from codes.search import held
from codes.search.excerpts import Belief, Excerpt, Piece, belief, excerpt, marked, may_hold
from codes.search.find import Hit
from codes.search.held import Listed
from codes.search.words import tokens
from codes.text import number as numbers
from codes.text.markup import to_html


@dataclass(frozen=True)
class Result:
    """A found code. `replaces` are the deleted ones among the found that it took the place of.

    `belief` is the wrong one that the reader seems to hold; then the code is one of those that are right instead.
    `weak`: it says little of what was asked.
    """

    code: Listed
    title: list[Piece]
    excerpt: Excerpt | None
    replaces: list[Listed]
    belief: Belief | None = None
    weak: bool = False


@dataclass(frozen=True)
class Ranking:
    """The hits of a query in the order to show; `beliefs` are the wrong ones that the query repeats by the number of
    the page that tells them, `moved` the codes that stand further ahead for one, each with that page's number.
    """

    hits: list[Hit]
    beliefs: Mapping[str, Belief]
    moved: Mapping[str, str]


def ranked(query: str, day: date) -> Ranking:
    """What `search.find` finds, best first, for a date of service; before what a wrong belief names, what is right.

    One query more than `search.find`, where a page may tell of a wrong belief that the words repeat.
    """
    hits = search.find(query, day=day)
    asked = tokens(query)
    telling = {hit.code.number: hit for hit in hits if may_hold(hit.row.beliefs, hit.row.said, hit.why, asked)}
    texts = search.texts(telling)
    said = {n: belief(hit.code.title, texts[n], hit.why, asked) for n, hit in telling.items()}
    beliefs = {number: told for number, told in said.items() if told}
    hits, moved = _right_first(hits, beliefs, day)
    return Ranking(hits, beliefs, moved)


def results(query: str, day: date) -> list[Result]:
    """What the search page shows of each code of a query's ranking; one query more for the texts that matched."""
    found = ranked(query, day)
    texts = search.texts(hit.code.number for hit in found.hits if hit.why)
    gone = [hit.code for hit in found.hits if hit.code.validity.on(day) == "deleted"]
    made = []
    for hit in found.hits:
        code, told = hit.code, found.moved.get(hit.code.number)
        replaces = [old for old in gone if code.number in old.replaced_by]
        # A belief is told once, at the codes that it brought forward.
        silent = told or code.number in found.moved.values() or not hit.why
        said = None if silent else excerpt(code.title, texts[code.number], hit.why)
        belief = found.beliefs.get(told) if told else None
        made.append(Result(code, marked(code.title, hit.why), said, replaces, belief, hit.weak and not told))
    return made


def speaking_of(number: str) -> list[Result]:
    """The codes whose pages name a number that has no page here, and what they say of it. Three queries."""
    terms, index = (number[1:],), held.index()
    naming = sorted(code for code, page in latest_pages(index.saying(terms[0])).items() if number in references(page))
    texts = search.texts(naming)
    return [
        Result(code := index.rows[n].code, marked(code.title, terms), excerpt(code.title, texts[n], terms), [])
        for n in naming
    ]


def denied(number: str) -> list[tuple[str, str, str, SafeString]]:
    """What pages call often stated and not correct, of what is stated of a number that has no page here: the code and
    the address of the line, what is said, and why it is wrong. A query.
    """
    index = held.index()
    return [
        # to_html's result is safe (codes.text).
        (
            code,
            f"{index.rows[code].code.get_absolute_url()}#{said.key}",
            said.heading,
            SafeString(to_html(said.text, {})),
        )
        for code, page in sorted(latest_pages(index.saying(number[1:])).items())
        for said in page.statements
        if said.kind == "myth" and number in numbers.mentioned(said.heading)
    ]


def _right_first(hits: list[Hit], beliefs: Mapping[str, Belief], day: date) -> tuple[list[Hit], dict[str, str]]:
    """The hits with the right codes before the first that a belief names; each that moved -> the belief's page."""
    known = {hit.code.number: hit for hit in hits}
    missing = {number for b in beliefs.values() if b.wrong & known.keys() for number in b.right if number not in known}
    rows = held.index().rows if missing else {}
    joining = [rows[number] for number in missing if number in rows]
    known |= {row.code.number: Hit(row, 0.0) for row in joining if row.code.validity.on(day) == "active"}
    order = [hit.code.number for hit in hits]
    moved: dict[str, str] = {}
    for page, b in beliefs.items():
        first = min((place for place, number in enumerate(order) if number in b.wrong), default=None)
        if first is None:
            continue
        ahead = [number for number in b.right if number in known and number not in order[:first]]
        order = [*order[:first], *ahead, *(number for number in order[first:] if number not in ahead)]
        moved |= dict.fromkeys(ahead, page)
    return [known[number] for number in order], moved
