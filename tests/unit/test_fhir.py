"""codes/fhir without a database: what is asked, which day it is asked for, and what a value set is composed of."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import pytest

from codes.fhir import compose, expanding, given, sets, subsuming
from codes.fhir.given import Coding
from codes.fhir.outcome import Refused, quoted
from codes.fhir.properties import BY_DEFAULT, DEFINED, declared
from codes.fhir.terms import CDT, SLUGS, Calendar, Site, When, span
from codes.page import CATEGORIES, KINDS, Validity
from codes.text import bits

SITE = Site("A site", "https://codes.example")
TODAY = date(2026, 3, 2)
CALENDAR = Calendar(TODAY, lambda: [2027])


@dataclass(frozen=True)
class Code:
    number: str
    category: str = "diagnostic"
    validity: Validity = Validity()

    @property
    def title(self) -> str:
        return f"Our title of {self.number}"


CODES = {
    code.number: code
    for code in (
        Code("D0120"),
        Code("D0140", validity=Validity(until=2025)),
        Code("D1110", "preventive"),
        Code("D1120", "preventive", Validity(since=2027)),
    )
}
ALIKE = {(code.category, code.validity): bits.bits_of([code.number]) for code in CODES.values()}
TERMINOLOGY = compose.Terminology(SITE, CALENDAR, CODES, ALIKE)


def of(*include: dict, on: date = TODAY, **more: object) -> list[str]:
    """The numbers in a value set of these parts."""
    made = {"resourceType": "ValueSet", "compose": {"include": list(include), **more}}
    return list(compose.members(TERMINOLOGY, made, CALENDAR.on(on), "valueSet"))


def listed(*codes: str, **more: object) -> dict:
    return {"system": CDT, "concept": [{"code": code} for code in codes], **more}


def filtered(name: str, op: str, value: str) -> dict:
    return {"system": CDT, "filter": [{"property": name, "op": op, "value": value}]}


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024", date(2024, 1, 1)),
        ("2024-03", date(2024, 3, 1)),
        ("2024-03-14", date(2024, 3, 14)),
        ("2024-03-14T23:59:59-05:00", date(2024, 3, 14)),
        ("2024-03-14T23:59:59.123 05:00", date(2024, 3, 14)),
        ("2024-03-14T23:59Z", date(2024, 3, 14)),
    ],
)
def test_date_is_the_day_that_is_written(written, day):
    assert given.day(written, "date") == day


@pytest.mark.parametrize(
    "written",
    [
        "",
        "24",
        "2024-3-14",
        "2024-02-30",
        "2024-13",
        "14.3.2024",
        "2024-03-14T",
        "2024-03-14 ",
        "1968",
        "2101",
        "٢٠٢٤",
        7,
    ],
)
def test_what_is_no_date_of_service_is_refused(written):
    with pytest.raises(Refused) as refused:
        given.day(written, "date")
    assert (refused.value.status, refused.value.code) == (400, "value")


def test_day_is_in_an_edition_that_is_in_force_over_or_announced():
    assert CALENDAR.on(None) == When(TODAY, "2026")
    assert CALENDAR.on(date(2027, 5, 5)) == When(date(2027, 5, 5), "2027")
    assert CALENDAR.on(date(2028, 5, 5)) == When(date(2028, 5, 5))
    assert CALENDAR.on(date(2012, 5, 5)) == When(date(2012, 5, 5))
    assert CALENDAR.within("2026") == When(TODAY, "2026")
    assert CALENDAR.within("2019") == When(date(2019, 1, 1), "2019")
    assert CALENDAR.within("2019", date(2019, 7, 1)) == When(date(2019, 7, 1), "2019")
    assert CALENDAR.versions() == list(range(2027, 2012, -1))
    for version, day, status in (
        ("2028", None, 404), ("2012", None, 404), ("x", None, 404), ("²⁰²⁶", None, 404), ("2019", TODAY, 400)
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            CALENDAR.within(version, day)
        assert refused.value.status == status


def test_value_set_is_composed_by_the_rules_of_fhir():
    assert of({"system": CDT}) == ["D0120", "D0140", "D1110"]
    assert of({"system": CDT}, on=date(2027, 1, 1)) == ["D0120", "D0140", "D1110", "D1120"]
    assert of({"system": CDT}, lockedDate="2027-06-01", inactive=False) == ["D0120", "D1110", "D1120"]
    assert of({"system": CDT, "version": "2027"}) == ["D0120", "D0140", "D1110", "D1120"]
    assert of(listed("D1110", "D0120", "D1110")) == ["D1110", "D0120"]
    assert of(listed("D0140"), listed("D0120"), inactive=False) == ["D0120"]
    assert of(filtered("category", "=", "preventive")) == ["D1110"]
    assert of(filtered("category", "in", "preventive,diagnostic")) == ["D0120", "D0140", "D1110"]
    assert of(filtered("inactive", "=", "true")) == ["D0140"]
    assert of({"system": CDT}, exclude=[filtered("category", "=", "diagnostic")]) == ["D1110"]
    diagnostic, active = (SITE.canonical("ValueSet", id_) for id_ in ("cdt-diagnostic", "cdt-active"))
    # Of several value sets in one part it takes what all have, and of several parts what any has.
    assert of({"valueSet": [diagnostic, active]}) == ["D0120"]
    assert of({"valueSet": [diagnostic]}, listed("D1110")) == ["D0120", "D0140", "D1110"]
    assert of(listed("D1110", "D0120", valueSet=[diagnostic])) == ["D0120"]
    assert of({"valueSet": [f"{active}|2025"]}) == ["D0120", "D0140", "D1110"]
    assert of({"valueSet": [f"{active}?date=2025-05-05"]}) == ["D0120", "D0140", "D1110"]


def test_codes_that_a_list_names_in_vain_are_told():
    made = {"compose": {"include": [listed("D9999", "D0120", "D1120", "crown", "D9999")]}}
    found = compose.members(TERMINOLOGY, made, CALENDAR.on(None), "valueSet")
    assert (list(found), found.unknown) == (["D0120"], ("D9999", "D1120", "crown"))


def test_page_of_an_expansion_looks_at_the_codes_that_it_shows_and_at_no_other():
    looked = []

    class Shelf(Mapping):
        def __getitem__(self, number):
            looked.append(number)
            return CODES[number]

        def __iter__(self):
            raise AssertionError("goes over all codes")

        __len__ = __iter__

    made = {"compose": {"include": [{"system": CDT}]}}
    found = compose.members(replace(TERMINOLOGY, codes=Shelf()), made, CALENDAR.on(None), "valueSet")
    asked = given.from_query(given.EXPAND, [("offset", ["1"]), ("count", ["1"])])
    shown = expanding.expansion(found, asked, None)
    assert (shown.total, [one.code.number for one in shown.page], looked) == (3, ["D0140"], ["D0140"])
    shown = expanding.expansion(found, asked, (["D1110", "D1120"], bits.bits_of(["D0120", "D1110", "D9999"])))
    assert (shown.total, [one.code.number for one in shown.page]) == (2, ["D0120"])


@pytest.mark.parametrize(
    ("part", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"system": 1}, 400, "invalid"),
        ({"system": "urn:other"}, 404, "not-found"),
        ({"concept": [{"code": "D0120"}]}, 400, "invalid"),
        ({"system": CDT, "concept": []}, 400, "structure"),
        ({"system": CDT, "concept": [{}]}, 400, "invalid"),
        ({"system": CDT, "concept": [{"code": "D0120", "display": "\x00"}]}, 400, "value"),
        ({**listed("D0120"), **filtered("inactive", "=", "true")}, 400, "invalid"),
        (filtered("inactive", "=", "perhaps"), 400, "not-supported"),
        (filtered("concept", "is-a", "D0120"), 400, "not-supported"),
        (filtered("category", "=", "odd"), 404, "not-found"),
        ({"system": CDT, "version": "1999"}, 404, "not-found"),
        ({"system": CDT, "copyright": "x"}, 400, "not-supported"),
        ({"valueSet": [f"{SITE.base}/ValueSet/cdt"], "exclude": []}, 400, "not-supported"),
        ({"valueSet": []}, 400, "structure"),
        ({"valueSet": "urn:x"}, 400, "structure"),
        ({"valueSet": ["urn:x"]}, 404, "not-found"),
        ({"valueSet": [f"{SITE.base}/ValueSet/cdt"] * 50}, 422, "too-costly"),
    ],
)
def test_part_of_a_value_set_that_cannot_be_read_is_refused(part, status, code):
    with pytest.raises(Refused) as refused:
        of(part)
    assert (refused.value.status, refused.value.code) == (status, code)


def test_what_somebody_sent_is_quoted_short_and_printable():
    assert quoted("a\x00b\ud800\u202ec") == "“a�b��c”"
    assert quoted("x" * 100) == f"“{'x' * 80}…”"


def test_every_kind_of_statement_is_a_property_and_every_category_a_code_and_a_set():
    assert KINDS.keys() <= DEFINED.keys()
    assert set(BY_DEFAULT) <= DEFINED.keys()
    assert [one["code"] for one in declared()] == list(DEFINED)
    assert list(SLUGS.values()) == list(CATEGORIES)
    assert [chosen.category for chosen in sets.SETS.values()] == ["", "", *CATEGORIES]
    assert sets.SETS["cdt-prosthodontics-fixed"].name == "CDTProsthodonticsFixed"
    assert span("implant services") == "D6000 to D6199, and D6280"


def test_code_of_a_category_and_one_of_cdt_are_known_whichever_system_is_named():
    assert subsuming.placed(SITE, Coding(CDT, "diagnostic")) == Coding(SITE.categories, "diagnostic")
    assert subsuming.placed(SITE, Coding(CDT, "D0120", "2026", "x")) == Coding(CDT, "D0120")
    assert subsuming.placed(SITE, Coding(SITE.categories, "D0120")) == Coding(CDT, "D0120")
    with pytest.raises(Refused):
        subsuming.placed(SITE, Coding("urn:x", "diagnostic"))
