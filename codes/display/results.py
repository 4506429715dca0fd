"""What the search page shows of each code that it found: where the words matched, and why it stands where it does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from codes import search
from codes.acts.publishing import latest_pages
from codes.models import ProcedureCode
from codes.page import Page, references
from codes.search.excerpts import Belief, Excerpt, Piece, belief, excerpt, marked
from codes.search.find import Hit
from codes.search.words import tokens


@dataclass(frozen=True)
class Result:
    """A found code. `replaces` are the deleted ones among the found that it took the place of.

    `belief` is the wrong one that the reader seems to hold; then the code is one of those that are right instead.
    `site` is what its page requires on the claim, words of `SITES`. `weak`: it says little of what was asked.
    """

    code: ProcedureCode
    title: list[Piece]
    excerpt: Excerpt | None
    replaces: list[ProcedureCode]
    site: tuple[str, ...]
    belief: Belief | None = None
    weak: bool = False


@dataclass(frozen=True)
class Ranking:
    """The hits of a query in the order to show; `pages` are theirs by number, `beliefs` the wrong ones that the query
    repeats by the number of the page that tells them, `moved` the codes that stand further ahead for one, each with
    that page's number.
    """

    hits: list[Hit]
    pages: Mapping[str, Page]
    beliefs: Mapping[str, Belief]
    moved: Mapping[str, str]


def ranked(query: str, day: date) -> Ranking:
    """What `search.find` finds, best first, for a date of service; before what a wrong belief names, what is right.

    Two queries more than `search.find`.
    """
    hits = search.find(query, day=day)
    shown = latest_pages([hit.code.number for hit in hits if hit.why])
    asked = tokens(query)
    held = {n: b for hit in hits if hit.why and (b := belief(shown[n := hit.code.number], hit.why, asked))}
    hits, moved = _right_first(hits, held, day)
    return Ranking(hits, shown, held, moved)


def results(query: str, day: date) -> list[Result]:
    """What the search page shows of each code of a query's ranking; one query more for codes that no words found."""
    found = ranked(query, day)
    others = latest_pages([hit.code.number for hit in found.hits if hit.code.number not in found.pages])
    shown = {**found.pages, **others}
    gone = [hit.code for hit in found.hits if hit.code.validity.on(day) == "deleted"]
    made = []
    for hit in found.hits:
        number, told = hit.code.number, found.moved.get(hit.code.number)
        replaces = [old for old in gone if number in old.replaced_by]
        # A belief is told once, at the codes that it brought forward.
        silent = told or number in found.moved.values() or number not in found.pages
        said = None if silent else excerpt(found.pages[number], hit.why)
        belief = found.beliefs.get(told) if told else None
        title, weak = marked(hit.code.title, hit.why), hit.weak and not told
        made.append(Result(hit.code, title, said, replaces, shown[number].site, belief, weak))
    return made


def speaking_of(number: str) -> list[Result]:
    """The codes whose pages name a number that has no page here, and what they say of it. Two queries."""
    terms = (number[1:],)
    codes = ProcedureCode.objects.filter(terms__term__in=terms)
    shown = {other: page for other, page in latest_pages(codes).items() if number in references(page)}
    found = [code for code in codes if code.number in shown]
    return [
        Result(code, marked(code.title, terms), excerpt(page := shown[code.number], terms), [], page.site)
        for code in found
    ]


def _right_first(hits: list[Hit], held: Mapping[str, Belief], day: date) -> tuple[list[Hit], dict[str, str]]:
    """The hits with the right codes before the first that a belief names; each that moved -> the belief's page."""
    known = {hit.code.number: hit for hit in hits}
    missing = {number for b in held.values() if b.wrong & known.keys() for number in b.right if number not in known}
    joining = ProcedureCode.objects.in_bulk(missing).items()
    known |= {number: Hit(code, 0.0) for number, code in joining if code.validity.on(day) == "active"}
    order = [hit.code.number for hit in hits]
    moved: dict[str, str] = {}
    for page, b in held.items():
        first = min((place for place, number in enumerate(order) if number in b.wrong), default=None)
        if first is None:
            continue
        ahead = [number for number in b.right if number in known and number not in order[:first]]
        order = [*order[:first], *ahead, *(number for number in order[first:] if number not in ahead)]
        moved |= dict.fromkeys(ahead, page)
    return [known[number] for number in order], moved
