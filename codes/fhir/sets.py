"""The value sets: all codes, those that are valid on a date, those of each category. No Django."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from codes.fhir.given import day
from codes.fhir.outcome import Resource, quoted, unknown
from codes.fhir.terms import CDT, NOTICE, SLUGS, Calendar, Site, When, span, split
from codes.page import tag_slug


@dataclass(frozen=True)
class Chosen:
    """A value set of ours: of a category ("" for all), and of the valid codes or of those that ended too."""

    id: str
    title: str
    said: str
    category: str = ""
    valid_only: bool = False

    @property
    def name(self) -> str:
        """For programs: "CDTImplantServices"."""
        return "CDT" + "".join(word.capitalize() for word in self.id.split("-")[1:])


_WITH_ENDED = "Codes that ended are in it, marked as inactive; $expand leaves them out with activeOnly=true."
SETS = {
    one.id: one
    for one in (
        Chosen("cdt", "CDT codes", f"All codes of CDT of which this site has a page. {_WITH_ENDED}"),
        Chosen(
            "cdt-active",
            "Valid CDT codes",
            "The codes of CDT that may be reported on a date of service, today's without ?date=.",
            valid_only=True,
        ),
        *(
            Chosen(
                f"cdt-{slug}",
                f"CDT codes: {category}",
                f"The codes of the category {category}, {span(category)}, of which this site has a page. {_WITH_ENDED}",
                category,
            )
            for slug, category in SLUGS.items()
        ),
    )
}


def definition(site: Site, chosen: Chosen, when: When | None = None) -> Resource:
    """The ValueSet; with `when` it is the one of that day, and its address says so."""
    url = site.canonical("ValueSet", chosen.id)
    included: Resource = {"system": CDT, **(when.versioned if when else {})}
    if chosen.category:
        included["filter"] = [{"property": "category", "op": "=", "value": tag_slug(chosen.category)}]
    return {
        "resourceType": "ValueSet",
        "id": chosen.id,
        "language": "en",
        "url": f"{url}?date={when.day.isoformat()}" if when else url,
        **(when.versioned if when else {}),
        "name": chosen.name,
        "title": chosen.title,
        "status": "active",
        "experimental": False,
        "publisher": site.name,
        "description": f"{chosen.said} Titles are our own and not the ADA's.",
        "copyright": NOTICE,
        "compose": {"inactive": not chosen.valid_only, "include": [included]},
    }


def by_id(id_: str) -> Chosen:
    """Raises Refused for a value set that there is not."""
    if id_ not in SETS:
        raise unknown(f"There is no value set {quoted(id_)}. There are {', '.join(SETS)}.")
    return SETS[id_]


def by_url(site: Site, canonical: str, calendar: Calendar) -> tuple[Chosen, When | None]:
    """The value set of a canonical address of ours, and its day where the address says one, as ?date= or |2024."""
    url, version = split(canonical)
    path, _, query = url.partition("?")
    found = re.fullmatch(re.escape(site.canonical("ValueSet", "")) + r"([a-z-]+)", path)
    asked = dict(parse_qsl(query))
    if not found or found[1] not in SETS or asked.keys() - {"date"}:
        raise unknown(f"The value set {quoted(canonical)} is not here. /fhir/ValueSet lists those that are.")
    if not version and not asked:
        return SETS[found[1]], None
    return SETS[found[1]], calendar.within(version, day(asked["date"], "date") if asked else None)
