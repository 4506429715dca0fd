"""What our pages say against the lines of a claim. No Django.

Each verdict comes from one item of one page: a typed relation, the validity, a claim fact or a statement that names
another code of the claim. It says what was found, never what a payer will do.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from codes.checks.claim_line import Line
from codes.number import mentioned, nearest
from codes.page import SITES, Page

Said = Iterator[tuple[str, str, str, str]]  # degree, sentence, code and item

# In words: against our pages; may be right, but look; for information.
DEGREES = ("problem", "look", "note")
CONFUSED, ATTACHED, CHECKLIST = "Often confused with", "Usually attached", "Documentation checklist"
_GIVEN = {
    "tooth": "a tooth",
    "tooth range": "several teeth",
    "surface": "surfaces",
    "quadrant": "a quadrant",
    "arch": "an arch",
    "whole mouth": "the whole mouth",
}
# Kinds of statement that name another code of the claim: how much it weighs, and what it says.
_NAMING = {
    "do_not_use_when": ("look", "“Do not use it when” on the page of {} names {}, on the same date."),
    "includes": ("look", "What {} includes names {}, on the same date."),
    "excludes": ("note", "What {} does not include names {}."),
}


@dataclass(frozen=True)
class Verdict:
    """`line` and `others` are places in the claim, from 0; `item` of the page of `code` is what it rests on.

    `code` and `item` are empty if no page can say anything.
    """

    degree: str
    line: int
    says: str
    code: str = ""
    item: str = ""
    others: tuple[int, ...] = ()

    @property
    def lists(self) -> bool:
        """Whether it is one of a list that `says` heads."""
        return self.says in (CONFUSED, ATTACHED, CHECKLIST)


def check(lines: Sequence[Line], pages: Mapping[str, Page], known: Sequence[str] = ()) -> list[Verdict]:
    """Every verdict on dated lines, in their order, the worst first; `pages` are those of the codes on the claim.

    `known` are the numbers of all pages: an unknown code is told the nearest of them.
    """
    found: list[Verdict] = []
    told: set[str] = set()
    for place, line in enumerate(lines):
        page = pages.get(line.code)
        if page is None:
            found.append(_unknown(place, line, known))
            continue
        found += [Verdict(degree, place, says, line.code, item) for degree, says, item in _alone(line, page)]
        if line.code not in told:
            found += _information(place, line, page, lines)
            told.add(line.code)
    found += _gathered(_pairs(lines, pages))
    return sorted(found, key=lambda v: (v.line, DEGREES.index(v.degree)))


def _unknown(place: int, line: Line, known: Sequence[str]) -> Verdict:
    near = nearest(line.code, list(known), 3)
    says = f"We have no page for {line.code}, so nothing could be checked. Our set is not the whole code set."
    return Verdict("look", place, f"{says} Near it: {', '.join(near)}." if near else says)


def _alone(line: Line, page: Page) -> Iterator[tuple[str, str, str]]:
    """Degree, sentence and item of what one line has against it by its own page."""
    validity = page.validity
    status = validity.on(line.day)
    if status == "deleted":
        instead = f" Report instead: {', '.join(validity.replaced_by)}." if validity.replaced_by else ""
        last = f"its last date of service was {_day(validity.last_day)}"
        yield "problem", f"Not valid on {_day(line.day)}: {last}.{instead}", "validity"
    elif status == "future":
        first = f"its first date of service is {_day(validity.first_day)}"
        yield "problem", f"Not valid on {_day(line.day)}: {first}.", "validity"
    if verdict := _site(line, page):
        yield *verdict, "site"


def _site(line: Line, page: Page) -> tuple[str, str] | None:
    """Whether the line names the site that the page asks for."""
    given, wanted = line.kinds, set(page.site)
    asked = " and ".join(SITES[kind].lower() for kind in page.site)
    if not wanted:
        return "note", f"Our page of {line.code} does not say which site the claim needs."
    if "none" in wanted:
        useless = given - {"whole mouth"}
        if useless and wanted == {"none"}:
            return "look", f"Given: {_listed(useless)}. Our page asks for no tooth or area."
        return None
    missing = wanted - given
    if missing and (missing == wanted or "surface" in missing):
        if not given:
            return "problem", f"No site is given. Our page asks for: {asked}."
        return "problem", f"Given: {_listed(given)}. Our page asks for: {asked}.{_meant(line, wanted)}"
    if missing:
        return "look", f"Given only: {_listed(given)}. Our page names: {asked}. Not every case needs all of it."
    extra = given - wanted - ({"tooth"} if "tooth range" in wanted else set())
    if wanted & {"arch", "quadrant"}:
        extra -= {"tooth range"}
    return ("look", f"Given too: {_listed(extra)}. Our page asks only for: {asked}.") if extra else None


def _meant(line: Line, wanted: set[str]) -> str:
    """Teeth 10, 20 and 30 have the numbers of quadrants."""
    quadrant = {("10",): "UR", ("20",): "UL", ("30",): "LL"}.get(line.teeth)
    return f" If {line.teeth[0]} is the quadrant, type it as {quadrant}." if quadrant and "quadrant" in wanted else ""


def _information(place: int, line: Line, page: Page, lines: Sequence[Line]) -> Iterator[Verdict]:
    for relation in page.related:
        if relation.kind == "confused_with":
            there = tuple(n for n, other in enumerate(lines) if other.code == relation.code)
            yield Verdict("note", place, CONFUSED, line.code, relation.key, there)
    if page.attachments:
        yield Verdict("note", place, ATTACHED, line.code, "attachments")
    for statement in page.of_kind("documentation"):
        yield Verdict("note", place, CHECKLIST, line.code, statement.key)


def _pairs(lines: Sequence[Line], pages: Mapping[str, Page]) -> Iterator[Verdict]:
    """What each two lines have against each other, under the later of them unless the other's page says it."""
    for earlier, later in combinations(range(len(lines)), 2):
        a, b = lines[earlier], lines[later]
        if a.code not in pages or b.code not in pages:
            continue
        if a.code == b.code:
            yield from _twice(later, earlier, b, a, pages[b.code])
            continue
        for rule in (_conflict, _part, _order):
            for degree, says, code, item in rule(b, a, pages):
                yield Verdict(degree, later, says, code, item, (earlier,))
        for mine, its in ((later, earlier), (earlier, later)):
            yield from _naming(mine, its, lines, pages[lines[mine].code])


def _twice(later: int, earlier: int, line: Line, other: Line, page: Page) -> Iterator[Verdict]:
    same = line.meets(other)
    apart = line.surfaces and other.surfaces and not {*line.surfaces} & {*other.surfaces}
    if line.day != other.day or same is False or apart:
        return
    limits = page.of_kind("frequency")
    item = limits[0].key if limits else "site" if page.site else "answer"
    if same:
        says = f"{line.code} stands twice for one site ({line.where}) and day."
        yield Verdict("problem", later, says, line.code, item, (earlier,))
    else:
        says = f"{line.code} stands twice for one day, with nothing that tells the two apart."
        yield Verdict("look", later, says, line.code, item, (earlier,))


def _conflict(line: Line, other: Line, pages: Mapping[str, Page]) -> Said:
    if line.day == other.day and (found := _either("same_day_conflict", "same_day_conflict", line, other, pages)):
        yield *_on_one_day(line, other, f"{line.code} and {other.code}, which do not go together,"), *found


def _part(line: Line, other: Line, pages: Mapping[str, Page]) -> Said:
    for part, whole in ((line, other), (other, line)):
        item = _relation("part_of", whole.code, pages[part.code])
        if item and line.day == other.day:
            yield *_on_one_day(line, other, f"{part.code} and {whole.code}, of which it is a part,"), part.code, item


def _order(line: Line, other: Line, pages: Mapping[str, Page]) -> Said:
    first, second = (line, other) if line.day > other.day else (other, line)
    same = line.meets(other)
    if line.day != other.day and same is not False and (found := _either("precedes", "follows", second, first, pages)):
        where = f" at one site ({line.where})" if same else ""
        says = f"{first.code} comes before {second.code}, but is dated after it{where}."
        yield "problem" if same else "look", says, *found


def _naming(mine: int, its: int, lines: Sequence[Line], page: Page) -> Iterator[Verdict]:
    line, other = lines[mine], lines[its]
    if line.day != other.day or line.meets(other) is False:
        return
    for kind, (degree, says) in _NAMING.items():
        for statement in page.of_kind(kind):
            if other.code in mentioned(statement.text):
                yield Verdict(degree, mine, says.format(line.code, other.code), line.code, statement.key, (its,))


def _on_one_day(line: Line, other: Line, pair: str) -> tuple[str, str]:
    """Degree and sentence of two that our page wants on different days."""
    same = line.meets(other)
    if same is False:
        return "note", f"{pair} stand on one date, {_day(line.day)}, but at different sites."
    where = f" and at one site ({line.where})" if same else "; at least one of them has no site"
    return "problem", f"{pair} stand on one date, {_day(line.day)}{where}."


def _either(kind: str, counterpart: str, line: Line, other: Line, pages: Mapping[str, Page]) -> tuple[str, str] | None:
    """Code and key of the relation `kind` that the line's page has to the other, or of its counterpart there."""
    if item := _relation(kind, other.code, pages[line.code]):
        return line.code, item
    item = _relation(counterpart, line.code, pages[other.code])
    return (other.code, item) if item else None


def _relation(kind: str, code: str, page: Page) -> str:
    return next((r.key for r in page.related if r.kind == kind and r.code == code), "")


def _gathered(found: Iterable[Verdict]) -> list[Verdict]:
    """One verdict where several differ only in the other line."""
    others: dict[tuple, list[int]] = {}
    for v in found:
        others.setdefault((v.degree, v.line, v.says, v.code, v.item), []).extend(v.others)
    return [Verdict(*same, others=tuple(sorted(places))) for same, places in others.items()]


def _listed(kinds: set[str]) -> str:
    # Several teeth are a tooth too.
    shown = kinds - {"tooth"} if "tooth range" in kinds else kinds
    return " and ".join(name for kind, name in _GIVEN.items() if kind in shown)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
