"""What is logged: never tokens of private links, e-mail addresses and rows that a database quotes, whoever logs."""

import copy
import json
import logging
import logging.config
import re
import secrets
from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

_Said = TypeVar("_Said")

_TOKEN = re.compile(r"(/(?:corrections|mail|password_reset/[A-Za-z0-9_-]+)/)[A-Za-z0-9_%-]{16,}")
# What may stand before "@" is read once, address or not: tried again from each of its letters, a long path would take
# the square of its length.
_ADDRESS = re.compile(r"[\w.+%-]+(@[\w-]+(?:\.[\w-]+)+)?")
# PostgreSQL quotes the row that it refuses, which somebody typed, up to the end of what it says.
_QUOTED = re.compile(r"^(DETAIL|LINE \d+): .*?(?=\n\n(?:The above|During handling)|\Z)", re.DOTALL | re.MULTILINE)
# What is logged for one request has one number.
_number: ContextVar[str] = ContextVar("number", default="")


def numbered(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a number of its own for each request, in each line of the log that comes of it (LOG_FORMAT=json)."""

    def respond(request: HttpRequest) -> HttpResponse:
        before = _number.set(secrets.token_hex(6))
        try:
            return get_response(request)
        finally:
            _number.reset(before)

    return respond


class Json(logging.Formatter):
    """A line of JSON: time, level, logger, message, number of the request, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request": _number.get(),
            "traceback": record.exc_text,
        }
        return json.dumps({name: value for name, value in said.items() if value}, ensure_ascii=False)


def configure(config: dict[str, Any]) -> None:
    """Set up logging as Django does, by LOGGING. Each record is masked when it is made, not by a handler, because
    libraries and the server bring handlers of their own.
    """
    logging.setLogRecordFactory(record)
    logging.config.dictConfig(config)


def record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    """A log record without tokens: in its words, in what is put into them, and in the traceback. What Django refused is
    a warning of one line.
    """
    made = logging.LogRecord(*args, **kwargs)
    if made.name.startswith("django.security.") or made.name == "django.request" and made.levelno < logging.ERROR:
        # Django refused what a stranger sent: nothing has failed that anybody here could fix.
        made.levelno, made.levelname, made.exc_info = logging.WARNING, "WARNING", None
    made.msg = _masked(made.msg)
    if isinstance(made.args, MutableMapping):
        shown = copy.copy(made.args)
        shown.update({name: _masked(value) for name, value in shown.items()})
        made.args = shown
    elif made.args:
        made.args = tuple(_masked(value) for value in made.args)
    if made.exc_info:
        # Formatters take this text instead of making one.
        made.exc_text = masked(logging.Formatter().formatException(made.exc_info))
    return made


def masked(text: str) -> str:
    """The text with "…" for each token of a link, each e-mail address and each row that a database quotes:
    "/corrections/…/edit/".
    """
    plain = _TOKEN.sub(r"\1…", _QUOTED.sub(r"\1: …", text))
    return _ADDRESS.sub(lambda found: "…" if found[1] else found[0], plain)


def _masked(value: _Said) -> _Said | str:
    text = str(value)
    shown = masked(text)
    return value if shown == text else shown
