"""/admin/mail/: an editor's own choice whether to be told that corrections wait; and how many follow what."""

import re

import pytest
from django.contrib.auth.models import User

from cdtsite import roles
from codes.acts import following
from codes.mail import outbox
from codes.models import Follow
from tests import factories
from tests.web.reading import text

URL = "/admin/mail/"


@pytest.fixture(autouse=True)
def own(editor):
    factories.code("D6010", title="Placing")
    User.objects.filter(pk=editor.pk).update(email="ed@example.org")


def chosen(desk) -> str:
    return re.search(r'value="(\w+)"[^>]*\schecked', desk.get(URL).content.decode())[1]


def told(mailoutbox) -> list[tuple[str, str]]:
    following.tell()
    outbox.send_due()
    said = [(mail.to[0], mail.subject) for mail in mailoutbox]
    mailoutbox.clear()
    return said


def test_nothing_until_it_is_chosen_and_confirmed_then_as_chosen_until_it_is_ended(desk, client, mailoutbox):
    factories.correction()
    assert (chosen(desk), told(mailoutbox)) == ("none", [])
    assert f'<a href="{URL}">E-mail</a>' in desk.get("/admin/").content.decode()
    desk.post(URL, {"how_often": "at_once"})
    assert "Waiting for you: open the link" in text(desk.get(URL))
    factories.correction()
    assert told(mailoutbox) == [("ed@example.org", "Please confirm: follow corrections that wait")]
    client.post(f"/mail/{Follow.objects.get().token}/follow/")
    assert chosen(desk) == "at_once"
    factories.correction()
    assert told(mailoutbox) == [("ed@example.org", "A correction of D6010 waits")]
    desk.post(URL, {"how_often": "daily"})
    assert (chosen(desk), Follow.objects.get().how_often) == ("daily", "daily")
    desk.post(URL, {"how_often": "weekly"})
    assert Follow.objects.get().how_often == "daily"
    desk.post(URL, {"how_often": "none"})
    assert (chosen(desk), Follow.objects.count()) == ("none", 0)


def test_another_address_of_the_account_is_asked_first(desk, editor, mailoutbox):
    desk.post(URL, {"how_often": "at_once"})
    following.confirm(Follow.objects.get())
    User.objects.filter(pk=editor.pk).update(email="new@example.org")
    assert chosen(desk) == "none"
    desk.post(URL, {"how_often": "daily"})
    factories.correction()
    assert told(mailoutbox) == [("new@example.org", "Please confirm: follow corrections that wait")]


def test_without_an_address_it_says_who_enters_one(desk, editor):
    User.objects.filter(pk=editor.pk).update(email="")
    assert "Your account has no e-mail address. An administrator can enter one" in text(desk.get(URL))
    desk.post(URL, {"how_often": "daily"})
    assert Follow.objects.count() == 0


def test_is_for_who_may_decide_corrections(client):
    client.force_login(factories.account("ada", roles.ADMINISTRATOR))
    assert (client.get(URL).status_code, client.post(URL, {"how_often": "daily"}).status_code) == (403, 403)
    assert URL not in client.get("/admin/").content.decode()


def test_followers_are_counts(desk):
    following.follow("code D6010", "daily", "reader@example.org")
    following.confirm(Follow.objects.get())
    assert "D6010 Placing: 1" in text(desk.get(URL))
    assert "reader@example.org" not in desk.get(URL).content.decode()
