"""Measure what the public pages cost: made whole, answered with 304, and their bytes plain and compressed.

Loads nothing. What counts are the ratios, measured side by side in one process: the milliseconds are this machine's.
"least" is /robots.txt through the same layers: what would be left of the time if a page's bytes lay ready.
"""

from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.http import HttpResponse
from django.test import Client

from codes.models import ProcedureCode

_ROUNDS = 40
_LEAST = "/robots.txt"


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        code = ProcedureCode.objects.values_list("number", flat=True).first()
        if code is None:
            raise CommandError("There are no codes to measure: run manage.py load_content.")
        client = Client()
        self.stdout.write(f"{'page':28}{'whole':>10}{'304':>10}{'least':>10}{'plain':>9}{'gzip':>9}")
        for url in (f"/codes/{code}/", f"/codes/{code}/history/", "/", "/codes/", "/search/?q=implant"):
            first, _ = _get(client, url)
            plain, small = len(_get(client, url, coding="identity")[0].content), len(first.content)
            made, told, least = _side_by_side(client, url, first["ETag"])
            self.stdout.write(
                f"{url:28}{made:7.1f} ms{told:7.1f} ms{least:7.1f} ms{plain:7} B{small:7} B"
                f"   304/whole {told / made:.2f}, least/whole {least / made:.2f}, gzip/plain {small / plain:.2f}"
            )


def _side_by_side(client: Client, url: str, tag: str) -> tuple[float, float, float]:
    """The medians in milliseconds, taken in turns so that a busy machine slows all three."""
    made: list[float] = []
    told: list[float] = []
    least: list[float] = []
    for _ in range(_ROUNDS):
        made.append(_get(client, url)[1])
        told.append(_get(client, url, tag)[1])
        least.append(_get(client, _LEAST)[1])
    return median(made) * 1000, median(told) * 1000, median(least) * 1000


def _get(client: Client, url: str, tag: str = "", coding: str = "gzip") -> tuple[HttpResponse, float]:
    """The answer and its seconds; with `tag` it has to be 304."""
    site = urlsplit(settings.SITE_URL)
    headers = {"host": site.netloc, "accept-encoding": coding, "if-none-match": tag}
    started = perf_counter()
    response = client.get(url, headers=headers, secure=site.scheme == "https")
    took = perf_counter() - started
    if not isinstance(response, HttpResponse) or response.status_code != (304 if tag else 200):
        raise CommandError(f"{url} answered {response.status_code}.")
    return response, took
