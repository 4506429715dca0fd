"""How much longer lists and records take when there is more of them: 497 codes to 9,500, nothing to 100,000 records.

Each address is asked in one process, before and after, with the statistics that the database then has.
"""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from cdtsite import wsgi  # noqa: F401 - sets up the process as a server does
from codes.models import ProcedureCode, Pulse, Revision
from tests.bench import data
from tests.bench.table import Row
from tests.entering import enter

CODES, RECORDS, BUSY = 9_500, 100_000, 1_000
ROUNDS = 15
PAGE = f"/codes/{data.BUSY}/"
PUBLIC = {
    "code page": PAGE,
    "check of a page": f"{PAGE}check/",
    "history": f"{PAGE}history/",
    "comparison of revisions": f"{PAGE}compare/1..2/",
    "feed of a code": f"{PAGE}feed.atom",
    "comments": f"{PAGE}comments/",
    "home": "/",
    "browse": "/codes/",
    "browse, a category": "/codes/?category=restorative",
    "browse, nothing verified": "/codes/?verification=none",
    "browse, last page": "/codes/?page=9999",
    "changes": "/changes/",
    "changes of a category": "/changes/?category=implant+services",
    "feed": "/changes/feed.atom",
    "feed of a category": "/categories/implant-services/feed.atom",
    "ledger": "/ledger/",
    "about": "/about/",
    "editions": "/guides/editions/",
    "comparison of codes": "/compare/?codes=D6010,D6011",
    "sitemap": "/sitemap.xml",
    "healthz": "/healthz",
    "readyz": "/readyz",
}
QUEUE = "/admin/queue/"


def rows(progress: Callable[..., Any]) -> list[Row]:
    """The median code page in milliseconds, and the ratios of all lists; the data is made here."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.READS_HELD = settings.READS_HELD_SECONDS = float("inf")
    Pulse.objects.get_or_create(name=Pulse.Name.TICK)  # As if tick ran, for /readyz.
    data.starter(progress)
    data.more_records(60, 60, progress)
    found = [Row("page that is not kept, median code", _median_page(progress), 10, "ms")]
    small = _all(progress, "497 codes")
    data.more_codes(CODES, progress)
    data.more_records(RECORDS, BUSY, progress)
    data.analyze()
    large = _all(progress, "9,500 codes, 100,000 records")
    found += [Row(f"{name}, more codes and records", large[name] / took, 1.5, "x") for name, took in small.items()]
    data.verify_everything(progress)
    checked = _all(progress, "everything verified")
    names = ("browse", "browse, a category", "about")
    return found + [Row(f"{name}, and everything verified", checked[name] / small[name], 1.5, "x") for name in names]


def _median_page(progress: Callable[..., Any]) -> float:
    client, numbers = Client(), ProcedureCode.objects.values_list("number", flat=True)
    return median(_took(client, f"/codes/{number}/", 3) for number in progress(list(numbers), desc="Code pages"))


def _all(progress: Callable[..., Any], desc: str) -> dict[str, float]:
    client, desk = Client(), Client()
    enter(desk, User.objects.get_or_create(username="bench-desk", is_staff=True, is_superuser=True)[0])
    took = {name: _took(client, url) for name, url in progress(list(PUBLIC.items()), desc=desc)}
    old = Revision.objects.filter(source=Revision.Source.CORRECTION).order_by("created_at")[50].pk
    return {**took, "changes, deep": _took(client, f"/changes/?before={old}"), "queue": _took(desk, QUEUE)}


def _took(client: Client, url: str, rounds: int = ROUNDS) -> float:
    """The median of some answers, in milliseconds."""
    took = []
    for _ in range(rounds + 1):
        started = perf_counter()
        client.get(url)
        took.append(perf_counter() - started)
    return median(took[1:]) * 1000
