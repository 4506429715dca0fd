"""/admin/comments/message/: what was written to the editors waits until one of them has dealt with it."""

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils.html import escape
from pytest_django.asserts import assertNumQueries, assertRedirects

from codes.mail import outbox
from codes.models import AuditEntry
from comments import moderation
from comments.models import Message
from tests import factories
from tests.web.reading import fields, text

URL = "/admin/comments/message/"


def written(day: int = 1, name: str = "A reader", body: str = "I ask for a code.", email: str = "") -> Message:
    with time_machine.travel(f"2026-03-{day:02}T10:00:00Z"):
        return moderation.write(ticket=factories.ticket(), name=name, email=email, body=body)


def url(message: Message) -> str:
    return f"{URL}{message.pk}/change/"


def listed(client, **query) -> list[Message]:
    return list(client.get(URL, query).context["cl"].result_list)


def test_list_shows_what_is_not_dealt_with_oldest_first(desk, editor):
    later, earlier, done = written(5), written(3), written(1)
    moderation.finish(done, by=editor)
    assert listed(desk) == [earlier, later]
    assert listed(desk, state="all") == [done, earlier, later]


def test_list_shows_the_name_and_the_start_and_not_the_private_address(desk):
    written(body=f"Please {'x' * 90}", email="reader@example.org")
    page = desk.get(URL).content.decode()
    assert "A reader" in page
    assert f"Please {'x' * 73}<" in page
    assert "reader@example.org" not in page


def test_search_finds_by_name_and_words_and_not_by_the_private_address(desk):
    found = written(name="Edith Tor", body="About crowns.", email="reader@example.org")
    written(body="About bridges.")
    assert listed(desk, q="edith") == [found]
    assert listed(desk, q="crowns") == [found]
    assert listed(desk, q="reader@example.org") == []


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_the_same_number_of_queries_however_long_it_is(desk, rows):
    for day in range(rows):
        written(day + 1)
    desk.get(URL)
    with assertNumQueries(10):
        assert len(listed(desk)) == rows


def test_page_shows_who_wrote_what_and_the_address_to_answer(desk):
    message = written(body="First line.\nSecond line.", email="reader@example.org")
    response = desk.get(url(message))
    assert "Mar 1, 2026, 10:00 AM UTC · A reader · reader@example.org" in text(response)
    assert '<div class="diff">First line.\nSecond line.</div>' in response.content.decode()


def test_page_of_a_writer_without_an_address_says_so(desk):
    assert "A reader · no e-mail address" in text(desk.get(url(written())))


def test_hostile_message_is_shown_as_text(desk):
    bad = "<script>alert(1)</script>"
    message = written(name=bad, body=bad)
    for response in (desk.get(url(message)), desk.get(URL)):
        assert bad not in response.content.decode()
        assert response.content.decode().count(escape(bad)) == 2


def test_message_is_marked_as_dealt_with(desk, editor):
    message, other = written(1), written(2)
    response = desk.post(url(message), fields(desk.get(url(message))), follow=True)
    assertRedirects(response, url(other))
    assert f"Message {message.pk}: done." in text(response)
    message.refresh_from_db()
    assert message.done_by == editor
    assert message.done_at >= message.created_at
    assert listed(desk) == [other]


def test_message_that_was_dealt_with_is_shown_without_a_button(desk, editor):
    message = written()
    assert "Mark as done" in text(desk.get(url(message)))
    moderation.finish(message, by=editor)
    response = desk.get(url(message))
    assert "by Edith Tor" in text(response)
    assert "Mark as done" not in text(response)


def test_dealing_with_it_twice_keeps_the_first_and_says_so(desk):
    message = written()
    first = get_user_model().objects.create_user("first", password="first-password")
    moderation.finish(message, by=first)
    row = Message.objects.values().get()
    response = desk.post(url(message), follow=True)
    assert f"Message {message.pk} was marked as done already." in text(response)
    assert Message.objects.values().get() == row


@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
def test_only_posting_decides(desk, method):
    message = written()
    getattr(desk, method)(url(message))
    assert Message.objects.get().done_at is None


def test_posted_fields_change_nothing_that_was_written(desk, editor):
    message = written(email="reader@example.org")
    said = ("name", "email", "body", "created_at", "ticket")
    row = Message.objects.values(*said).get()
    desk.post(url(message), {"name": "Else", "email": "", "body": "Else", "done_by": "", "ticket": "x"})
    assert Message.objects.values(*said).get() == row
    assert Message.objects.get().done_by == editor


def test_posting_without_the_safety_token_is_refused(editor):
    message = written()
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    data = fields(client.get(url(message)))
    assert client.post(url(message)).status_code == 403
    assert Message.objects.get().done_at is None
    assert client.post(url(message), data).status_code == 302
    assert Message.objects.get().done_by == editor


# --- Answering by mail


def mailed() -> list:
    mail.outbox.clear()
    call_command("send_outbox")
    return mail.outbox


def test_an_answer_goes_by_mail_without_the_words_of_the_message_and_is_kept_beside_it(desk, editor):
    message = written(body="Buy my pills at https://pills.example/", email="reader@example.org")
    assert "Your answer, by e-mail" in text(desk.get(url(message)))
    assertRedirects(
        desk.post(url(message), {"answer": "1", "text": "D6011 it is: <b>no other</b>."}),
        "/admin/queue/next/",
        fetch_redirect_response=False,
    )
    (sent,) = mailed()
    assert (sent.to, sent.subject) == (["reader@example.org"], "An answer from Open Dental Code Reference")
    assert sent.body.startswith(
        "D6011 it is: <b>no other</b>.\n\nThis answers the message that you wrote to us on Mar 1,"
    )
    ((page, kind),) = sent.alternatives
    assert kind == "text/html"
    assert "D6011 it is: &lt;b&gt;no other&lt;/b&gt;." in page
    assert "pills" not in sent.body + page
    shown = text(desk.get(url(message)))
    assert "Answered by Edith Tor" in shown
    assert "D6011 it is: <b>no other</b>." in shown
    message.refresh_from_db()
    assert (message.done_by, mailed()) == (editor, [])
    assert "reader@example.org" not in "".join(AuditEntry.objects.values_list("detail", flat=True))


def test_what_cannot_be_sent_is_not_lost_and_changes_nothing(desk, editor):
    message = written(email="reader@example.org")
    for typed, said in (
        ({"answer": "1", "text": " "}, "This field is required."),
        ({"done": "1", "text": "My words."}, "This would not be sent. Delete it, or send it."),
    ):
        refused = desk.post(url(message), typed)
        assert (refused.status_code, said in text(refused)) == (422, True)
        assert fields(refused)["text"].strip() == typed["text"].strip()
    address = outbox.held("reader@example.org")
    outbox.unsubscribe(address)
    for one in (message, written()):
        refused = desk.post(url(one), {"answer": "1", "text": "My words."})
        assert (refused.status_code, "This cannot be sent" in text(refused)) == (422, True)
        assert fields(refused)["text"] == "My words."
        one.refresh_from_db()
        assert (one.done_at, one.answers.count()) == (None, 0)
    moderation.finish(message, by=editor)
    late = desk.post(url(message), {"answer": "1", "text": "My words."})
    assert (late.status_code, "Not sent: somebody has marked this message as done" in text(late)) == (409, True)
    assert mailed() == []
