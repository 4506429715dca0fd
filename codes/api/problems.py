"""Errors as problem details (RFC 9457): one shape for all of them, whoever refuses."""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any, NotRequired

from django.http import HttpResponseBase
from typing_extensions import TypedDict

from codes.display.open_data import documented

MEDIA_TYPE = "application/problem+json"
# So much of what is wrong is told: a request of a million bytes could have a hundred thousand things wrong with it.
MOST_TOLD = 100


@documented
class Wrong(TypedDict):
    """One thing that is wrong with a request."""

    place: str
    """Where: "query", "path", "body" or "form", a dot and the name: "query.limit", "body.lines.0.tooth"."""
    detail: str
    """What is wrong with it, as a sentence."""


@documented
class Problem(TypedDict):
    """Why a request was refused (RFC 9457)."""

    type: str
    """"about:blank": what it is, `status` and `title` say."""
    title: str
    """The name of the status."""
    status: int
    """The status of the answer."""
    detail: str
    """Why, in plain words."""
    errors: NotRequired[list[Wrong]]
    """What is wrong with which part of the request; the first hundred such things."""


class Refused(Exception):
    """A request is refused: the status, a sentence, and what is wrong where."""

    def __init__(
        self, status: int, detail: str, errors: Iterable[Wrong] = (), headers: Mapping[str, str] | None = None
    ):
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers = status, detail, list(errors), headers or {}


WHY = {
    400: "The request cannot be read.",
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    409: "Others changed the same meanwhile.",
    413: "The request is larger than this operation takes.",
    415: "The body is not of the type that this operation takes.",
    422: "Something in the request cannot be taken; `errors` says what.",
    429: "Too many from your network in this hour.",
    503: "The site is busy, or its database does not answer. Try again as `Retry-After` says.",
}
# What a schema asks, by pydantic's name of the fault, with the bound that it tells.
_ASKED = {
    "missing": "This is missing.",
    "extra_forbidden": "There is no such field here.",
    "string_type": "Write a text.",
    "string_too_long": "Write at most {max_length} characters.",
    "string_unicode": "Write a text that is Unicode.",
    "int_type": "Write a whole number.",
    "int_parsing": "Write a whole number.",
    "int_from_float": "Write a whole number.",
    "int_parsing_size": "This number is too large.",
    "greater_than_equal": "Write {ge} or more.",
    "less_than_equal": "Write {le} or less.",
    "bool_type": "Write true or false.",
    "bool_parsing": "Write true or false.",
    "list_type": "Write a list.",
    "dict_type": "Write an object.",
    "model_type": "Write an object.",
    "model_attributes_type": "Write an object.",
    "too_short": "Give at least {min_length}.",
    "too_long": "Give at most {max_length}.",
}
# Of a text that has a shape: which, by the name of what is given.
_SHAPES = {
    "codes": "Name two to four codes, such as D6010,D6011.",
    "code": "Write the number of a code, such as D6010.",
    "id": "Write the `id` of a source, such as ihs-2014.",
    "cursor": "Take `next` as it was.",
}


def plainly(error: Mapping[str, Any]) -> str:
    """What one error of pydantic says, as a sentence."""
    asked = _ASKED.get(error["type"])
    if error["type"] == "string_pattern_mismatch":
        asked = _SHAPES.get(error["loc"][-1])
    return asked.format(**error.get("ctx", {})) if asked else f"{error['msg']}."


_OTHERWISE = "The site failed. It is logged, and it is not your mistake."


def tell(response: HttpResponseBase, detail: str = "", errors: Iterable[Wrong] = ()) -> HttpResponseBase:
    """The response, saying as a problem what its status means."""
    status = response.status_code
    said: Problem = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or WHY.get(status, _OTHERWISE),
    }
    if found := list(islice(errors, MOST_TOLD)):
        said["errors"] = found
    filled(response, json.dumps(said).encode())
    response["Content-Type"] = MEDIA_TYPE
    return response


def filled(response: HttpResponseBase, body: bytes) -> None:
    """Put another body in the place of the response's."""
    response.content = body  # type: ignore[attr-defined]  # Nothing of the API is streamed.
    if response.has_header("Content-Length"):
        response["Content-Length"] = str(len(body))


def answers(*statuses: int, **more: Any) -> dict[str, Any]:
    """For `openapi_extra`: the errors that an operation can answer with, beside those that each can (503)."""
    described = {"$ref": "#/components/schemas/Problem"}
    retry = {"Retry-After": {"description": "So many seconds to wait.", "schema": {"type": "integer"}}}
    told = {
        status: {"description": WHY[status], "content": {MEDIA_TYPE: {"schema": described}}}
        | ({"headers": retry} if status in (429, 503) else {})
        for status in sorted({*statuses, 503})
    }
    return {"responses": told, **more}
