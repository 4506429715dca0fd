"""What 10,000 pieces of spam among 20 genuine corrections cost an editor: the queue, rejecting, taking back."""

import resource
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from codes.acts import tallies
from codes.models import Correction
from comments.models import Comment, Message
from tests import factories
from tests.bench.table import Row
from tests.entering import enter

SUBJECT = "10,000 pieces of spam"
SPAM, GENUINE, ROUNDS = 10_000, 20, 9
QUEUE, BUSY = "/admin/queue/", "D6011"


def rows() -> list[Row]:
    """In a process of the site: milliseconds and megabytes; the data is made here."""
    settings.ALLOWED_HOSTS = ["*"]
    desk = Client()
    enter(desk, User.objects.get_or_create(username="bench-desk", is_staff=True, is_superuser=True)[0])
    genuine = _genuine()
    small = _took(desk)
    _spam()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    large = _took(desk)
    before = _peak()
    found = [
        Row(SUBJECT, "queue, 20 rows", small, 100, "ms"),
        Row(SUBJECT, "queue, 10,000 rows of spam more", large, 1_000, "ms"),
    ]
    listed, url = _once(lambda: desk.post(f"{QUEUE}lists/", {"all": "1", "q": "casino"}).url)
    shown, _ = _once(lambda: desk.get(url))
    done, page = _once(lambda: desk.post(url, {"reject": "1", "reply": "This is advertising."}, follow=True))
    assert set(Correction.objects.filter(state="pending").values_list("pk", flat=True)) == genuine
    assert f"Rejected:\n          {SPAM}" in page.content.decode()
    back, _ = _once(lambda: desk.post(f"{url}undo/"))
    assert Correction.objects.filter(state="pending").count() == SPAM // 2 + GENUINE
    names = ("list 10,000 rows", "show the list", "reject 10,000 rows", "take 10,000 back")
    goals = (5_000, 1_000, 30_000, 30_000)
    found += [Row(SUBJECT, *row, "ms") for row in zip(names, (listed, shown, done, back), goals, strict=True)]
    return [*found, Row(SUBJECT, "memory that this took", _peak() - before, 100, "MB")]


def _genuine() -> set[int]:
    return {factories.correction(BUSY, note="The manual says so.").pk for _ in range(GENUINE)}


def _spam() -> None:
    """Half of it corrections, a tenth of them with an address; a quarter comments, a quarter messages."""
    like = Correction.objects.earliest("pk")
    Correction.objects.bulk_create(
        [
            Correction(
                ticket=f"spam-{n}",
                topic=f"{BUSY} {n % 700}",
                severity=1 + n % 3,
                code=like.code,
                base=like.base,
                proposed=like.proposed,
                items=like.items,
                note="casino",
                email=f"s{n}@example.org" if n % 10 == 0 else "",
            )
            for n in range(SPAM // 2)
        ],
        batch_size=500,
    )
    tallies.rebuild()
    said = {"name": "Lee", "body": "The best casino. " * 20}
    remarks = [Comment(ticket=f"spam-{n}", code=like.code, path=f"{n:010}", **said) for n in range(SPAM // 4)]
    Comment.objects.bulk_create(remarks, batch_size=500)
    Message.objects.bulk_create([Message(ticket=f"spam-{n}", **said) for n in range(SPAM // 4)], batch_size=500)


def _once(do: Callable[[], Any]) -> tuple[float, Any]:
    began = perf_counter()
    made = do()
    return (perf_counter() - began) * 1000, made


def _took(desk: Client) -> float:
    return median(_once(lambda: desk.get(QUEUE))[0] for _ in range(ROUNDS))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
