"""Searching CodeSystems and ValueSets: a Bundle of what was found. No Django.

https://hl7.org/fhir/R4/search.html. A parameter that is not known here is passed over, and the answer says so; a
modifier is refused.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from codes.fhir.given import text
from codes.fhir.outcome import Refused, Resource, outcome, quoted, unsupported
from codes.fhir.terms import Site

# Name -> type of a search parameter.
PARAMETERS = {
    "_id": "token", "url": "uri", "version": "token", "name": "string", "title": "string", "status": "token"
}  # fmt: skip
SUMMARIES = ("true", "false", "data", "count")
# On one page, of summaries and of whole resources.
MAX_COUNT, MAX_WHOLE = 100, 5
_RESULT = {"_summary", "_count", "_offset", "_format", "_pretty"}


@dataclass(frozen=True)
class Search:
    """What is searched for. `wanted`: parameter -> groups of values, of each of which one must fit."""

    wanted: Mapping[str, Sequence[Sequence[str]]]
    summary: str
    count: int
    offset: int
    passed_over: tuple[str, ...]

    def finds(self, resource: Resource) -> bool:
        return all(
            any(_fits(PARAMETERS[name], str(resource.get(name.removeprefix("_"), "")), value) for value in values)
            for name, groups in self.wanted.items()
            for values in groups
        )


def search(query: Iterable[tuple[str, list[str]]]) -> Search:
    """Raises Refused for a value or a modifier that is none."""
    wanted: dict[str, list[list[str]]] = {}
    results: dict[str, str] = {}
    passed_over = []
    for name, values in query:
        plain, colon, _ = name.partition(":")
        if colon and plain in PARAMETERS:
            raise unsupported(f"The search parameter {quoted(name)} has a modifier, and there are none here.")
        if name in PARAMETERS:
            # An empty value asks for nothing.
            wanted[name] = [text(value, name).split(",") for value in values if value]
        elif name in _RESULT:
            results[name] = values[-1]
        else:
            passed_over.append(name)
    summary = results.get("_summary", "true")
    if summary not in SUMMARIES:
        raise unsupported(f"_summary is one of {', '.join(SUMMARIES)} here.")
    most = MAX_COUNT if summary in ("true", "count") else MAX_WHOLE
    return Search(
        wanted,
        summary,
        min(_number(results, "_count", most), most),
        _number(results, "_offset", 0),
        tuple(passed_over),
    )


def bundle(
    site: Site,
    kind: str,
    asked: Search,
    headings: Iterable[Resource],
    whole: Callable[[str], Resource],
    short: Callable[[Resource], Resource],
) -> Resource:
    """The searchset. `headings` are the resources that can be found; `whole` gives one by its id, `short` its summary.

    Without _summary=false it is summaries that are found: a code system is large.
    """
    found = [one for one in headings if asked.finds(one)]
    # A count of nothing asks how many there are (https://hl7.org/fhir/R4/search.html#count).
    none = asked.summary == "count" or asked.count == 0
    shown = [] if none else found[asked.offset : asked.offset + asked.count]
    entries: list[Resource] = [
        {
            "fullUrl": site.canonical(kind, one["id"]),
            "resource": short(one) if asked.summary == "true" else whole(one["id"]),
            "search": {"mode": "match"},
        }
        for one in shown
    ]
    if asked.passed_over:
        said = (
            f"These were passed over: {', '.join(map(quoted, asked.passed_over))}. Known are {', '.join(PARAMETERS)}."
        )
        told = outcome("not-supported", said, severity="warning")
        entries.append({"resource": told, "search": {"mode": "outcome"}})
    links = [_link(site, kind, asked, "self", asked.offset)]
    if shown and asked.offset + asked.count < len(found):
        links.append(_link(site, kind, asked, "next", asked.offset + asked.count))
    made: Resource = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": links}
    return made | ({"entry": entries} if entries else {})


def _link(site: Site, kind: str, asked: Search, relation: str, offset: int) -> Resource:
    """An address that says what was understood of the search."""
    pairs = [(name, ",".join(values)) for name, groups in asked.wanted.items() for values in groups]
    pairs += [("_summary", asked.summary), ("_count", str(asked.count))]
    pairs += [("_offset", str(offset))] if offset else []
    return {"relation": relation, "url": f"{site.base}/{kind}?{urlencode(pairs, quote_via=quote)}"}


def _fits(type_: str, value: str, wanted: str) -> bool:
    if type_ == "string":
        return value.casefold().startswith(wanted.casefold())
    # Of a token system|code, the codes of a status or version have no system here.
    return value == (wanted.rpartition("|")[2] if type_ == "token" else wanted)


def _number(results: Mapping[str, str], name: str, default: int) -> int:
    typed = results.get(name, str(default))
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 10):
        raise Refused(400, "value", f"{name}: this must be a number, 0 or more.")
    return int(typed)
