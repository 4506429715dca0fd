"""Each public form is posted to as fast as a robot would, from one address and from many, while others read."""

import os
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count
from types import SimpleNamespace

from django.conf import settings
from django.db import connection
from django.utils import timezone

from codes.forms import limits
from codes.models import Correction, Follow
from comments.models import Comment, Message
from tests import factories
from tests.acts.test_server import serving
from tests.torture.site import Visitor, audited, environment, log, tell, ticket
from tests.web.reading import fields

DATABASES = ("SQLite", "PostgreSQL")
SECONDS = 1200
PLANTED = "a count is read and then written, in two steps"
# Posts to each form, from one address and as many from all others together.
POSTS, ADDRESSES, AT_ONCE = 400, 5, 12
_CODE = "D6010"


def fault() -> None:
    def add_one(key: str, hour) -> int:
        counted, _ = limits.RateCount.objects.get_or_create(key=key, defaults={"hour": hour, "count": 0})
        time.sleep(0.005)
        limits.RateCount.objects.filter(key=key).update(count=counted.count + 1)
        return counted.count + 1

    limits.RateCount.add_one = add_one


def _message(number: int) -> dict:
    return {"name": "Lee", "email": "", "body": f"Number {number}.", "website": "", "ticket": ticket()}


def _correction(port: int, path: str, item: str):
    form = fields(SimpleNamespace(content=Visitor(port, "203.0.113.9").ask(path).body))

    def typed(number: int) -> dict:
        return form | {item: f"Number {number}.", "ticket": ticket(), "send": "1", "email": ""}

    return typed


def _forms(port: int) -> dict[str, tuple]:
    """Path -> what is typed, how often an address may in an hour, how an accepted one is answered, and its rows."""
    rates = settings.RATE_LIMITS
    correct, source = f"/codes/{_CODE}/correct/", "/sources/book/correct/"
    here, there = Correction.objects.exclude(code=None), Correction.objects.filter(code=None)
    return {
        "/contact/": (_message, rates["contact"], {302}, Message.objects.all()),
        f"/codes/{_CODE}/comment/send/": (_message, rates["comment"], {302}, Comment.objects.all()),
        correct: (_correction(port, correct, "answer:value"), rates["correction"], {302}, here),
        source: (_correction(port, source, "document.title:value"), rates["correction"], {302}, there),
        "/follow/": (
            lambda n: {"email": f"a{n % 3}@h{n}.example.org", "how_often": "weekly", "website": "", "ticket": ticket()},
            rates["addresses"],
            {302},
            Follow.objects.all(),
        ),
        "/corrections/lost/": (
            lambda n: {"email": f"b{n}@example.org", "website": "", "ticket": ticket()},
            rates["lost"],
            {200},
            None,
        ),
        "/check/claim/": (
            lambda n: {"rows": "5", "paste-text": "", "row1-code": "D6010"},
            rates["check"],
            {200},
            None,
        ),
        # 503: that another list is being read.
        "/check/list/": (lambda n: {"text": "D6010\nD6012", "edition": "2025"}, rates["check"], {200, 503}, None),
    }


class Readers:
    """Two who read what is kept and what is made for them, until it is over."""

    def __init__(self, port: int):
        self.port, self.over, self.took, self.statuses = port, threading.Event(), [], Counter()
        self.threads = [
            threading.Thread(target=self.read, args=[path]) for path in (f"/codes/{_CODE}/", "/search/?q=thing")
        ]

    def read(self, path: str) -> None:
        while not self.over.is_set():
            answer = Visitor(self.port, "203.0.113.8").ask(path)
            self.statuses[answer.status] += 1
            self.took.append(answer.ended - answer.began)
            time.sleep(0.2)

    def __enter__(self) -> "Readers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(400)


def _posted(port: int, path: str, typed, first: int, addresses: list[str]) -> Counter:
    """The statuses of POSTS answers, the addresses in turn."""

    def one(number: int) -> int:
        return Visitor(port, addresses[number % len(addresses)]).ask(path, typed(first + number)).status

    with ThreadPoolExecutor(AT_ONCE) as robots:
        return Counter(robots.map(one, range(POSTS)))


def _hour() -> datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0)


def _flooded(port: int, path: str, typed, rate: int, fine: set[int], rows) -> float:
    """How many posts a minute it was; again by others if an hour of UTC, by which it is counted, ended."""
    for number in count(len(path) % 200, 30):
        hour, before, began = _hour(), rows.count() if rows is not None else 0, time.monotonic()
        one = _posted(port, path, typed, number * POSTS, [f"198.51.{number}.1"])
        many = _posted(
            port, path, typed, (number + 1) * POSTS, [f"198.51.{number}.{n}" for n in range(2, 2 + ADDRESSES)]
        )
        if _hour() == hour:
            break
    minutes = (time.monotonic() - began) / 60
    for addresses, answered in ((1, one), (ADDRESSES, many)):
        good = sum(times for status, times in answered.items() if status in fine)
        wanted = rate * addresses, POSTS - rate * addresses
        assert (good, answered[429]) == wanted, f"{path} from {addresses}: {dict(answered)}, and {wanted[0]} may"
    if rows is not None:
        stored = rows.count() - before
        assert stored == rate * (1 + ADDRESSES), f"{path}: {stored} rows, and {rate * (1 + ADDRESSES)} were accepted"
    return 2 * POSTS / minutes


def attack() -> str:
    factories.code(_CODE)
    factories.document()
    served = environment(settings.BASE_DIR, os.environ["DATABASE_URL"], os.environ["PLANTED"])
    speeds = []
    with serving(served, log(), "--workers", "2") as server:
        forms = _forms(server.port)
        with Readers(server.port) as readers:
            for path, (typed, rate, fine, rows) in forms.items():
                tell(path)
                speeds.append(_flooded(server.port, path, typed, rate, fine, rows))
    assert set(readers.statuses) == {200}, f"readers were answered {dict(readers.statuses)}"
    connection.close()
    audited()
    return (
        f"{len(forms)} forms, {2 * POSTS} posts each, {min(speeds):,.0f} to {max(speeds):,.0f} a minute; limits exact;"
        f" {len(readers.took):,} pages read meanwhile, the slowest in {max(readers.took):.1f} s"
    )
