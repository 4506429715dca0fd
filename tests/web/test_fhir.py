"""/fhir/: what the terminology doors answer, and that everything that is refused is refused as an OperationOutcome."""

import json
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import OperationalError
from fhir.resources.R4B import get_fhir_model_class

from tests import fhir
from tests.fhir import CDT, EXPAND, IN_SET, JUDGE, LOOKUP, SITE, SUBSUMES, Call, given, office

TODAY = datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _today(db):
    with time_machine.travel(TODAY):
        yield


@pytest.fixture(scope="module", autouse=True)
def world(module_db):
    with time_machine.travel(TODAY):
        fhir.world()


@pytest.fixture
def ask(client):
    """What a call answers, which is a resource and no refusal."""

    def answered(call: Call) -> dict:
        response = call.ask(client)
        assert response.status_code == 200, response.content
        return response.json()

    return answered


def said(resource: dict) -> dict:
    """The parameters of an answer that are there once."""
    return {
        part["name"]: next(value for name, value in part.items() if name.startswith("value"))
        for part in resource["parameter"]
        if "part" not in part
    }


def properties(resource: dict) -> list[tuple]:
    """Code and value of the properties of a lookup, with its subproperties behind it."""

    def read(part: dict) -> tuple:
        values = {
            one["name"]: next(v for k, v in one.items() if k.startswith("value")) for one in part if "part" not in one
        }
        return (values["code"], values["value"], *(read(one["part"]) for one in part if "part" in one))

    return [read(one["part"]) for one in resource["parameter"] if one["name"] == "property"]


def listed(resource: dict) -> list[tuple]:
    """Number, title and whether it is inactive of what is in an expansion."""
    rows = resource["expansion"].get("contains", [])
    return [(row["code"], row["display"], *(["inactive"] if row.get("inactive") else [])) for row in rows]


def test_what_is_refused_says_why_as_an_operation_outcome(client):
    for call in fhir.REFUSED:
        response = call.ask(client)
        (issue,) = response.json()["issue"]
        seen = response.status_code, issue["code"], issue["severity"], response["Content-Type"]
        assert seen == (call.status, call.issue, "error", "application/fhir+json; charset=utf-8"), (str(call), issue)
        assert issue["details"]["text"].endswith("."), str(call)
        assert response["Access-Control-Allow-Origin"] == "*", str(call)


def test_every_answer_is_a_resource_of_fhir(client, settings):
    for call, resource in fhir.resources(client, settings).items():
        made = get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        assert json.loads(made.model_dump_json()).keys() == resource.keys(), call


def test_code_system_is_a_fragment_of_an_edition_with_titles_of_our_own(ask):
    now, then = ask(Call("/CodeSystem/cdt")), ask(Call("/CodeSystem/cdt-2019"))
    about = ("id", "url", "version", "name", "status", "content", "caseSensitive")
    assert [now[name] for name in about] == ["cdt", CDT, "2026", "CDT", "active", "fragment", True]
    assert (then["id"], then["version"], then["status"]) == ("cdt-2019", "2019", "active")
    assert "the ADA's nomenclature and descriptors are not here" in now["description"]
    assert "CDT is owned by the ADA, and CDT is its trademark" in now["copyright"]
    assert [one["code"] for one in now["concept"]] == ["D0120", "D6010", "D6011", "D6012"]
    # D6011 begins in 2020, and nothing is inactive that ends with 2019.
    assert [one["code"] for one in then["concept"]] == ["D0120", "D6010", "D6012"]
    category = {"system": f"{SITE}/CodeSystem/cdt-category", "code": "implant-services", "display": "Implant services"}
    assert now["concept"][3] == {
        "code": "D6012",
        "display": "Old implant",
        "property": [
            {"code": "category", "valueCoding": category},
            {"code": "effectiveDate", "valueDateTime": "2014-01-01"},
            {"code": "deprecationDate", "valueDateTime": "2020-01-01"},
            {"code": "inactive", "valueBoolean": True},
            {"code": "replacedBy", "valueCode": "D6010"},
            {"code": "replacedBy", "valueCode": "D6011"},
            {"code": "verification", "valueCode": "none"},
        ],
    }
    assert [one["code"] for one in then["concept"][2]["property"]] == [
        "category", "effectiveDate", "deprecationDate", "replacedBy", "replacedBy", "verification"
    ]  # fmt: skip
    assert {"code": "verification", "valueCode": "partly"} in now["concept"][1]["property"]
    declared = {one["code"] for one in now["property"]}
    assert declared >= {one["code"] for concept in now["concept"] for one in concept["property"]}


def test_lookup_tells_what_is_known_of_a_code_on_a_date(ask):
    now = ask(Call(f"{LOOKUP}?system={CDT}&code=D6010"))
    assert said(now) == {
        "name": "CDT (a fragment, with titles of our own)", "version": "2026", "display": "Implant body"
    }  # fmt: skip
    names = [one["part"][1]["valueString"] for one in now["parameter"] if one["name"] == "designation"]
    assert names == ["fixture"]
    answer = ("key", "answer"), ("verification", "outdated"), ("disputed", False)
    category = {"system": f"{SITE}/CodeSystem/cdt-category", "code": "implant-services", "display": "Implant services"}
    assert properties(now) == [
        ("category", category),
        ("effectiveDate", "2014-01-01"),
        ("inactive", False),
        ("verification", "partly"),
        ("validityVerification", "verified"),
        ("disputed", False),
        ("page", f"{SITE.removesuffix('/fhir')}/codes/D6010/"),
        ("subcategory", "Things"),
        ("answer", "Report it when it is done.", *answer),
    ]
    ended = dict(one[:2] for one in properties(ask(Call("/CodeSystem/cdt/$lookup?code=D6012"))))
    assert (ended["inactive"], ended["deprecationDate"], ended["effectiveDate"]) == (True, "2020-01-01", "2014-01-01")
    for then in (
        "/CodeSystem/cdt-2019/$lookup?code=D6012",
        f"{LOOKUP}?coding={CDT}|D6012&date=2019-12-31T23:59:59-05:00",
    ):
        assert ("inactive", False) in properties(ask(Call(then)))
        assert said(ask(Call(then)))["version"] == "2019"


def test_lookup_gives_our_statements_with_their_proof_where_they_are_asked_for(ask):
    coding = {"system": CDT, "code": "D6010", "version": "2026"}
    asked = ask(given(LOOKUP, coding__Coding=coding, property__Code=["use_when", "site", "no-such-property"]))
    assert properties(asked) == [
        ("site", "Tooth number, Arch", ("key", "site"), ("verification", "unverified"), ("disputed", False)),
        (
            "use_when", "The thing was done.", ("key", "use_when.done"), ("verification", "verified"),
            ("disputed", False), ("source", "The book"),
        ),
        (
            "use_when", "It was done twice.", ("key", "use_when.twice"), ("verification", "unverified"),
            ("disputed", False),
        ),
    ]  # fmt: skip
    everything = {one[0] for one in properties(ask(Call("/CodeSystem/cdt/$lookup?code=D6010&property=*")))}
    assert everything == {
        "category", "effectiveDate", "inactive", "verification", "validityVerification", "disputed", "page",
        "subcategory", "answer", "site", "use_when", "faq",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "valid", "message"),
    [
        ("code=D6010", True, None),
        ("code=D6010&display=implant%20%20BODY", True, None),
        ("code=D6010&display=fixture", True, None),
        (
            "code=D6010&display=Theirs",
            True,
            "The display “Theirs” is not ours. Our title is “Implant body”; the ADA's nomenclature is not here to "
            "compare with.",
        ),
        (
            "code=D6012",
            False,
            "D6012 is not valid on Mar 2, 2026: its last date of service was Dec 31, 2019. "
            "Report D6010 or D6011 instead.",
        ),
        ("code=D6012&date=2019-12-31", True, None),
        ("code=D6012&version=2019", True, None),
        ("code=D6013", False, "D6013 is not valid on Mar 2, 2026: its first date of service is Jan 1, 2027."),
        (
            "code=D0372",
            False,
            "D0372 is a code of CDT 2026 of which this site has no page: its validity is not known here.",
        ),
        (
            "code=D9998",
            False,
            "This site has no page of D9998. It does not have all of CDT: look into the current CDT manual.",
        ),
        ("code=d6010", False, "“d6010” is no CDT code: each is the letter D and four digits. Write D6010."),
        ("code=%F0%9F%A6%B7", False, "“🦷” is no CDT code: each is the letter D and four digits."),
    ],
)  # fmt: skip
def test_code_is_judged_by_the_date_and_a_display_only_remarked(ask, asked, valid, message):
    for path in (f"{JUDGE}?url={CDT}&", "/CodeSystem/cdt/$validate-code?"):
        found = said(ask(Call(f"{path}{asked}")))
        assert (found["result"], found.get("message")) == (valid, message)
        assert found.get("display") == {"6010": "Implant body", "6012": "Old implant", "6013": "Coming implant"}.get(
            asked[6:10] if asked.startswith("code=D") else ""
        )


def test_several_codings_are_valid_if_one_is(ask):
    concept = {"coding": [{"system": CDT, "code": "D6012"}, {"system": CDT, "code": "D6010"}]}
    assert said(ask(given(JUDGE, codeableConcept__CodeableConcept=concept))) == {
        "result": True,
        "display": "Implant body",
    }
    other = {"system": "urn:x", "code": "D6010"}
    with_other = {"coding": [other, {"system": CDT, "code": "D6010"}]}
    for named in ({}, {"url__Uri": CDT}):
        assert said(ask(given(JUDGE, codeableConcept__CodeableConcept=with_other, **named)))["result"] is True
    assert said(ask(given(JUDGE, coding__Coding=other))) == {
        "result": False, "message": "The code system “urn:x” is not here."
    }  # fmt: skip
    assert said(ask(given(JUDGE, url__Uri=CDT, coding__Coding=other))) == {
        "result": False, "message": "The coding is of “urn:x”, and not of http://www.ada.org/cdt."
    }  # fmt: skip


def test_code_of_a_category_is_judged_too(ask):
    path = "/CodeSystem/cdt-category/$validate-code?code="
    assert said(ask(Call(f"{path}diagnostic"))) == {"result": True, "display": "Diagnostic"}
    assert said(ask(Call(f"{path}D0120"))) == {"result": False, "message": "There is no category “D0120”."}
    coding = {"system": f"{SITE}/CodeSystem/cdt-category", "code": "diagnostic"}
    assert said(ask(given(IN_SET, valueSet=office("D0120"), coding__Coding=coding)))["result"] is False


@pytest.mark.parametrize(
    ("a", "b", "outcome"),
    [
        ("diagnostic", "D0120", "subsumes"),
        ("D0120", "diagnostic", "subsumed-by"),
        ("D0120", "D0120", "equivalent"),
        ("implant-services", "implant-services", "equivalent"),
        ("diagnostic", "D6010", "not-subsumed"),
        ("D6010", "D6011", "not-subsumed"),
        ("diagnostic", "implant-services", "not-subsumed"),
    ],
)
def test_category_subsumes_its_codes(ask, a, b, outcome):
    system = {True: CDT, False: f"{SITE}/CodeSystem/cdt-category"}
    assert said(ask(Call(f"{SUBSUMES}?system={CDT}&codeA={a}&codeB={b}"))) == {"outcome": outcome}
    assert said(ask(Call(f"/CodeSystem/cdt-category/$subsumes?codeA={a}&codeB={b}"))) == {"outcome": outcome}
    codings = [{"system": system[code.startswith("D")], "code": code} for code in (a, b)]
    posted = given(SUBSUMES, codingA__Coding=codings[0], codingB__Coding=codings[1])
    assert said(ask(posted)) == {"outcome": outcome}


def test_value_sets_are_expanded_by_category_and_date(ask):
    implants = [("D6010", "Implant body"), ("D6011", "Second stage"), ("D6012", "Old implant", "inactive")]
    assert listed(ask(Call("/ValueSet/cdt-implant-services/$expand"))) == implants
    assert listed(ask(Call("/ValueSet/cdt-implant-services/$expand?activeOnly=true"))) == implants[:2]
    in_2019 = [("D0120", "Periodic exam"), ("D6010", "Implant body"), ("D6012", "Old implant")]
    active = f"{SITE}/ValueSet/cdt-active"
    for same in (
        "/ValueSet/cdt-active/$expand?date=2019-06-01",
        f"{EXPAND}?url={active}&date=2019",
        f"{EXPAND}?url={active}|2019",
        f"{EXPAND}?url={active}?date=2019-06-01",
        f"{EXPAND}?url={active}&valueSetVersion=2019",
    ):
        assert listed(ask(Call(same))) == in_2019
    whole = ask(Call("/ValueSet/cdt/$expand?count=2&offset=1"))
    expansion = whole["expansion"]
    assert (expansion["total"], expansion["offset"], listed(whole)) == (4, 1, implants[:2])
    assert expansion["extension"] == [
        {"url": "http://hl7.org/fhir/StructureDefinition/valueset-unclosed", "valueBoolean": True}
    ]
    assert expansion["parameter"] == [
        {"name": "offset", "valueInteger": 1},
        {"name": "count", "valueInteger": 2},
        {"name": "version", "valueUri": f"{CDT}|2026"},
    ]
    assert "compose" not in whole
    sized = ask(Call("/ValueSet/cdt/$expand?count=0&includeDefinition=true"))
    assert (sized["expansion"]["total"], "contains" in sized["expansion"]) == (4, False)
    assert sized["compose"] == {"inactive": True, "include": [{"system": CDT}]}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("implant", ["D6010", "D6011", "D6012"]),
        ("impl", ["D6010", "D6011", "D6012"]),
        ("fixture", ["D6010"]),
        ("body implants", ["D6010"]),
        ("6010", ["D6010"]),
        ("D60", ["D6010", "D6011", "D6012"]),
        ("recall", ["D0120"]),
        ("the", []),
    ],
)
def test_filter_finds_by_number_title_other_names_and_what_came_instead(ask, typed, found):
    rows = [row[0] for row in listed(ask(Call(f"/ValueSet/cdt/$expand?filter={typed}")))]
    assert sorted(rows) == found


def test_an_offices_list_is_expanded_and_stored_nowhere(ask, django_assert_num_queries):
    ours = office("D6012", "D6010", "D9999", "D6010")
    ours["compose"]["include"][0]["concept"][1]["display"] = "Our word"
    made = ask(
        given(EXPAND, valueSet={**ours, "url": "urn:office", "title": "Ours"}, includeDesignations__Boolean=True)
    )
    assert (made["url"], made["title"]) == ("urn:office", "Ours")
    assert listed(made) == [("D6012", "Old implant", "inactive"), ("D6010", "Our word")]
    assert made["expansion"]["contains"][1]["designation"] == [{"language": "en", "value": "fixture"}]
    assert made["expansion"]["parameter"][-1] == {"name": "unknown-code", "valueCode": "D9999"}
    parts = [
        {"system": CDT, "filter": [{"property": "category", "op": "in", "value": "diagnostic,implant-services"}]},
        {"valueSet": [f"{SITE}/ValueSet/cdt-implant-services|2019"]},
    ]
    compose = {"include": parts, "exclude": [{"system": CDT, "concept": [{"code": "D6010"}]}], "inactive": False}
    posted = {"resourceType": "ValueSet", "status": "active", "compose": compose}
    assert listed(ask(given(EXPAND, valueSet=posted))) == [("D0120", "Periodic exam"), ("D6011", "Second stage")]


def test_code_is_judged_within_a_value_set(ask):
    def judged(call: Call) -> tuple:
        found = said(ask(call))
        return found["result"], found.get("message")

    coding, ended = {"system": CDT, "code": "D6010"}, {"system": CDT, "code": "D6012"}
    in_category = "/ValueSet/cdt-{}/$validate-code?system=" + CDT + "&code={}"
    gone = (
        "D6012 is not valid on Mar 2, 2026: its last date of service was Dec 31, 2019. Report D6010 or D6011 instead."
    )
    outside = "D6010 is not in this value set."
    assert judged(Call(in_category.format("implant-services", "D6010"))) == (True, None)
    assert judged(Call(in_category.format("diagnostic", "D6010"))) == (False, outside)
    assert judged(Call(in_category.format("active", "D6012"))) == (False, gone)
    assert judged(Call(in_category.format("active", "D6012") + "&date=2019-05-05")) == (True, None)
    assert judged(Call(in_category.format("active", "D6012") + "&systemVersion=2019")) == (True, None)
    assert judged(given(IN_SET, valueSet=office("D6010"), coding__Coding=coding)) == (True, None)
    assert judged(given(IN_SET, valueSet=office("D6011"), coding__Coding=coding)) == (False, outside)
    # A list may name a code that ended; nobody may report it.
    assert judged(given(IN_SET, valueSet=office("D6012"), coding__Coding=ended)) == (False, gone)
    url = f"{SITE}/ValueSet/cdt-active?date=2019-01-01"
    assert judged(given(IN_SET, url__Uri=url, coding__Coding=ended)) == (True, None)


def test_search_tells_what_it_understood_and_gives_summaries(ask):
    found = ask(Call(f"/CodeSystem?url={CDT}&version=2019,2018&color=red"))
    assert (found["type"], found["total"]) == ("searchset", 2)
    assert found["link"] == [
        {
            "relation": "self",
            "url": f"{SITE}/CodeSystem?url=http%3A%2F%2Fwww.ada.org%2Fcdt&version=2019%2C2018&_summary=true&_count=100",
        }
    ]
    first, second, passed = found["entry"]
    assert [first["fullUrl"], second["fullUrl"]] == [f"{SITE}/CodeSystem/cdt-2019", f"{SITE}/CodeSystem/cdt-2018"]
    assert "concept" not in first["resource"]
    assert first["resource"]["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert passed["search"] == {"mode": "outcome"}
    assert passed["resource"]["issue"][0]["details"]["text"].startswith("These were passed over: “color”.")
    (whole,) = ask(Call("/CodeSystem?_summary=false&_id=cdt-2019"))["entry"]
    assert whole["resource"] == ask(Call("/CodeSystem/cdt-2019"))
    assert len(ask(Call("/CodeSystem?_summary=false&_count=100"))["entry"]) == 5
    every = ask(Call("/CodeSystem?_count=3"))
    assert [entry["resource"]["id"] for entry in every["entry"]] == ["cdt", "cdt-2027", "cdt-2025"]
    following = every["link"][1]
    assert following["relation"] == "next"
    after = ask(Call(following["url"].removeprefix(SITE)))
    assert [entry["resource"]["id"] for entry in after["entry"]] == ["cdt-2024", "cdt-2023", "cdt-2022"]
    one_a_version = [(e["resource"]["url"], e["resource"]["version"]) for e in ask(Call("/CodeSystem"))["entry"]]
    assert len(one_a_version) == len(set(one_a_version)) == 16
    assert ask(Call("/CodeSystem?_summary=count")) == {
        "resourceType": "Bundle", "type": "searchset", "total": 16,
        "link": [{"relation": "self", "url": f"{SITE}/CodeSystem?_summary=count&_count=100"}],
    }  # fmt: skip


def test_capabilities_name_what_there_is(ask):
    made = ask(Call("/metadata"))
    assert (made["fhirVersion"], made["kind"]) == ("4.0.1", "instance")
    offered = {one["type"]: [op["name"] for op in one["operation"]] for one in made["rest"][0]["resource"]}
    assert offered == {"CodeSystem": ["lookup", "validate-code", "subsumes"], "ValueSet": ["expand", "validate-code"]}
    terms = ask(Call("/metadata?mode=terminology"))
    versions = {one["code"]: one["isDefault"] for one in terms["codeSystem"][0]["version"]}
    assert [year for year, default in versions.items() if default] == ["2026"]
    assert list(versions) == [str(year) for year in range(2027, 2012, -1)]


def test_any_sites_script_may_read_and_post_and_no_cookie_is_set(client):
    head, got = client.head("/fhir/CodeSystem/cdt"), client.get("/fhir/CodeSystem/cdt")
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", got["ETag"])
    assert client.get("/fhir/CodeSystem/cdt", headers={"if-none-match": got["ETag"]}).status_code == 304
    preflight = client.options(
        f"/fhir{LOOKUP}", headers={"origin": "https://ehr.example", "access-control-request-method": "POST"}
    )
    assert (preflight.status_code, preflight.content) == (204, b"")
    assert preflight["Access-Control-Allow-Methods"] == "GET, POST, HEAD, OPTIONS"
    assert "Content-Type" in preflight["Access-Control-Allow-Headers"]
    posted = given(LOOKUP, coding__Coding={"system": CDT, "code": "D6010"}).ask(client)
    for response in (head, got, preflight, posted):
        assert response["Access-Control-Allow-Origin"] == "*"
        assert response.cookies == {}
    assert posted["Cache-Control"] == "no-store"
    assert client.delete("/fhir/CodeSystem/cdt")["Allow"] == "GET, HEAD, OPTIONS"


def test_what_others_refuse_is_an_operation_outcome_too(client, monkeypatch):
    def broken(*given):
        raise ValueError("broken")

    def silent(*given):
        raise OperationalError("the connection is lost")

    assert client.get("/fhir/metadata", headers={"host": "evil.example"}).json()["issue"][0]["code"] == "invalid"
    refused = client.get("/fhir/metadata", headers={"if-match": '"other"'})
    assert (refused.status_code, refused.json()["issue"][0]["code"]) == (412, "conflict")
    client.raise_request_exception = False
    monkeypatch.setattr("codes.fhir.stored.codes", broken)
    failed = client.get("/fhir/CodeSystem/cdt")
    assert (failed.status_code, failed.json()["issue"][0]["code"]) == (500, "exception")
    monkeypatch.setattr("codes.fhir.stored.codes", silent)
    waiting = client.get("/fhir/CodeSystem/cdt")
    assert (waiting.status_code, waiting.json()["issue"][0]["code"]) == (503, "transient")
    assert (waiting["Retry-After"], waiting["Cache-Control"]) == ("30", "no-store")
    assert int(failed["Content-Length"]) == len(failed.content)
    assert "frame-ancestors 'none'" in failed["Content-Security-Policy"]


@pytest.mark.parametrize("odd", ['"\\ud800"', '{"\\udfff": 1}', "1e400", "[-1e999]"])
def test_what_can_be_read_and_not_be_said_again_is_refused(client, odd):
    """The definition is answered as it came: half a character was an error of the site, 1e400 came back as Infinity."""
    part = f'{{"system": "{CDT}", "concept": [{{"code": "D6010", "extension": {odd}}}]}}'
    set_ = f'{{"resourceType": "ValueSet", "compose": {{"include": [{part}]}}}}'
    whole = f'{{"name": "valueSet", "resource": {set_}}}, {{"name": "includeDefinition", "valueBoolean": true}}'
    call = Call(EXPAND, 400, "value", f'{{"resourceType": "Parameters", "parameter": [{whole}]}}')
    answer = call.ask(client)
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "value")
