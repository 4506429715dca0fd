"""The first version of the API: its operations, its document, its addresses."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from pydantic import TypeAdapter

from codes.api import changes, checks, codes, comparing, corrections, editions, problems, sources
from codes.api.problems import Problem, Refused, Wrong

_ABOUT = (
    "The published pages of this reference as JSON: what a code is, when it may be reported, what a claim needs, with "
    "the source and the verification of each statement. Titles and texts are our own, not the ADA's."
)

api = NinjaAPI(
    title=settings.SITE_NAME,
    version="1",
    description=_ABOUT,
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
    openapi_extra={"info": {"license": {"name": "CC BY 4.0", "identifier": "CC-BY-4.0"}}},
    servers=[{"url": settings.SITE_URL}],
)


@api.exception_handler(Refused)
def _refused(request: HttpRequest, refused: Refused) -> HttpResponse:
    return _problem(refused.status, refused.detail, refused.errors, refused.headers)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return _problem(422, "", ({"place": _place(*one["loc"]), "detail": problems.plainly(one)} for one in error.errors))


def _place(part: str, name: str, *rest: object) -> str:
    """Where in the request: a whole body has no name, but that of a variable of ours."""
    return ".".join(map(str, (part, *rest) if part == "body" else (part, name, *rest)))


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _problem(error.status_code)


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return _problem(404)


def _problem(status: int, detail: str = "", errors: Any = (), headers: Any = None) -> HttpResponse:
    response = HttpResponse(status=status, headers=headers)
    problems.tell(response, detail, errors)
    return response


def _strictly(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """An operation that refuses what it does not know: a misspelt filter would choose nothing, and nobody notice."""
    operation = run.__self__  # type: ignore[attr-defined]
    known = {name for model in _models(operation, "query") for name in model.__ninja_flatten_map__}

    def odd(request: HttpRequest, name: str) -> str:
        if name not in known:
            return "There is no such parameter here."
        values = request.GET.getlist(name)
        return "" if len(values) == 1 and values[0] else "Give it one value, or leave it out."

    body = (operation.openapi_extra or {}).get("requestBody")
    takes = next(iter(body["content"])) if body else "application/json" if _models(operation, "body") else None

    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        given = ((name, odd(request, name)) for name in request.GET)
        wrong: list[Wrong] = [{"place": f"query.{name[:40]}", "detail": why} for name, why in given if why]
        if wrong:
            return _problem(422, "", wrong)
        if takes and request.content_type != takes:
            return _problem(415, f"This operation takes {takes}.")
        return run(request, *args, **kwargs)

    return checked


def _models(operation: Any, source: str) -> list[Any]:
    return [model for model in operation.models if model.__ninja_param_source__ == source]


api.add_decorator(_strictly, mode="view")
for subject in (codes, comparing, changes, sources, editions, checks, corrections):
    api.add_router("", subject.router)


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    made: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/")))
    for operation in operations(made):
        operation["summary"] = operation["summary"].capitalize()
        for parameter in operation["parameters"]:
            # Nothing is no value, and the name stands beside it.
            if parameter["schema"].get("default") == "":
                del parameter["schema"]["default"]
            parameter["schema"].pop("title", None)
    shape = TypeAdapter(Problem).json_schema(ref_template="#/components/schemas/{model}")
    made["components"]["schemas"] |= {**shape.pop("$defs"), "Problem": shape}
    return made


def operations(made: dict[str, Any]) -> list[dict[str, Any]]:
    """The operations of a document."""
    return [operation for methods in made["paths"].values() for operation in methods.values()]
