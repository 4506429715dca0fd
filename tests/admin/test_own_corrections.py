"""Nobody decides a correction of their own while there is another editor; the whole way through the pages."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.test import Client

from cdtsite import roles
from codes.acts import corrections
from codes.acts.publishing import latest
from codes.models import Correction, ProcedureCode, Revision
from comments import moderation
from comments.models import Comment
from tests import factories
from tests.web.reading import fields, text

CODE = "D6010"
OWN = "You sent this yourself. Another editor decides it."
REFUSED = "You sent this correction yourself. Another editor decides it."
SOLE = "You are the only editor, so you may decide it"


@pytest.fixture(autouse=True)
def code(db) -> ProcedureCode:
    return factories.code(CODE)


@pytest.fixture
def other(db) -> Client:
    """A second editor, logged in."""
    client = Client()
    client.force_login(factories.account("otto", roles.EDITOR))
    return client


def send(client, **typed) -> Correction:
    """Fill in the public form and send it."""
    url = f"/codes/{CODE}/correct/"
    data = fields(client.get(url)) | {"answer:value": "Report it twice.", "send": "1"} | typed
    assert client.post(url, data).status_code == 302
    return Correction.objects.latest("pk")


def place(sent: Correction) -> str:
    return f"/admin/codes/correction/{sent.pk}/change/"


def decide(client, sent: Correction, button: str = "accept", **typed):
    data = fields(client.get(place(sent))) | {"answer:choice": "accept", button: "1"} | typed
    return client.post(place(sent), data)


def untouched(sent: Correction) -> bool:
    sent.refresh_from_db()
    return (sent.state, sent.decided_by, sent.agreed, Revision.objects.count()) == ("pending", None, "", 1)


def test_correction_that_an_editor_sends_is_known_as_theirs_and_a_readers_is_nobodys(desk, editor):
    assert send(desk).sent_by == editor
    assert send(Client()).sent_by is None


def test_reader_with_an_account_who_is_no_staff_is_a_reader(client):
    client.force_login(User.objects.create_user("reader"))
    assert send(client).sent_by is None


def test_editor_is_told_and_refused_and_another_accepts(desk, editor, other):
    sent = send(desk)
    assert OWN in text(desk.get(place(sent)))
    for button, typed in [("accept", {}), ("reject", {"reply": "No."})]:
        response = decide(desk, sent, button, **typed)
        assert response.status_code == 422
        assert response.context["form"].non_field_errors() == [REFUSED]
        assert REFUSED in text(response)
        assert untouched(sent)
    assert OWN not in text(other.get(place(sent)))
    assert decide(other, sent).status_code == 302
    assert (latest(CODE).page.answer, latest(CODE).by.username) == ("Report it twice.", "otto")


def test_editor_who_gave_the_address_of_the_account_without_logging_in_is_refused(desk, editor, other):
    User.objects.filter(pk=editor.pk).update(email="Edith@example.org")
    sent = send(Client(), email="edith@EXAMPLE.org")
    assert sent.sent_by is None
    assert decide(desk, sent).status_code == 422
    assert untouched(sent)


def test_amending_or_agreeing_is_no_way_around(desk, editor, other, settings):
    sent = send(desk)
    assert decide(desk, sent, **{"answer:choice": "amend", "answer:value": "In my words."}).status_code == 422
    settings.TWO_EDITORS_FOR = frozenset({"answer"})
    assert decide(desk, sent).status_code == 422
    assert untouched(sent)


def test_deciding_anothers_report_leaves_ones_own_of_the_same_for_another(desk, editor, other):
    mine, theirs = send(desk), send(Client())
    assert decide(desk, theirs).status_code == 302
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (theirs.state, mine.state) == ("accepted", "pending")


def test_sole_editor_decides_their_own_and_the_pages_say_so(desk, editor):
    factories.account("adam", roles.ADMINISTRATOR)
    sent = send(desk)
    assert SOLE in text(desk.get(place(sent)))
    assert "This site has one editor at present" in text(desk.get("/policy/"))
    assert decide(desk, sent).status_code == 302
    assert latest(CODE).page.answer == "Report it twice."


def test_second_editor_ends_that_at_once(desk, editor):
    sent = send(desk)
    opened = fields(desk.get(place(sent))) | {"answer:choice": "accept"}
    factories.account("otto", roles.EDITOR)
    assert desk.post(place(sent), opened | {"accept": "1"}).status_code == 422
    assert untouched(sent)


# --- Made of a comment


@pytest.fixture
def comment(code) -> Comment:
    return moderation.post(code, ticket="one", name="A reader", email="reader@example.org", body="It is done twice.")


def promote(client, comment: Comment) -> Correction:
    url = f"/admin/comments/comment/{comment.pk}/promote/"
    assert client.post(url, fields(client.get(url)) | {"answer:value": "Report it twice."}).status_code == 302
    return Correction.objects.latest("pk")


def test_editor_who_makes_a_correction_of_a_comment_leaves_it_to_another(desk, editor, other, comment):
    sent = promote(desk, comment)
    assert (sent.sent_by, sent.credit, sent.email) == (editor, "A reader", "reader@example.org")
    assert OWN in text(desk.get(place(sent)))
    assert decide(desk, sent).status_code == 422
    assert untouched(sent)
    assert decide(other, sent).status_code == 302
    assert (latest(CODE).page.answer, latest(CODE).credit) == ("Report it twice.", "A reader")


def test_sole_editor_decides_what_they_made_of_a_comment(desk, editor, comment):
    assert decide(desk, promote(desk, comment)).status_code == 302
    assert latest(CODE).page.answer == "Report it twice."


def test_official_reply_needs_no_second_editor(desk, editor, other, comment):
    desk.post(f"/admin/comments/comment/{comment.pk}/change/", {"reply": "1", "body": "Once."})
    assert Comment.objects.get(official=True).state == "approved"


def test_act_itself_refuses_whatever_the_door(editor, other):
    sent = factories.correction(sent_by=editor)
    page = replace(latest(CODE).page, answer="Otherwise.")
    corrections.edit(sent, latest(CODE), page, version=1)
    sent.refresh_from_db()
    with pytest.raises(corrections.OwnCorrection):
        corrections.accept(sent, by=editor, items={"answer": None}, seen=latest(CODE))
    with pytest.raises(corrections.OwnCorrection):
        corrections.reject(sent, by=editor, reason="No.")
    assert untouched(sent)
