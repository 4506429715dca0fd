"""What our pages say against the lines of a claim. No Django.

Each verdict comes from one item of one page: a claim fact, the validity, a typed relation or a statement that names
another code of the claim. It says how likely the line is denied for it by what our pages say, never what a payer does.
A finding about several lines stands under each of them; where there is none, nothing is said.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations

from codes.checks.claim_line import AREAS, DatedLine
from codes.checks.claim_rules import (
    ADDS_TO,
    AGAINST,
    EXTRACTIONS,
    FOR_PERMANENT,
    LASTING_CROWNS,
    ON_A_TOOTH,
    ONE_OF,
    Against,
)
from codes.editorial.outside import OUTSIDE
from codes.page import SITES, SURFACE_COUNTS, TEETH_GROUPS, Page
from codes.text.number import mentioned, nearest
from codes.text.tooth import facts_of

Said = Iterator[tuple[str, str, str, str]]  # degree, sentence, code and item

# The strength of a finding, the worst first, and how it is read.
DEGREES = {"problem": "will be denied", "look": "may be denied", "note": "for information"}
CONFUSED, ATTACHED, CHECKLIST = "Often confused with", "Usually attached", "Documentation checklist"
_GIVEN = {
    "tooth": "a tooth",
    "tooth range": "several teeth",
    "surface": "surfaces",
    "quadrant": "a quadrant",
    "arch": "an arch",
    "whole mouth": "the whole mouth",
}
# What is counted per one of these cannot be paid without a place. Where a page does not say, nothing is found missing.
_PLACED = {"tooth", "root", "surface", "site", "quadrant", "arch"}
_UPPER, _LOWER = AREAS["01"][1], AREAS["02"][1]

# A rule that its own words call dropped, with the year if they name it; and one that binds only some payers.
_DROPPED = re.compile(
    r"\b(?:dropped|lifted|withdrawn|not barred|no longer|(?:ban|rule)\b.{0,40}\b(?:fell|ended))\b", re.I
)
# A ban that the code set has had since an edition only: "by the code since 2026".
_BEGAN = re.compile(r"\bby the code since (20\d\d)\b")
_YEAR = re.compile(r"\b(?:in|since|until) (20\d\d)\b")
_SOME_PAYERS = re.compile(
    r"\b(?:may|might|can|many|most|mostly|some|few|often|usually|commonly|seldom|questioned|differ|such as|others"
    r"|must be shown)\b",
    re.I,
)
_COUNT = re.compile(r"\b(?:faces|surfaces|incisal)\b", re.I)
# A statement that sets two codes against each other on one date, and one that allows them beside each other.
_ONE_DATE = re.compile(r"\b(?:same (?:day|date|visit)|one (?:day|date|visit)|on the day)\b", re.I)
_WITHIN = re.compile(r"\b(?:part of|belongs? to|includ|count|inside|not added|not billed|not paid)", re.I)
_BESIDE = re.compile(r"\b(?:in addition|separately|(?:may|can) be (?:billed|reported|paid)|paid beside)\b", re.I)


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

    @property
    def lines(self) -> frozenset[int]:
        """The places of all lines that it speaks of."""
        return frozenset({self.line, *self.others})


def check(lines: Sequence[DatedLine], pages: Mapping[str, Page], known: Sequence[str] = ()) -> list[Verdict]:
    """Every verdict on dated lines, in their order, the worst first; `pages` are those of the codes on the claim.

    `known` are the numbers of all pages: an unknown code is told the nearest of them.
    """
    found: list[Verdict] = []
    told: set[str] = set()
    lines = [settled(line, pages.get(line.code)) for line in lines]
    for place, line in enumerate(lines):
        page = pages.get(line.code)
        if page is None:
            found.append(_unknown(place, line, known))
            continue
        found += [Verdict(degree, place, says, line.code, item) for degree, says, item in _alone(line, page)]
        if line.code not in told:
            found += _information(place, line, page, lines)
            told.add(line.code)
    placed = [_in_its_jaw(line, pages.get(line.code)) for line in lines]
    found += _gathered(_pairs(placed, pages))
    found += _many_quadrants(lines, pages)
    found += _added_to_nothing(lines, pages, {v.line for v in found if v.degree == "problem"})
    order = [*DEGREES]
    return sorted(found, key=lambda v: (v.line, order.index(v.degree)))


def settled(line: DatedLine, page: Page | None) -> DatedLine:
    """The line as its code reads it: 10, 20 and 30 are teeth and quadrants, and some codes take quadrants alone."""
    if page and line.bare and {"quadrant", "arch"} & {*page.site} and "tooth" not in page.site:
        return replace(line, teeth=(), area=line.teeth[0], bare=False)
    return line


def _in_its_jaw(line: DatedLine, page: Page | None) -> DatedLine:
    """The line with the arch that its code names: an upper denture stands in the upper jaw, said or not."""
    jaws = {"upper", "lower"} & {*page.teeth} if page else set()
    if line.quadrants or len(jaws) != 1:
        return line
    return replace(line, area="01" if jaws == {"upper"} else "02")


def _unknown(place: int, line: DatedLine, known: Sequence[str]) -> Verdict:
    if line.code in OUTSIDE:
        says = f"We have no page for {line.code} ({OUTSIDE[line.code]}), so nothing could be checked."
        return Verdict("note", place, says)
    near = nearest(line.code, list(known), 3)
    says = f"We have no page for {line.code}, so nothing could be checked. Our set is not the whole code set."
    return Verdict("note", place, f"{says} Near it: {', '.join(near)}." if near else says)


def _alone(line: DatedLine, page: Page) -> Iterator[tuple[str, str, str]]:
    """Degree, sentence and item of what one line has against it by its own page."""
    validity = page.validity
    status, first, last = validity.on(line.day), validity.first_day, validity.last_day
    if last and status == "deleted":
        instead = f" Report instead: {', '.join(validity.replaced_by)}." if validity.replaced_by else ""
        why = f"its last date of service was {_day(last)}"
        yield "problem", f"Not valid on {_day(line.day)}: {why}.{instead}", "validity"
    elif first and status == "future":
        why = f"its first date of service is {_day(first)}"
        yield "problem", f"Not valid on {_day(line.day)}: {why}.", "validity"
    apart = line.teeth and line.area and not line.quadrants <= AREAS[line.area][1]
    if apart:
        given = f"{_teeth(line.teeth)} and {AREAS[line.area][0]}"
        yield "problem", f"The tooth and the area of this line contradict each other: {given}.", "site"
    elif verdict := _fit(line, page):
        yield *verdict, "teeth"
        return
    elif verdict := _site(line, page):
        yield *verdict, "site"
    elif line.code in FOR_PERMANENT and not page.teeth and (tooth := next(filter(_is_primary, line.teeth), "")):
        yield "look", f"{line.code} is for permanent teeth; tooth {tooth} is a primary tooth.", "site"
    yield from _surfaces(line, page)


def _fit(line: DatedLine, page: Page) -> tuple[str, str] | None:
    """Whether the teeth, or the area, of the line are among those that the code is for."""
    for group, members in enumerate(TEETH_GROUPS):
        wanted = {*page.teeth} & {*members}
        if not wanted:
            continue
        for tooth in line.teeth:
            if not wanted & facts_of(tooth):
                # Few codes say in their name which dentition they are for; payers make exceptions for the others.
                named = group != 1 or any(word in page.title.lower() for word in wanted)
                is_a = f"tooth {tooth} is {_kind(tooth, group)}"
                return "problem" if named else "look", f"{line.code} is for {_for(wanted, group)}; {is_a}."
        jaws = {"upper": _UPPER, "lower": _LOWER}
        if group == 2 and line.area and len(wanted) == 1 and not line.quadrants & jaws[next(iter(wanted))]:
            return "problem", f"{line.code} is for {_for(wanted, group)}; given is {AREAS[line.area][0]}."
    return None


def _is_primary(tooth: str) -> bool:
    return "primary" in facts_of(tooth)


def _kind(tooth: str, group: int) -> str:
    facts = facts_of(tooth)
    word = next(word for word in TEETH_GROUPS[group][::-1] if word in facts)
    kind = {0: f"{'an' if word == 'anterior' else 'a'} {word}", 1: f"a {word} tooth", 2: f"in the {word} jaw"}[group]
    return f"{kind} tooth" if word == "anterior" else kind


def _for(wanted: set[str], group: int) -> str:
    words = [word for word in TEETH_GROUPS[group] if word in wanted]
    if group == 2:
        return f"the {' and '.join(words)} jaw"
    return " and ".join(
        f"{word} teeth" if word in ("anterior", "primary", "permanent") else f"{word}s" for word in words
    )


def _surfaces(line: DatedLine, page: Page) -> Iterator[tuple[str, str, str]]:
    """The surfaces of the line counted, each once: B and F are one; O is of back teeth, I of front teeth."""
    if not line.surfaces or "surface" not in page.site:
        return
    count, wanted = len(_letters(line)), page.surfaces
    # What counted before a revision of the count is not what the page says now.
    revised = any(year > line.day.year and _COUNT.search(note) for year, note in page.validity.revised)
    if wanted and str(count) not in wanted and not revised:
        asked = SURFACE_COUNTS[wanted[0]] if len(wanted) == 1 else f"{wanted[0]} or more surfaces"
        says = f"{line.code} is for {asked}; {line.surfaces} is {SURFACE_COUNTS.get(str(count), f'{count} surfaces')}."
        yield "problem", says, "surfaces"
    for letter, positions, instead in (
        ("O", {"anterior"}, "front teeth have I, the incisal edge"),
        ("I", {"premolar", "molar"}, "back teeth have O, the occlusal side"),
    ):
        if letter in line.surfaces and (tooth := next((t for t in line.teeth if facts_of(t) & positions), "")):
            says = f"Surface {letter} does not fit tooth {tooth}: {instead}."
            yield "problem", says, "surfaces" if page.surfaces else "site"


def _site(line: DatedLine, page: Page) -> tuple[str, str] | None:
    """Whether the line names the site that the page asks for."""
    given, wanted = line.kinds, set(page.site)
    asked = " and ".join(SITES[kind].lower() for kind in page.site if kind != "none")
    if "none" in wanted:
        useless = given - {"whole mouth"}
        if useless and wanted == {"none"}:
            return "note", f"Given: {_listed(useless)}. Our page asks for no tooth or area."
        return None
    if given & wanted - {"surface"} or ("arch" in wanted and {*page.teeth} & {"upper", "lower"}):
        # Only a code that counts surfaces cannot be paid without them.
        if "surface" in wanted - given and page.surfaces:
            return "problem", f"Given: {_listed(given)}. Our page asks for: {asked}."
        if "tooth range" in given - wanted and page.per == "tooth":
            return "look", f"Given: several teeth. {line.code} is counted per tooth: one line for each."
        return None
    if page.per not in _PLACED:
        return None
    if not given:
        return "problem", f"No site is given. Our page asks for: {asked}."
    # A tooth lies in a quadrant and an arch, and may stand for the bridge that it carries.
    meant = _meant(line, wanted)
    near = line.teeth and not meant and wanted <= {"quadrant", "arch", "tooth range"}
    return "look" if near else "problem", f"Given: {_listed(given)}. Our page asks for: {asked}.{meant}"


def _meant(line: DatedLine, wanted: set[str]) -> str:
    """Teeth 10, 20 and 30 have the numbers of quadrants."""
    quadrant = {"10": "UR", "20": "UL", "30": "LL"}.get(",".join(line.teeth))
    return f" If {line.teeth[0]} is the quadrant, type it as {quadrant}." if quadrant and "quadrant" in wanted else ""


def _information(place: int, line: DatedLine, page: Page, lines: Sequence[DatedLine]) -> Iterator[Verdict]:
    for relation in page.related:
        if relation.kind == "confused_with":
            there = tuple(n for n, other in enumerate(lines) if other.code == relation.code)
            yield Verdict("note", place, CONFUSED, line.code, relation.key, there)
    if page.attachments:
        yield Verdict("note", place, ATTACHED, line.code, "attachments")
    for statement in page.of_kind("documentation"):
        yield Verdict("note", place, CHECKLIST, line.code, statement.key)


def _pairs(lines: Sequence[DatedLine], pages: Mapping[str, Page]) -> Iterator[Verdict]:
    """What each two lines have against each other, under both: the first rule that finds something speaks."""
    rules = (_conflict, _part, _family, _gone, _order, _naming)
    for earlier, later in combinations(range(len(lines)), 2):
        a, b = lines[earlier], lines[later]
        if a.code not in pages or b.code not in pages:
            continue
        found = (
            [*_twice(b, a, pages)] if a.code == b.code else next(filter(None, ([*r(b, a, pages)] for r in rules)), [])
        )
        for degree, says, code, item in found:
            yield Verdict(degree, later, says, code, item, (earlier,))
            yield Verdict(degree, earlier, says, code, item, (later,))


def _twice(line: DatedLine, other: DatedLine, pages: Mapping[str, Page]) -> Said:
    page = pages[line.code]
    if line.day != other.day:
        yield from _two_dates(line, other, page)
        return
    if page.per in ("root", "image", "15 minutes"):
        return
    counted = {"visit": "visit", "mouth": "visit", "quadrant": "quadrant", "arch": "arch"}.get(page.per, "tooth")
    same = _meet(counted, line, other)
    apart = line.surfaces and other.surfaces and not _letters(line) & _letters(other)
    if same is False or apart:
        return
    limits = page.of_kind("frequency")
    item = "per" if page.per else limits[0].key if limits else "site" if page.site else "answer"
    if counted == "visit":
        where = "the whole mouth" if page.per == "mouth" else "a visit"
        yield "problem", f"{line.code} is on two lines of one date. It is counted once for {where}.", line.code, item
    elif same:
        degree = "look" if page.per == "site" else "problem"
        yield degree, f"{line.code} is on two lines for one site ({line.where}) and date.", line.code, item
    else:
        says = f"{line.code} is on two lines of one date, with nothing to tell them apart."
        yield "look", says, line.code, item


def _two_dates(line: DatedLine, other: DatedLine, page: Page) -> Said:
    """One crown billed when it is prepared and when it is seated; a tooth taken out a second time."""
    limits = page.of_kind("frequency")
    item = limits[0].key if limits else "per" if page.per else "answer"
    if line.code in LASTING_CROWNS | EXTRACTIONS and {*line.teeth} & {*other.teeth}:
        degree = "problem" if line.code in EXTRACTIONS else "look"
        says = f"{line.code} is on two lines for one tooth ({line.where}), {_day(other.day)} and {_day(line.day)}."
        yield degree, says, line.code, item


def _conflict(line: DatedLine, other: DatedLine, pages: Mapping[str, Page]) -> Said:
    """A relation of either page that the two are not for one date, as strong as its own words."""
    found = _either("same_day_conflict", "same_day_conflict", line, other, pages)
    if line.day != other.day or not found or line.meets(other) is False or _different_surfaces(line, other):
        return
    notes = [r.note for one, two in ((line, other), (other, line)) for r in pages[one.code].related
             if r.kind == "same_day_conflict" and r.code == two.code]  # fmt: skip
    dropped = next((note for note in notes if _DROPPED.search(note)), "")
    year = next((int(y) for note in notes if _DROPPED.search(note) for y in _YEAR.findall(note)), 0)
    some = any(_SOME_PAYERS.search(note) for note in notes)
    pair = f"{line.code} and {other.code} are on the same date, {_day(line.day)}"
    if dropped and line.day.year >= year:
        if some:
            says = f"{pair}. The code set no longer bars the pair, but some payers still pay only one of the two."
            yield "look", says, *found
        return
    began = max((int(year) for note in notes for year in _BEGAN.findall(note)), default=0)
    if line.day.year < began:
        says = f"{pair}. The code set has barred the pair since {began}; before, the payer's rule decides."
        yield "look", says, *found
        return
    where = f", and at one site ({line.where})" if line.meets(other) else ""
    if some and not dropped:
        yield "look", f"{pair}{where}. Some payers pay only one of the two.", *found
    else:
        yield "problem", f"{pair}{where}, and do not go together.", *found


def _part(line: DatedLine, other: DatedLine, pages: Mapping[str, Page]) -> Said:
    for part, whole in ((line, other), (other, line)):
        item = _relation("part_of", whole.code, pages[part.code])
        if item and line.day == other.day and line.meets(other) is not False:
            says = f"{part.code} is part of {whole.code}, and both are on the same date, {_day(line.day)}."
            # What belongs to a tooth is counted in; a service to the whole mouth may stand apart.
            yield "problem" if line.meets(other) else "look", says, part.code, item


def _family(line: DatedLine, other: DatedLine, pages: Mapping[str, Page]) -> Said:
    """Two codes of which one tooth, surface, quadrant, arch or visit takes one."""
    if line.day != other.day:
        return
    for one in ONE_OF:
        if {line.code, other.code} <= one.codes and _meet(one.place, line, other):
            yield one.degree, _family_says(one.place, one.says, line, other), *_setting_apart(line, other, pages)
            return
    for rule in AGAINST:
        both = any(mine.code in rule.one and its.code in rule.two for mine, its in ((line, other), (other, line)))
        if not both or line.day.year < rule.since:
            continue
        meet = _meet(rule.place, line, other)
        if meet or (rule.unplaced and meet is None):
            item = _proof(rule, line, other, pages) or _setting_apart(line, other, pages)
            yield rule.degree, _family_says(rule.place, rule.says, line, other), *item
            return


def _family_says(place: str, why: str, line: DatedLine, other: DatedLine) -> str:
    site = line.where or other.where
    where = "" if place == "visit" or not _meet(place, line, other) else f" at one site ({site})"
    return f"{line.code} and {other.code} are on the same date{where}: {why}."


def _setting_apart(line: DatedLine, other: DatedLine, pages: Mapping[str, Page]) -> tuple[str, str]:
    """Code and key of what sets the two apart; how the first is counted, if no page says it."""
    for kind in ("alternative", "confused_with"):
        if item := _either(kind, kind, line, other, pages):
            return item
    return line.code, "per" if pages[line.code].per else "answer"


def _proof(rule: Against, line: DatedLine, other: DatedLine, pages: Mapping[str, Page]) -> tuple[str, str] | None:
    """Code and key of the statement of either page that says what the rule says."""
    for code in (line.code, other.code):
        for statement in pages[code].statements:
            if rule.proof and rule.proof.search(f"{statement.heading} {statement.text}"):
                return code, statement.key
    return None


def _gone(line: DatedLine, other: DatedLine, pages: Mapping[str, Page]) -> Said:
    """Work on a tooth that was taken out on an earlier date."""
    first, then = (other, line) if other.day < line.day else (line, other)
    work = ON_A_TOOTH | EXTRACTIONS - {"D7250", "D7251", "D7252"}
    if first.day == then.day or first.code not in EXTRACTIONS - {"D7251", "D7252"} or then.code not in work:
        return
    if {*first.teeth} & {*then.teeth}:
        says = f"The tooth ({then.where}) was taken out by {first.code} on {_day(first.day)}, before {then.code}."
        yield "problem", says, first.code, "per" if pages[first.code].per else "answer"


def _order(line: DatedLine, other: DatedLine, pages: Mapping[str, Page]) -> Said:
    first, second = (line, other) if line.day > other.day else (other, line)
    same = line.meets(other)
    if line.day != other.day and same is not False and (found := _either("precedes", "follows", second, first, pages)):
        where = f" at one site ({line.where})" if same else ""
        says = f"{first.code} comes before {second.code}, but is dated after it{where}."
        yield "look" if same else "note", says, *found


def _naming(line: DatedLine, other: DatedLine, pages: Mapping[str, Page]) -> Said:
    """What a page counts in, or does not want on one date, by a statement that names the other code of the claim."""
    if line.day != other.day or line.meets(other) is False:
        return
    for mine, its in ((line, other), (other, line)):
        page = pages[mine.code]
        for statement in (*page.of_kind("includes"), *page.of_kind("do_not_use_when")):
            text = statement.text
            if its.code not in mentioned(text) or _DROPPED.search(text) or _BESIDE.search(text):
                continue
            if statement.kind == "includes":
                says = f"{mine.code} may include {its.code}, which is on the same date."
            elif _ONE_DATE.search(text) and _WITHIN.search(text):
                says = f"{mine.code} may be part of {its.code}, which is on the same date."
            else:
                continue
            yield "look", says, mine.code, statement.key
            return


# A denial that a page lists for many quadrants of one date.
_MANY = re.compile(r"\b(?:three|3)\b.*\bquadrants\b.*\b(?:one|same|a) (?:day|date|visit)\b", re.I)


def _many_quadrants(lines: Sequence[DatedLine], pages: Mapping[str, Page]) -> Iterator[Verdict]:
    by_day: dict[tuple[str, date], list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        if line.code in pages and pages[line.code].per == "quadrant" and line.quadrants:
            by_day[line.code, line.day].append(place)
    for (code, day), places in by_day.items():
        quadrants = {q for place in places for q in lines[place].quadrants}
        denial = next((s for s in pages[code].of_kind("denial") if _MANY.search(f"{s.heading} {s.text}")), None)
        if len(quadrants) > 2 and denial:
            count = {3: "three", 4: "four"}[len(quadrants)]
            for place in places:
                says = f"{code} is reported for {count} quadrants on one date, {_day(day)}."
                others = tuple(other for other in places if other != place)
                yield Verdict("look", place, says, code, denial.key, others)


def _added_to_nothing(lines: Sequence[DatedLine], pages: Mapping[str, Page], wrong: set[int]) -> Iterator[Verdict]:
    """Each line, not `wrong` already, whose code only adds to another that is not on the claim for that date."""
    for place, line in enumerate(lines):
        if place in wrong or line.code not in ADDS_TO or line.code not in pages:
            continue
        openers, degree = ADDS_TO[line.code]
        page = pages[line.code]
        # What a code counted before a revision is not what the page says now.
        revised = any(year > line.day.year and "every 15" in note for year, note in page.validity.revised)
        if revised or any(other.code in openers and other.day == line.day for other in lines):
            continue
        said = (s.key for kind in ("precondition", "denial") for s in page.of_kind(kind)
                if openers & {*mentioned(f"{s.heading} {s.text}")})  # fmt: skip
        relation = (r.key for r in page.related if r.code in openers)
        item = next(said, None) or next(relation, "answer")
        says = f"{line.code} adds to {' or '.join(sorted(openers))}, which is not on the claim for {_day(line.day)}."
        yield Verdict(degree, place, says, line.code, item)


def _meet(place: str, line: DatedLine, other: DatedLine) -> bool | None:
    """Whether two lines are for one visit, arch, quadrant, tooth or surface; None if one of them does not say."""
    if place == "visit":
        return True
    if not line.quadrants or not other.quadrants:
        return None
    if place == "quadrant":
        return bool(line.quadrants & other.quadrants)
    if place == "arch":
        return any(line.quadrants & jaw and other.quadrants & jaw for jaw in (_UPPER, _LOWER))
    if place == "surface" and not (line.surfaces and other.surfaces):
        return line.meets(other)
    return line.meets(other) and not (place == "surface" and _different_surfaces(line, other))


def _letters(line: DatedLine) -> set[str]:
    return {*line.surfaces.replace("F", "B")}


def _different_surfaces(line: DatedLine, other: DatedLine) -> bool:
    return bool(line.surfaces and other.surfaces) and not _letters(line) & _letters(other)


def _either(
    kind: str, counterpart: str, line: DatedLine, other: DatedLine, pages: Mapping[str, Page]
) -> tuple[str, str] | None:
    """Code and key of the relation `kind` that the line's page has to the other, or of its counterpart there."""
    if item := _relation(kind, other.code, pages[line.code]):
        return line.code, item
    item = _relation(counterpart, line.code, pages[other.code])
    return (other.code, item) if item else None


def _relation(kind: str, code: str, page: Page) -> str:
    return next((r.key for r in page.related if r.kind == kind and r.code == code), "")


def _gathered(found: Iterable[Verdict]) -> list[Verdict]:
    """One verdict where several differ only in the other line."""
    others: dict[tuple[str, int, str, str, str], list[int]] = {}
    for v in found:
        others.setdefault((v.degree, v.line, v.says, v.code, v.item), []).extend(v.others)
    return [Verdict(*same, others=tuple(sorted(places))) for same, places in others.items()]


def _listed(kinds: set[str]) -> str:
    # Several teeth are a tooth too.
    shown = kinds - {"tooth"} if "tooth range" in kinds else kinds
    return " and ".join(name for kind, name in _GIVEN.items() if kind in shown)


def _teeth(teeth: Sequence[str]) -> str:
    return ", ".join(f"#{tooth}" for tooth in teeth)


def _day(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"
