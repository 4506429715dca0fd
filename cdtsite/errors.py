"""Who is told of an error: an address, or a Sentry. Neither gets what anybody typed, or who asked.

An exception's words can hold what somebody typed, and its local variables do; so of an exception go out its type and
the lines of code that it passed.
"""

import logging
import threading
import time
import traceback
from typing import Any

from django.conf import settings
from django.core.mail import send_mail

from cdtsite import logs

# Seconds between two mails of a process: a site that fails at each request sends no mail for each.
_PAUSE = 600


class Mailed(logging.Handler):
    """Mails an error to ERRORS_TO; those that come soon after are counted, and told with the next one."""

    def __init__(self) -> None:
        super().__init__()
        self._last, self._held = float("-inf"), 0

    def emit(self, record: logging.LogRecord) -> None:
        """Called under the handler's lock; sending has a thread of its own, so that nobody waits for a mail server."""
        if time.time() - self._last < _PAUSE:
            self._held += 1
            return
        text = told(record) + (f"\n\n{self._held} more errors came before this one." if self._held else "")
        self._last, self._held = time.time(), 0
        threading.Thread(target=_send, args=[text], name="errors", daemon=True).start()


def told(record: logging.LogRecord) -> str:
    """A log record in words, with the way of its exception but not the exception's own words."""
    said = [f"{record.levelname} {record.name}: {logs.masked(record.getMessage())}"]
    if record.exc_info and record.exc_info[0]:
        passed = traceback.extract_tb(record.exc_info[2])
        said += [f"  {line.filename}:{line.lineno} {line.name}" for line in passed]
        said.append(record.exc_info[0].__qualname__)
    return "\n".join(said)


def _send(text: str) -> None:
    subject = f"{settings.SITE_NAME}: an error"
    send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [settings.ERRORS_TO], fail_silently=True)


def to_sentry(address: str) -> None:
    """Tell a Sentry from now on; needs the package sentry-sdk."""
    import sentry_sdk

    sentry_sdk.init(
        address,
        before_send=scrubbed,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
    )


def scrubbed(event: Any, hint: Any) -> Any:
    """An event of Sentry without the request, the user, and words of exceptions."""
    for name in ("request", "user", "extra", "breadcrumbs", "server_name"):
        event.pop(name, None)
    for raised in event.get("exception", {}).get("values", []):
        raised["value"] = ""
    entry = event.get("logentry", {})
    event |= {"logentry": {"message": logs.masked(entry.get("formatted") or entry.get("message", ""))}} if entry else {}
    return event
