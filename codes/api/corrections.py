"""Sending a correction: the form of the page as data, with its ticket, its rules, its limits and its receipt."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from django import forms
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from codes.acts import corrections
from codes.acts.publishing import seen
from codes.acts.registering import latest_version
from codes.api.problems import Refused, Wrong, answers
from codes.api.shapes import MOST_REVISIONS, Number, Slug
from codes.display.open_data import Day, Moment, documented, moment
from codes.forms import guard, limits
from codes.forms.correction import EVIDENCE, NewCorrectionForm, first_page
from codes.forms.sending import NotNow, refusal
from codes.mail import proof
from codes.models import Correction, DocumentRevision, Published, Revision

router = Router(tags=["Corrections"])
_LONGEST = 5000
_TEXT = Annotated[str, Field(max_length=_LONGEST)]


def _value(typed: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """One reason at one place, where each of the types would have its own."""
    try:
        return read(typed)
    except ValidationError as error:
        why = f"Write a text of at most {_LONGEST} characters, a list of such texts, true or false"
        raise PydanticCustomError("value", why) from error


Value = Annotated[_TEXT | bool | list[_TEXT], WrapValidator(_value)]


@documented
class Ticket(TypedDict):
    """What one correction is sent with."""

    ticket: str
    """The ticket."""
    usable_at: Moment
    """From when on it is taken: whoever sends sooner is no person."""
    expires_at: Moment
    """Until when."""


@documented
class CorrectionIn(Schema):
    """A correction: what to change, how you know, and who you are if you like."""

    model_config = ConfigDict(extra="forbid")
    ticket: Annotated[str, Field(max_length=200)]
    """A ticket of `/ticket`. Sent again with the same words, it is the same correction."""
    base: Annotated[int, Field(ge=0, le=MOST_REVISIONS)] | None = None
    """The `revision` (of a source the `version`) that you looked at, counted from 1; the live one without it. 0: that a
    code had no page."""
    changes: Annotated[
        dict[str, Annotated[dict[str, Value], Field(max_length=20)]], Field(min_length=1, max_length=200)
    ]
    """Item key to the fields of the form to fill: `{"answer": {"value": "…"}}`, `{"use_when.buried": {"text": "…"}}`,
    `{"validity": {"until": "2025"}}`, `{"faq.who": {"remove": true}}`; a new one `{"new.faq": {"heading": "…",
    "text": "…"}}`. What is not named stays."""
    note: Annotated[str, Field(max_length=_LONGEST)] = ""
    """Why: what is wrong, and how you know."""
    source_title: Annotated[str, Field(max_length=300)] = ""
    """Your source: title, page or table, edition."""
    source_url: Annotated[str, Field(max_length=500)] = ""
    """Its web address."""
    credit: Annotated[str, Field(max_length=80)] = ""
    """Your name for the credit: public."""
    email: Annotated[str, Field(max_length=254)] = ""
    """Your e-mail address: private, used for this correction only. A mail asks whether it is right."""
    may_show: bool = False
    """Whether an editor may show it to everybody if it is rejected; of a code only."""


@documented
class Receipt(TypedDict):
    """What only you are told of a correction that you sent."""

    receipt: str
    """The private page of the correction: keep it. Whoever has it can read it."""
    access_code: str
    """With it you may edit or withdraw the correction there."""
    due_on: Day
    """By when it should be decided."""


@router.get("/ticket", response=Ticket, operation_id="get_ticket", openapi_extra=answers())
def get_ticket(request: HttpRequest, response: HttpResponse) -> Ticket:
    """A ticket for one correction, to be used after some seconds and within a day."""
    add_never_cache_headers(response)
    now = timezone.now()
    return {
        "ticket": guard.new_ticket(),
        "usable_at": moment(_usable(now)),
        "expires_at": moment(now + guard.GOOD_FOR),
    }


_ANSWERS = answers(400, 404, 409, 413, 415, 422, 429)


@router.post(
    "/codes/{code}/corrections",
    response={201: Receipt, 200: Receipt},
    operation_id="correct_code",
    openapi_extra=_ANSWERS,
)
def correct_code(
    request: HttpRequest, response: HttpResponse, code: Number, correction: CorrectionIn
) -> Status[Receipt]:
    """Send a correction of a code's page, or the first page of a code that has none. It waits for an editor."""
    return _correct(request, response, Revision.current(code), correction)


@router.post(
    "/sources/{id}/corrections",
    response={201: Receipt, 200: Receipt},
    operation_id="correct_source",
    openapi_extra=_ANSWERS,
)
def correct_source(request: HttpRequest, response: HttpResponse, id: Slug, correction: CorrectionIn) -> Status[Receipt]:
    """Send a correction of what the register says of a document."""
    try:
        return _correct(request, response, latest_version(id), correction)
    except DocumentRevision.DoesNotExist as error:
        raise Http404(id) from error


def _correct(
    request: HttpRequest, response: HttpResponse, current: Published, sent_in: CorrectionIn
) -> Status[Receipt]:
    add_never_cache_headers(response)
    base = current if sent_in.base is None else _base(current, sent_in.base)
    form = _form(base, _posted(base, sent_in))
    if not form.is_valid():
        wrong = list(_wrong(form))
        raise Refused(422, wrong[0]["detail"], wrong)
    sent = Correction.objects.filter(ticket=form.ticket_number).first()
    status = 200 if sent else 201
    if sent is None:
        if no := refusal(request, form, current):
            raise _refused(no)
        network = limits.network_of_day(request)
        sent = corrections.submit(base, form.proposed, ticket=form.ticket_number, network=network, **form.said)
    return Status(
        status,
        {
            "receipt": f"{settings.SITE_URL}{sent.get_absolute_url()}",
            "access_code": proof.code(sent),
            "due_on": sent.due_on.isoformat(),
        },
    )


def _base(current: Published, number: int) -> Published:
    """What the sender looked at; raises Refused for what nobody can have seen. Number 0 is a code without a page."""
    is_code = isinstance(current, Revision)
    if number > current.number or not number and not is_code:
        name = "revision" if is_code else "version"
        known = f"the newest is {current.number}" if current.number else "there is none yet"
        why = f"There is no {name} {number}: {known if number else 'the first is 1'}."
        raise Refused(422, why, [{"place": "body.base", "detail": why}])
    return seen(current, str(number), may_be_none=True)


def _form(base: Published, posted: QueryDict | None = None) -> NewCorrectionForm:
    start = first_page(base.code_id) if isinstance(base, Revision) and not base.number else None
    return NewCorrectionForm(posted, revision=base, start=start)


def _posted(base: Published, sent: CorrectionIn) -> QueryDict:
    """What a browser posts that shows the form and in which just these changes are typed; raises Refused."""
    shown = _form(base)
    posted = QueryDict(mutable=True)
    for name in shown.fields:
        _put(posted, name, shown[name].value())
    about = sent.model_dump(exclude={"changes", "base"})
    for name, value in {**about, "base": str(base.number), "website": ""}.items():
        _put(posted, name, value)
    wrong: list[Wrong] = []
    for key, fields in sent.changes.items():
        for part, value in fields.items():
            name = f"{key}:{part}"
            if name in shown.fields or part in EVIDENCE and key in {*shown.keys, *shown.new_keys}:
                _put(posted, name, value)
            else:
                detail = _fields_of(shown, key)
                wrong.append({"place": f"body.changes.{key[:80]}.{part[:80]}", "detail": detail})
    if wrong:
        raise Refused(422, wrong[0]["detail"], wrong)
    return posted


def _put(posted: QueryDict, name: str, value: Any) -> None:
    """A value as a browser posts it: of a box only that it is checked."""
    posted.pop(name, None)
    if isinstance(value, list | tuple):
        posted.setlist(name, [str(one) for one in value])
    elif value is True:
        posted[name] = "on"
    elif value is not False:
        posted[name] = "" if value is None else str(value)


def _fields_of(form: NewCorrectionForm, key: str) -> str:
    """What may be said of an item, as a sentence."""
    parts = [name.rpartition(":")[2] for name in form.fields if name.rpartition(":")[0] == key]
    return f"It takes {', '.join([*parts, *EVIDENCE])}." if parts else "There is no such item on the page."


def _wrong(form: NewCorrectionForm) -> Iterator[Wrong]:
    for name, errors in form.errors.as_data().items():
        key, _, part = name.rpartition(":")
        place = f"body.changes.{key}.{part}" if key else "body" if name == NON_FIELD_ERRORS else f"body.{name}"
        for error in errors:
            for message in [_of_ticket(error)] if name == "ticket" else error.messages:
                yield {"place": place, "detail": message}


def _of_ticket(error: forms.ValidationError) -> str:
    """Why a ticket is refused, to a program that shows no form."""
    if error.code != "early" or not error.params:
        return "The ticket is not one of ours, or too old. Ask for a new one at /api/v1/ticket."
    handed_out = datetime.fromtimestamp(error.params["handed_out"], UTC)
    age = int((timezone.now() - handed_out).total_seconds())
    return f"Sent {age} seconds after its ticket was handed out; wait until {moment(_usable(handed_out))}."


def _usable(handed_out: datetime) -> datetime:
    return handed_out + timedelta(seconds=settings.MIN_FILL_SECONDS + 1)


def _refused(no: NotNow) -> Refused:
    if no.clash:
        found: list[Wrong] = [
            {"place": f"body.changes.{key}", "detail": f"It says now: {live}" if live else "It was removed meanwhile."}
            for key, (_, live) in no.clash.notices.items()
        ]
        why = "Others changed the same items meanwhile. Look at them, and send it again with the `base` of today."
        return Refused(409, why, found)
    wrong: list[Wrong] = [{"place": f"body.{no.field}", "detail": no.why}] if no.field else []
    headers = {"Retry-After": str(limits.seconds_left())}
    return Refused(429, f"{no.why} You can {no.instead}.", wrong, headers)
