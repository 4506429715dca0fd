"""What editors write to each other about a correction, and who is to decide it: for editors alone."""

from dataclasses import replace

import pytest
from django.test import Client

from cdtsite import roles
from codes.acts import corrections
from codes.acts.publishing import latest
from codes.mail import outbox
from codes.models import AuditEntry, Note
from tests import factories
from tests.web.reading import fields, text

NOTE = "Ask the payer <b>first</b>."


@pytest.fixture
def sent(d6011):
    return factories.correction("D6011", email="reader@example.org")


@pytest.fixture
def ann(db):
    return factories.account("ann", roles.EDITOR, first_name="Ann", last_name="Other")


def url(sent) -> str:
    return f"/admin/codes/correction/{sent.pk}/change/"


def press(client, sent, button: str, **typed):
    return client.post(url(sent), fields(client.get(url(sent))) | typed | {button: "1"})


def test_a_note_is_kept_beside_the_correction_and_what_was_typed_stays(desk, sent, ann):
    response = press(desk, sent, "annotate", private=NOTE, reply="Not yet sent.", **{"answer:choice": "leave"})
    assert response.status_code == 200
    held = fields(response)
    assert (held["private"], held["reply"], held["answer:choice"]) == ("", "Not yet sent.", "leave")
    assert "Edith Tor</b>" in response.content.decode()
    other = Client()
    other.force_login(ann)
    assert "Edith Tor, " in text(other.get(url(sent)))
    assert "Ask the payer &lt;b&gt;first&lt;/b&gt;." in other.get(url(sent)).content.decode()
    entry = AuditEntry.objects.get(act="noted")
    assert (str(entry.by), entry.subject, entry.detail, entry.code) == ("ed", str(sent), NOTE, "")
    empty = press(desk, sent, "annotate", private=" ")
    assert (empty.status_code, "Write the note first." in text(empty)) == (422, True)


def test_a_note_that_was_typed_is_kept_with_the_decision_and_not_with_one_that_fails(desk, sent, ann):
    opened = fields(desk.get(url(sent)))
    corrections.edit(sent, sent.base, replace(sent.base.page, title="X"), version=1)
    assert desk.post(url(sent), opened | {"private": NOTE, "reply": "No.", "reject": "1"}).status_code == 409
    assert Note.objects.count() == 0
    press(desk, sent, "reject", private=NOTE, reply="No.")
    assert list(Note.objects.values_list("by__username", "text")) == [("ed", NOTE)]
    # The decided correction still shows it; who is too late finds what they typed.
    assert "Ask the payer" in text(desk.get(url(sent)))
    late = Client()
    late.force_login(ann)
    typed = late.post(url(sent), opened | {"version": "2", "private": "Mine.", "reply": "", "reject": "1"})
    assert "Note to the other editors Mine." in text(typed)


def test_assigned_to_another_and_back_to_nobody(desk, sent, ann):
    response = press(desk, sent, "assign", assignee=ann.pk, reply="Kept.")
    assert fields(response)["reply"] == "Kept."
    assert "assigned to Ann Other" in text(desk.get("/admin/queue/"))
    sent.refresh_from_db()
    assert sent.assigned_to == ann
    press(desk, sent, "assign", assignee="")
    sent.refresh_from_db()
    assert sent.assigned_to is None
    wrong = press(desk, sent, "assign", assignee="999")
    assert wrong.status_code == 422
    told = AuditEntry.objects.filter(act="assigned").order_by("pk")
    assert [entry.detail for entry in told] == ["to Ann Other", "to nobody"]


def test_neither_is_on_any_page_receipt_or_mail(desk, sent, ann, editor, client, mailoutbox):
    outbox.confirm(sent.mails.get().recipient)
    before = {page: client.get(page).content for page in ("/codes/D6011/", "/codes/D6011/history/", "/ledger/")}
    modified = client.get("/codes/D6011/")["Last-Modified"]
    corrections.annotate(sent, by=editor, text=NOTE)
    corrections.assign(sent, by=editor, to=ann)
    stranger = Client()
    assert {page: stranger.get(page).content for page in before} == before
    assert stranger.get("/codes/D6011/")["Last-Modified"] == modified
    corrections.ask(sent, by=editor, text="Where is that?")
    outbox.send_due()
    (mail,) = mailoutbox
    receipt = text(stranger.get(sent.get_absolute_url()))
    assert "Where is that?" in receipt
    for told in (receipt, mail.subject, mail.body):
        assert "Ask the payer" not in told
        assert "Ann Other" not in told
    assert latest("D6011").number == 1
