"""What is logged: the tokens of private links never, whoever logs, by whatever handler."""

import copy
import logging
import logging.config
import re
from collections.abc import MutableMapping
from typing import Any, TypeVar

_Said = TypeVar("_Said")

_TOKEN = re.compile(r"(/(?:corrections|mail)/)[A-Za-z0-9_%-]{16,}")


def configure(config: dict[str, Any]) -> None:
    """Set up logging as Django does, by LOGGING. Each record is masked when it is made, not by a handler, because
    libraries and the server bring handlers of their own.
    """
    logging.setLogRecordFactory(record)
    logging.config.dictConfig(config)


def record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    """A log record without tokens: in its words, in what is put into them, and in the traceback."""
    made = logging.LogRecord(*args, **kwargs)
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
    """The text with "…" for each token in an address: "/corrections/…/edit/"."""
    return _TOKEN.sub(r"\1…", text)


def _masked(value: _Said) -> _Said | str:
    text = str(value)
    return masked(text) if _TOKEN.search(text) else value
