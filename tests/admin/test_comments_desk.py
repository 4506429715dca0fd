"""/admin/comments/comment/: an editor publishes, hides or answers a comment, or makes a correction of it."""

import re
from dataclasses import replace

import pytest
import time_machine
from django.test import Client
from django.utils.html import escape
from pytest_django.asserts import assertNumQueries, assertRedirects

from codes.acts import corrections
from codes.acts.publishing import latest
from codes.models import Correction, ProcedureCode
from comments import moderation
from comments.models import Comment
from tests import factories
from tests.web.reading import fields, markup, text

CODE = "D6010"
URL = "/admin/comments/comment/"
QUEUE = "/admin/queue/"
SAID = ("name", "email", "body", "created_at", "ticket", "code_id", "parent_id", "path", "official")


@pytest.fixture(scope="module", autouse=True)
def _a_code(module_db):
    factories.editor()
    factories.code(CODE)


@pytest.fixture
def code(db) -> ProcedureCode:
    return ProcedureCode.objects.get(number=CODE)


def posted(day: int = 1, body: str = "It is done twice.", name: str = "A reader", **more) -> Comment:
    more = {"email": "reader@example.org", "parent": None} | more
    with time_machine.travel(f"2026-03-{day:02}T10:00:00Z"):
        return moderation.post(
            ProcedureCode.objects.get(pk=CODE), ticket=factories.ticket(), name=name, body=body, **more
        )


@pytest.fixture
def comment(code) -> Comment:
    return posted()


def url(comment: Comment, act: str = "change") -> str:
    return f"{URL}{comment.pk}/{act}/"


def listed(client, **query) -> list[Comment]:
    return list(client.get(URL, query).context["cl"].result_list)


def state(comment: Comment) -> tuple:
    comment.refresh_from_db()
    return comment.state, comment.decided_by


# --- The list


def test_list_shows_what_waits_oldest_first(desk, editor):
    later, earlier, shown, hidden = posted(5), posted(3), posted(1), posted(2)
    moderation.approve(shown, by=editor)
    moderation.hide(hidden, by=editor)
    assert listed(desk) == [earlier, later]
    assert listed(desk, state="all") == [shown, hidden, earlier, later]


def test_list_and_its_search_do_not_give_the_private_address(desk, comment):
    page = markup(desk.get(URL))
    assert "A reader" in page
    assert "It is done twice." in page
    assert "reader@example.org" not in page
    assert listed(desk, q="reader@example.org") == []


@pytest.mark.parametrize("query", ["D6010", "edith", "crowns"])
def test_search_finds_by_code_name_and_words(desk, query):
    found = posted(body="About crowns.", name="Edith Tor")
    factories.code("D2740", category="restorative")
    other = ProcedureCode.objects.get(pk="D2740")
    moderation.post(other, ticket="other", name="A reader", email="", body="About bridges.")
    assert listed(desk, q=query) == [found]


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_the_same_number_of_queries_however_long_it_is(desk, rows):
    for day in range(rows):
        posted(day + 1)
    desk.get(URL)
    with assertNumQueries(10):
        assert len(listed(desk)) == rows


# --- One comment


def test_page_shows_the_comment_its_writer_and_what_it_answers(desk, editor, comment):
    moderation.approve(comment, by=editor)
    answer = posted(2, body="No,\nonce.", parent=comment)
    response = desk.get(url(answer))
    page = markup(response)
    assert "Waiting · Mar 2, 2026, 10:00 AM UTC · by A reader" in text(response)
    assert "private e-mail address: reader@example.org" in text(response)
    assert '<div class="diff">No,\nonce.</div>' in page
    assert "<blockquote>It is done twice.</blockquote>" in page
    assert f'href="/codes/{CODE}/"' in page


def test_hostile_comment_is_shown_as_text(desk):
    bad = "<script>alert(1)</script>"
    comment = posted(body=bad, name=bad)
    for response, times in ((desk.get(url(comment)), 2), (desk.get(URL), 2), (desk.get(url(comment, "promote")), 3)):
        page = markup(response)
        assert bad not in page
        assert page.count(escape(bad)) == times


def test_approved_comment_is_published(desk, editor, comment, client):
    assert comment.body not in text(client.get(f"/codes/{CODE}/"))
    response = desk.post(url(comment), fields(desk.get(url(comment))) | {"approve": "1", "body": ""}, follow=True)
    assertRedirects(response, QUEUE)
    assert f"{comment}: done." in text(response)
    assert state(comment) == ("approved", editor)
    assert comment.body in text(client.get(f"/codes/{CODE}/"))


def test_hidden_comment_is_not_published_and_can_be_later(desk, editor, comment, client):
    desk.post(url(comment), {"hide": "1"})
    assert state(comment) == ("hidden", editor)
    assert comment.body not in text(client.get(f"/codes/{CODE}/"))
    desk.post(url(comment), {"approve": "1"})
    assert state(comment) == ("approved", editor)


def test_published_comment_can_be_hidden_and_goes_off_the_page(desk, editor, comment, client):
    moderation.approve(comment, by=editor)
    assert comment.body in text(client.get(f"/codes/{CODE}/"))
    desk.post(url(comment), {"hide": "1"})
    assert state(comment) == ("hidden", editor)
    assert comment.body not in text(client.get(f"/codes/{CODE}/"))


@pytest.mark.parametrize(
    ("decided", "offered"), [(None, {"approve", "hide"}), ("approve", {"hide"}), ("hide", {"approve"})]
)
def test_only_what_can_still_be_done_is_offered(desk, editor, comment, decided, offered):
    if decided:
        getattr(moderation, decided)(comment, by=editor)
    page = markup(desk.get(url(comment)))
    assert {name for name in ("approve", "hide") if f'<button name="{name}"' in page} == offered


@pytest.mark.parametrize("hidden_before", [False, True])
@pytest.mark.parametrize("verb", ["approve", "reply"])
def test_official_reply_publishes_itself_and_the_comment(desk, editor, comment, client, verb, hidden_before):
    if hidden_before:
        moderation.hide(comment, by=editor)
    data = {verb: "1", "body": "Once, says the manual."}
    response = desk.post(url(comment), data, follow=True)
    assertRedirects(response, QUEUE)
    assert state(comment) == ("approved", editor)
    reply = Comment.objects.exclude(pk=comment.pk).get()
    assert (reply.body, reply.name, reply.email) == ("Once, says the manual.", "Edith Tor", "")
    assert (reply.official, reply.parent, reply.state, reply.decided_by) == (True, comment, "approved", editor)
    shown = text(client.get(f"/codes/{CODE}/"))
    assert shown.index("It is done twice.") < shown.index("Once, says the manual.")


def test_official_reply_names_an_editor_of_a_long_name_as_far_as_a_comment_holds_a_name(editor, comment):
    editor.first_name = "E" * 100
    reply = moderation.reply(comment, by=editor, body="So.")
    assert Comment.objects.get(pk=reply.pk).name == "E" * 80


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "This field is required."),
        (" \n ", "This field is required."),
        ("x" * 5001, "Ensure this value has at most 5000 characters (it has 5001)."),
        ("So.\u202e", "Character 4 cannot be seen (U+202E, right-to-left override). Delete it and send again."),
    ],
)
def test_wrong_reply_is_refused_beside_the_field_with_what_was_typed(desk, comment, body, message):
    response = desk.post(url(comment), {"reply": "1", "body": body})
    assert response.status_code == 422
    assert f'<ul class="errors" id="id_body_error"><li>{message}</li></ul>' in markup(response)
    assert fields(response)["body"] == body
    assert state(comment) == ("held", None)
    assert Comment.objects.count() == 1


def test_post_that_says_nothing_decides_nothing(desk, comment):
    assert desk.post(url(comment), {"body": "Words."}).status_code == 422
    assert state(comment) == ("held", None)
    assert Comment.objects.count() == 1


@pytest.mark.parametrize("act", ["approve", "hide"])
def test_deciding_twice_keeps_the_first_decision_and_says_so(desk, django_user_model, comment, act):
    first = django_user_model.objects.create_user("first", password="first-password")
    getattr(moderation, act)(comment, by=first)
    row = Comment.objects.values().get()
    response = desk.post(url(comment), {act: "1"}, follow=True)
    assert f"{comment} was that already. Nothing was changed." in text(response)
    assert Comment.objects.values().get() == row


def test_decision_lands_on_the_one_that_waits_longest(desk):
    newest, oldest, decided = posted(5), posted(1), posted(3)
    assertRedirects(desk.post(url(decided), {"approve": "1"}, follow=True), url(oldest))
    assertRedirects(desk.post(url(oldest), {"hide": "1"}, follow=True), url(newest))
    assertRedirects(desk.post(url(newest), {"reply": "1", "body": "So."}, follow=True), QUEUE)


def test_decision_leads_on_to_whatever_waits_next(desk, comment):
    waiting = factories.correction()
    response = desk.post(url(comment), {"approve": "1"}, follow=True)
    assertRedirects(response, f"/admin/codes/correction/{waiting.pk}/change/")


def test_skipping_leads_to_the_next_and_decides_nothing(desk):
    skipped, other = posted(1), posted(3)
    page = markup(desk.get(url(skipped)))
    assert f'href="{QUEUE}"' in page
    (address,) = re.findall(r'href="([^"]+)" data-key="n"', page)
    assertRedirects(desk.get(address, follow=True), url(other))
    assert state(skipped) == ("held", None)


def test_hiding_with_a_reply_written_is_refused_with_the_words_kept(desk, comment):
    response = desk.post(url(comment), {"hide": "1", "body": "Once, says the manual."})
    assert response.status_code == 422
    assert "Nobody would see this reply. Delete it, or publish both." in text(response)
    assert fields(response)["body"] == "Once, says the manual."
    assert state(comment) == ("held", None)


def test_last_decision_on_a_correction_can_be_taken_back_from_here(desk, editor, comment):
    undo = "/admin/codes/correction/{}/undo/"
    assert "Undo" not in text(desk.get(url(comment)))
    decided = factories.correction()
    corrections.accept(decided, by=editor, items={"answer": None}, seen=latest(CODE))
    page = markup(desk.get(url(comment)))
    assert f'action="{undo.format(decided.pk)}"' in page


def test_posted_fields_change_nothing_that_was_said(desk, comment):
    row = Comment.objects.values(*SAID).get()
    smuggled = {"name": "Else", "email": "", "body": "Else", "official": "on", "code": "D9999", "path": "1"}
    desk.post(url(comment), {"approve": "1", **smuggled})
    assert Comment.objects.values(*SAID).get(pk=comment.pk) == row


@pytest.mark.parametrize("act", ["change", "promote"])
@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
def test_only_posting_decides(desk, comment, method, act):
    getattr(desk, method)(f"{url(comment, act)}?approve=1&hide=1&reply=1&body=So.&answer:value=So.")
    assert state(comment) == ("held", None)
    assert (Comment.objects.count(), Correction.objects.count()) == (1, 0)


def test_posting_without_the_safety_token_is_refused(editor, comment):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    data = fields(client.get(url(comment, "promote"))) | {"answer:value": "Otherwise."}
    token = data.pop("csrfmiddlewaretoken")
    for act in ("approve", "hide", "reply"):
        assert client.post(url(comment), {act: "1", "body": "So."}).status_code == 403
    assert client.post(url(comment, "promote"), data).status_code == 403
    assert state(comment) == ("held", None)
    assert (Comment.objects.count(), Correction.objects.count()) == (1, 0)
    assert client.post(url(comment, "promote"), data | {"csrfmiddlewaretoken": token}).status_code == 302
    assert Correction.objects.count() == 1


# --- Promoting


def promote(client, comment: Comment, *, opened=None, follow=False, **typed):
    """Open the form (or take the one opened before), fill in, send. `fields` holds dotted names."""
    data = fields(opened or client.get(url(comment, "promote"))) | typed.pop("fields", {}) | typed
    return client.post(url(comment, "promote"), data, follow=follow)


def test_promote_form_holds_the_comment_as_the_note_and_the_live_page(desk, comment):
    assert f'href="{url(comment, "promote")}"' in markup(desk.get(url(comment)))
    held = fields(desk.get(url(comment, "promote")))
    assert (held["note"], held["credit"], held["base"]) == ("It is done twice.", "A reader", "1")
    assert (held["answer:value"], held["faq.why:text"]) == ("Report it when it is done.", "Because.")
    assert "email" not in held


def test_promoting_makes_a_waiting_correction_credited_to_the_commenter(desk, comment):
    response = promote(desk, comment, fields={"answer:value": "Report it twice."}, follow=True)
    sent = Correction.objects.get()
    assertRedirects(response, f"/admin/codes/correction/{sent.pk}/change/")
    assert (sent.state, sent.code_id, sent.items) == ("pending", CODE, ["answer"])
    assert sent.page == replace(latest(CODE).page, answer="Report it twice.")
    assert (sent.note, sent.credit, sent.email) == ("It is done twice.", "A reader", "reader@example.org")
    comment.refresh_from_db()
    assert comment.correction == sent
    assert latest(CODE).number == 1
    assert f"{comment} became {sent}." in text(response)


def test_promoting_leaves_the_comment_as_it_was(desk, comment):
    row = Comment.objects.values(*SAID, "state", "decided_at", "decided_by").get()
    promote(desk, comment, fields={"answer:value": "Report it twice."})
    assert Comment.objects.values(*SAID, "state", "decided_at", "decided_by").get() == row


def test_promoting_without_a_change_is_refused_with_what_was_typed(desk, comment):
    response = promote(desk, comment, source_title="The manual")
    assert response.status_code == 422
    assert "Nothing differs from the page yet." in text(response)
    assert (fields(response)["source_title"], fields(response)["note"]) == ("The manual", "It is done twice.")
    assert Correction.objects.count() == 0


def test_promoting_with_an_emptied_item_is_refused_beside_the_field(desk, comment):
    response = promote(desk, comment, fields={"answer:value": ""})
    assert response.status_code == 422
    assert response.context["form"].errors == {"answer:value": ["This is empty."]}
    assert Correction.objects.count() == 0


def test_change_that_was_published_while_the_editor_wrote_is_not_undone_by_the_correction(desk, editor, comment):
    opened = desk.get(url(comment, "promote"))
    other = factories.propose(CODE, {"faq.why": {"text": "For a reason.", "heading": "Why?", "sources": []}})
    corrections.accept(other, by=editor, items=dict.fromkeys(other.items), seen=latest(CODE))
    promote(desk, comment, opened=opened, fields={"answer:value": "Report it twice."})
    sent = Correction.objects.exclude(pk=other.pk).get()
    assert (sent.items, sent.base.number) == (["answer"], 1)
    corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest(CODE))
    live = latest(CODE).page
    assert (live.answer, live.of_kind("faq")[0].text) == ("Report it twice.", "For a reason.")


@pytest.mark.parametrize("method", ["get", "post"])
def test_promoting_twice_is_refused_and_leads_to_the_correction(desk, comment, method):
    data = fields(desk.get(url(comment, "promote"))) | {"answer:value": "Report it twice."}
    desk.post(url(comment, "promote"), data)
    sent = Correction.objects.get()
    again = getattr(desk, method)(url(comment, "promote"), data | {"answer:value": "Report it thrice."}, follow=True)
    assertRedirects(again, f"/admin/codes/correction/{sent.pk}/change/")
    assert f"{comment} already became {sent}." in text(again)
    assert list(Correction.objects.all()) == [sent]
    assert Correction.objects.get().page.answer == "Report it twice."


def test_promoted_comment_names_its_correction_and_offers_no_second_one(desk, comment):
    promote(desk, comment, fields={"answer:value": "Report it twice."})
    sent = Correction.objects.get()
    page = markup(desk.get(url(comment)))
    assert f'Promoted to <a href="/admin/codes/correction/{sent.pk}/change/">{sent}</a>' in page
    assert url(comment, "promote") not in page


def test_official_reply_is_not_offered_for_promotion(desk, editor, comment):
    reply = moderation.reply(comment, by=editor, body="So.")
    assert url(reply, "promote") not in markup(desk.get(url(reply)))
