"""What an operation is asked: the parameters of a query, or of a Parameters resource, each of its type. No Django."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from codes.fhir.outcome import Refused, Resource, invalid, missing, quoted, unsupported
from codes.page import FIRST_EDITION, LAST_EDITION

# More than anybody writes, and less than what hurts.
MAX_TEXT = 2000
MAX_CODINGS = 50
_TEXT = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]+")
_INTEGER = re.compile(r"-?[0-9]{1,10}")
_LARGEST = 2**31 - 1  # Of an integer of FHIR.
# https://hl7.org/fhir/R4/datatypes.html#dateTime; a query makes a blank of the plus of a time zone.
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+ -]\d\d:\d\d)?)?)?)?", re.ASCII
)


@dataclass(frozen=True)
class Coding:
    """A code of a system; "" for what is not said."""

    system: str = ""
    code: str = ""
    version: str = ""
    display: str = ""


@dataclass(frozen=True)
class Kind:
    """A type of parameters: what it is called in a body, and how it is read there and, if it can be, in a query."""

    name: str
    values: tuple[str, ...]
    of_body: Callable[[Any, str], Any]
    of_query: Callable[[str, str], Any]


@dataclass(frozen=True)
class Operation:
    """An operation as its definition has it. `takes`: name of a parameter -> its type; `many` may be there again."""

    name: str
    takes: Mapping[str, Kind]
    many: tuple[str, ...] = ()


class Given:
    """The parameters of one call: at most one value of each, but of those that may be there again."""

    def __init__(self, values: Mapping[str, list[Any]]):
        self._values = values

    def has(self, name: str) -> bool:
        return name in self._values

    def one(self, name: str, default: Any = None) -> Any:
        return self._values[name][0] if name in self._values else default

    def text(self, name: str) -> str:
        return str(self.one(name, ""))

    def all(self, name: str) -> list[Any]:
        return self._values.get(name, [])

    @property
    def names(self) -> Iterable[str]:
        return self._values


def text(value: Any, where: str) -> str:
    """A text with something in it; raises Refused for anything else."""
    if not isinstance(value, str):
        raise invalid(f"{where}: this must be a text.", where)
    if len(value) > MAX_TEXT:
        raise Refused(400, "too-long", f"{where}: a text may have {MAX_TEXT} characters.", where)
    if not _TEXT.fullmatch(value) or not value.strip():
        raise Refused(400, "value", f"{where}: a text with something in it, and without control characters.", where)
    return value


def day(value: Any, where: str) -> date:
    """The day of a date or dateTime, as it is written; of a year or a month the first. An edition is a whole year."""
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    try:
        if found is None:
            raise ValueError
        read = date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        raise Refused(400, "value", f"{where}: write a date like 2024-03-14.", where) from None
    if not FIRST_EDITION <= read.year <= LAST_EDITION:
        raise Refused(400, "value", f"{where}: take a date from {FIRST_EDITION} to {LAST_EDITION}.", where)
    return read


def flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise Refused(400, "value", f"{where}: this must be true or false.", where)
    return value


def objects(value: Any, where: str, most: int) -> list[Resource]:
    """A list of objects, not empty and no longer than `most`."""
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        raise Refused(400, "structure", f"{where}: this must be a list of objects.", where)
    if len(value) > most:
        raise Refused(422, "too-costly", f"{where}: at most {most:,} of these are read at once.", where)
    return value


def coding(value: Any, where: str) -> Coding:
    if not isinstance(value, dict):
        raise Refused(400, "structure", f"{where}: this must be a Coding.", where)
    names = ("system", "code", "version", "display")
    return Coding(**{name: text(value[name], f"{where}.{name}") for name in names if name in value})


def _codings(value: Any, where: str) -> list[Coding]:
    """Those of a CodeableConcept."""
    if not isinstance(value, dict) or "coding" not in value:
        raise Refused(400, "structure", f"{where}: this must be a CodeableConcept with a coding.", where)
    several = objects(value["coding"], f"{where}.coding", MAX_CODINGS)
    return [coding(one, f"{where}.coding[{place}]") for place, one in enumerate(several)]


def _integer(value: Any, where: str) -> int:
    if type(value) is not int or not 0 <= value <= _LARGEST:
        raise Refused(400, "value", f"{where}: this must be a number from 0 to {_LARGEST:,}.", where)
    return value


def _value_set(value: Any, where: str) -> Resource:
    if not isinstance(value, dict) or value.get("resourceType") != "ValueSet":
        raise Refused(400, "structure", f"{where}: this must be a ValueSet.", where)
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        # Its definition may be answered: half a character and 1e400 can be read, and not be said again.
        raise Refused(400, "value", f"{where}: this holds half a character, or a number that is too large.") from None
    return value


def _flag_typed(typed: str, where: str) -> bool:
    return flag({"true": True, "false": False}.get(typed), where)


def _integer_typed(typed: str, where: str) -> int:
    return _integer(int(typed) if _INTEGER.fullmatch(typed) else None, where)


def _coding_typed(typed: str, where: str) -> Coding:
    system, bar, code = text(typed, where).rpartition("|")
    if not (bar and system and code):
        raise Refused(400, "value", f"{where}: in an address a Coding is written system|code.", where)
    return Coding(system, code)


def _only_posted(typed: str, where: str) -> NoReturn:
    raise unsupported(f"{where}: this cannot stand in an address. Post it in a Parameters resource.", where)


_WORDS = ("valueCode", "valueUri", "valueCanonical", "valueUrl", "valueString", "valueId")
TEXT = Kind("text", _WORDS, text, text)
DATE = Kind("dateTime", ("valueDateTime", "valueDate"), day, day)
FLAG = Kind("boolean", ("valueBoolean",), flag, _flag_typed)
INTEGER = Kind("integer", ("valueInteger", "valueUnsignedInt", "valuePositiveInt"), _integer, _integer_typed)
CODING = Kind("Coding", ("valueCoding",), coding, _coding_typed)
CONCEPT = Kind("CodeableConcept", ("valueCodeableConcept",), _codings, _only_posted)
VALUE_SET = Kind("ValueSet", ("resource",), _value_set, _only_posted)

# What is asked for in these changes nothing: all that is here is in English, flat, and for people to choose from.
_CODE: dict[str, Kind] = {"code": TEXT, "system": TEXT, "coding": CODING, "date": DATE, "displayLanguage": TEXT}
_JUDGED = {**_CODE, "display": TEXT, "codeableConcept": CONCEPT, "abstract": FLAG}
LOOKUP = Operation("lookup", {**_CODE, "version": TEXT, "property": TEXT}, many=("property",))
CODE_VALIDATION = Operation("validate-code", {"url": TEXT, "version": TEXT} | _JUDGED)
SUBSUMES = Operation(
    "subsumes",
    {"codeA": TEXT, "codeB": TEXT, "system": TEXT, "version": TEXT, "codingA": CODING, "codingB": CODING},
)
_SET: dict[str, Kind] = {"url": TEXT, "valueSet": VALUE_SET, "valueSetVersion": TEXT}
SET_VALIDATION = Operation("validate-code", {**_SET, "systemVersion": TEXT} | _JUDGED)
_FLAT = {name: FLAG for name in ("excludeNested", "excludeNotForUI", "excludePostCoordinated")}
EXPAND = Operation(
    "expand",
    {
        **_SET,
        "filter": TEXT,
        "date": DATE,
        "offset": INTEGER,
        "count": INTEGER,
        "activeOnly": FLAG,
        "includeDesignations": FLAG,
        "includeDefinition": FLAG,
        "displayLanguage": TEXT,
        **_FLAT,
    },
)


def from_query(operation: Operation, query: Iterable[tuple[str, list[str]]]) -> Given:
    """What an address asks. A name that begins with an underscore is about the answer's form, and not a parameter."""
    found: dict[str, list[Any]] = {}
    for name, typed in query:
        if not name.startswith("_"):
            kind = _kind(operation, name, "")
            found[name] = [kind.of_query(one, name) for one in typed]
            _once(operation, name, found[name])
    return Given(found)


def from_body(operation: Operation, body: bytes) -> Given:
    """What a Parameters resource asks."""
    found: dict[str, list[Any]] = {}
    resource = parsed(body)
    if resource.get("resourceType") != "Parameters":
        raise Refused(400, "structure", "The body must be a Parameters resource.", "Parameters")
    if "parameter" not in resource:
        return Given(found)
    for place, part in enumerate(objects(resource["parameter"], "Parameters.parameter", 200)):
        where = f"Parameters.parameter[{place}]"
        name = text(part.get("name"), f"{where}.name")
        kind = _kind(operation, name, where)
        value, there = _value(part, where, kind)
        found.setdefault(name, []).append(kind.of_body(value, there))
        _once(operation, name, found[name])
    return Given(found)


def parsed(body: bytes) -> Resource:
    """The object that a body of JSON is."""
    if not body:
        raise missing("The body is empty: post a Parameters resource as JSON, with its length.")
    try:
        read = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused(400, "structure", "The body is no JSON that can be read.") from None
    if not isinstance(read, dict):
        raise Refused(400, "structure", "The body must be one resource, an object of JSON.")
    return read


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _kind(operation: Operation, name: str, where: str) -> Kind:
    if kind := operation.takes.get(name):
        return kind
    takes = ", ".join(operation.takes)
    raise unsupported(f"${operation.name} takes no parameter {quoted(name)} here. It takes {takes}.", where)


def _value(part: Resource, where: str, kind: Kind) -> tuple[Any, str]:
    """The value of a parameter, and where it stands; it has one, of its type."""
    held = [name for name in part if name.startswith("value") or name in ("resource", "part")]
    if len(held) != 1 or held[0] not in kind.values:
        raise Refused(400, "value", f"{where}: this needs one value, {' or '.join(kind.values)}.", where)
    return part[held[0]], f"{where}.{held[0]}"


def _once(operation: Operation, name: str, found: list[Any]) -> None:
    if len(found) > 1 and name not in operation.many:
        raise invalid(f"{quoted(name)} is there {len(found)} times, and may be there once.")
