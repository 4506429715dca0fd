"""The two code systems: CDT, as far as this site has pages of it, and our categories of it. No Django."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from codes.fhir.outcome import Resource, quoted, unknown
from codes.fhir.properties import declared, short
from codes.fhir.terms import CDT, NOTICE, OID, SLUGS, Calendar, Listed, Site, span

CATEGORIES_ID = "cdt-category"


@dataclass(frozen=True)
class System:
    """A CodeSystem that can be read: its id, and the year of its edition, None for the categories."""

    id: str
    year: int | None = None


def readable(calendar: Calendar) -> list[System]:
    """CDT of today, each of its other editions, the categories: an address and version each has once."""
    others = (System(f"cdt-{year}", year) for year in calendar.versions() if year != calendar.today.year)
    return [System("cdt", calendar.today.year), *others, System(CATEGORIES_ID)]


def by_id(id_: str, calendar: Calendar) -> System:
    """Raises Refused for a code system that there is not. That of this year has the id of its edition too."""
    if id_ == CATEGORIES_ID:
        return System(id_)
    if id_ == "cdt":
        return System(id_, calendar.today.year)
    found = re.fullmatch(r"cdt-([0-9]{4})", id_)
    if not found or not calendar.has(int(found[1])):
        raise unknown(
            f"There is no code system {quoted(id_)}. There are {', '.join(s.id for s in readable(calendar))}."
        )
    return System(id_, int(found[1]))


def heading(site: Site, system: System, calendar: Calendar) -> Resource:
    """The CodeSystem without its concepts."""
    if system.year is None:
        return _categories(site)
    coming = system.year > calendar.today.year
    return {
        "resourceType": "CodeSystem",
        "id": system.id,
        "language": "en",
        "url": CDT,
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": OID}],
        "version": str(system.year),
        "name": "CDT",
        "title": f"CDT {system.year}: a fragment with titles of our own",
        "status": "draft" if coming else "active",
        "experimental": False,
        "publisher": site.name,
        "description": (
            f"The codes of CDT {system.year} of which {site.name} has a page, and those that ended before it, as "
            "inactive; not all of CDT. Titles and texts are our own: the ADA's nomenclature and descriptors are not "
            "here. The code system is published by the American Dental Association."
        ),
        "copyright": NOTICE,
        "caseSensitive": True,
        "content": "fragment",
        "filter": [
            {"code": "category", "operator": ["=", "in"], "value": "The code of a category, or several with commas."},
            {"code": "inactive", "operator": ["="], "value": "true or false"},
        ],
        "property": declared(),
    }


def whole(
    site: Site,
    system: System,
    calendar: Calendar,
    codes: Iterable[Listed],
    verified: Mapping[str, str],
    changed: datetime | None,
) -> Resource:
    """The CodeSystem of CDT with its concepts; `verified`: number -> how far its page is, `changed` when one last was.

    A code that begins with a later edition is not in it.
    """
    when = calendar.within(str(system.year))
    concepts = [
        {
            "code": code.number,
            "display": code.title,
            # What is not inactive is not said to be: that is what FHIR takes for granted.
            "property": [
                one.of_concept
                for one in short(site, code, when, verified.get(code.number, "none"))
                if one.value is not False
            ],
        }
        for code in codes
        if when.knows(code.validity)
    ]
    made = heading(site, system, calendar)
    if changed:
        made["date"] = changed.isoformat(timespec="seconds")
    return made | ({"concept": concepts} if concepts else {})


def summary(resource: Resource) -> Resource:
    """What a summary shows of a CodeSystem, marked as one (https://hl7.org/fhir/R4/search.html#summary)."""
    left_out = ("concept", "description", "copyright", "compose")
    kept = {name: value for name, value in resource.items() if name not in left_out}
    subsetted = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
    return kept | {"meta": {"tag": [subsetted]}}


def _categories(site: Site) -> Resource:
    return {
        "resourceType": "CodeSystem",
        "id": CATEGORIES_ID,
        "language": "en",
        "url": site.categories,
        "version": "1",
        "name": "CDTCategory",
        "title": "Categories of CDT codes",
        "status": "active",
        "experimental": False,
        "publisher": site.name,
        "description": "The categories that the numbers of CDT codes fall into. Each groups the codes of its numbers.",
        "copyright": NOTICE,
        "caseSensitive": True,
        "content": "complete",
        "count": len(SLUGS),
        "concept": [
            {"code": slug, "display": category.capitalize(), "definition": f"{span(category)}."}
            for slug, category in SLUGS.items()
        ],
    }
