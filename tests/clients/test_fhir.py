"""/fhir/ as clients of FHIR R4 see it: fhirclient, fhir-kit-client, and what two libraries call valid."""

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from fhir.resources.R4B import get_fhir_model_class
from fhirclient.models import codesystem, parameters
from fhirclient.server import FHIRNotFoundException, FHIRServer

from tests import fhir
from tests.fhir import CDT

HERE = Path(__file__).parent


@pytest.fixture
def server(live_server, settings) -> Iterator[str]:
    """The address of the doors of a site with the world of tests/fhir.py."""
    settings.SITE_URL = live_server.url
    fhir.world()
    yield f"{live_server.url}/fhir"
    # A thread that still answers holds a connection to the database.
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(60)


def run(script: str, *given: str, stdin: str = "") -> dict:
    """What a script of Node says."""
    ran = subprocess.run(["node", HERE / script, *given], input=stdin, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def said(resource: dict) -> dict:
    return {
        part["name"]: next(value for name, value in part.items() if name.startswith("value"))
        for part in resource["parameter"]
        if "part" not in part
    }


def test_every_answer_is_valid_to_both_libraries(client, settings, db):
    """fhir.resources takes wrong codes, and npm's fhir two values in one place: together they miss neither."""
    with time_machine.travel("2026-03-02T15:00:00Z"):
        fhir.world()
        resources = fhir.resources(client, settings)
    assert len(resources) == len(fhir.ANSWERED) + len(fhir.REFUSED)
    assert run("fhir_validate.mjs", stdin=json.dumps(resources)) == {}
    for resource in resources.values():
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    two = {"resourceType": "Parameters", "parameter": [{"name": "a", "valueCode": "a", "valueString": "a"}]}
    bogus = {"resourceType": "CodeSystem", "status": "odd", "content": "fragment"}
    with pytest.raises(ValueError, match="value"):
        get_fhir_model_class("Parameters").model_validate(two)
    assert list(run("fhir_validate.mjs", stdin=json.dumps({"bogus": bogus}))) == ["bogus"]


def test_fhirclient_reads_and_looks_up(server):
    asked = FHIRServer(None, base_uri=f"{server}/")
    read = codesystem.CodeSystem.read("cdt-2019", asked)
    assert (read.url, read.version, read.content) == (CDT, "2019", "fragment")
    assert [concept.code for concept in read.concept] == ["D0120", "D6010", "D6012"]
    (found,) = codesystem.CodeSystem.where({"version": "2019"}).perform_resources_iter(asked)
    assert (found.id, found.concept) == ("cdt-2019", None)
    looked = parameters.Parameters(asked.request_json(f"CodeSystem/$lookup?system={CDT}&code=D6012"))
    values = {one.name: one.valueString for one in looked.parameter if one.valueString}
    assert values["display"] == "Old implant"
    properties = {one.part[0].valueCode: one.part[1] for one in looked.parameter if one.name == "property"}
    assert properties["deprecationDate"].as_json()["valueDateTime"] == "2020-01-01"
    assert properties["inactive"].valueBoolean is True
    with pytest.raises(FHIRNotFoundException):
        asked.request_json(f"CodeSystem/$lookup?system={CDT}&code=D9998")
    asked.session.close()


def test_fhir_kit_client_looks_up_validates_and_expands(server):
    seen = run("fhir_kit.mjs", server, CDT)
    assert (seen["capabilities"], seen["found"]) == ("4.0.1", 1)
    assert said(seen["lookup"])["display"] == "Implant body"
    assert said(seen["valid"]) == {"result": True, "display": "Implant body"}
    ended = said(seen["ended"])
    assert ended["result"] is False
    assert ended["message"].endswith("its last date of service was Dec 31, 2019. Report D6010 or D6011 instead.")
    assert said(seen["then"])["result"] is True
    assert [row["code"] for row in seen["expanded"]["expansion"]["contains"]] == ["D6010", "D6011"]
    listed = [(row["code"], row.get("inactive", False)) for row in seen["list"]["expansion"]["contains"]]
    assert listed == [("D6010", False), ("D6012", True)]
    assert seen["refused"] == [404, "not-found"]
