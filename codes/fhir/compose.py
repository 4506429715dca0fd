"""What is in a value set: the rules of ValueSet.compose over the codes that are known. No Django.

https://hl7.org/fhir/R4/valueset.html#compositions
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain
from operator import and_, or_

from codes.fhir.given import day, flag, objects, text
from codes.fhir.outcome import Refused, Resource, invalid, quoted, unknown, unsupported
from codes.fhir.sets import by_url, definition
from codes.fhir.terms import CDT, SLUGS, Calendar, Listed, Site, When
from codes.page import Validity
from codes.text import bits

# An office's list holds some hundred codes; parts, filters and sets in it are few.
MAX_CODES, MAX_STEPS = 5000, 50
_PARTS = ("system", "version", "concept", "filter", "valueSet", "id")


@dataclass(frozen=True)
class Member:
    """A code in a value set, as of the edition that it was chosen from; `display` is the set's own word for it."""

    code: Listed
    when: When
    display: str = ""

    @property
    def valid(self) -> bool:
        return self.when.allows(self.code.validity)

    @property
    def shown(self) -> str:
        return self.display or self.code.title


@dataclass(frozen=True)
class Part:
    """Codes of a value set as of one edition, as a set of `bits`, by number; `named` has the set's own word ("" for
    none) for each that it names, in its order, and may have others.
    """

    when: When
    codes: int
    named: Mapping[str, str] | None = None

    def __iter__(self) -> Iterator[str]:
        if self.named is None:
            return iter(bits.Numbers(self.codes))
        return (number for number in self.named if bits.has(self.codes, number))

    def only(self, codes: int) -> "Part":
        return replace(self, codes=self.codes & codes)


@dataclass(frozen=True)
class Terminology:
    """What value sets are made from. `alike`: category and validity -> the set of the codes that have both, so that no
    code is looked at that is not shown.
    """

    site: Site
    calendar: Calendar
    codes: Mapping[str, Listed]
    alike: Mapping[tuple[str, Validity], int]

    def known(self, when: When) -> int:
        """The codes that an edition has or had."""
        return union(codes for (_, validity), codes in self.alike.items() if when.knows(validity))

    def valid(self, when: When) -> int:
        """Those that may be reported on its day."""
        return union(codes for (_, validity), codes in self.alike.items() if when.allows(validity))

    def of(self, categories: Collection[str]) -> int:
        """Those of some categories."""
        return union(codes for (category, _), codes in self.alike.items() if category in categories)


@dataclass(frozen=True)
class Members:
    """The codes of a value set, in its order: none is in two parts. `unknown` are those that it names and that are not
    here.
    """

    terminology: Terminology
    parts: tuple[Part, ...]
    unknown: tuple[str, ...] = ()

    @property
    def codes(self) -> int:
        """The set of all of them."""
        return union(part.codes for part in self.parts)

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self.parts)

    def one(self, number: str) -> Member:
        part = next(part for part in self.parts if bits.has(part.codes, number))
        return Member(self.terminology.codes[number], part.when, (part.named or {}).get(number, ""))

    @property
    def valid(self) -> "Members":
        """Those of them that may be reported."""
        return replace(self, parts=tuple(part.only(self.terminology.valid(part.when)) for part in self.parts))


def union(sets: Iterable[int]) -> int:
    return reduce(or_, sets, 0)


def members(terminology: Terminology, value_set: Resource, when: When, where: str) -> Members:
    """The codes of a value set that are known on the day; raises Refused where it asks for what is not here."""
    compose = value_set.get("compose")
    if not isinstance(compose, dict):
        raise invalid(f"{where}: a value set needs a compose, which says what is in it.", where)
    there = f"{where}.compose"
    if "lockedDate" in compose:
        when = terminology.calendar.on(day(compose["lockedDate"], f"{there}.lockedDate"))
    found, missing = _parts(terminology, compose.get("include"), when, f"{there}.include")
    if "exclude" in compose:
        out, _ = _parts(terminology, compose["exclude"], when, f"{there}.exclude")
        left = ~union(part.codes for part in out)
        found = [part.only(left) for part in found]
    made = Members(terminology, tuple(found), tuple(missing))
    return made.valid if "inactive" in compose and not flag(compose["inactive"], f"{there}.inactive") else made


def _parts(terminology: Terminology, parts: object, when: When, where: str) -> tuple[list[Part], dict[str, None]]:
    """What some of these parts have, each code once, and the codes that they name in vain."""
    found: list[Part] = []
    missing: dict[str, None] = {}
    several = objects(parts, where, MAX_STEPS)
    _weigh(several, where)
    for place, part in enumerate(several):
        there = f"{where}[{place}]"
        if odd := [name for name in part if name not in _PARTS]:
            raise unsupported(f"{there}: {quoted(odd[0])} is not read here.", there)
        having = [_of_set(terminology, one, when, there) for one in _listed(part.get("valueSet"), f"{there}.valueSet")]
        if "system" in part or not having:
            own, lacking = _of_system(terminology, part, when, there)
            missing |= lacking
            having.insert(0, [own])
        first, *others = having
        shared = reduce(and_, (union(one.codes for one in other) for other in others), -1)
        new = shared & ~union(one.codes for one in found)
        found += [one.only(new) for one in first]
    return found, missing


def _weigh(parts: list[Resource], where: str) -> None:
    """Raises Refused for more than is done for one request."""
    size = {name: sum(len(_list(part.get(name))) for part in parts) for name in ("concept", "filter", "valueSet")}
    if size["concept"] > MAX_CODES or len(parts) + size["filter"] + size["valueSet"] > MAX_STEPS:
        said = (
            f"at most {MAX_CODES:,} codes, and {MAX_STEPS} parts with their filters and value sets, are read at once."
        )
        raise Refused(422, "too-costly", f"{where}: {said}", where)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _of_system(terminology: Terminology, part: Resource, when: When, where: str) -> tuple[Part, dict[str, None]]:
    """What a part takes from the code system: the codes that it names, or those that its filters leave."""
    if "system" not in part:
        raise invalid(f"{where}: a part of a value set needs a system, or another value set.", where)
    if (system := text(part["system"], f"{where}.system")) != CDT:
        raise unknown(f"{where}: value sets are made of {CDT} here, and not of {quoted(system)}.")
    if "concept" in part and "filter" in part:
        raise invalid(f"{where}: a part names its codes or filters them, and not both.", where)
    if "version" in part:
        when = terminology.calendar.within(text(part["version"], f"{where}.version"))
    if "concept" in part:
        return _named(terminology.codes, part["concept"], when, f"{where}.concept")
    known = Part(when, terminology.known(when))
    if "filter" in part:
        for place, rule in enumerate(objects(part["filter"], f"{where}.filter", MAX_STEPS)):
            known = _filtered(terminology, known, rule, f"{where}.filter[{place}]")
    return known, {}


def _named(codes: Mapping[str, Listed], concepts: object, when: When, where: str) -> tuple[Part, dict[str, None]]:
    found: dict[str, str] = {}
    missing: dict[str, None] = {}
    for place, concept in enumerate(objects(concepts, where, MAX_CODES)):
        there = f"{where}[{place}]"
        number = text(concept.get("code"), f"{there}.code")
        display = text(concept["display"], f"{there}.display") if "display" in concept else ""
        if number in codes and when.knows(codes[number].validity):
            found.setdefault(number, display)
        else:
            missing[number] = None
    return Part(when, bits.bits_of(found), found), missing


def _filtered(terminology: Terminology, known: Part, rule: Resource, where: str) -> Part:
    name, op, value = (text(rule.get(part), f"{where}.{part}") for part in ("property", "op", "value"))
    if name == "category" and op in ("=", "in"):
        slugs = value.split(",") if op == "in" else [value]
        if odd := [slug for slug in slugs if slug.strip() not in SLUGS]:
            raise unknown(f"{where}: there is no category {quoted(odd[0])}. There are {', '.join(SLUGS)}.")
        return known.only(terminology.of({SLUGS[slug.strip()] for slug in slugs}))
    if name == "inactive" and op == "=" and value in ("true", "false"):
        valid = terminology.valid(known.when)
        return known.only(~valid if value == "true" else valid)
    raise unsupported(
        f"{where}: a filter is category = or in, or inactive = true or false; not {quoted(f'{name} {op} {value}')}.",
        where,
    )


def _of_set(terminology: Terminology, canonical: str, when: When, where: str) -> Sequence[Part]:
    chosen, own = by_url(terminology.site, canonical, terminology.calendar)
    return members(terminology, definition(terminology.site, chosen, own), own or when, where).parts


def _listed(value: object, where: str) -> Iterable[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not value:
        raise Refused(400, "structure", f"{where}: this must be a list of addresses.", where)
    return [text(one, f"{where}[{place}]") for place, one in enumerate(value)]
