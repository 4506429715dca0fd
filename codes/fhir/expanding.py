"""$expand: the codes of a value set as a list, found, counted and cut. No Django."""

from collections.abc import Mapping, Sequence

from codes.fhir.compose import Member, Members
from codes.fhir.given import Given
from codes.fhir.outcome import Resource
from codes.fhir.terms import CDT, When

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


def left(members: Members, given: Given, found: Sequence[str] | None) -> list[Member]:
    """The members that are asked for, all pages of them; `found`: the numbers that the filter found, best first."""
    order = list(members.found) if found is None else [number for number in found if number in members.found]
    chosen = [members.found[number] for number in order]
    return [one for one in chosen if one.valid] if given.one("activeOnly") else chosen


def page(given: Given, rows: list[Member]) -> list[Member]:
    """The part of them that is asked for."""
    start, count = given.one("offset", 0), given.one("count")
    return rows[start:] if count is None else rows[start : start + count]


def expanded(
    value_set: Resource,
    members: Members,
    given: Given,
    today: When,
    rows: list[Member],
    also: Mapping[str, Sequence[str]],
) -> Resource:
    """The value set with its expansion: `rows` are all that it has, of which it shows the page that is asked for.

    `also`: number -> other names, if they are asked for. The value set's own definition is there if it is asked for.
    The answer is that of a day, and the same all day.
    """
    about = ("resourceType", "id", "language", "url", "version", "name", "title", "status", "experimental", "publisher")
    kept = (*about, "description", "copyright", *(["compose"] if given.one("includeDefinition") else []))
    expansion: Resource = {
        "extension": [UNCLOSED],
        "timestamp": today.day.isoformat(),
        "total": len(rows),
        **({"offset": given.one("offset", 0)} if given.has("offset") or given.has("count") else {}),
        "parameter": _parameters(given, today, members),
    }
    if contains := [_row(one, also.get(one.code.number, ())) for one in page(given, rows)]:
        expansion["contains"] = contains
    return {name: value_set[name] for name in kept if name in value_set} | {"expansion": expansion}


def _parameters(given: Given, today: When, members: Members) -> list[Resource]:
    said = [
        {"name": name, f"value{kind}": given.one(name).isoformat() if name == "date" else given.one(name)}
        for name, kind in _ECHOED.items()
        if given.has(name)
    ]
    editions = sorted({one.when.version for one in members.found.values()} or {today.version})
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
