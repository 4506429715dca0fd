"""The two check-ups: the lines of a claim, and an office's own list. Read in memory, answered, stored nowhere."""

from datetime import date
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from ninja import Router, Schema
from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from codes.api.problems import Refused, Wrong, answers
from codes.api.shapes import one_of
from codes.checks import apart, claims, list_report, sheet
from codes.checks.claim_form import FIRST_ROWS, ClaimForm
from codes.checks.claim_line import MAX_LINES
from codes.checks.claim_report import CheckedLine, Finding, report
from codes.checks.list_form import ListForm
from codes.checks.list_report import Verdict
from codes.display.open_data import Day, documented
from codes.forms import limits, service_date
from codes.models import today
from codes.text.markup import plain, to_plain

router = Router(tags=["Checks"])
MAX_CELL, MAX_PASTE = 60, 5000
_RETRY_AFTER = 5
# As the form of the page takes it: a pasted text and a file of sheet.MAX_BYTES each, and room to tell which is larger.
LARGEST = {"largest_body": 12 * 1024 * 1024, "largest_upload": sheet.MAX_BYTES}
_Cell = Annotated[str, Field(max_length=MAX_CELL)]


@documented
class LineIn(Schema):
    """A line of a claim, in the columns of the American claim form. Never who the patient is."""

    model_config = ConfigDict(extra="forbid")
    code: _Cell
    """The code."""
    date: _Cell = ""
    """The date of service: 2026-03-14 or as people type it; of a line without one, that of the line before."""
    tooth: _Cell = ""
    """Teeth: 1-32, A-T, or a range."""
    surface: _Cell = ""
    """Surfaces: letters of MODBLFI."""
    area: _Cell = ""
    """Quadrant or arch: UR, LA, 10."""


@documented
class ClaimIn(Schema):
    """The lines of a claim, one by one, as text, or both."""

    model_config = ConfigDict(extra="forbid")
    lines: Annotated[list[LineIn], Field(max_length=MAX_LINES)] = []
    """The lines."""
    text: Annotated[str, Field(max_length=MAX_PASTE)] = ""
    """Lines as they are pasted, one per row: "D2392 30 MO 3/14/2026"."""
    date: Annotated[str, Field(json_schema_extra={"format": "date"})] | None = None
    """The date of service of lines above which none stands; today without it."""


@documented
class FindingData(TypedDict):
    """What our pages say against a line, or ask for."""

    degree: Annotated[str, one_of(claims.DEGREES)]
    """How grave it is."""
    strength: str
    """The same in words. It is what our pages say, never what a payer does."""
    says: str
    """The finding, as a sentence."""
    code: str
    """The code whose page it rests on; "" where no page can say anything."""
    item: str
    """The item of that page."""
    quote: str
    """What the item says."""
    others: list[int]
    """The other lines that it speaks of, counted from 0."""


@documented
class CheckedLineData(TypedDict):
    """A line as it was read, and what was found."""

    name: str
    """Where it stood: "Row 1", "Pasted line 2"."""
    code: str
    """The code."""
    title: str
    """Its title; "" where this reference has no page of it."""
    date: Day
    """The date of service."""
    teeth: list[str]
    """The teeth."""
    surfaces: str
    """The surfaces."""
    area: str
    """The area of the oral cavity (ISO 3950); "" for none."""
    found: list[FindingData]
    """What speaks against it, the gravest first."""
    notes: list[FindingData]
    """What its page asks for and sets apart."""


@documented
class CheckedClaim(TypedDict):
    """A checked claim."""

    problems: int
    """How many findings there are for which a line will be denied."""
    looks: int
    """How many for which it may be denied."""
    unchecked: int
    """How many lines have a code without a page here."""
    lines: list[CheckedLineData]
    """Its lines."""


@router.post(
    "/checks/claim", response=CheckedClaim, operation_id="check_claim", openapi_extra=answers(400, 413, 415, 422, 429)
)
def check_claim(request: HttpRequest, claim: ClaimIn) -> CheckedClaim:
    """The lines of a claim against our pages: what speaks against each, and the very items that say so."""
    form = ClaimForm(_posted(claim), default=_default(claim))
    if not form.is_valid():
        wrong = _wrong(form)
        raise Refused(422, wrong[0]["detail"], wrong)
    _count(request)
    checked = report(form.lines)
    return {
        "problems": checked.problems,
        "looks": checked.looks,
        "unchecked": checked.unchecked,
        "lines": [_line(line) for line in checked.lines],
    }


def _posted(claim: ClaimIn) -> QueryDict:
    """The claim as the form of the page sends it."""
    posted = QueryDict(mutable=True)
    posted["rows"] = str(max(len(claim.lines), FIRST_ROWS))
    posted["paste-text"] = claim.text
    for place, line in enumerate(claim.lines, start=1):
        typed = line.model_dump()
        posted.update({f"row{place}-{_FORM_NAMES.get(name, name)}": value for name, value in typed.items()})
    return posted


# What the form of the page calls otherwise.
_FORM_NAMES = {"date": "day"}
_OUR_NAMES = {"day": "date"}


def _default(claim: ClaimIn) -> date | None:
    day, why = service_date.read(claim.date or "")
    if why:
        raise Refused(422, why, [{"place": "body.date", "detail": why}])
    return day


def _wrong(form: ClaimForm) -> list[Wrong]:
    found: list[Wrong] = [
        {"place": f"body.lines.{place}.{_OUR_NAMES.get(name, name)}", "detail": str(message)}
        for place, row in enumerate(form.rows)
        for name, messages in row.errors.items()
        for message in messages
    ]
    found += [{"place": "body.text", "detail": str(message)} for message in form.paste.errors.get("text", ())]
    return [*found, *({"place": "body", "detail": message} for message in form.errors)]  # type: ignore[list-item]


def _line(line: CheckedLine) -> CheckedLineData:
    typed = line.typed.line
    return {
        "name": line.typed.name,
        "code": typed.code,
        "title": line.title,
        "date": typed.day.isoformat(),
        "teeth": list(typed.teeth),
        "surfaces": typed.surfaces,
        "area": typed.area,
        "found": [_finding(found) for found in line.found],
        "notes": [_finding(found) for found in line.notes],
    }


def _finding(found: Finding) -> FindingData:
    verdict = found.verdict
    return {
        "degree": verdict.degree,
        "strength": found.strength,
        "says": plain(verdict.says),
        "code": verdict.code,
        "item": verdict.item,
        "quote": to_plain(found.quote.html) if found.quote else "",
        "others": list(verdict.others),
    }


@documented
class Successor(TypedDict):
    """A code to report instead."""

    code: str
    """Its number."""
    status: Annotated[str, one_of(["active", "deleted", "future", "unknown"])]
    """Whether that one may be reported on the date of service."""


@documented
class VerdictData(TypedDict):
    """What is known of one code of a list."""

    code: str
    """The code."""
    label: str
    """The list's own words for it."""
    title: str
    """Our title; "" where this reference has no page of it."""
    url: str
    """The page for readers; "" for none."""
    status: Annotated[str, one_of(["active", "deleted", "future", "unknown"])]
    """Whether it may be reported on the date of service."""
    kinds: list[Annotated[str, one_of(list_report.KINDS)]]
    """What it is, the gravest first."""
    last_day: Day | None
    """The last date of service, of one that ends."""
    successors: list[Successor]
    """What to report instead."""
    changed: list[str]
    """What happened to it after the list's edition."""
    disputed: int
    """How many items of its page are disputed."""
    verified: int
    """How many are verified against the edition in force."""
    items: int
    """How many can be."""


@documented
class Reading(TypedDict):
    """How the list was read."""

    rows: int
    """How many rows were read."""
    taken: list[str]
    """What was taken as codes, in words."""
    without: int
    """How many rows hold no code."""
    elsewhere: list[str]
    """Codes that are named beside the codes only; they were not checked."""


@documented
class CheckedList(TypedDict):
    """A checked list."""

    date: Day
    """The date of service."""
    edition: int | None
    """The edition that the list was right for; null if none was given: then nothing counts as changed."""
    counts: dict[str, int]
    """How many codes there are of each kind."""
    reading: Reading
    """How the list was read."""
    codes: list[VerdictData]
    """Its codes; what needs action first."""


_LIST_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    "file": {
                        "type": "string",
                        "contentMediaType": "application/octet-stream",
                        "description": "CSV, TXT or XLSX, up to 5 MB.",
                    },
                    "text": {"type": "string", "description": "The list as text, instead of a file or beside it."},
                    "day": {"type": "string", "format": "date", "description": "The date of service; today without."},
                    "edition": {
                        "type": "string",
                        "pattern": "^[0-9]{4}$",
                        "description": "The year for which the list was last right; no change is told without it.",
                    },
                },
            }
        }
    },
}


@router.post(
    "/checks/list",
    response=CheckedList,
    operation_id="check_list",
    openapi_extra=answers(400, 413, 415, 422, 429, requestBody=_LIST_BODY),
)
def check_list(request: HttpRequest) -> CheckedList:
    """An office's own list of codes: which are deleted, changed or unknown on a date of service."""
    _count(request)
    try:
        with apart.turn(settings.VAR) as turn:
            form = ListForm(request.POST, request.FILES, day=today(), turn=turn)
            if not form.is_valid():
                wrong: list[Wrong] = [
                    {"place": f"form.{name}", "detail": str(message)}
                    for name, messages in form.errors.items()
                    for message in messages
                ]
                raise Refused(422, wrong[0]["detail"], wrong)
    except apart.Busy as error:
        why = "Other lists are being read just now, and this one was not."
        raise Refused(503, why, headers={"Retry-After": str(_RETRY_AFTER)}) from error
    return _checked(form)


def _checked(form: ListForm) -> CheckedList:
    day, edition, found = form.cleaned_data["day"], form.cleaned_data["edition"], form.found
    verdicts = list_report.judge(found.codes, day, edition)
    return {
        "date": day.isoformat(),
        "edition": edition,
        "counts": list_report.counts(verdicts),
        "reading": {
            "rows": found.rows,
            "taken": found.taken,
            "without": found.without,
            "elsewhere": found.elsewhere,
        },
        "codes": [_verdict(verdict) for verdict in verdicts],
    }


def _verdict(verdict: Verdict) -> VerdictData:
    page = verdict.page
    last = page.validity.last_day if page else None
    return {
        "code": verdict.number,
        "label": verdict.label,
        "title": page.title if page else "",
        "url": f"{settings.SITE_URL}{reverse('code', args=[verdict.number])}" if page else "",
        "status": verdict.status,
        "kinds": verdict.kinds,
        "last_day": last.isoformat() if last else None,
        "successors": [{"code": s.number, "status": s.status} for s in verdict.successors],
        "changed": list(verdict.changed),
        "disputed": verdict.disputed,
        "verified": verdict.verified,
        "items": verdict.total,
    }


def _count(request: HttpRequest) -> None:
    """Count one check; raises Refused once the network has had those of this hour."""
    if not limits.allow(request, "check"):
        why = "Too many checks from your network in this hour."
        raise Refused(429, why, headers={"Retry-After": str(limits.seconds_left())})
