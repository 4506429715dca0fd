"""The page about the API: every operation as its document describes it, with an example to try."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from codes.api.v1 import document
from codes.text.markup import to_html

# What an operation is asked in the example, and what it answers: long lists and texts are cut.
EXAMPLES: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "examples.json").read_text("utf-8"))
_JSON = "application/json"


@dataclass(frozen=True)
class Given:
    """A parameter, or a field of a body: what it is, and what it takes."""

    name: str
    takes: str
    required: bool
    about: SafeString


@dataclass(frozen=True)
class Operation:
    """An operation as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    about: SafeString
    parameters: list[Given]
    fields: list[Given]
    curl: str
    answer: str
    refusals: list[tuple[str, str]]


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """What the API offers, operation by operation."""
    return render(request, "guides/api.html", {"subjects": _subjects()})


@cache
def _subjects() -> dict[str, list[Operation]]:
    """The operations by their subject."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document()["paths"].items():
        for method, told in methods.items():
            found.setdefault(told["tags"][0], []).append(_operation(path, method.upper(), told))
    return found


def _operation(path: str, method: str, told: Mapping[str, Any]) -> Operation:
    example = EXAMPLES[told["operationId"]]
    refused = {status: answer for status, answer in told["responses"].items() if int(status) >= 400}
    return Operation(
        id=told["operationId"],
        method=method,
        path=path,
        summary=told["summary"],
        about=_html(told["description"]),
        parameters=[
            Given(one["name"], _takes(one["schema"]), one["required"], _html(one["schema"].get("description", "")))
            for one in told["parameters"]
        ],
        fields=list(_fields(told.get("requestBody", {}))),
        curl=curl(example),
        answer=json.dumps(example["answer"], indent=2, ensure_ascii=False),
        refusals=[(status, answer["description"]) for status, answer in sorted(refused.items())],
    )


def curl(example: Mapping[str, Any]) -> str:
    """The example as a line of a shell."""
    words = ["curl"]
    if "body" in example:
        words += ["-H", f"Content-Type: {_JSON}", "-d", json.dumps(example["body"], ensure_ascii=False)]
    for name, value in example.get("form", {}).items():
        words += ["-F", f"{name}={value}"]
    return shlex.join([*words, f"{settings.SITE_URL}{example['path']}"])


def _fields(body: Mapping[str, Any]) -> Iterator[Given]:
    """The fields of a body, those of its lines behind theirs."""
    for told in body.get("content", {}).values():
        yield from _properties(told["schema"])


def _properties(schema: Mapping[str, Any], within: str = "") -> Iterator[Given]:
    whole = _resolved(schema)
    for name, one in whole["properties"].items():
        yield Given(within + name, _takes(one), name in whole.get("required", ()), _html(one.get("description", "")))
        if "$ref" in one.get("items", {}):
            yield from _properties(one["items"], f"{within}{name}[].")


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Mapping[str, Any] = document()["components"]["schemas"][name] if name else schema
    return found


def _takes(schema: Mapping[str, Any]) -> str:
    """What a value may be, in words."""
    if choices := schema.get("enum"):
        return "; ".join(choices)
    if several := schema.get("anyOf"):
        return _takes(several[0])
    match schema.get("type"), schema.get("format"):
        case "integer", _:
            low, high, default = schema["minimum"], schema["maximum"], schema.get("default")
            wide = f"{low} to {high}" if high < 10_000 else f"{low} or more"
            return f"{wide}; {default} without it" if default else wide
        case "string", "date":
            return "a date"
        case "string", "date-time":
            return "a time with its zone"
        case "array", _:
            return "a list"
        case "object", _:
            return "an object"
        case "boolean", _:
            return "true or false"
    longest = schema.get("maxLength")
    return f"text, at most {longest:,} characters" if longest else "text"


def _html(text: str) -> SafeString:
    # to_html's result is safe (codes.text).
    return SafeString(to_html(text))
