"""What is said when something is wrong: an OperationOutcome, and nothing else. No Django."""

from collections.abc import Mapping
from typing import Any

Resource = dict[str, Any]

# Status of HTTP -> the code of https://hl7.org/fhir/R4/valueset-issue-type.html, and what is said where nobody knows
# more.
_OF_STATUS = {
    400: ("invalid", "This request cannot be read."),
    404: ("not-found", "There is nothing at this address. /fhir/metadata says what there is."),
    405: ("not-supported", "This address does not answer this method."),
    412: ("conflict", "What is here is not what the request's condition names."),
    413: ("too-long", "This is too large: a request may bring 1.25 million bytes."),
    500: ("exception", "The site made an error. It has been noted."),
    503: ("transient", "The database does not answer. Try again in half a minute."),
}
_MOST_QUOTED = 80


class Refused(Exception):
    """What an operation cannot do: the status, the code of the issue, a sentence; `where` in the body it is wrong."""

    def __init__(self, status: int, code: str, text: str, where: str = "", headers: Mapping[str, str] | None = None):
        super().__init__(text)
        self.status, self.code, self.text, self.where, self.headers = status, code, text, where, headers or {}

    @property
    def resource(self) -> Resource:
        return outcome(self.code, self.text, self.where)


def outcome(code: str, text: str, where: str = "", severity: str = "error") -> Resource:
    """An OperationOutcome of one issue; `where` is a path in the body, or the name of a parameter of the address."""
    issue: Resource = {"severity": severity, "code": code, "details": {"text": text}}
    if where.startswith("Parameters"):
        issue["expression"] = [where]
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def of_status(status: int) -> Resource:
    """The OperationOutcome of a refusal of which only the status is known."""
    code, text = _OF_STATUS.get(status) or _OF_STATUS[500 if status >= 500 else 400]
    return outcome(code, text)


def invalid(text: str, where: str = "") -> Refused:
    return Refused(400, "invalid", text, where)


def unsupported(text: str, where: str = "") -> Refused:
    return Refused(400, "not-supported", text, where)


def missing(text: str) -> Refused:
    """A needed parameter is not there."""
    return Refused(400, "required", text)


def unknown(text: str) -> Refused:
    """What was asked for is not here."""
    return Refused(404, "not-found", text)


def quoted(text: str) -> str:
    """What somebody sent, as it may stand in a sentence."""
    seen = "".join(c if c.isprintable() else "\ufffd" for c in text[:_MOST_QUOTED])
    return f"“{seen}…”" if len(text) > _MOST_QUOTED else f"“{seen}”"
