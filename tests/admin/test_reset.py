"""/admin/password_reset/: a new password by mail, that tells nobody who has an account and opens nothing by itself."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertRedirects

from cdtsite import factor
from cdtsite.models import Account, SecondFactor
from cdtsite.reset import NewPassword, Used
from codes.mail import outbox
from codes.models import AuditEntry, Mail
from tests import factories
from tests.web.reading import text

ASK, SENT, LOGIN = "/admin/password_reset/", "/admin/password_reset/sent/", "/admin/login/"
OWN = "ed@example.org"
NEW = {"new_password1": "long-enough-4", "new_password2": "long-enough-4"}


@pytest.fixture(autouse=True)
def clock(time_machine, editor):
    """An editor with an address and a second factor, at noon."""
    time_machine.move_to("2026-03-04 12:00:00Z", tick=False)
    User.objects.filter(pk=editor.pk).update(email=OWN)
    SecondFactor.objects.create(user=editor, salt="of-a-test", last_step=0)
    return time_machine


def ask(email=OWN, address="192.0.2.1"):
    return Client().post(ASK, {"email": email}, REMOTE_ADDR=address)


def link(mails) -> str:
    """The link of the last mail."""
    outbox.send_due()
    return urlsplit(re.search(r"http\S*/password_reset/\S*", mails[-1].body)[0]).path


def opened(address: str):
    """A browser that has opened the link, and the page that it was led to."""
    client = Client()
    answer = client.get(address)
    return client, answer.url if answer.status_code == 302 else ""


def test_link_in_the_mail_sets_a_password_once_and_logs_nobody_in(mailoutbox, editor):
    assertRedirects(ask(), SENT)
    address = link(mailoutbox)
    assert (mailoutbox[0].to, "To set a new password for ed:" in mailoutbox[0].body) == ([OWN], True)
    client, form = opened(address)
    assert address.rstrip("/").rpartition("/")[2] not in form
    assert "A new password for ed." in text(client.get(form))
    weak = client.post(form, {"new_password1": "1234", "new_password2": "1234"})
    assert ("too short" in text(weak), 'value="1234"' in weak.text) == (True, False)
    assertRedirects(client.post(form, NEW), LOGIN)
    editor.refresh_from_db()
    assert editor.check_password("long-enough-4")
    assert client.get("/admin/").status_code == 302
    assert client.post(LOGIN, {"username": "ed", "password": "long-enough-4"}).url.startswith("/admin/login/code/")
    again, page = opened(address)
    assert (page, "This link has been used" in text(again.get(address))) == ("", True)
    assert list(AuditEntry.objects.values_list("act", "subject", "by__username")) == [
        ("reset password", "User ed", "ed")
    ]
    outbox.send_due()
    assert [mail.subject for mail in mailoutbox] == ["A new password", "Your password was changed"]


def test_two_browsers_that_opened_the_same_link_set_one_password(mailoutbox, editor):
    ask()
    address = link(mailoutbox)
    (one, form), (other, _) = opened(address), opened(address)
    pages = other.get(form)
    assert one.post(form, NEW).status_code == 302
    assert pages.status_code == 200
    later = {"new_password1": "of-somebody-else-5", "new_password2": "of-somebody-else-5"}
    assert "This link has been used" in text(other.post(form, later))
    editor.refresh_from_db()
    assert editor.check_password("long-enough-4")


def test_new_password_ends_every_session_of_the_account(mailoutbox, desk):
    assert desk.get("/admin/").status_code == 200
    ask()
    client, form = opened(link(mailoutbox))
    client.post(form, NEW)
    assert desk.get("/admin/").status_code == 302


def test_link_works_for_an_hour_from_when_it_was_sent(mailoutbox, clock):
    ask()
    clock.shift(timedelta(hours=5))
    address = link(mailoutbox)
    clock.shift(timedelta(minutes=59))
    assert opened(address)[1]
    clock.shift(timedelta(minutes=2))
    assert not opened(address)[1]


def test_answer_and_work_are_the_same_for_an_address_that_nobody_has():
    ask("warm@example.org")
    told = []
    for email in (OWN, "nobody@example.org"):
        with CaptureQueriesContext(connection) as done:
            answer = ask(email)
        said = [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in done.captured_queries]
        told.append((answer.status_code, answer.url, answer.content, len(said), [sql[:60] for sql in said]))
    assert told[0] == told[1]
    assert Mail.objects.filter(kind=Mail.Kind.RESET).count() == 3


@pytest.mark.parametrize(
    "why", ["unknown", "inactive", "no staff", "no password", "no factor", "stopped", "look-alike"]
)
def test_nothing_is_sent_where_nobody_could_use_it(mailoutbox, editor, why):
    changes = {"inactive": {"is_active": False}, "no staff": {"is_staff": False}, "no password": {"password": "!"}}
    User.objects.filter(pk=editor.pk).update(**changes.get(why, {"is_active": True}))
    if why == "no factor":
        SecondFactor.objects.all().delete()
    if why == "stopped":
        outbox.unsubscribe(outbox.held(OWN))
    if why == "look-alike":
        User.objects.filter(pk=editor.pk).update(email="kim@example.org")
    typed = {"unknown": "nobody@example.org", "look-alike": "\u212aim@example.org"}.get(why, OWN)
    assert ask(typed).status_code in (302, 422)
    outbox.send_due()
    assert (mailoutbox, Mail.objects.filter(sent_at=None).count()) == ([], 0)


def test_each_account_of_an_address_has_its_link_and_capitals_do_not_matter(mailoutbox, editor):
    otto = factories.account("otto", email=OWN.title())
    SecondFactor.objects.create(user=otto, salt="of-another", last_step=0)
    ask(OWN.upper())
    outbox.send_due()
    assert re.findall(r"for (\w+):", mailoutbox[0].body) == ["ed", "otto"]


def test_network_may_ask_five_times_an_hour_and_an_address_gets_three_mails_a_day(mailoutbox, clock):
    assert [ask().status_code for _ in range(6)] == [302] * 5 + [429]
    clock.shift(timedelta(hours=1))
    assert ask(address="198.51.100.7").status_code == 302
    outbox.send_due()
    assert len(mailoutbox) == 3


def test_forged_link_of_any_form_is_told_as_used():
    for forged in ("MQ/abc-def", "zz/set-password", "MQ/set-password", f"{'9' * 400}/x-y"):
        assert "This link has been used" in text(Client().get(f"{ASK}{forged}/"))


def test_address_without_a_form_is_said_so_and_kept():
    page = ask("nonsense")
    assert (page.status_code, "Enter a valid email address." in text(page), 'value="nonsense"' in page.text) == (
        422,
        True,
        True,
    )


def test_two_who_send_the_form_at_the_same_moment_set_one_password(editor):
    token = default_token_generator.make_token(User.objects.get(pk=editor.pk))
    forms = [NewPassword(User.objects.get(pk=editor.pk), NEW) for _ in range(2)]
    for form in forms:
        form.token = token
        assert form.is_valid()
    forms[0].save()
    with pytest.raises(Used):
        forms[1].save()


def test_second_factor_that_is_removed_ends_what_a_link_could_do(mailoutbox, editor):
    ask()
    address = link(mailoutbox)
    factor.remove(Account.get(editor.pk), None)
    assert not opened(address)[1]
