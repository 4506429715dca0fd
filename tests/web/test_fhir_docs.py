"""docs/fhir.md and the README: each example answers what stands under it."""

import json
import re
import shlex

import pytest

from cdtsite.settings import BASE_DIR
from tests import factories

LEFT_OUT = "…"
EXAMPLE = re.compile(r"```sh\n(curl .*?)\n```\n\n```json\n(.*?)\n```", re.DOTALL)
EXAMPLES = EXAMPLE.findall((BASE_DIR / "docs/fhir.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", autouse=True)
def world(module_db):
    factories.load("D1550", "D1551", "D1552", "D1553", "D6011")


def run(client, command: str):
    """What an example asks the site."""
    _, *given = shlex.split(command)
    address = next(word for word in given if word.startswith("http://127.0.0.1:8000/"))
    path = address.removeprefix("http://127.0.0.1:8000")
    if "-d" not in given:
        return client.get(path)
    kind = given[given.index("-H") + 1].removeprefix("Content-Type: ")
    return client.post(path, given[given.index("-d") + 1], content_type=kind)


def shown(told, real):
    """What was answered, as far as the example tells it."""
    if told == LEFT_OUT:
        return LEFT_OUT
    if isinstance(told, dict) and isinstance(real, dict):
        kept = {
            name: shown(told.get(name), value) for name, value in real.items() if LEFT_OUT not in told or name in told
        }
        return kept | {LEFT_OUT: LEFT_OUT} if LEFT_OUT in told else kept
    if isinstance(told, list) and isinstance(real, list) and len(told) == len(real):
        return [shown(*pair) for pair in zip(told, real, strict=True)]
    return real


@pytest.mark.parametrize(("command", "told"), EXAMPLES)
def test_example_answers_what_stands_under_it(client, db, command, told):
    told = json.loads(told)
    assert shown(told, run(client, command).json()) == told


def test_every_kind_of_call_has_an_example_and_the_readme_one():
    assert len(EXAMPLES) == 7
    assert {name for command, _ in EXAMPLES for name in re.findall(r"\$[a-z-]+", command)} == {
        "$validate-code", "$lookup", "$expand", "$subsumes"
    }  # fmt: skip


def test_example_of_the_readme_answers(client, db):
    (command,) = re.findall(r"^    (curl .*/fhir/.*)$", (BASE_DIR / "README.md").read_text(), flags=re.MULTILINE)
    assert run(client, command).json()["resourceType"] == "Parameters"
