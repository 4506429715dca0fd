"""What everything here is called: systems, resources, editions, and what is said of whose words they are. No Django."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from codes.fhir.outcome import Resource, invalid, quoted, unknown
from codes.page import CATEGORIES, CATEGORY_EXCEPTIONS, Validity, tag_slug

# As HL7's terminology has it: https://terminology.hl7.org/CodeSystem-CDT.html
CDT, OID = "http://www.ada.org/cdt", "urn:oid:2.16.840.1.113883.6.13"
FHIR = "4.0.1"
# The first edition that was one calendar year, and so has a version of its own.
FIRST_VERSION = 2013
# The codes of the categories, which are no codes of CDT: slug -> category.
SLUGS = {tag_slug(category): category for category in CATEGORIES}
NOTICE = (
    "Independent: no affiliation with the American Dental Association (ADA) or any government body. CDT is owned by "
    "the ADA, and CDT is its trademark. The titles and all other texts here are our own and not the ADA's: no "
    "nomenclature and no descriptor of the ADA is in this resource. Educational: bill by the current CDT manual and "
    "what the payer says. Our texts may be used under CC BY 4.0, https://creativecommons.org/licenses/by/4.0/."
)


@dataclass(frozen=True)
class Site:
    """Where this is: its name, and the address that all canonical addresses of ours begin with."""

    name: str
    url: str

    @property
    def base(self) -> str:
        return f"{self.url}/fhir"

    def canonical(self, kind: str, id_: str) -> str:
        return f"{self.base}/{kind}/{id_}"

    @property
    def categories(self) -> str:
        """The system of the categories' codes."""
        return self.canonical("CodeSystem", "cdt-category")


class Listed(Protocol):
    """What is known of a code without its page."""

    @property
    def number(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def validity(self) -> Validity: ...


@dataclass(frozen=True)
class When:
    """The date of service that is looked from, and the edition that it is in, "" where none has a version."""

    day: date
    version: str = ""

    def knows(self, validity: Validity) -> bool:
        """Whether the edition of the day, or an earlier one, has the code."""
        return validity.on(self.day) != "future"

    def allows(self, validity: Validity) -> bool:
        return validity.on(self.day) == "active"

    @property
    def versioned(self) -> Resource:
        """What a Coding or the like says of its version."""
        return {"version": self.version} if self.version else {}


@dataclass(frozen=True)
class Calendar:
    """Which day is today, and the years of the coming editions of which something is known; asked where needed."""

    today: date
    coming: Callable[[], list[int]]

    def has(self, year: int) -> bool:
        """Whether there is an edition of a year, as far as this site knows."""
        return FIRST_VERSION <= year <= self.today.year or (year > self.today.year and year in self.coming())

    def versions(self) -> list[int]:
        """The years of all editions, the newest first."""
        return sorted({*range(FIRST_VERSION, self.today.year + 1), *self.coming()}, reverse=True)

    def on(self, day: date | None) -> When:
        """By a date of service, today without one."""
        day = day or self.today
        return When(day, str(day.year) if self.has(day.year) else "")

    def within(self, version: str, day: date | None = None) -> When:
        """By a version, on a day in its edition if there is one; raises Refused for an edition that there is not."""
        if not version:
            return self.on(day)
        year = int(version) if version.isascii() and version.isdecimal() and len(version) == 4 else 0
        if not self.has(year):
            last = max(self.versions())
            raise unknown(f"There is no version {quoted(version)} of CDT here. There are {FIRST_VERSION} to {last}.")
        if day and day.year != year:
            raise invalid(f"The date is not in CDT {year}, which holds for dates of service in {year}.")
        return When(day or (self.today if year == self.today.year else date(year, 1, 1)), version)


def category_coding(site: Site, category: str) -> Resource:
    return {"system": site.categories, "code": tag_slug(category), "display": category.capitalize()}


def span(category: str) -> str:
    """The numbers of a category, in words."""
    first, last = CATEGORIES[category]
    also = [number for number, other in CATEGORY_EXCEPTIONS.items() if other == category]
    return f"{first} to {last}{''.join(f', and {number}' for number in also)}"


def own_system(site: Site, system: str) -> str:
    """The system, if it is one of those here; raises Refused for another."""
    if system not in (CDT, site.categories):
        raise unknown(f"The code system {quoted(system)} is not here. There are {CDT} and {site.categories}.")
    return system


def parameter(name: str, kind: str, value: Any) -> Resource:
    """A parameter of an answer: parameter("result", "Boolean", True)."""
    return {"name": name, f"value{kind}": value}


def parameters(*parts: Resource) -> Resource:
    return {"resourceType": "Parameters", "parameter": list(parts)}


def split(canonical: str) -> tuple[str, str]:
    """A canonical address and the version behind its bar, "" if none is there."""
    url, _, version = canonical.partition("|")
    return url, version


def written(day: date) -> str:
    """As the site writes dates: Mar 2, 2026."""
    return f"{day:%b} {day.day}, {day.year}"
