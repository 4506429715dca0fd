"""/admin/: the way to the queue stands on top, with how much waits and how long."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from cdtsite import roles
from comments import moderation
from tests import factories
from tests.web.reading import text

URL = "/admin/"


def written(days: int = 0):
    with time_machine.travel(timezone.now() - timedelta(days=days), tick=False):
        moderation.write(ticket=factories.ticket(), name="Kim", email="", body="Please add D9999.")


def test_shows_what_waits_of_each_kind_since_when_and_the_way_to_the_first(desk):
    factories.code()
    factories.correction()
    written(3)
    written(4)
    response = desk.get(URL)
    assert "Waiting: corrections 1, comments 0, messages 2 · the oldest for 4 days · decisions are promised" in text(
        response
    )
    page = response.content.decode()
    assert page.index('href="/admin/queue/next/"') < page.index("Audit log")


def test_says_when_nothing_waits(desk):
    response = desk.get(URL)
    assert "The queue is empty." in text(response)
    assert "Start with the first" not in text(response)


def test_who_decides_nothing_sees_no_queue(client, db):
    client.force_login(factories.account("root", roles.ADMINISTRATOR))
    response = client.get(URL)
    assert response.status_code == 200
    assert "/admin/queue/" not in response.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_takes_the_same_number_of_queries_however_much_waits(desk, count):
    for _ in range(count):
        written()
    desk.get(URL)
    with assertNumQueries(13):
        desk.get(URL)


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("codes/procedurecode/", "Codes"),
        ("codes/correction/", "Corrections"),
        ("codes/edition/", "Editions"),
        ("codes/reason/", "Canned replies"),
        ("codes/revision/", "Revisions"),
        ("codes/verification/", "Verifications"),
        ("codes/auditentry/", "Audit log"),
        ("comments/comment/", "Comments"),
        ("comments/message/", "Messages"),
    ],
)
def test_each_list_is_headed_by_what_it_lists(desk, address, title):
    page = desk.get(f"{URL}{address}").content.decode()
    assert re.findall(r"<h1[^>]*>(.*?)</h1>", page) == [title]
