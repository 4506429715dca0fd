"""What /metrics tells a Prometheus that has METRICS_TOKEN; without one there is no such page, and nothing is counted.

Routes and statuses, times and ages: no address of a page or of a person. The counts of all workers of a machine are
added up, in files of var/metrics that `manage.py serve` empties when it starts.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import prometheus_client
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Counter, Histogram, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric

from cdtsite.kept.door import Application, Environ
from codes.mail import outbox
from codes.models import Correction, Pulse

REQUESTS = Counter("cdt_requests", "Answers, by route and status.", ["method", "route", "status"])
SECONDS = Histogram("cdt_request_seconds", "From a request to its answer.", ["route"])
DATABASE = Counter("cdt_database_seconds", "Waiting for the database to answer a page.", ["route"])
_METHODS = {"GET", "HEAD", "POST", "OPTIONS"}
# Where Django writes down which route an answer is of; the door answers without it.
_ROUTE = "cdtsite.metrics.route"


class Counted:
    """WSGI, outside of everything: counts each answer and how long it took."""

    def __init__(self, application: Application):
        self.application = application

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        begun = time.perf_counter()

        def started(status: str, *said: Any) -> Any:
            route = environ.get(_ROUTE, "(kept page)")
            method = environ["REQUEST_METHOD"] if environ["REQUEST_METHOD"] in _METHODS else "(other)"
            REQUESTS.labels(method, route, status[:3]).inc()
            SECONDS.labels(route).observe(time.perf_counter() - begun)
            return start_response(status, *said)

        return self.application(environ, started)


def routed(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, the outermost: says which route a request took, and counts what the database took of it."""

    def respond(request: HttpRequest) -> HttpResponse:
        spent = [0.0]

        def timed(execute: Callable[..., Any], *asked: Any) -> Any:
            begun = time.perf_counter()
            try:
                return execute(*asked)
            finally:
                spent[0] += time.perf_counter() - begun

        request.META[_ROUTE] = "(none)"
        with connection.execute_wrapper(timed):
            response = get_response(request)
        if request.resolver_match:
            request.META[_ROUTE] = f"/{request.resolver_match.route}"
        DATABASE.labels(request.META[_ROUTE]).inc(spent[0])
        return response

    return respond


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """All that is counted, for who brings the token; 401 for everybody else."""
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(_Waiting())
    return HttpResponse(prometheus_client.generate_latest(registry), content_type=prometheus_client.CONTENT_TYPE_LATEST)


class _Waiting:
    """What waits, and for how long: asked for when somebody asks."""

    def collect(self) -> Iterator[Metric]:
        waiting = Correction.objects.filter(state=Correction.State.PENDING)
        oldest = waiting.order_by("created_at").values_list("created_at", flat=True).first()
        yield GaugeMetricFamily("cdt_queue", "Corrections that wait for a decision.", waiting.count())
        yield _age("cdt_queue", "The longest that one of them has waited.", oldest)
        yield _age("cdt_outbox", "The longest that mail has waited that could be sent.", outbox.stuck_since())
        ticked = Pulse.objects.filter(name=Pulse.Name.TICK).values_list("at", flat=True).first()
        yield _age("cdt_tick", "How long ago tick last ran.", ticked)
        pages = [file.stat().st_size for file in (settings.VAR / "kept").glob("*/*/*") if file.is_file()]
        yield GaugeMetricFamily("cdt_kept_pages", "Finished pages on the disk of this machine.", len(pages))
        yield GaugeMetricFamily("cdt_kept_bytes", "And their bytes.", sum(pages))


def _age(name: str, about: str, since: datetime | None) -> GaugeMetricFamily:
    seconds = (timezone.now() - since).total_seconds() if since else 0
    return GaugeMetricFamily(f"{name}_age_seconds", about, seconds)
