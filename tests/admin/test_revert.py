"""/admin/codes/procedurecode/D6010/revert/N/: what going back changes, why, and the new revision."""

from dataclasses import replace

import pytest
from django.test import Client
from django.utils.html import escape
from pytest_django.asserts import assertRedirects

from cdtsite import roles
from codes.acts import corrections
from codes.acts.publishing import latest, publish
from codes.models import Correction, Revision
from codes.page import Statement
from tests import factories
from tests.web.reading import fields, markup, text

CODE = "D6010"
HISTORY = f"/codes/{CODE}/history/"


@pytest.fixture
def editor(db):
    """Reverting is for senior editors."""
    return factories.account("ed", roles.SENIOR, first_name="Edith", last_name="Tor")


@pytest.fixture(autouse=True)
def first(db):
    """The first of two revisions; the second has another answer, one statement less and another one more."""
    factories.code(CODE)
    return latest(CODE)


@pytest.fixture(autouse=True)
def second(first, editor):
    statements = (first.page.statements[0], Statement("includes.part", "A part of it."))
    sent = factories.correction(
        proposed=replace(first.page, answer="Report it when it is finished.", statements=statements), note="So."
    )
    return corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=first)


def url(revision: int | str, number: str = CODE) -> str:
    return f"/admin/codes/procedurecode/{number}/revert/{revision}/"


def revisions() -> list[int]:
    return list(Revision.objects.filter(code=CODE).order_by("number").values_list("number", flat=True))


def test_page_shows_the_difference_from_the_live_words_to_the_old_ones(desk):
    response = desk.get(url(1))
    page = markup(response)
    assert "Reverting to revision 1 makes a new revision. It changes the live revision 2 as follows:" in text(response)
    assert "Report it when it is <del>finished</del><ins>done</ins>." in page
    assert '<div class="diff"><ins>Why?\nBecause.</ins></div>' in page
    assert '<div class="diff"><del>A part of it.</del></div>' in page
    assert [d.key for _, d in response.context["differences"]] == ["answer", "faq.why", "includes.part"]


def test_looking_at_it_changes_nothing(desk):
    for method in ("get", "head", "put", "delete"):
        getattr(desk, method)(f"{url(1)}?reason=So.")
    assert revisions() == [1, 2]


def test_reverting_publishes_the_old_page_as_a_new_revision_of_the_editor(desk, editor, first, second):
    response = desk.post(url(1), fields(desk.get(url(1))) | {"reason": "It was right before."}, follow=True)
    assertRedirects(response, HISTORY)
    made = latest(CODE)
    assert made.page == first.page
    assert (made.number, made.source, made.by) == (3, "revert", editor)
    assert (made.reason, made.items) == ("It was right before.", ["answer", "faq.why", "includes.part"])
    assert made.credit == "the editors"
    assert Revision.objects.get(number=2) == second
    assert Revision.objects.get(number=2).page == second.page
    assert "It was right before." in text(response)


def test_next_page_of_the_desk_says_what_was_done(desk):
    desk.post(url(1), {"reason": "So."})
    assert "Reverted: D6010 revision 3." in text(desk.get("/admin/"))


def test_revert_can_be_reverted(desk, second):
    desk.post(url(1), {"reason": "So."})
    desk.post(url(2), {"reason": "Not so."})
    assert (latest(CODE).number, latest(CODE).page) == (4, second.page)


def test_revert_of_what_two_editors_decide_waits_for_others(desk, editor, first, second, settings):
    settings.TWO_EDITORS_FOR = frozenset({"faq"})
    others = [factories.account(name, roles.EDITOR) for name in ("two", "three")]
    page = desk.get(url(1))
    assert "two other editors agree before these items change: what you send waits in the queue." in text(page)
    assertRedirects(desk.post(url(1), fields(page) | {"reason": "It was right before."}), HISTORY)
    assert latest(CODE) == second
    sent = Correction.objects.get(state="pending")
    assert f"{sent} waits: two other editors have to agree before it is published." in text(desk.get("/admin/"))
    assert (sent.sent_by, sent.note) == (editor, "It was right before.")
    assert sent.items == ["answer", "faq.why", "includes.part"]
    items = dict.fromkeys(sent.items)
    with pytest.raises(corrections.OwnCorrection):
        corrections.accept_or_agree(sent, by=editor, items=items, seen=second)
    for by in others:
        assert latest(CODE) == second
        corrections.accept_or_agree(sent, by=by, items=items, seen=second)
    assert latest(CODE).page == first.page


def test_revert_of_other_items_than_two_editors_decide_is_done_by_one(desk, first, settings):
    settings.TWO_EDITORS_FOR = frozenset({"validity"})
    page = desk.get(url(1))
    assert "two other editors" not in text(page)
    desk.post(url(1), fields(page) | {"reason": "So."})
    assert (latest(CODE).page, latest(CODE).source) == (first.page, "revert")


def test_more_than_one_correction_holds_is_not_put_back_where_two_editors_decide(desk, first, second, settings):
    settings.TWO_EDITORS_FOR = frozenset({"use_when"})
    many = tuple(Statement(f"use_when.line-{n}", f"Line {n}.") for n in range(70))
    publish(CODE, replace(second.page, statements=many), base=second.page, by=None, source="import", reason="")
    response = desk.post(url(1), {"reason": "So."})
    assert response.status_code == 422
    assert "This changes 73 items. One correction holds at most 60: send the rest in another." in text(response)
    assert revisions() == [1, 2, 3]


@pytest.mark.parametrize("reason", ["", "  \n", None])
def test_revert_without_a_reason_is_refused_beside_the_field(desk, reason):
    response = desk.post(url(1), {} if reason is None else {"reason": reason})
    assert response.status_code == 422
    assert '<ul class="errors" id="id_reason_error"><li>This field is required.</li></ul>' in markup(response)
    assert revisions() == [1, 2]


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("x" * 501, "Ensure this value has at most 500 characters (it has 501)."),
        ("So.\u202e", "Character 4 cannot be seen (U+202E, right-to-left override). Delete it and send again."),
    ],
)
def test_wrong_reason_is_refused_with_what_was_typed(desk, reason, message):
    response = desk.post(url(1), {"reason": reason})
    assert response.status_code == 422
    assert message in markup(response)
    assert fields(response)["reason"] == reason
    assert revisions() == [1, 2]


def test_reverting_to_the_live_revision_says_that_there_is_nothing_to_do(desk):
    response = desk.get(url(2))
    assert "The live page already says that." in text(response)
    assert "reason" not in fields(response)


def test_made_up_post_to_the_live_revision_changes_nothing_and_says_so(desk):
    assertRedirects(desk.post(url(2), {"reason": "So."}), HISTORY)
    assert revisions() == [1, 2]
    assert "The page already says that. Nothing was changed." in text(desk.get("/admin/"))


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("revision", "number"),
    [(0, CODE), (3, CODE), ("99999999999999999999", CODE), (1, "D9999"), (1, "d6010"), (2, "D6011"), (1, "abc")],
)
def test_unknown_revision_is_not_found(desk, method, revision, number):
    factories.code("D6011")
    response = getattr(desk, method)(url(revision, number), {"reason": "So."})
    assert response.status_code == 404
    assert revisions() == [1, 2]
    assert latest("D6011").number == 1


def test_hostile_words_of_an_old_revision_are_shown_as_text(desk, editor, second):
    bad = "<script>alert(1)</script>"
    more = (*second.page.statements, Statement("includes.bad", bad))
    sent = factories.correction(proposed=replace(second.page, statements=more))
    corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=second)
    page = markup(desk.get(url(2)))
    assert f'<div class="diff"><del>{escape(bad)}</del></div>' in page
    assert bad not in page


def test_posting_without_the_safety_token_is_refused(editor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    data = fields(client.get(url(1))) | {"reason": "So."}
    token = data.pop("csrfmiddlewaretoken")
    assert client.post(url(1), data).status_code == 403
    assert revisions() == [1, 2]
    assert client.post(url(1), data | {"csrfmiddlewaretoken": token}).status_code == 302
    assert revisions() == [1, 2, 3]


def test_what_was_published_since_the_editor_looked_stays(desk, editor, second):
    data = fields(desk.get(url(1))) | {"reason": "So."}
    sent = factories.correction(proposed=replace(second.page, title="Another title"))
    corrections.accept(sent, by=editor, items={"title": None}, seen=second)
    assertRedirects(desk.post(url(1), data), HISTORY)
    assert (latest(CODE).page.title, latest(CODE).page.answer) == ("Another title", "Report it when it is done.")


def test_what_clashes_with_a_later_change_is_named_and_reverts_nothing(desk, editor, second):
    data = fields(desk.get(url(1))) | {"reason": "It was right."}
    sent = factories.correction(proposed=replace(second.page, answer="Report it on the day."))
    corrections.accept(sent, by=editor, items={"answer": None}, seen=second)
    response = desk.post(url(1), data)
    assert response.status_code == 422
    assert "Somebody else has just changed: Answer. Nothing was reverted. Check it again." in text(response)
    assert fields(response)["reason"] == "It was right."
    assert revisions() == [1, 2, 3]
    assertRedirects(desk.post(url(1), fields(response)), HISTORY)
    assert latest(CODE).page.answer == "Report it when it is done."
