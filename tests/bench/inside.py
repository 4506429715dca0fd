"""What is measured inside a process of the site. Milliseconds are those of a clock."""

import time
from dataclasses import replace
from statistics import median

from django.conf import settings
from django.db import OperationalError
from django.test import Client

from codes.acts.publishing import latest, publish
from codes.display.results import ranked, results
from codes.models import ProcedureCode, today

settings.ALLOWED_HOSTS = ["*"]
settings.READS_HELD = settings.READS_HELD_SECONDS = float("inf")
# It sets up the middleware once, as a server does.
_client = Client()
# So many pages are published by a writer in turn.
_WRITTEN = 25


def took(address: str) -> tuple[float, int]:
    """The milliseconds of one answer, which is made anew, and its bytes."""
    begun = time.perf_counter()
    answer = _client.get(address)
    size = len(answer.getvalue())
    passed = 1000 * (time.perf_counter() - begun)
    if answer.status_code != 200:
        raise AssertionError(f"{address}: {answer.status_code}")
    return passed, size


def median_page() -> float:
    """The milliseconds of the median code page."""
    return median(median(took(f"/codes/{number}/")[0] for _ in range(4)) for number in numbers()[::5])


def numbers() -> list[str]:
    return list(ProcedureCode.objects.order_by("number").values_list("number", flat=True))


def searched(kind: str, query: str) -> float:
    """The milliseconds of a search with its results; a keystroke has none."""
    begun, day = time.perf_counter(), today()
    if kind == "keystroke":
        ranked(query, day)
    else:
        results(query, day)
    return 1000 * (time.perf_counter() - begun)


def published(writer: int, seconds: float) -> tuple[int, int]:
    """How many pages this writer, which has pages of its own, published in so many seconds; how many were refused, as
    the database was locked.
    """
    codes, done, locked = numbers()[writer * _WRITTEN :][:_WRITTEN], 0, 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        base = latest(codes[done % _WRITTEN])
        page = replace(base.page, answer=f"{base.page.answer.partition(' Seen ')[0][:500]} Seen {time.time_ns()}.")
        try:
            publish(base.code_id, page, base=base.page, by=None, source="import", reason="")
        except OperationalError:
            locked += 1
        else:
            done += 1
    return done, locked
