"""Accepting item by item: as proposed, amended or left; and asked once more where an error costs much."""

import re
from dataclasses import replace

import pytest

from codes.acts.publishing import latest
from codes.models import Correction, Verification
from codes.page import Statement, Validity, items
from tests import factories
from tests.admin.review.reviewing import (
    CODE,
    NEW_WORDS,
    card,
    decide,
    refused,
    untouched,
    url,
)
from tests.web.reading import fields, markup, text

# --- Accepting


def test_accepting_all_publishes_all_and_tells_who_decided_and_why(desk, editor, sent):
    response = decide(desk, sent, reply="Thank you.", follow=True)
    live = latest(CODE)
    assert {key: items(live.page)[key] for key in NEW_WORDS} == NEW_WORDS
    assert (live.number, live.by, live.reason, live.credit) == (2, editor, "The manual says so.", "Edith Tor")
    assert live.items == list(NEW_WORDS)
    sent.refresh_from_db()
    assert (sent.state, sent.decided_by, sent.revision, sent.reply) == ("accepted", editor, live, "Thank you.")
    assert sent.outcomes == dict.fromkeys(NEW_WORDS, "accepted")
    assert f"Correction {sent.pk} of D6010 published as D6010 revision 2." in text(response)


def test_accepting_some_leaves_the_others_as_they_were(desk, sent):
    before = latest(CODE).page
    decide(desk, sent, fields={"answer:choice": "leave", "use_when.twice:choice": "leave"})
    assert latest(CODE).page == replace(
        before, statements=(*before.statements[:2], Statement("faq.why", "For a reason.", "Why so?"))
    )
    sent.refresh_from_db()
    assert sent.outcomes == {"answer": "left", "use_when.twice": "left", "faq.why": "accepted"}


def test_amending_publishes_the_editors_words_under_the_contributors_name(desk, sent):
    mine = {"answer:choice": "leave", "use_when.twice:choice": "leave", "faq.why:choice": "amend"}
    decide(desk, sent, fields=mine | {"faq.why:heading": "Why then?", "faq.why:text": "For a good reason."})
    live = latest(CODE)
    assert items(live.page)["faq.why"] == {"text": "For a good reason.", "heading": "Why then?", "sources": []}
    assert (live.items, live.credit) == (["faq.why"], "Edith Tor")
    sent.refresh_from_db()
    assert sent.outcomes == {"answer": "left", "use_when.twice": "left", "faq.why": "amended"}
    assert items(sent.page)["faq.why"] == NEW_WORDS["faq.why"]


def test_words_typed_into_an_item_that_is_accepted_or_left_are_not_published(desk, sent):
    typed = {"answer:value": "Not these words.", "faq.why:choice": "leave", "faq.why:text": "Nor these."}
    decide(desk, sent, fields=typed)
    page = latest(CODE).page
    assert (page.answer, page.of_kind("faq")[0].text) == ("Report it when it is finished.", "Because.")


def test_wrong_words_in_an_item_that_is_not_amended_stop_nobody(desk, sent):
    typed = {"answer:value": "\u202e", "faq.why:choice": "leave", "faq.why:text": "x" * 2001}
    decide(desk, sent, fields=typed)
    sent.refresh_from_db()
    assert sent.outcomes == {"answer": "accepted", "use_when.twice": "accepted", "faq.why": "left"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("answer:value", NEW_WORDS["answer"]),
        ("title:value", {"value": "Another title", "sources": []}),
        ("use_when.twice:text", NEW_WORDS["use_when.twice"]),
        ("faq.why:heading", NEW_WORDS["faq.why"]),
        ("faq.why:text", NEW_WORDS["faq.why"]),
        ("related.confused_with.D6011:note", {"note": "That opens.", "sources": []}),
        ("source.book:title", {"title": "The old book", "url": ""}),
    ],
)
@pytest.mark.parametrize("nothing", ["", "  \n "])
def test_amending_to_nothing_is_refused_beside_the_field(desk, name, content, nothing):
    key = name.partition(":")[0]
    sent = factories.propose(CODE, {key: content})
    sure = {f"{key}:sure": "on"}
    response = decide(desk, sent, fields={f"{key}:choice": "amend", name: nothing} | sure, reply="My reply.")
    refused(response, sent, name, "This is empty. Choose “Leave” to change nothing here.")
    assert fields(response)["reply"] == "My reply."
    assert '<details class="amend" open>' in card(response, key)


@pytest.mark.parametrize(
    ("key", "content", "emptied"),
    [
        ("aliases", {"value": ["other"], "sources": []}, {"value": [], "sources": []}),
        ("subcategory", {"value": "Other", "sources": []}, {"value": "", "sources": []}),
    ],
)
def test_what_a_page_may_lack_may_be_amended_to_nothing(desk, key, content, emptied):
    sent = factories.propose(CODE, {key: content})
    decide(desk, sent, fields={f"{key}:choice": "amend", f"{key}:value": ""})
    assert items(latest(CODE).page)[key] == emptied


def test_amendment_that_contradicts_itself_is_refused_and_named(desk):
    sent = factories.correction(proposed=replace(latest(CODE).page, validity=Validity(2000, 2024)))
    mine = {"validity:choice": "amend", "validity:since": "2025", "validity:sure": "on"}
    response = decide(desk, sent, fields=mine)
    refused(response, sent, None, "The page would not be well formed: validity: ends before it begins.")
    assert fields(response)["validity:since"] == "2025"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("My\u202e words.", "Character 3 cannot be seen (U+202E, right-to-left override). Delete it and send again."),
        ("x" * 601, "Ensure this value has at most 600 characters (it has 601)."),
    ],
)
def test_amendment_with_wrong_words_is_refused_beside_the_field_with_all_that_was_typed(desk, sent, typed, message):
    mine = {"answer:choice": "amend", "answer:value": typed, "faq.why:choice": "leave", "reply": "My reply."}
    response = decide(desk, sent, fields=mine)
    refused(response, sent, "answer:value", message)
    again = fields(response)
    assert {name: again[name] for name in mine} == mine
    assert decide(desk, sent, opened=response, fields={"answer:value": "My words."}).status_code == 302
    assert latest(CODE).page.answer == "My words."


def test_choosing_nothing_is_refused(desk, sent):
    left = {f"{key}:choice": "leave" for key in NEW_WORDS}
    response = decide(desk, sent, fields=left, reply="My reply.")
    message = "No item is chosen. Accept or amend one, or reject the correction with a reason."
    refused(response, sent, None, message)
    assert {name: fields(response)[name] for name in left} == left
    assert fields(response)["reply"] == "My reply."


def test_items_without_a_choice_are_refused_each_at_its_place(desk, sent):
    response = decide(desk, sent, fields={"faq.why:choice": "", "answer:choice": ""}, reply="My reply.")
    assert response.status_code == 422
    why = "Not decided yet. Choose one."
    assert response.context["form"].errors == {"answer:choice": [why], "faq.why:choice": [why]}
    for key in ("answer", "faq.why"):
        assert f'<ul class="errors" id="id_{key}:choice_error"><li>{why}</li></ul>' in card(response, key)
    assert why not in card(response, "use_when.twice")
    assert re.findall(r'<li><a href="#([^"]+)">', markup(response)) == ["item-answer", "item-faq.why"]
    assert 'id="item-faq.why"' in card(response, "faq.why")
    assert fields(response)["reply"] == "My reply."
    untouched(sent)


def test_publishing_the_page_as_it_was_opened_publishes_nothing(desk, sent):
    response = desk.post(url(sent), fields(desk.get(url(sent))) | {"accept": "1"})
    assert {name: len(why) for name, why in response.context["form"].errors.items()} == {
        f"{key}:choice": 1 for key in NEW_WORDS
    }
    untouched(sent)


def test_accepting_all_shown_sets_the_choices_keeps_what_was_typed_and_publishes_nothing(desk, sent):
    typed = {"answer:choice": "amend", "answer:value": "My words.", "faq.why:reply": "Well said.", "reply": "Thanks."}
    ticked = {"faq.why:proved": "on", "faq.why:own": "My book", "source": "Our book"}
    response = decide(desk, sent, "accept_all", fields=typed | ticked)
    assert response.status_code == 200
    choices = {f"{key}:choice": "accept" for key in NEW_WORDS}
    held = fields(response)
    assert {name: held[name] for name in typed | ticked | choices} == typed | ticked | choices
    assert 'class="errors"' not in markup(response)
    untouched(sent)
    assert desk.post(url(sent), held | {"accept": "1"}).status_code == 422  # "Our book" proves nothing.
    assert desk.post(url(sent), held | {"accept": "1", "source": ""}).status_code == 302
    sent.refresh_from_db()
    assert sent.outcomes == dict.fromkeys(NEW_WORDS, "accepted")


def test_accepting_all_shown_leaves_a_clash_without_a_choice(desk, clashing):
    held = fields(decide(desk, clashing, "accept_all"))
    assert "answer:choice" not in held
    assert (held["use_when.twice:choice"], held["faq.why:choice"]) == ("accept", "accept")
    untouched(clashing, revisions=2)


# --- High risk without a source or a note


RISKY = {"related.confused_with.D6011": {"note": "That opens.", "sources": []}}


@pytest.mark.parametrize("choice", ["accept", "amend"])
def test_high_risk_that_nobody_gives_a_source_or_a_note_for_is_asked_once_more(desk, choice):
    sent = factories.propose(CODE, RISKY | {"answer": NEW_WORDS["answer"]})
    (key,) = RISKY
    assert f"{key}:sure" not in markup(desk.get(url(sent)))
    response = decide(desk, sent, fields={f"{key}:choice": choice})
    why = "An error here can be costly, and nobody named a source or wrote a note. Publish it anyway?"
    assert response.context["form"].errors == {f"{key}:sure": [why]}
    assert f'<input type="checkbox" name="{key}:sure"' in card(response, key)
    assert "sure" not in card(response, "answer")
    untouched(sent)
    assert decide(desk, sent, opened=response, fields={f"{key}:sure": "on"}).status_code == 302
    assert items(latest(CODE).page)[key]["note"] == "That opens."


@pytest.mark.parametrize("given", [{"source_title": "The manual"}, {"note": "Page 12 says so."}])
def test_high_risk_with_a_source_or_a_note_is_not(desk, given):
    assert decide(desk, factories.propose(CODE, RISKY, **given)).status_code == 302


def test_high_risk_that_the_editors_own_source_proves_is_not(desk):
    (key,) = RISKY
    sent = factories.propose(CODE, RISKY)
    assert decide(desk, sent, fields={f"{key}:proved": "on", f"{key}:own": "The manual"}).status_code == 302
    assert list(Verification.objects.values_list("item", "source")) == [(key, "The manual")]


def test_evidence_of_another_item_is_no_evidence(desk):
    (key,) = RISKY
    sent = factories.propose(CODE, RISKY | {"answer": NEW_WORDS["answer"]})
    Correction.objects.filter(pk=sent.pk).update(evidence={"answer": {"source_title": "The manual", "note": "So."}})
    assert list(decide(desk, sent).context["form"].errors) == [f"{key}:sure"]
    untouched(sent)


def test_removing_what_may_cost_much_is_asked_once_more(desk):
    page = latest(CODE).page
    response = decide(desk, sent := factories.correction(proposed=replace(page, related=())))
    assert list(response.context["form"].errors) == ["related.confused_with.D6011:sure"]
    untouched(sent)
