"""Asking the contributor, taking a decision back, and deciding reports of the same items together."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from codes.acts import corrections
from codes.acts.publishing import latest
from codes.models import Correction, Reason, Revision
from tests import factories
from tests.admin.review.reviewing import (
    CODE,
    QUEUE,
    card,
    decide,
    lands_on,
    refused,
    take_back,
    untouched,
    url,
)
from tests.web.reading import fields, markup, text


def test_asking_takes_it_out_of_the_queue_and_the_question_stands_on_the_page(desk, editor, sent):
    response = decide(desk, sent, "ask", reply="Which manual?", follow=True)
    assert f"{sent}: the contributor was asked. It comes back to you with the answer." in text(response)
    sent.refresh_from_db()
    assert sent.state == "needs_answer"
    shown = text(desk.get(url(sent)))
    assert "The contributor has not answered the question yet. You may decide without the answer." in shown
    assert "Edith Tor , question" in shown or "Edith Tor, question" in shown
    assert latest(CODE).number == 1


@pytest.mark.parametrize("question", ["", "  \n"])
def test_asking_without_a_question_is_refused_beside_the_field(desk, sent, question):
    message = "Write your question here: the contributor reads and answers it."
    refused(decide(desk, sent, "ask", reply=question), sent, "reply", message)


def test_what_was_picked_from_the_ready_texts_is_the_reason_if_nothing_is_typed(desk, sent):
    ready = Reason.objects.create(use="reject", title="Not so", text="The manual says otherwise.", place=0)
    assert f'<option value="{ready.pk}">Not so</option>' in markup(desk.get(url(sent)))
    decide(desk, sent, "reject", reply="", reason=str(ready.pk))
    sent.refresh_from_db()
    assert (sent.state, sent.reply, sent.reason) == ("rejected", "The manual says otherwise.", ready)


def test_typed_words_go_before_the_ready_text(desk, sent):
    ready = Reason.objects.create(use="reject", title="Not so", text="The manual says otherwise.", place=0)
    decide(desk, sent, "reject", reply="Page 7 says otherwise.", reason=str(ready.pk))
    sent.refresh_from_db()
    assert (sent.reply, sent.reason) == ("Page 7 says otherwise.", ready)


def test_a_decision_is_taken_back_with_one_button_on_the_next_page(desk, sent):
    other = factories.correction()
    landed = decide(desk, sent, follow=True)
    assert lands_on(landed, url(other))
    assert f'action="{QUEUE}{sent.pk}/undo/"' in markup(landed)
    response = take_back(desk, sent)
    assert lands_on(response, url(sent))
    assert f"Undone. {sent} is in the queue again; no mail was sent." in text(response)
    sent.refresh_from_db()
    assert (sent.state, latest(CODE).page) == ("pending", Revision.objects.get(code=CODE, number=1).page)
    again = text(take_back(desk, sent))
    assert "There is no decision to take back any more: this correction waits for one." in again
    assert ("Undone." in again, latest(CODE).number) == (False, 3)


def test_the_editors_reply_is_still_in_the_form_after_it_was_taken_back(desk, sent):
    decide(desk, sent, "reject", reply="A long and careful reason.")
    take_back(desk, sent)
    assert fields(desk.get(url(sent)))["reply"] == "A long and careful reason."


def test_after_ten_minutes_nothing_is_taken_back_and_no_button_is_offered(desk, sent):
    with time_machine.travel(timezone.now() - timedelta(minutes=11)):
        decide(desk, sent)
    assert "undo/" not in markup(desk.get(url(sent)))
    assert "The time to take this decision back is over." in text(take_back(desk, sent))
    sent.refresh_from_db()
    assert (sent.state, latest(CODE).number) == ("accepted", 2)


def test_taking_back_is_only_posted(desk, sent):
    decide(desk, sent)
    assert desk.get(f"{QUEUE}{sent.pk}/undo/").status_code == 405
    sent.refresh_from_db()
    assert sent.state == "accepted"


@pytest.fixture
def group(desk) -> list[Correction]:
    """Four corrections of the answer: the first, one of its very words, and two of other words."""
    words, about = ("So.", "So.", "No.", "Nor so."), [{}, {"source_title": "A book"}, {"note": "n" * 300}, {}]
    return [
        factories.propose(CODE, {"answer": {"value": said, "sources": []}}, **more)
        for said, more in zip(words, about, strict=True)
    ]


def states() -> list[tuple]:
    return list(Correction.objects.order_by("pk").values_list("state", "reply", "decided_with"))


WAITS = ("pending", "", None)


def test_reports_of_the_same_items_stand_on_one_page_and_none_is_ticked(desk, group):
    lead, same, other, another = group
    response = desk.get(url(lead))
    assert "1 other proposes exactly the same" in text(response)
    assert "2 others with different words for the same items" in text(response)
    assert "also" not in fields(response)
    shown = [
        markup(response).partition(f'id="report-{one.pk}"')[2].partition('name="answer-')[0]
        for one in (same, other, another)
    ]
    proposed = [re.sub(r"<del>.*?</del>|</?ins>", "", part) for part in shown]
    assert ['class="diff"' in part for part in shown] == [False, True, True]
    assert '<div class="diff">No.</div>' in proposed[1]
    assert '<div class="diff">Nor so.</div>' in proposed[2]
    assert ("Source: A book" in shown[0], "n" * 300 in shown[1]) == (True, True)


def test_source_of_a_single_item_of_another_report_is_shown(desk):
    words = {key: {"value": f"{key} otherwise", "sources": []} for key in ("answer", "title")}
    own = {"answer": {"source_title": "A letter", "source_url": "https://example.org/l", "note": "Page 2."}}
    lead, _ = factories.propose(CODE, words), factories.propose(CODE, words, source_title="A book", evidence=own)
    shown = text(desk.get(url(lead)))
    assert "For Answer only: A letter (example.org) Note: Page 2. Source: A book Answer to the contributor" in shown


def test_only_those_that_propose_the_very_same_words_are_accepted_with_one_each_with_its_answer(desk, group):
    lead, same, *_ = group
    typed = {f"answer-{same.pk}": "You said so too."}
    assert "With it: 1 more." in text(decide(desk, lead, fields=typed, reply="Thanks.", follow=True))
    same_row = ("accepted", "You said so too.", lead.pk)
    assert states() == [("accepted", "Thanks.", None), same_row, WAITS, WAITS]


def test_only_names_that_the_form_showed_are_credited_and_the_others_are_decided_all_the_same(desk):
    same = {"answer": {"value": "So.", "sources": []}}
    lead, _, edited = [factories.propose(CODE, same, credit=name) for name in ("Al", "Bea", "Cy")]
    opened = desk.get(url(lead))
    assert all(f"by {name}," in text(opened) for name in ("Bea", "Cy"))
    assert "the names that you see here are credited; nobody else’s." in text(opened)
    late = factories.propose(CODE, same, credit="Cheap implants at pills.example")
    corrections.edit(edited, latest(CODE), edited.page, version=1, credit="Call Dr. Smith")
    typed = {f"answer-{edited.pk}": "Thank you, too.", f"answer-{late.pk}": "And you."}
    decide(desk, lead, opened=opened, fields=typed)
    told = ("", "Thank you, too.", "And you.")
    assert states() == [("accepted", "", None), *(("accepted", said, lead.pk) for said in told)]
    assert latest(CODE).credit == "Al, Bea"


def test_form_that_comes_back_states_the_names_that_it_shows_then(desk):
    same = {"answer": {"value": "So.", "sources": []}}
    lead, edited = factories.propose(CODE, same, credit="Al"), factories.propose(CODE, same, credit="Bea")
    opened = desk.get(url(lead))
    corrections.edit(edited, latest(CODE), edited.page, version=1, credit="Bea B.")
    late = factories.propose(CODE, same, credit="Cy")
    again = decide(desk, lead, "reject", opened=opened)
    assert again.status_code == 422
    assert {name: fields(again)[name] for name in (f"shown-{edited.pk}", f"shown-{late.pk}")} == {
        f"shown-{edited.pk}": "2",
        f"shown-{late.pk}": "1",
    }
    decide(desk, lead, opened=again)
    assert latest(CODE).credit == "Al, Bea B., Cy"


def test_they_are_amended_with_it_too(desk, group):
    lead, same, *_ = group
    mine = {"answer:choice": "amend", "answer:value": "Mine.", f"answer-{same.pk}": "Thank you."}
    decide(desk, lead, fields=mine)
    assert states() == [("accepted", "", None), ("accepted", "Thank you.", lead.pk), WAITS, WAITS]


def test_rejecting_one_rejects_nobody_else_than_who_proposed_the_same(desk, group):
    lead, *_ = group
    decide(desk, lead, "reject", reply="Spam.")
    assert states() == [("rejected", "Spam.", None), ("rejected", "Spam.", lead.pk), WAITS, WAITS]


@pytest.mark.parametrize(("button", "state"), [("accept", "accepted"), ("reject", "rejected")])
def test_another_is_declined_only_with_a_tick_and_words_of_its_own(desk, group, button, state):
    lead, _, other, another = group
    without = decide(desk, lead, button, also=[f"{other.pk} 1"], reply="So.")
    refused(without, lead, f"answer-{other.pk}", "Write what this contributor is told, or clear the box.")
    assert f'<a href="#report-{other.pk}">' in markup(without)
    assert fields(without)["also"] == f"{other.pk} 1"
    only_words = {f"answer-{another.pk}": "No source."}
    unticked = decide(desk, lead, button, fields=only_words, reply="So.")
    refused(
        unticked,
        lead,
        f"answer-{another.pk}",
        "The box of this correction is not checked. Check it, or delete the answer.",
    )
    decide(desk, lead, button, fields=only_words, also=[f"{another.pk} 1"], reply="So.")
    assert states() == [(state, "So.", None), (state, "So.", lead.pk), WAITS, ("rejected", "No source.", lead.pk)]


def test_a_report_of_something_else_cannot_be_ticked(desk, sent):
    lead = factories.correction()
    response = decide(desk, lead, also=[f"{sent.pk} 1"])
    assert response.status_code == 422
    assert "A correction whose box you checked has changed since. Nothing was decided. Check it again." in text(
        response
    )
    untouched(sent)
    untouched(lead)


def test_what_the_contributor_edited_meanwhile_is_not_decided_and_the_reply_is_kept(desk, sent):
    opened = desk.get(url(sent))
    page = replace(latest(CODE).page, answer="Words that nobody has looked at.")
    corrections.edit(sent, latest(CODE), page, version=1)
    response = decide(desk, sent, opened=opened, reply="Thank you.")
    assert response.status_code == 409
    assert "The contributor has sent another version since you opened it. Nothing was decided." in text(response)
    assert "Words that nobody has looked at." in card(response, "answer").replace("<ins>", "").replace("</ins>", "")
    assert fields(response)["reply"] == "Thank you."
    assert fields(response)["version"] == "2"
    assert "answer:choice" not in fields(response)
    untouched(sent)
