"""What every address under /fhir/ shares: JSON of FHIR in and out, for any site's scripts, and no other error than an
OperationOutcome.
"""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from codes.fhir.given import Given, Operation, from_body, from_query
from codes.fhir.outcome import Refused, Resource, invalid, of_status

_More = ParamSpec("_More")

PREFIX = "/fhir"
FORM = "application/x-www-form-urlencoded"
_TYPE = "application/fhir+json"
_JSON = ("application/fhir+json", "application/json", "text/json", "json")
# Anybody's script may read, and post what it asks: no cookie counts here, and nothing is stored.
_SHARED = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag, Allow, Retry-After"}
_DAY = 86400


def door(
    *methods: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, _More], Resource]], Callable[Concatenate[HttpRequest, _More], HttpResponse]
]:
    """A view that answers these methods with a resource; HEAD comes with GET, and OPTIONS is always answered."""
    allowed = [*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"]

    def of(
        view: Callable[Concatenate[HttpRequest, _More], Resource],
    ) -> Callable[Concatenate[HttpRequest, _More], HttpResponse]:
        # A client has no token to send, and none is missed: no cookie is looked at, and a post only asks.
        @csrf_exempt
        @wraps(view)
        def answered(request: HttpRequest, /, *args: _More.args, **kwargs: _More.kwargs) -> HttpResponse:
            if request.method == "OPTIONS":
                return _preflight(allowed)
            try:
                if request.method not in allowed:
                    said = f"This address answers {', '.join(allowed)}."
                    raise Refused(405, "not-supported", said, headers={"Allow": ", ".join(allowed)})
                _negotiate(request)
                response = _said(view(request, *args, **kwargs), 200, {})
            except Refused as refused:
                return _said(refused.resource, refused.status, refused.headers)
            except SuspiciousOperation:  # Such as a thousand parameters.
                return _said(of_status(400), 400, {})
            if request.method == "POST":
                response["Cache-Control"] = "no-store"
            return response

        return answered

    return of


def given(request: HttpRequest, operation: Operation) -> Given:
    """What an operation is asked, by the address or by the body; raises Refused."""
    if request.method != "POST":
        return from_query(operation, request.GET.lists())
    if any(not name.startswith("_") for name in request.GET):
        raise invalid("What is posted is asked in the body alone: take the parameters out of the address.")
    if request.body:
        need_type(request, *_JSON)
    return from_body(operation, request.body)


def need_type(request: HttpRequest, *types: str) -> None:
    """Raises Refused for a body of another type."""
    if request.content_type not in types:
        raise Refused(415, "not-supported", f"The body must be {' or '.join(types[:2])}.")


def outcomes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, before all that refuse: what they refuse under PREFIX is said as an OperationOutcome too."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        here = request.path_info == PREFIX or request.path_info.startswith(f"{PREFIX}/")
        if here and response.status_code >= 400 and not response.get("Content-Type", "").startswith(_TYPE):
            response.content = _body(of_status(response.status_code))
            response["Content-Length"] = str(len(response.content))
            for name, value in _headers().items():
                response[name] = value
        return response

    return respond


def takes_json(asked: str) -> bool:
    """Whether JSON will do for a value of Accept, or of _format (https://hl7.org/fhir/R4/http.html#mime-type)."""
    types = {one.partition(";")[0].strip().lower() for one in asked.split(",")}
    return bool(types & {*_JSON, "*/*", "application/*", ""})


def _negotiate(request: HttpRequest) -> None:
    """Raises Refused where something else than JSON is asked for."""
    # The plus of a type in an address is a blank.
    format_ = request.GET.get("_format", "").replace(" ", "+")
    if not takes_json(format_ or request.headers.get("Accept", "")):
        raise Refused(406, "not-supported", f"Resources are {_TYPE} here, and nothing else.")


def _said(resource: Resource, status: int, headers: Mapping[str, str]) -> HttpResponse:
    return HttpResponse(_body(resource), status=status, headers=_headers() | dict(headers))


def _headers() -> dict[str, str]:
    return {"Content-Type": f"{_TYPE}; charset=utf-8", "Vary": "Accept", **_SHARED}


def _body(resource: Resource) -> bytes:
    return json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode()


def _preflight(allowed: list[str]) -> HttpResponse:
    """What a browser asks before it lets another site's script post JSON."""
    methods = ", ".join(allowed)
    return HttpResponse(
        status=204,
        headers={
            "Allow": methods,
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match, Prefer",
            "Access-Control-Max-Age": str(_DAY),
        },
    )
