"""/api/v1/ is what its document says: schemathesis asks it whatever the document allows, and what it does not."""

import getopt
import json
import re
import shlex
from copy import deepcopy
from html import escape

import pytest
import schemathesis
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import ClientHandler
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as effort
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from codes.api.reading import EXAMPLES, curl
from codes.api.v1 import document, operations
from tests import factories

# What is there, so that half of what is asked is answered.
THERE = {"code": ["D6010", "D6011", "D6999"], "id": ["book"]}
# What no schema can say: whose cursor, ticket, tag or edition it is.
BEYOND = [positive_data_acceptance]
# A list is read by a process of its own.
FEW, CASES = 2, 8
JUDGED = settings.BASE_DIR / "tests" / "clients" / "schemathesis.toml"


def narrowed() -> dict:
    made = deepcopy(document())
    for operation in operations(made):
        for parameter in operation["parameters"]:
            if parameter["in"] == "path" and parameter["name"] in THERE:
                parameter["schema"]["enum"] = THERE[parameter["name"]]
    return made


def site(environ: dict, start_response) -> list[bytes]:
    """The site as the tests' client asks it, which leaves the connection of the test open."""
    response = ClientHandler(enforce_csrf_checks=False)(environ)
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return [response.content]


SCHEMA = schemathesis.openapi.from_dict(narrowed(), config=schemathesis.Config.from_path(JUDGED))
SCHEMA.app = site
OPERATIONS = {one.ok().definition.raw["operationId"]: one.ok() for one in SCHEMA.get_all_operations()}


@pytest.fixture(scope="module", autouse=True)
def _world(module_db):
    factories.load("D6010", "D6011", "D2941")
    factories.document()


def asked_for(name: str) -> list[tuple[str, GenerationMode]]:
    """How an operation is asked: as it may be, and otherwise, if there is anything to be otherwise."""
    takes = operation_of(name)["parameters"] or "requestBody" in operation_of(name)
    return [(name, mode) for mode in GenerationMode if takes or mode.is_positive]


def operation_of(name: str) -> dict:
    return OPERATIONS[name].definition.raw


@pytest.mark.parametrize(("name", "mode"), [pair for name in OPERATIONS for pair in asked_for(name)])
def test_answers_as_its_document_says(name, mode, kept_pages):
    most = FEW if name == "check_list" else CASES

    @effort(max_examples=most, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
    @given(case=OPERATIONS[name].as_strategy(generation_mode=mode))
    def asked(case):
        case.call_and_validate(headers={"Accept-Encoding": "identity"}, excluded_checks=BEYOND)

    asked()


def ask(client, line: str):
    """What a line of a shell with curl gets."""
    options, (url,) = getopt.gnu_getopt(shlex.split(line)[1:], "H:d:F:")
    said = [value for name, value in options if name == "-d"]
    fields = dict(value.split("=", 1) for name, value in options if name == "-F")
    path = url.removeprefix("http://127.0.0.1:8000")
    if said:
        ticket = client.get("/api/v1/ticket").json()["ticket"]
        body = re.sub("THE-TICKET|<ticket>", ticket, said[0])
        assert ("-H", "Content-Type: application/json") in options
        return client.post(path, body, content_type="application/json")
    if fields:
        fields["file"] = SimpleUploadedFile(fields["file"].removeprefix("@"), b"Code\nD6011\nD2941\n")
        return client.post(path, fields)
    return client.get(path)


@pytest.mark.parametrize("name", OPERATIONS)
def test_example_on_the_page_is_answered_as_it_says(client, name):
    answer = ask(client, curl(EXAMPLES[name]))
    assert answer.status_code in (200, 201), answer.text
    assert fits(EXAMPLES[name]["answer"], answer.json()), answer.text


@pytest.mark.parametrize("name", ["README.md", "docs/api.md"])
def test_examples_in_the_docs_are_answered_as_they_say(client, name):
    text = (settings.BASE_DIR / name).read_text("utf-8")
    blocks = re.findall(r"```sh\n(.*?)```\n(?:\n```json\n(.*?)```)?", text, re.DOTALL)
    blocks += [(line, "") for line in re.findall(r"`(curl [^`]*/api/[^`]+)`", text)]
    assert blocks
    for lines, told in blocks:
        for line in filter(None, lines.split("\n")):
            answer = ask(client, line)
            assert answer.status_code in (200, 201), (line, answer.text)
        assert not told or fits(json.loads(told), answer.json()), (told, answer.text)


def test_page_shows_every_operation_with_what_it_takes(client):
    page = client.get("/api/v1/")
    assert page.status_code == 200
    assert re.findall(r'<h2 id="(\w+)">', page.text) == list(OPERATIONS)
    for said in ("limit", "lines[].tooth", "curl -H", "1 to 100; 50 without it", "diagnostic; preventive"):
        assert escape(said) in page.text
    assert client.get("/api/").url == "/api/v1/"


def fits(example: object, answer: object) -> bool:
    """Whether every name of an example is in the answer, at its place; of a list, in one of its rows."""
    if isinstance(example, dict):
        return isinstance(answer, dict) and all(
            name in answer and fits(example[name], answer[name]) for name in example
        )
    if isinstance(example, list) and example and isinstance(answer, list) and answer:
        return any(fits(example[0], row) for row in answer)
    return isinstance(answer, list) if isinstance(example, list) else not isinstance(answer, dict | list)
