"""What is in a value set: the rules of ValueSet.compose over the codes that are known. No Django.

https://hl7.org/fhir/R4/valueset.html#compositions
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from codes.fhir.given import day, flag, objects, text
from codes.fhir.outcome import Refused, Resource, invalid, quoted, unknown, unsupported
from codes.fhir.sets import by_url, definition
from codes.fhir.terms import CDT, SLUGS, Calendar, Listed, Site, When

# An office's list holds some hundred codes; parts, filters and sets in it are few. Each of these goes over all codes.
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
class Members:
    """The codes of a value set by number, in its order; `unknown` are those that it names and that are not here."""

    found: Mapping[str, Member]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Library:
    """What value sets are made from."""

    site: Site
    calendar: Calendar
    codes: Mapping[str, Listed]


def members(library: Library, value_set: Resource, when: When, where: str) -> Members:
    """The codes of a value set that are known on the day; raises Refused where it asks for what is not here."""
    compose = value_set.get("compose")
    if not isinstance(compose, dict):
        raise invalid(f"{where}: a value set needs a compose, which says what is in it.", where)
    there = f"{where}.compose"
    if "lockedDate" in compose:
        when = library.calendar.on(day(compose["lockedDate"], f"{there}.lockedDate"))
    found, missing = _parts(library, compose.get("include"), when, f"{there}.include")
    if "exclude" in compose:
        out, _ = _parts(library, compose["exclude"], when, f"{there}.exclude")
        found = {number: one for number, one in found.items() if number not in out}
    if "inactive" in compose and not flag(compose["inactive"], f"{there}.inactive"):
        found = {number: one for number, one in found.items() if one.valid}
    return Members(found, tuple(missing))


def _parts(library: Library, parts: object, when: When, where: str) -> tuple[dict[str, Member], dict[str, None]]:
    """What some of these parts have, and the codes that they name in vain."""
    found: dict[str, Member] = {}
    missing: dict[str, None] = {}
    several = objects(parts, where, MAX_STEPS)
    _weigh(several, where)
    for place, part in enumerate(several):
        there = f"{where}[{place}]"
        if odd := [name for name in part if name not in _PARTS]:
            raise unsupported(f"{there}: {quoted(odd[0])} is not read here.", there)
        having = [_of_set(library, one, when, there) for one in _listed(part.get("valueSet"), f"{there}.valueSet")]
        if "system" in part or not having:
            own, lacking = _of_system(library, part, when, there)
            missing |= lacking
            having.insert(0, own)
        first, *others = having
        for number, one in first.items():
            if all(number in other for other in others):
                found.setdefault(number, one)
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


def _of_system(library: Library, part: Resource, when: When, where: str) -> tuple[dict[str, Member], dict[str, None]]:
    """What a part takes from the code system: the codes that it names, or those that its filters leave."""
    if "system" not in part:
        raise invalid(f"{where}: a part of a value set needs a system, or another value set.", where)
    if (system := text(part["system"], f"{where}.system")) != CDT:
        raise unknown(f"{where}: value sets are made of {CDT} here, and not of {quoted(system)}.")
    if "concept" in part and "filter" in part:
        raise invalid(f"{where}: a part names its codes or filters them, and not both.", where)
    if "version" in part:
        when = library.calendar.within(text(part["version"], f"{where}.version"))
    if "concept" in part:
        return _named(library.codes, part["concept"], when, f"{where}.concept")
    known = {n: Member(code, when) for n, code in library.codes.items() if when.knows(code.validity)}
    if "filter" in part:
        for place, rule in enumerate(objects(part["filter"], f"{where}.filter", MAX_STEPS)):
            known = _filtered(known, rule, f"{where}.filter[{place}]")
    return known, {}


def _named(
    codes: Mapping[str, Listed], concepts: object, when: When, where: str
) -> tuple[dict[str, Member], dict[str, None]]:
    found: dict[str, Member] = {}
    missing: dict[str, None] = {}
    for place, concept in enumerate(objects(concepts, where, MAX_CODES)):
        there = f"{where}[{place}]"
        number = text(concept.get("code"), f"{there}.code")
        display = text(concept["display"], f"{there}.display") if "display" in concept else ""
        if number in codes and when.knows(codes[number].validity):
            found.setdefault(number, Member(codes[number], when, display))
        else:
            missing[number] = None
    return found, missing


def _filtered(known: Mapping[str, Member], rule: Resource, where: str) -> dict[str, Member]:
    name, op, value = (text(rule.get(part), f"{where}.{part}") for part in ("property", "op", "value"))
    if name == "category" and op in ("=", "in"):
        slugs = value.split(",") if op == "in" else [value]
        if odd := [slug for slug in slugs if slug.strip() not in SLUGS]:
            raise unknown(f"{where}: there is no category {quoted(odd[0])}. There are {', '.join(SLUGS)}.")
        wanted = {SLUGS[slug.strip()] for slug in slugs}
        return {number: one for number, one in known.items() if one.code.category in wanted}
    if name == "inactive" and op == "=" and value in ("true", "false"):
        return {number: one for number, one in known.items() if one.valid != (value == "true")}
    raise unsupported(
        f"{where}: a filter is category = or in, or inactive = true or false; not {quoted(f'{name} {op} {value}')}.",
        where,
    )


def _of_set(library: Library, canonical: str, when: When, where: str) -> dict[str, Member]:
    chosen, own = by_url(library.site, canonical, library.calendar)
    return dict(members(library, definition(library.site, chosen, own), own or when, where).found)


def _listed(value: object, where: str) -> Iterable[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not value:
        raise Refused(400, "structure", f"{where}: this must be a list of addresses.", where)
    return [text(one, f"{where}[{place}]") for place, one in enumerate(value)]
