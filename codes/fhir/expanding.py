"""$expand: the codes of a value set as a list, found, counted and cut. No Django."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from codes.fhir.compose import Member, Members
from codes.fhir.given import Given
from codes.fhir.outcome import Resource
from codes.fhir.terms import CDT, When
from codes.text import bits

# This site does not have all of CDT, so that no expansion says all that could be in it.
UNCLOSED = {"url": "http://hl7.org/fhir/StructureDefinition/valueset-unclosed", "valueBoolean": True}
_ECHOED = {
    "filter": "String",
    "date": "DateTime",
    "offset": "Integer",
    "count": "Integer",
    "activeOnly": "Boolean",
    "includeDesignations": "Boolean",
}


@dataclass(frozen=True)
class Expansion:
    """What is asked for of a value set: how many codes that are, and the page of them that is shown."""

    members: Members
    total: int
    page: list[Member]


def expansion(members: Members, given: Given, found: tuple[Sequence[str], int] | None) -> Expansion:
    """`found`: the numbers that the filter found, best first, and the set of what stands behind them, by number."""
    wanted = members.valid if given.one("activeOnly") else members
    every: Iterable[str] = wanted
    total = wanted.codes.bit_count()
    if found:
        best, behind = bits.among(wanted.codes, found[0]), wanted.codes & found[1]
        behind &= ~bits.bits_of(best)
        every, total = chain(best, bits.Numbers(behind)), len(best) + behind.bit_count()
    start, count = given.one("offset", 0), given.one("count")
    shown = islice(every, start, None if count is None else start + count)
    return Expansion(members, total, [wanted.one(number) for number in shown])


def expanded(
    value_set: Resource,
    made: Expansion,
    given: Given,
    today: When,
    also: Mapping[str, Sequence[str]],
) -> Resource:
    """The value set with its expansion.

    `also`: number -> other names, if they are asked for. The value set's own definition is there if it is asked for.
    The answer is that of a day, and the same all day.
    """
    about = ("resourceType", "id", "language", "url", "version", "name", "title", "status", "experimental", "publisher")
    kept = (*about, "description", "copyright", *(["compose"] if given.one("includeDefinition") else []))
    expansion: Resource = {
        "extension": [UNCLOSED],
        "timestamp": today.day.isoformat(),
        "total": made.total,
        **({"offset": given.one("offset", 0)} if given.has("offset") or given.has("count") else {}),
        "parameter": _parameters(given, today, made.members),
    }
    if contains := [_row(one, also.get(one.code.number, ())) for one in made.page]:
        expansion["contains"] = contains
    return {name: value_set[name] for name in kept if name in value_set} | {"expansion": expansion}


def _parameters(given: Given, today: When, members: Members) -> list[Resource]:
    said = [
        {"name": name, f"value{kind}": given.one(name).isoformat() if name == "date" else given.one(name)}
        for name, kind in _ECHOED.items()
        if given.has(name)
    ]
    editions = sorted({part.when.version for part in members.parts if part.codes} or {today.version})
    said += [{"name": "version", "valueUri": f"{CDT}|{version}" if version else CDT} for version in editions]
    return said + [{"name": "unknown-code", "valueCode": " ".join(code.split())} for code in members.unknown]


def _row(one: Member, also: Sequence[str]) -> Resource:
    names = [{"language": "en", "value": words} for words in also]
    return {
        "system": CDT,
        **({} if one.valid else {"inactive": True}),
        **one.when.versioned,
        "code": one.code.number,
        "display": one.shown,
        **({"designation": names} if names else {}),
    }
