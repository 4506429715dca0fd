"""Addresses of contributors, commenters and writers appear on no public page and in no log."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from codes.acts import corrections
from codes.acts.publishing import latest
from codes.mail import outbox
from codes.models import Address, Correction, Mail
from comments import moderation
from comments.models import Comment
from tests import factories
from tests.web.reading import fields

ADDRESSES = [
    "contributor@example.org",
    "waiting@example.org",
    "commenter@example.org",
    "writer@example.org",
    "ed@example.org",
]


@pytest.fixture
def pages(client, editor):
    """Every public address of a site whose people all have a mail address."""
    editor.email = "ed@example.org"
    editor.save()
    code = factories.code("D6010")
    done = factories.correction(
        credit="A Hygienist", note="A note.", source_title="Manual", email="contributor@example.org"
    )
    corrections.accept(
        done, by=editor, items={"answer": None}, seen=latest("D6010"), reply="Thank you.", proofs=factories.proved(done)
    )
    waiting = factories.correction(credit="A Hygienist", email="waiting@example.org")
    said = moderation.post(
        code, ticket=factories.ticket(), name="A Reader", email="commenter@example.org", body="A remark."
    )
    moderation.approve(said, by=editor)
    moderation.reply(said, by=editor, body="An answer.")
    moderation.write(ticket=factories.ticket(), name="A Writer", email="writer@example.org", body="A message.")
    return [
        "/",
        "/codes/",
        "/codes/D6010/",
        "/codes/D6010/history/",
        "/codes/D6010/history/1/",
        "/codes/D6010/history/2/",
        "/codes/D6010/compare/1..2/",
        "/codes/D6010/correct/",
        f"/codes/D6010/comment/?parent={said.pk}",
        "/codes/D6010/comment/sent/",
        "/contact/",
        "/contact/sent/",
        "/changes/",
        "/search/?q=contributor",
        "/search/?q=example.org",
        "/suggest.json?q=D6010",
        "/suggest.json?q=contributor",
        "/codes/D6999/",
        done.get_absolute_url(),
        waiting.get_absolute_url(),
    ]


def test_public_pages_name_people_and_never_their_addresses(client, pages):
    seen = {url: client.get(url).content.decode() for url in pages}
    assert "A Hygienist" in seen["/codes/D6010/"]
    assert "A Reader" in seen["/codes/D6010/"]
    assert "Edith Tor" in seen["/codes/D6010/history/2/"]
    assert {url: [a for a in ADDRESSES if a in html] for url, html in seen.items()} == {url: [] for url in pages}


def test_public_pages_name_no_address_to_an_editor_either(desk, pages):
    seen = {url: desk.get(url).content.decode() for url in pages}
    assert {url: [a for a in ADDRESSES if a in html] for url, html in seen.items()} == {url: [] for url in pages}


def test_address_is_no_word_of_the_search(client, pages):
    assert client.get("/suggest.json?q=contributor@example.org").json() == []
    assert client.get("/suggest.json?q=commenter").json() == []


def test_sending_corrections_comments_and_messages_logs_no_address(client, log, db):
    factories.code("D6010")
    form = fields(client.get("/codes/D6010/correct/"))
    client.post("/codes/D6010/correct/", form | {"answer:value": "Otherwise.", "email": "contributor@example.org"})
    client.post("/codes/D6010/correct/", form | {"answer:value": "", "email": "contributor@example.org"})
    typed = {"name": "A Reader", "email": "commenter@example.org", "body": "A remark."}
    preview = client.post("/codes/D6010/comment/", typed)
    client.post("/codes/D6010/comment/send/", fields(preview))
    client.post("/codes/D6010/comment/send/", fields(preview) | {"ticket": "forged"})
    client.post("/contact/", {"name": "A Writer", "email": "writer@example.org", "body": ""})
    assert Correction.objects.get().email == "contributor@example.org"
    assert Comment.objects.get().email == "commenter@example.org"
    assert "/codes/D6010/correct/" in log.text
    assert "@example.org" not in log.text


@pytest.fixture
def decided(editor, settings):
    """A correction that was decided a moment ago, whose contributor has confirmed the address."""
    settings.UNDO_MINUTES = 0
    factories.code("D6010")
    sent = factories.correction(email="contributor@example.org", note="A private note.")
    outbox.confirm(sent.mails.get().recipient)
    corrections.reject(sent, by=editor, reason="No source.")
    return sent


def test_outcome_is_mailed_to_the_contributor_alone_and_holds_no_other_address(decided, mailoutbox, log):
    assert outbox.send_due() == {"sent": 1}
    [mail] = mailoutbox
    assert (mail.to, mail.cc, mail.bcc) == (["contributor@example.org"], [], [])
    assert decided.get_absolute_url() in mail.body
    assert "A private note." not in mail.body
    assert "@example.org" not in mail.body + log.text


def test_mail_that_cannot_be_sent_is_logged_without_the_address(decided, settings, log):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    pk = decided.mails.get(kind="outcome").pk
    assert outbox.send_due() == {"put off": 1}
    assert f"Outcome {pk}, try 1: ConnectionRefusedError" in log.text
    assert "@example.org" not in log.text


def test_addresses_are_erased_some_days_after_the_decision(decided, settings):
    with time_machine.travel(timezone.now() + timedelta(days=settings.PERSONAL_DATA_DAYS)):
        call_command("forget")
    decided.refresh_from_db()
    assert (decided.email, Mail.objects.count(), Address.objects.count()) == ("", 0, 0)
