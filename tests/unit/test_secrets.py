"""No key, token or password that works somewhere is in the project; exceptions of ruff's security rules say why."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What providers give out has a form of its own; a private key has its frame.
FORMS = re.compile(
    r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY|"
    r"\b(?:A[KS]IA[0-9A-Z]{16}|gh[pousr]_\w{36}|github_pat_\w{60,}|glpat-[\w-]{20}|npm_\w{36}|pypi-[\w-]{50,}|"
    r"xox[abprs]-[\w-]{10,}|sk_live_\w{20,}|AIza[\w-]{35}|SG\.[\w-]{20,}\.[\w-]{20,}|hooks\.slack\.com/services/\w+)"
)
# The password in an address, and the value of what is called a secret: what looks drawn, not written.
SAID = re.compile(
    r"://[^\s:/@\"'`]+:([^\s:/@\"'`]+)@|(?i:secret|token|passw(?:or)?d|api_?key)\w*[\"']?\s*[:=]\s*[\"']([^\"'\s]+)[\"']"
)
# Made for the tests, and used by nothing else.
OURS = re.compile(r"-0123456789|-9876543210")


def is_drawn(value: str) -> bool:
    """Whether a value has the mixture of letters and digits that nobody types."""
    sorts = [re.search(kind, value) is not None for kind in ("[a-z]", "[A-Z]", "[0-9]")]
    return len(value) >= 16 and all(sorts) and len(set(value)) >= 10


def secrets(text: str) -> list[str]:
    found = [match[0] for match in FORMS.finditer(text)]
    said = [match[1] or match[2] for match in SAID.finditer(text)]
    return found + [value for value in said if is_drawn(value) and not OURS.search(value)]


def kept() -> list[Path]:
    """Every file of the project."""
    tops = (".ci", "cdtsite", "codes", "comments", "docs", "templates", "tests")
    found = [*ROOT.glob("*"), *(path for top in tops for path in (ROOT / top).rglob("*"))]
    return [path for path in found if path.is_file() and path.suffix != ".pyc" and path.name != "sbom.json"]


def test_no_file_holds_a_secret():
    files = kept()
    assert len(files) > 500
    found = {str(file.relative_to(ROOT)): secrets(file.read_text(errors="ignore")) for file in files}
    assert {name: values for name, values in found.items() if values} == {}


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "key = AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "a1B2" * 9,
        "postgres://cdt:" + "q7Wd0xPz81LmVbN4@db",
        "SECRET_KEY = '" + "q7Wd0xPz81LmVbN4-ksjdA'",
    ],
)
def test_what_would_be_one_is_seen(text):
    assert len(secrets(text)) == 1


def test_each_exception_of_a_rule_of_security_says_why():
    silent = re.compile(r"# noqa: [A-Z0-9, ]*\bS\d{3}\b[A-Z0-9, ]*$", flags=re.MULTILINE)
    files = [file for file in kept() if file.suffix == ".py"]
    assert [str(file) for file in files if silent.search(file.read_text())] == []
