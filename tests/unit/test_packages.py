"""The locks hold what the lists name, by hashes, and no registry's address; licenses are read as they are meant."""

import json
import re

import pytest
from cyclonedx.output.json import JsonV1Dot6

from tests import packages

ROOT = packages.ROOT


def listed(name: str) -> dict[str, str]:
    """Name -> version of each line of a list, and of the lists that it includes."""
    text = (ROOT / name).read_text()
    found = dict(re.findall(r"^ *([\w.-]+)(?:\[\w+\])?==(\S+)", text, flags=re.MULTILINE))
    for other in re.findall(r"^-r (\S+)", text, flags=re.MULTILINE):
        found |= listed(other)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found.items()}


@pytest.mark.parametrize("name", ["requirements", "requirements-extras", "requirements-dev"])
def test_lock_is_that_of_its_list_with_hashes_and_without_an_address(name):
    lock = (ROOT / f"{name}.lock").read_text()
    pins = {re.sub(r"[-_.]+", "-", one).lower(): version for one, version in packages.locked(f"{name}.lock").items()}
    assert pins
    assert pins == listed(f"{name}.txt"), "run make lock"
    assert "://" not in lock
    whole = re.findall(
        r"^\S+==\S+(?: ; .+)? \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", lock, flags=re.MULTILINE
    )
    assert "".join(whole) == lock


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND GPL-3.0-only", False),
        ("(MIT OR GPL-3.0-only) AND Apache-2.0", True),
        ("SSPL-1.0", False),
    ],
)
def test_of_licenses_to_choose_from_one_is_enough_and_of_those_that_all_hold_each_is_needed(expression, allowed):
    assert packages.is_allowed(expression) is allowed


def test_bill_of_materials_names_what_the_site_runs_on_with_version_and_license():
    made = json.loads(JsonV1Dot6(packages.bom()).output_as_string())
    assert (made["bomFormat"], made["metadata"]["component"]["name"]) == ("CycloneDX", "open-dental-code-reference")
    parts = {one["name"]: one for one in made["components"]}
    assert {name: one["version"] for name, one in parts.items() if "purl" in one} == packages.locked(
        "requirements.lock"
    )
    assert parts.keys() - packages.locked("requirements.lock").keys() == {"Source Serif Pro"}
    assert parts["django"]["purl"] == f"pkg:pypi/django@{parts['django']['version']}"
    assert parts["django"]["licenses"] == [{"license": {"id": "BSD-3-Clause"}}]
    assert all(one["licenses"] for one in parts.values())
