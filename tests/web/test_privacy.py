"""Addresses of contributors, commenters and writers appear on no public page and in no log."""

import logging
from dataclasses import replace

import pytest

from codes import corrections
from codes.models import Correction
from codes.publishing import latest
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
    corrections.accept(done, by=editor, items={"answer": None}, seen=latest("D6010"), reply="Thank you.")
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


@pytest.fixture
def log(caplog):
    """Everything that is logged; Django's own logger does not hand on to the root's."""
    caplog.set_level(logging.DEBUG)
    django = logging.getLogger("django")
    django.addHandler(caplog.handler)
    yield caplog
    django.removeHandler(caplog.handler)


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


def test_outcome_is_mailed_to_the_contributor_alone_and_holds_no_other_address(
    editor, mailoutbox, log, django_capture_on_commit_callbacks
):
    factories.code("D6010")
    sent = factories.correction(email="contributor@example.org", note="A private note.")
    with django_capture_on_commit_callbacks(execute=True):
        corrections.reject(sent, by=editor, reason="No source.")
    [mail] = mailoutbox
    assert (mail.to, mail.cc, mail.bcc) == (["contributor@example.org"], [], [])
    assert sent.get_absolute_url() in mail.body
    assert "A private note." not in mail.body
    assert "@example.org" not in log.text


def test_mail_that_cannot_be_sent_is_logged_without_the_address(
    editor, settings, log, django_capture_on_commit_callbacks
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    factories.code("D6010")
    proposed = replace(latest("D6010").page, answer="Otherwise.")
    sent = factories.correction(proposed=proposed, email="contributor@example.org")
    with django_capture_on_commit_callbacks(execute=True):
        corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
    assert latest("D6010").page.answer == "Otherwise."
    assert f"The outcome of correction {sent.pk} could not be mailed: ConnectionRefusedError" in log.text
    assert "@example.org" not in log.text
