"""What is asked of the doors under /fhir/ in tests: a call of every kind, and what it must answer."""

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

from codes.acts.publishing import latest
from codes.acts.verifying import verify
from codes.page import Validity, verifiable
from tests import factories

CDT = "http://www.ada.org/cdt"
TYPE = "application/fhir+json"


def world() -> None:
    """Valid codes of two categories, one that ended in 2019, one to come in 2027; items of one are verified."""
    factories.codes(
        {
            "D0120": {"title": "Periodic exam", "category": "diagnostic", "aliases": ("recall exam",)},
            "D6010": {
                **factories.RICH,
                "title": "Implant body",
                "aliases": ("fixture",),
                "site": ("tooth", "arch"),
                "validity": Validity(since=2014),
            },
            "D6011": {"title": "Second stage", "validity": Validity(since=2020), "aliases": ()},
            "D6012": {
                "title": "Old implant",
                "validity": Validity(since=2014, until=2019, replaced_by=("D6010", "D6011")),
            },
            "D6013": {"title": "Coming implant", "validity": Validity(since=2027)},
        }
    )
    found = verifiable(latest("D6010").page)
    for year, keys in {2025: ("answer",), 2026: ("validity", "use_when.done")}.items():
        digests = {key: found[key] for key in keys}
        verify("D6010", digests, by=factories.editor(), source="The manual", edition=year)


def parameters(**given: Any) -> dict:
    """A Parameters resource; valueCode=… of a name is written name__Code=…, and a list is the same name again."""
    found = []
    for name, value in given.items():
        plain, _, kind = name.partition("__")
        for one in value if isinstance(value, list) else [value]:
            found.append({"name": plain, f"value{kind}": one} if kind else {"name": plain, "resource": one})
    return {"resourceType": "Parameters", "parameter": found}


def office(*codes: str, **compose: Any) -> dict:
    """The ValueSet of an office's list."""
    include = {"system": CDT, "concept": [{"code": code} for code in codes]}
    return {"resourceType": "ValueSet", "status": "draft", "compose": {"include": [include], **compose}}


@dataclass(frozen=True)
class Call:
    """What is asked, by GET or with a body by POST; the status, and the code of the issue of a refusal."""

    path: str
    status: int = 200
    issue: str = ""
    body: Any = None
    type: str = TYPE
    accept: str = ""

    def __str__(self) -> str:
        return f"{'POST' if self.body is not None else 'GET'} {self.path[:80]}"

    def ask(self, client: Client):
        headers = {"accept": self.accept} if self.accept else {}
        if self.body is None:
            return client.get(f"/fhir{self.path}", headers=headers)
        body = self.body if isinstance(self.body, str | bytes) else json.dumps(self.body)
        return client.post(f"/fhir{self.path}", body, content_type=self.type, headers=headers)


def given(path: str, **parts: Any) -> Call:
    return Call(path, body=parameters(**parts))


def _of_parts(part: dict, count: int) -> dict:
    """A ValueSet that has the same part many times."""
    return {"resourceType": "ValueSet", "status": "draft", "compose": {"include": [part] * count}}


def refused(path: str, status: int, issue: str, body: Any = None, **more: Any) -> Call:
    return Call(path, status, issue, body, **more)


SITE = "http://127.0.0.1:8000/fhir"
LOOKUP, JUDGE, EXPAND = "/CodeSystem/$lookup", "/CodeSystem/$validate-code", "/ValueSet/$expand"
IN_SET, SUBSUMES = "/ValueSet/$validate-code", "/CodeSystem/$subsumes"
ANSWERED = [
    Call("/metadata"),
    Call("/metadata?mode=terminology"),
    Call("/metadata?_format=application/fhir%2Bjson"),
    Call("/metadata?_format=application/fhir+json"),
    Call("/metadata", accept="text/html, */*;q=0.1"),
    Call("/CodeSystem/cdt"),
    Call("/CodeSystem/cdt-2019"),
    Call("/CodeSystem/cdt-2026"),
    Call("/CodeSystem/cdt-category"),
    Call("/CodeSystem/cdt?_summary=true"),
    Call("/CodeSystem"),
    Call(f"/CodeSystem?url={CDT}&version=2019"),
    Call("/CodeSystem?_summary=false&version=2019"),
    Call("/CodeSystem?_summary=count"),
    Call("/CodeSystem?_count=0"),
    Call("/CodeSystem?_count=2&_offset=1"),
    Call("/CodeSystem?status=active&name=cdt&_id=cdt,cdt-category&foo=1"),
    Call("/CodeSystem/_search", body="version=2019", type="application/x-www-form-urlencoded"),
    Call("/ValueSet"),
    Call("/ValueSet?_summary=false&_id=cdt-active"),
    Call("/ValueSet/cdt"),
    Call("/ValueSet/cdt-active?date=2019-03-02"),
    Call("/ValueSet/cdt-implant-services?_summary=true"),
    Call(f"{LOOKUP}?system={CDT}&code=D6010"),
    Call("/CodeSystem/cdt/$lookup?code=D6010&property=*"),
    Call("/CodeSystem/cdt-2019/$lookup?code=D6012"),
    Call(f"{LOOKUP}?coding={CDT}|D6012&date=2019"),
    Call(f"{LOOKUP}?system={CDT}&code=D6013&date=2027-05"),
    Call("/CodeSystem/cdt-category/$lookup?code=diagnostic"),
    given(LOOKUP, coding__Coding={"system": CDT, "code": "D6010"}, property__Code=["use_when", "inactive", "x"]),
    Call(f"{JUDGE}?url={CDT}&code=D6010"),
    Call(f"{JUDGE}?url={CDT}&code=D6012"),
    Call(f"{JUDGE}?url={CDT}&code=x"),
    Call(f"{JUDGE}?url={CDT}&code=D6010&display=Something"),
    given(JUDGE, codeableConcept__CodeableConcept={"coding": [{"system": "urn:x", "code": "1"}]}, url__Uri=CDT),
    given(JUDGE, codeableConcept__CodeableConcept={"coding": [{"system": CDT, "code": c} for c in ("x", "D6010")]}),
    Call(f"{SUBSUMES}?system={CDT}&codeA=diagnostic&codeB=D0120"),
    Call("/CodeSystem/cdt/$subsumes?codeA=D0120&codeB=D6010"),
    Call(f"{EXPAND}?url={SITE}/ValueSet/cdt"),
    Call("/ValueSet/cdt/$expand?count=0"),
    Call("/ValueSet/cdt/$expand?offset=99"),
    Call("/ValueSet/cdt-active/$expand?date=2019-12-31&includeDesignations=true&includeDefinition=true"),
    Call("/ValueSet/cdt/$expand?filter=implant&count=2&offset=1&activeOnly=true"),
    given(EXPAND, valueSet=office("D6012", "D6010", "D9999"), date__Date="2020-01-01"),
    given(
        EXPAND, valueSet={**office("D6010"), "url": "urn:list", "name": "Ours", "title": "Our list"}, count__Integer=1
    ),
    Call("/ValueSet/cdt-active/$validate-code?system=http://www.ada.org/cdt&code=D6012"),
    given(IN_SET, valueSet=office("D6010"), coding__Coding={"system": CDT, "code": "D6011"}),
]
_DEEP = '{"resourceType":"Parameters","parameter":' + "[" * 100_000
_SET = f"{SITE}/ValueSet/cdt"
_FILTERED = {"system": CDT, "filter": [{"property": "inactive", "op": "=", "value": "false"}]}
_NUMBER = '{"resourceType":"Parameters","parameter":[{"name":"count","value%s":1e400}]}'
_UNICODE = '{"resourceType":"Parameters","parameter":[{"name":"code","valueCode":"%s"}]}'
REFUSED = [
    refused("", 404, "not-found"),
    refused("/", 404, "not-found"),
    refused("/Patient", 404, "not-found"),
    refused("/metadata/", 404, "not-found"),
    refused("/no/such%0Aline%00", 404, "not-found"),
    refused("/CodeSystem/other", 404, "not-found"),
    refused("/CodeSystem/cdt-1999", 404, "not-found"),
    refused("/CodeSystem/cdt/$nothing", 404, "not-found"),
    refused("/ValueSet/%E2%82%AC", 404, "not-found"),
    refused("/CodeSystem/cdt/_history/1", 404, "not-found"),
    refused("/CodeSystem/cdt-9999999999", 404, "not-found"),
    refused("/metadata", 405, "not-supported", body={}),
    refused("/CodeSystem/cdt", 405, "not-supported", body={}),
    refused("/metadata?_format=xml", 406, "not-supported"),
    refused("/CodeSystem/cdt", 406, "not-supported", accept="application/fhir+xml"),
    refused("/CodeSystem/cdt", 406, "not-supported", accept="text/xml"),
    refused(f"{LOOKUP}?_format=html", 406, "not-supported"),
    refused("/metadata?mode=x", 400, "not-supported"),
    refused("/CodeSystem/cdt?x=1", 400, "not-supported"),
    refused("/CodeSystem/cdt?date=2020", 400, "not-supported"),
    refused("/ValueSet/cdt?date=x", 400, "value"),
    refused("/CodeSystem/cdt?_summary=x", 400, "not-supported"),
    refused("/CodeSystem?_summary=text", 400, "not-supported"),
    refused("/CodeSystem?name:exact=cdt", 400, "not-supported"),
    refused("/CodeSystem?_count=x", 400, "value"),
    refused(f"/CodeSystem?_count={'9' * 400}", 400, "value"),
    refused("/CodeSystem?name=%00", 400, "value"),
    refused("/CodeSystem/_search", 415, "not-supported", body="{}"),
    refused(LOOKUP, 400, "required"),
    refused(f"{LOOKUP}?code=D6010", 400, "required"),
    refused(f"{LOOKUP}?system=urn:x&code=D6010", 404, "not-found"),
    refused(f"{LOOKUP}?system={CDT}&code=", 400, "value"),
    refused(f"{LOOKUP}?system={CDT}&code=D9999", 404, "not-found"),
    refused(f"{LOOKUP}?system={CDT}&code=%00", 400, "value"),
    refused(f"{LOOKUP}?system={CDT}&code={'x' * 3000}", 400, "too-long"),
    refused(f"{LOOKUP}?system={CDT}&code=D6013", 404, "not-found"),
    refused(f"{LOOKUP}?system={CDT}&code=D6010&code=D6011", 400, "invalid"),
    refused(f"{LOOKUP}?system={CDT}&code=D6010&cod=1", 400, "not-supported"),
    refused(f"{LOOKUP}?coding=D6010", 400, "value"),
    refused(f"{LOOKUP}?system={CDT}&code=D6010&date=2024-13", 400, "value"),
    refused(f"{LOOKUP}?system={CDT}&code=D6010&date=0000-01-01", 400, "value"),
    refused(f"{LOOKUP}?system={CDT}&code=D6010&version=3", 404, "not-found"),
    refused(f"{LOOKUP}?system={CDT}&code=D6010&version=2020&date=2021-01-01", 400, "invalid"),
    refused("/CodeSystem/cdt-2019/$lookup?code=D6010&version=2020", 400, "invalid"),
    refused("/CodeSystem/cdt/$lookup?code=D6010&system=urn:x", 400, "invalid"),
    refused("/CodeSystem/cdt-category/$lookup?code=D6010", 404, "not-found"),
    refused(f"{LOOKUP}?" + "&".join(f"a{n}=1" for n in range(1200)), 400, "invalid"),
    refused(f"{JUDGE}?url={CDT}", 400, "required"),
    refused(f"{JUDGE}?code=D6010", 400, "required"),
    refused(f"{JUDGE}?url={CDT}&codeableConcept=x", 400, "not-supported"),
    refused(f"{JUDGE}?url={CDT}&code=x&abstract=1", 400, "value"),
    refused(f"{SUBSUMES}?system={CDT}&codeA=D6010", 400, "required"),
    refused(f"{SUBSUMES}?system={CDT}&codeA=D6010&codeB=x", 404, "not-found"),
    refused(EXPAND, 400, "required"),
    refused(f"{EXPAND}?url=urn:x", 404, "not-found"),
    refused(f"{EXPAND}?url={SITE}/ValueSet/cdt?x=1", 404, "not-found"),
    refused("/ValueSet/cdt/$expand?count=-1", 400, "value"),
    refused("/ValueSet/cdt/$expand?count=99999999999999999999", 400, "value"),
    refused("/ValueSet/cdt/$expand?offset=1e9", 400, "value"),
    refused("/ValueSet/cdt/$expand?activeOnly=yes", 400, "value"),
    refused("/ValueSet/cdt/$expand?filter=%00", 400, "value"),
    refused("/ValueSet/cdt/$expand?context=x", 400, "not-supported"),
    refused(LOOKUP, 415, "not-supported", body="<x/>", type="application/fhir+xml"),
    refused(LOOKUP, 415, "not-supported", body="a", type="text/plain"),
    refused(LOOKUP, 400, "required", body=""),
    refused(LOOKUP, 400, "structure", body="{"),
    refused(LOOKUP, 400, "structure", body="[]"),
    refused(LOOKUP, 400, "structure", body=b"\xff\xfe\xfd"),
    refused(LOOKUP, 400, "structure", body='{"a": NaN}'),
    refused(LOOKUP, 400, "structure", body='{"a":' + "9" * 10_000 + "}"),
    refused(LOOKUP, 400, "structure", body=_DEEP),
    refused(LOOKUP, 400, "structure", body={"resourceType": "Patient"}),
    refused(LOOKUP, 400, "required", body={"resourceType": "Parameters"}),
    refused(LOOKUP, 400, "structure", body={"resourceType": "Parameters", "parameter": {"name": "code"}}),
    refused(LOOKUP, 400, "structure", body={"resourceType": "Parameters", "parameter": [1]}),
    refused(LOOKUP, 400, "structure", body={"resourceType": "Parameters", "parameter": []}),
    refused(LOOKUP, 400, "invalid", body={"resourceType": "Parameters", "parameter": [{"name": 1}]}),
    refused(LOOKUP, 400, "value", body={"resourceType": "Parameters", "parameter": [{"name": "code"}]}),
    refused(LOOKUP, 400, "value", body=parameters(code__Integer=1)),
    refused(LOOKUP, 400, "invalid", body=parameters(code__Code=1)),
    refused(LOOKUP, 400, "value", body=_UNICODE % "\\u0000"),
    refused(LOOKUP, 400, "value", body=_UNICODE % "\\ud800"),
    refused(LOOKUP, 400, "invalid", body=parameters(code__Code=["D6010", "D6011"])),
    refused(f"{LOOKUP}?code=D6010", 400, "invalid", body=parameters()),
    refused(LOOKUP, 400, "structure", body=parameters(coding__Coding="D6010")),
    refused(LOOKUP, 400, "required", body=parameters(coding__Coding={})),
    refused(LOOKUP, 413, "too-long", body=" " * 1_250_001),
    refused("/nothing", 413, "too-long", body=" " * 1_250_001),
    refused(JUDGE, 400, "structure", body=parameters(codeableConcept__CodeableConcept={"coding": []})),
    refused(
        JUDGE, 422, "too-costly", body=parameters(codeableConcept__CodeableConcept={"coding": [{"code": "x"}] * 51})
    ),
    refused(EXPAND, 400, "value", body=_NUMBER % "Decimal"),
    refused(EXPAND, 400, "value", body=_NUMBER % "Integer"),
    refused(EXPAND, 400, "value", body=parameters(count__Integer=True)),
    refused(EXPAND, 400, "structure", body=parameters(valueSet={"resourceType": "Patient"})),
    refused(EXPAND, 400, "invalid", body=parameters(valueSet={"resourceType": "ValueSet"})),
    refused(EXPAND, 400, "structure", body=parameters(valueSet={"resourceType": "ValueSet", "compose": {}})),
    refused(
        EXPAND,
        404,
        "not-found",
        body=parameters(valueSet={"resourceType": "ValueSet", "compose": {"include": [{"system": "urn:x"}]}}),
    ),
    refused(
        EXPAND,
        400,
        "invalid",
        body=parameters(valueSet={"resourceType": "ValueSet", "compose": {"include": [{"version": "2024"}]}}),
    ),
    refused(EXPAND, 422, "too-costly", body=parameters(valueSet=office(*["D6010"] * 5001))),
    refused(EXPAND, 422, "too-costly", body=parameters(valueSet=_of_parts({"system": CDT}, 51))),
    refused(EXPAND, 422, "too-costly", body=parameters(valueSet=_of_parts({**_FILTERED, "valueSet": [_SET]}, 17))),
    refused(EXPAND, 400, "required", body=parameters(valueSet=office("D6010"), url__Uri=f"{SITE}/ValueSet/cdt")),
    refused(EXPAND, 400, "value", body=parameters(valueSet=office("D6010", inactive="no"))),
    refused(f"{EXPAND}?url={SITE}/ValueSet/cdt|2019&date=2020", 400, "invalid"),
]


def resources(client: Client, settings) -> dict[str, dict]:
    """What each call answers, with the status that it must have."""
    settings.SITE_URL = SITE.removesuffix("/fhir")
    answers = {}
    for place, call in enumerate([*ANSWERED, *REFUSED]):
        response = call.ask(client)
        assert response.status_code == call.status, (str(call), response.content[:300])
        answers[f"{place} {call}"] = response.json()
    return answers
