"""What others published, decided or look at meanwhile, and who may decide."""

import re

import pytest
from django.test import Client

from codes.acts import corrections
from codes.acts.publishing import latest
from codes.models import Correction, Revision
from codes.page import items
from tests import factories
from tests.admin.review.reviewing import (
    CODE,
    NEW_WORDS,
    card,
    decide,
    publish_meanwhile,
    refused,
    untouched,
    url,
)
from tests.web.reading import fields, markup, text

# --- Clashes, and other editors


def test_clash_is_told_and_offers_no_accept(desk, clashing):
    response = desk.get(url(clashing))
    shown = card(response, "answer")
    assert "Conflict: the live text was changed differently after the contributor opened the page." in shown
    difference = (
        "Report it <del>at</del><ins>when</ins> <del>the</del><ins>it</ins> <del>end</del><ins>is finished</ins>."
    )
    assert f'<div class="diff">{difference}</div>' in shown.partition('<details class="whole" open>')[0]
    assert '<div class="diff">Report it at the end.</div>' in shown.partition('<details class="whole" open>')[2]
    assert re.findall(r'name="answer:choice" value="(\w+)"', shown) == ["amend", "leave"]
    assert "answer:choice" not in fields(response)
    assert "Conflict" not in card(response, "faq.why")


def test_clash_cannot_be_accepted_by_a_form_that_was_made_up(desk, clashing):
    response = decide(desk, clashing, fields={"answer:choice": "accept"})
    assert response.status_code == 422
    assert response.context["form"].errors == {
        "answer:choice": ["Select a valid choice. accept is not one of the available choices."]
    }
    untouched(clashing, revisions=2)


def test_amending_in_sight_of_the_live_words_solves_a_clash(desk, clashing):
    decide(desk, clashing, fields={"answer:choice": "amend", "answer:value": "Report it once finished."})
    live = latest(CODE)
    assert (live.number, live.page.answer, live.credit) == (3, "Report it once finished.", "Edith Tor")
    clashing.refresh_from_db()
    assert clashing.outcomes == {"answer": "amended", "use_when.twice": "accepted", "faq.why": "accepted"}


def test_leaving_a_clash_publishes_the_other_items(desk, clashing):
    decide(desk, clashing, fields={"answer:choice": "leave"})
    live = latest(CODE)
    assert (live.page.answer, live.items) == ("Report it at the end.", ["use_when.twice", "faq.why"])


@pytest.mark.parametrize("choice", ["accept", "amend"])
def test_item_that_was_published_while_the_editor_read_is_refused_by_name_with_the_words_kept(
    desk, sent, other_editor, choice
):
    opened = desk.get(url(sent))
    publish_meanwhile(other_editor, {"answer": {"value": "Report it at the end.", "sources": []}})
    mine = {"answer:choice": choice, "answer:value": "My words.", "faq.why:choice": "amend", "faq.why:text": "Mine."}
    response = decide(desk, sent, opened=opened, fields=mine, reply="My reply.")
    message = "Somebody else has just changed: Answer. Nothing was published. Check it again."
    refused(response, sent, None, message, status=409, revisions=2)
    assert latest(CODE).page.answer == "Report it at the end."
    kept = {"answer:value": "My words.", "faq.why:choice": "amend", "faq.why:text": "Mine.", "reply": "My reply."}
    kept |= {"seen": "2", "use_when.twice:choice": "accept"}
    again = fields(response)
    assert {name: again[name] for name in kept} == kept
    assert again.get("answer:choice") == (None if choice == "accept" else "amend")
    assert '<div class="diff">Report it at the end.</div>' in card(response, "answer")
    assert "Conflict" in card(response, "answer")
    decide(desk, sent, opened=response, fields={"answer:choice": "amend"})
    live = latest(CODE)
    assert (live.number, live.page.answer, items(live.page)["faq.why"]["text"]) == (3, "My words.", "Mine.")


def test_refused_form_still_knows_which_words_the_editor_saw(desk, sent, other_editor):
    opened = desk.get(url(sent))
    publish_meanwhile(other_editor, {"answer": {"value": "Report it at the end.", "sources": []}})
    amended = {"answer:choice": "amend", "answer:value": ""}
    emptied = decide(desk, sent, opened=opened, fields=amended)
    assert (emptied.status_code, fields(emptied)["seen"]) == (422, "1")
    response = decide(desk, sent, opened=emptied, fields={"answer:value": "My words."})
    message = "Somebody else has just changed: Answer. Nothing was published. Check it again."
    refused(response, sent, None, message, status=409, revisions=2)


def test_change_of_another_item_while_the_editor_read_stays_and_nothing_is_asked(desk, sent, other_editor):
    opened = desk.get(url(sent))
    publish_meanwhile(other_editor, {"subcategory": {"value": "Other things", "sources": []}})
    assert decide(desk, sent, opened=opened).status_code == 302
    live = latest(CODE).page
    assert (live.subcategory, live.answer) == ("Other things", "Report it when it is finished.")


def test_left_item_that_was_published_while_the_editor_read_is_in_nobodys_way(desk, sent, other_editor):
    opened = desk.get(url(sent))
    publish_meanwhile(other_editor, {"answer": {"value": "Report it at the end.", "sources": []}})
    assert decide(desk, sent, opened=opened, fields={"answer:choice": "leave"}).status_code == 302
    live = latest(CODE)
    assert (live.page.answer, live.items) == ("Report it at the end.", ["use_when.twice", "faq.why"])


@pytest.mark.parametrize("button", ["accept", "reject"])
@pytest.mark.parametrize("before", ["accepted", "rejected"])
def test_one_that_another_editor_decided_meanwhile_stays_decided_and_the_message_says_so(
    desk, sent, other_editor, button, before
):
    opened = desk.get(url(sent))
    if before == "accepted":
        corrections.accept(sent, by=other_editor, items={"answer": None}, seen=latest(CODE), reply="First.")
    else:
        corrections.reject(sent, by=other_editor, reason="First.")
    row, revisions = Correction.objects.values().get(), list(Revision.objects.values())
    response = decide(desk, sent, button, opened=opened, reply="Second.")
    assert f"Correction {sent.pk} of D6010 is {before} already. Nothing was changed." in text(response)
    assert Correction.objects.values().get() == row
    assert list(Revision.objects.values()) == revisions


def test_who_was_too_late_finds_what_they_had_typed(desk, sent, other_editor):
    opened = desk.get(url(sent))
    corrections.reject(sent, by=other_editor, reason="First.")
    amended = {"answer:choice": "amend", "answer:value": "Mine <b>.", "answer:reply": "For you."}
    response = decide(desk, sent, opened=opened, reply="Second.", fields=amended)
    assert "What you typed Reply to the contributor Second. Answer Mine <b>. Answer For you." in text(response)
    assert "<b>." not in markup(response)
    assert latest(CODE).page.answer != "Mine <b>."


# --- Who decides


def test_one_that_somebody_looks_at_says_who_and_hides_nothing(desk, other_editor, sent):
    corrections.look(sent, other_editor)
    response = desk.get(url(sent))
    assert "other is reviewing this too, until" in text(response)
    decide(desk, sent)
    sent.refresh_from_db()
    assert sent.state == "accepted"


def test_ones_own_is_refused_while_there_is_another_editor(desk, editor, other_editor):
    own = factories.propose(CODE, NEW_WORDS, sent_by=editor)
    response = desk.get(url(own))
    assert "You sent this yourself. Another editor decides it." in text(response)
    refused(decide(desk, own), own, None, "You sent this correction yourself. Another editor decides it.")
    refused(
        decide(desk, own, "reject", reply="No."),
        own,
        None,
        "You sent this correction yourself. Another editor decides it.",
    )


def test_the_only_editor_is_told_why_it_may_be_decided(desk, editor):
    own = factories.propose(CODE, NEW_WORDS, sent_by=editor)
    assert "You are the only editor, so you may decide it" in text(desk.get(url(own)))
    decide(desk, own)
    own.refresh_from_db()
    assert own.state == "accepted"


def test_two_editors_where_the_site_asks_for_them(desk, editor, other_editor, sent, settings):
    settings.TWO_EDITORS_FOR = frozenset({"answer"})
    response = decide(desk, sent, follow=True)
    assert f"{sent}: you agree. It is published when a second editor chooses the same words." in text(response)
    untouched(sent)
    second = Client()
    second.force_login(other_editor)
    assert "Edith Tor agrees. If you choose the same words, it is published." in text(second.get(url(sent)))
    decide(second, sent)
    sent.refresh_from_db()
    assert (sent.state, sent.decided_by) == ("accepted", other_editor)


def test_second_of_two_editors_finds_what_the_first_wrote_to_the_contributor(desk, other_editor, sent, settings):
    settings.TWO_EDITORS_FOR = frozenset({"answer"})
    decide(desk, sent, reply="Thank you.", **{"answer:reply": "Well found."})
    second = Client()
    second.force_login(other_editor)
    held = fields(second.get(url(sent)))
    assert (held["reply"], held["answer:reply"]) == ("Thank you.", "Well found.")
