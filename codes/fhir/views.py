"""The addresses under /fhir/: what is asked, judged and said."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache, partial

from django.http import HttpRequest

from codes.fhir import capability, expanding, judging, lookup, searching, sets, stored, subsuming, systems
from codes.fhir import given as asking
from codes.fhir.compose import members
from codes.fhir.door import FORM, door, given, need_type
from codes.fhir.given import Coding, Given
from codes.fhir.outcome import Resource, invalid, missing, quoted, unknown, unsupported
from codes.fhir.terms import CDT, Calendar, Site, When, own_system, split
from codes.text import bits

_READ = asking.Operation("read", {"date": asking.DATE})
_SENT = ("url", "version", "name", "title")


@door("GET")
def metadata(request: HttpRequest) -> Resource:
    mode = request.GET.get("mode", "full")
    if mode == "terminology":
        return capability.terminology(stored.site(), stored.calendar())
    if mode not in ("full", "normative"):
        raise unsupported("mode is full, normative or terminology.")
    return capability.capabilities(stored.site())


@door("GET", "POST")
def nothing(request: HttpRequest) -> Resource:
    raise unknown(f"There is nothing at {quoted(request.path)}. /fhir/metadata says what there is.")


@door("GET")
def code_system(request: HttpRequest, id: str) -> Resource:
    if list(given(request, _READ).names):
        raise unsupported("A code system is read by its edition: CodeSystem/cdt-2024.")
    whole = _whole_system(stored.site(), stored.calendar(), id)
    return _of_summary(request, whole)


@door("GET")
def value_set(request: HttpRequest, id: str) -> Resource:
    asked, calendar = given(request, _READ), stored.calendar()
    when = calendar.on(asked.one("date")) if asked.has("date") else None
    return _of_summary(request, sets.definition(stored.site(), sets.by_id(id), when))


@door("GET", "POST")
def code_systems(request: HttpRequest) -> Resource:
    site, calendar = stored.site(), stored.calendar()
    headings = [systems.heading(site, system, calendar) for system in systems.readable(calendar)]
    whole = partial(_whole_system, site, calendar)
    return searching.bundle(site, "CodeSystem", _search(request), headings, whole, systems.summary)


@door("GET", "POST")
def value_sets(request: HttpRequest) -> Resource:
    site = stored.site()
    found = {id: sets.definition(site, chosen) for id, chosen in sets.SETS.items()}
    asked = _search(request)
    return searching.bundle(site, "ValueSet", asked, found.values(), found.__getitem__, systems.summary)


@door("GET", "POST")
def look_up(request: HttpRequest, id: str = "") -> Resource:
    asked, site, calendar = given(request, asking.LOOKUP), stored.site(), stored.calendar()
    system = _system(asked, "system", id, site, calendar)
    coding = _coding(asked, system)
    if system and coding.system != system:
        raise invalid(f"The coding is of {quoted(coding.system)}, and not of {system}.")
    own_system(site, coding.system)
    if coding.system == site.categories:
        return lookup.category_looked_up(coding.code)
    when = calendar.within(_version(asked, coding, id), asked.one("date"))
    if known := stored.known(coding.code):
        return lookup.looked_up(site, known, when, asked.all("property"))
    raise unknown(judging.not_here(coding.code))


@door("GET", "POST")
def validate_code(request: HttpRequest, id: str = "") -> Resource:
    asked, site, calendar = given(request, asking.CODE_VALIDATION), stored.site(), stored.calendar()
    system = _system(asked, "url", id, site, calendar)
    codings = _codings(asked, system)

    def when(coding: Coding) -> When:
        return calendar.within(_version(asked, coding, id), asked.one("date"))

    judge = judging.Judge(site, stored.pages(coding.code for coding in codings), when, system)
    return judge.all(codings).resource


@door("GET", "POST")
def subsumes(request: HttpRequest, id: str = "") -> Resource:
    asked, site, calendar = given(request, asking.SUBSUMES), stored.site(), stored.calendar()
    system = _system(asked, "system", id, site, calendar)
    calendar.within(asked.text("version"))
    a, b = (subsuming.placed(site, _coding(asked, system, end)) for end in ("A", "B"))
    return subsuming.outcome(site, a, b, stored.codes())


@door("GET", "POST")
def expand(request: HttpRequest, id: str = "") -> Resource:
    asked, site, calendar = given(request, asking.EXPAND), stored.site(), stored.calendar()
    value_set, own = _set(asked, id, site, calendar)
    when = _on(asked, own, calendar)
    found = members(stored.terminology(site, calendar), value_set, when, "valueSet")
    filtered = stored.found(asked.text("filter"), when.day) if asked.has("filter") else None
    made = expanding.expansion(found, asked, filtered)
    numbers = [one.code.number for one in made.page]
    also = stored.aliases(numbers) if asked.one("includeDesignations") else {}
    return expanding.expanded(value_set, made, asked, calendar.on(None), also)


@door("GET", "POST")
def validate_in_set(request: HttpRequest, id: str = "") -> Resource:
    asked, site, calendar = given(request, asking.SET_VALIDATION), stored.site(), stored.calendar()
    value_set, own = _set(asked, id, site, calendar)
    codings = _codings(asked, asked.text("system"))
    pages = stored.pages(coding.code for coding in codings)
    terminology = stored.terminology(site, calendar)

    def when(coding: Coding) -> When:
        version = coding.version or asked.text("systemVersion")
        return calendar.within(version, asked.one("date")) if version else _on(asked, own, calendar)

    @cache
    def codes(day: When) -> int:
        return members(terminology, value_set, day, "valueSet").codes

    def within(number: str, day: When) -> str:
        return "" if number in pages and bits.has(codes(day), number) else f"{number} is not in this value set."

    return judging.Judge(site, pages, when, within=within).all(codings).resource


def _whole_system(site: Site, calendar: Calendar, id: str) -> Resource:
    system = systems.by_id(id, calendar)
    if system.year is None:
        return systems.heading(site, system, calendar)
    verified = stored.verified(calendar.today.year)
    return systems.whole(site, system, calendar, stored.codes().values(), verified, stored.last_change())


def _of_summary(request: HttpRequest, resource: Resource) -> Resource:
    """The resource, or its summary where that is asked for."""
    asked = request.GET.get("_summary", "false")
    if asked not in ("true", "false", "data"):
        raise unsupported("_summary is true, false or data for one resource.")
    return systems.summary(resource) if asked == "true" else resource


def _search(request: HttpRequest) -> searching.Search:
    if request.method == "POST":
        need_type(request, FORM)
    return searching.search([*request.GET.lists(), *request.POST.lists()])


def _system(asked: Given, name: str, id: str, site: Site, calendar: Calendar) -> str:
    """The code system of the address, or of the parameter of this name, "" for neither; raises Refused for both."""
    if not id:
        return own_system(site, asked.text(name)) if asked.has(name) else ""
    own = CDT if systems.by_id(id, calendar).year else site.categories
    if asked.has(name) and asked.text(name) != own:
        raise invalid(f"This address is about {own}, and {name} names another system.")
    return own


def _coding(asked: Given, system: str, end: str = "") -> Coding:
    """The one code that is asked about, as a code of the system or as a Coding; `end` is that of its parameters."""
    code, coding = f"code{end}", f"coding{end}"
    if asked.has(code) == asked.has(coding):
        raise missing(f"One of {code} and {coding} is needed.")
    if asked.has(coding):
        found: Coding = asked.one(coding)
        if not found.code:
            raise missing(f"{coding} needs a code.")
        return replace(found, system=found.system or system)
    if not system:
        raise missing(f"{code} needs a system: {CDT}.")
    return Coding(system, asked.text(code))


def _codings(asked: Given, system: str) -> list[Coding]:
    """The codings that are judged: of a code, a Coding or a CodeableConcept."""
    if asked.has("codeableConcept"):
        if asked.has("code") or asked.has("coding"):
            raise invalid("One of code, coding and codeableConcept is needed.")
        several: list[Coding] = asked.one("codeableConcept")
        return [replace(one, system=one.system or system) for one in several]
    one = _coding(asked, system)
    return [replace(one, display=one.display or asked.text("display"))]


def _version(asked: Given, coding: Coding, id: str) -> str:
    """The edition that is asked for: by the parameter, by the coding, or by the address."""
    edition = id.rpartition("-")[2]
    said: Iterable[str] = (asked.text("version"), coding.version, edition if edition.isdecimal() else "")
    versions = {version for version in said if version}
    if len(versions) > 1:
        raise invalid(f"Two versions are asked for: {', '.join(map(quoted, sorted(versions)))}.")
    return next(iter(versions), "")


def _set(asked: Given, id: str, site: Site, calendar: Calendar) -> tuple[Resource, When | None]:
    """The value set that is asked about, and its own day if it has one."""
    named = [name for name in ("url", "valueSet") if asked.has(name)] + [id] * bool(id)
    if len(named) != 1:
        raise missing("One value set is needed: by the address, by url, or posted as valueSet.")
    version = asked.text("valueSetVersion")
    if asked.has("valueSet"):
        sent: Resource = asked.one("valueSet")
        about = {name: sent[name] for name in _SENT if name in sent}
        for name, value in about.items():
            asking.text(value, f"valueSet.{name}")
        return {"resourceType": "ValueSet", **about, "status": "active", "compose": sent.get("compose")}, None
    if id:
        chosen, own = sets.by_id(id), calendar.within(version) if version else None
    else:
        url, of_url = split(asked.text("url"))
        chosen, own = sets.by_url(site, f"{url}|{of_url or version}".rstrip("|"), calendar)
    return sets.definition(site, chosen, own), own


def _on(asked: Given, own: When | None, calendar: Calendar) -> When:
    """The day that is asked for, or that the value set has; raises Refused if they are of two editions."""
    if own and asked.has("date") and asked.one("date").year != own.day.year:
        raise invalid("The date is not in the edition that the value set is of.")
    return own if own and not asked.has("date") else calendar.on(asked.one("date"))
