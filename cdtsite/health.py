"""What machines ask of the site, and what people see while its database does not answer.

/healthz: the process runs and its database answers; for whoever restarts the process or takes it out of service.
/readyz: all of the site is in order; for whoever is called when it is not. Both are answered under any Host, because a
load balancer asks by an address of the machine, and repeat nothing of what was asked.
"""

import secrets
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.conf import settings
from django.db import Error, InterfaceError, OperationalError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.defaults import server_error

from codes import search
from codes.mail import outbox
from codes.models import Pulse
from codes.templatetags.cdt import waited

ANSWER_SECONDS = 1.5
TICK_LATE = timedelta(minutes=5)
MAIL_LATE = timedelta(minutes=15)
RETRY_SECONDS = 30

# One thread, so that a database that hangs does not collect them.
_asking = ThreadPoolExecutor(1, "health")


def patience(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a page waits DATABASE_SECONDS for an answer of the database, and not for ever."""

    def respond(request: HttpRequest) -> HttpResponse:
        _wait_at_most(settings.DATABASE_SECONDS)
        return get_response(request)

    return respond


def probes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: answers /healthz, /readyz and /metrics before anything looks at the Host."""
    asked: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/healthz": healthz, "/readyz": readyz}
    if settings.METRICS_TOKEN:
        from cdtsite.metrics import metrics  # Its library is there only where it is wanted.

        asked["/metrics"] = metrics

    def respond(request: HttpRequest) -> HttpResponse:
        return asked.get(request.path_info, get_response)(request)

    return respond


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200, or 503 if the database does not answer in time."""
    return _said({"database": "" if _answers() else _SILENT})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200, or 503 with a sentence for each thing that is wrong."""
    return _said(examined())


def examined() -> dict[str, str]:
    """What /readyz looks at -> a sentence if it is wrong."""
    found = {"database": "" if _answers() else _SILENT}
    for name, check in _CHECKS.items():
        found[name] = _SILENT if found["database"] else _checked(check)
    return found


def failed(request: HttpRequest) -> HttpResponse:
    """The page of an error; while the database restarts, hangs, or is locked, 503 and when to try again."""
    if not isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return server_error(request)
    page = render_to_string("503.html", {"sent": request.method == "POST"})
    headers = {"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"}
    return HttpResponse(page, status=503, headers=headers)


_SILENT = "The database does not answer."


def _said(found: dict[str, str]) -> JsonResponse:
    wrong = list(dict.fromkeys(filter(None, found.values())))
    said = {"ok": not wrong, **{name: not why for name, why in found.items()}}
    return JsonResponse(said | ({"wrong": wrong} if wrong else {}), status=503 if wrong else 200)


def _answers() -> bool:
    asked = _asking.submit(_ask)
    try:
        return asked.result(ANSWER_SECONDS)
    except TimeoutError:
        asked.cancel()
        return False


def _ask() -> bool:
    """In a thread and with a connection of its own: whether the database answers."""
    _wait_at_most(ANSWER_SECONDS)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    finally:
        connection.close()
    return True


def _wait_at_most(seconds: float) -> None:
    # Of cdtsite.postgresql; SQLite passes it over.
    connection.patience = seconds  # type: ignore[attr-defined]


def _checked(check: Callable[[], str]) -> str:
    try:
        return check()
    except Error as error:  # Without its own words, which may hold what somebody typed.
        return f"The database refused: {type(error).__name__}."


def _writable() -> str:
    with transaction.atomic():
        Pulse.objects.create(name=secrets.token_hex(5))
        transaction.set_rollback(True)
    return ""


def migrated() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "Migrations are not applied: run manage.py migrate." if missing else ""


def _indexed() -> str:
    return "" if search.is_complete() else "Codes are missing in the search index: run manage.py reindex."


def _ticking() -> str:
    last = Pulse.objects.filter(name=Pulse.Name.TICK).first()
    if last and timezone.now() - last.at < TICK_LATE:
        return ""
    return f"tick {f'last ran {waited(last.at)} ago' if last else 'has never run'}: start manage.py tick --forever."


def _mailing() -> str:
    since = outbox.stuck_since()
    if since is None or timezone.now() - since < MAIL_LATE:
        return ""
    return f"Mail has been waiting for {waited(since)}: the log of tick says why."


_CHECKS = {
    "writable": _writable,
    "migrations": migrated,
    "search_index": _indexed,
    "tick": _ticking,
    "mail": _mailing,
}
