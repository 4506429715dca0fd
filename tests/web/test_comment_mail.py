"""Who writes a comment may ask to be told by mail when it is published and when somebody answers it."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from codes.mail import outbox
from codes.models import Address, Mail
from comments import moderation
from comments.models import Comment, Told
from tests import factories
from tests.web.reading import fields, markup, text

PREVIEW, SEND = "/codes/D6010/comment/", "/codes/D6010/comment/send/"
READER = "reader@example.org"
TYPED = {"name": "A Reader", "email": READER, "body": "Is this *really* so?"}


@pytest.fixture(autouse=True)
def code(db, settings):
    settings.UNDO_MINUTES = 0
    return factories.code("D6010")


def send(client, **typed) -> Comment:
    form = fields(client.post(PREVIEW, TYPED | typed))
    client.post(SEND, form)
    return Comment.objects.latest("pk")


def mails(mailoutbox) -> list[tuple[str, str, str]]:
    """What goes out now: to whom, subject, first words."""
    del mailoutbox[:]
    outbox.send_due()
    return [(mail.to[0], mail.subject, " ".join(mail.body.split())) for mail in mailoutbox]


def open_link(mailoutbox, page: str):
    """Press the button behind a link of the last mail."""
    link = urlsplit(re.search(rf"http\S*/{page}/", mailoutbox[-1].body)[0]).path
    assert Client().get(link).status_code == 200
    return Client().post(link)


def confirmed(client, mailoutbox, **typed) -> Comment:
    comment = send(client, tell="on", **typed)
    assert [mail[:2] for mail in mails(mailoutbox)] == [(READER, "Is this your e-mail address?")]
    open_link(mailoutbox, "confirm")
    return comment


def test_who_asks_confirms_and_is_told_once_of_each_by_a_link_to_the_words(client, editor, mailoutbox):
    assert 'name="tell"' in markup(client.get("/codes/D6010/"))
    form = client.get(f"{PREVIEW}?tell=on&email={READER}")
    assert "tell" not in fields(form)
    comment = send(client, tell="on")
    ((to, _, asked),) = mails(mailoutbox)
    assert (to, asked.partition(" If it was you")[0]) == (
        READER,
        "Someone wrote a comment on the page of D6010, and asked that we tell this address when it is published and "
        "when somebody answers it.",
    )
    moderation.approve(comment, by=editor)
    assert mails(mailoutbox) == []  # Nobody has said that the address is theirs.
    Address.objects.update(confirmed_at=timezone.now())
    ((to, subject, said),) = mails(mailoutbox)
    assert (to, subject) == (READER, "Your comment on D6010")
    assert said.startswith("Your comment on D6010 is published: http")
    assert "really" not in said
    path = re.search(r"/codes/\S+", said)[0]
    assert f'id="{path.partition("#")[2]}"' in markup(client.get(path.partition("#")[0]))

    moderation.hide(comment, by=editor)
    moderation.approve(comment, by=editor)
    assert mails(mailoutbox) == []
    reply = send(Client(), parent=comment.pk, email="other@example.org", body="Yes.")
    assert mails(mailoutbox) == []
    moderation.approve(reply, by=editor)
    ((to, subject, said),) = mails(mailoutbox)
    assert said.startswith("Your comment on D6010 is published, and a reader has answered it: http")
    assert f"#comment-{reply.pk} " in said
    moderation.reply(Comment.objects.get(pk=comment.pk), by=editor, body="Indeed.")
    ((to, subject, said),) = mails(mailoutbox)
    assert "an editor has answered it" in said
    own = send(Client(), parent=comment.pk, email="Reader@Example.org", body="Thanks.")
    moderation.approve(own, by=editor)
    assert mails(mailoutbox) == []


def test_answer_that_publishes_tells_of_both_in_one_mail_and_hidden_ones_of_nothing(
    client, editor, mailoutbox, settings
):
    comment = confirmed(client, mailoutbox)
    settings.UNDO_MINUTES = 10
    answer = moderation.reply(comment, by=editor, body="So it is.")
    assert mails(mailoutbox) == []
    moderation.hide(answer, by=editor)
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert mails(mailoutbox) == []
        moderation.approve(answer, by=editor)
        assert ["is published, and an editor has answered it" in said for *_, said in mails(mailoutbox)] == [True]
        assert mails(mailoutbox) == []


@pytest.mark.parametrize("which", [0, 1])
def test_nobody_is_told_of_words_that_stand_under_a_hidden_comment(client, editor, mailoutbox, which):
    first = send(Client(), email="other@example.org", body="First.")
    moderation.approve(first, by=editor)
    second = send(Client(), parent=first.pk, email="third@example.org", body="Second.")
    moderation.approve(second, by=editor)
    comment = confirmed(client, mailoutbox, parent=second.pk)
    moderation.approve(comment, by=editor)
    moderation.reply(comment, by=editor, body="Yes.")
    hidden = (first, second)[which]
    moderation.hide(hidden, by=editor)
    assert mails(mailoutbox) == []
    moderation.approve(hidden, by=editor)
    assert [(to, "is published" in said) for to, _, said in mails(mailoutbox)] == [(READER, True), (READER, True)]


def test_nobody_is_told_who_did_not_ask_or_ended_all_mail(client, editor, mailoutbox):
    moderation.approve(send(client), by=editor)
    assert (Mail.objects.count(), Told.objects.count()) == (0, 0)
    refused = client.post(SEND, fields(client.post(PREVIEW, TYPED | {"tell": "on", "email": ""})))
    assert (refused.status_code, refused.context["form"].errors["email"]) == (
        422,
        ["Give the address to write to, or uncheck the box."],
    )
    assert fields(refused)["tell"] == "on"
    comment = confirmed(client, mailoutbox)
    assert "gets no e-mail" in text(open_link(mailoutbox, "unsubscribe")) or Address.objects.get().unsubscribed_at
    moderation.approve(comment, by=editor)
    assert mails(mailoutbox) == []


def test_too_many_addresses_are_refused_and_what_was_typed_stays(client, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "addresses": 1}
    send(client, tell="on")
    refused = client.post(SEND, fields(client.post(PREVIEW, TYPED | {"tell": "on", "email": "two@example.org"})))
    assert (refused.status_code, fields(refused)["body"]) == (429, TYPED["body"])
    assert "Too many e-mail addresses" in text(refused)
    assert Comment.objects.count() == 1


def test_address_is_erased_like_the_others_and_what_is_known_of_it_not_before(client, editor, mailoutbox, settings):
    comment = confirmed(client, mailoutbox)
    with time_machine.travel(timezone.now() + timedelta(days=settings.PERSONAL_DATA_DAYS + 1)):
        call_command("forget")
        assert (Mail.objects.count(), Address.objects.get().confirmed_at is None) == (0, False)
        moderation.approve(comment, by=editor)
        assert len(mails(mailoutbox)) == 1
    with time_machine.travel(timezone.now() + timedelta(days=2 * settings.PERSONAL_DATA_DAYS + 2)):
        call_command("forget")
        comment.refresh_from_db()
        assert (comment.email, Mail.objects.count(), Address.objects.count()) == ("", 0, 0)
        moderation.reply(comment, by=editor, body="Late.")
        assert mails(mailoutbox) == []
