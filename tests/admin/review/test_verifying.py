"""What accepting verifies: what is ticked and no more, by a source that vouches for its words."""

from dataclasses import replace

import pytest

from codes.acts.publishing import latest, publish
from codes.models import Correction, Verification
from codes.page import Relation, Statement, items
from codes.page.merge import replaced
from tests import factories
from tests.admin.review.reviewing import CODE, NEW_WORDS, card, decide, refused, take_back, url
from tests.web.reading import fields, text


def verified() -> set[tuple]:
    return set(Verification.objects.values_list("item", "source"))


def test_accepting_with_a_source_verifies_nothing_that_is_not_ticked(desk):
    sent = factories.propose(CODE, NEW_WORDS, source_title="The manual")
    assert decide(desk, sent, fields={"faq.why:proved": "on"}).status_code == 302
    assert sorted(latest(CODE).items) == sorted([*NEW_WORDS, f"source.{sent.page.sources[-1].key}"])
    assert verified() == {("faq.why", "The manual")}


def test_each_item_is_verified_by_its_own_source(desk):
    sent = factories.propose(CODE, NEW_WORDS, source_title="The manual")
    Correction.objects.filter(pk=sent.pk).update(evidence={"answer": {"source_title": "The letter"}})
    ticks = {f"{key}:proved": "on" for key in NEW_WORDS}
    decide(desk, sent, fields=ticks | {"use_when.twice:own": "My book"})
    assert verified() == {("answer", "The letter"), ("use_when.twice", "My book"), ("faq.why", "The manual")}


def test_one_source_of_the_editor_for_all_that_are_ticked(desk, sent):
    ticks = {"answer:proved": "on", "faq.why:proved": "on", "faq.why:own": "My book"}
    decide(desk, sent, source="The manual, page 3", fields=ticks)
    assert verified() == {("answer", "The manual, page 3"), ("faq.why", "My book")}


@pytest.mark.parametrize(
    ("typed", "name", "why"),
    [
        ({"answer:proved": "on"}, "answer:proved", "No source is named. Name yours, or clear the box."),
        (
            {"answer:own": "My book"},
            "answer:proved",
            "You name a source. Check this box if it proves the item, or delete the source.",
        ),
        (
            {"source": "My book"},
            "source",
            "It proves nothing yet. Check the box of each item that it proves, or delete the source.",
        ),
    ],
)
def test_proof_without_a_source_and_a_source_that_proves_nothing_are_refused_at_their_place(
    desk, sent, typed, name, why
):
    response = decide(desk, sent, fields=typed)
    refused(response, sent, name, why)
    assert fields(response) | typed == fields(response)


def test_a_removed_item_and_a_source_cannot_be_proved(desk):
    page = latest(CODE).page
    changed = replace(page, statements=page.statements[:2], sources=(replace(page.sources[0], title="The new book"),))
    sent = factories.correction(proposed=changed, source_title="The manual")
    response = desk.get(url(sent))
    assert ":proved" not in card(response, "faq.why")
    assert ":proved" not in card(response, "source.book")


def test_editors_words_cite_the_contributors_source_only_if_it_proves_them(desk):
    page = latest(CODE).page
    part = Statement("includes.part", "A part of it.")
    new = replace(page, answer="Report it when it is finished.", statements=(*page.statements, part))
    sent = factories.correction(proposed=new, source_title="The manual")
    (source,) = (s for s in sent.page.sources if s.key != "book")
    mine = {"answer:choice": "amend", "answer:value": "Mine.", "includes.part:choice": "amend"}
    decide(desk, sent, fields=mine)
    live = items(latest(CODE).page)
    assert (live["answer"], live["includes.part"]["sources"]) == ({"value": "Mine.", "sources": []}, [])
    assert f"source.{source.key}" not in live
    take_back(desk, sent)
    decide(desk, sent, fields=mine | {"answer:proved": "on"})
    live = items(latest(CODE).page)
    assert (live["answer"]["sources"], live["includes.part"]["sources"]) == ([source.key], [])
    assert verified() == {("answer", "The manual")}
    take_back(desk, sent)
    decide(desk, sent, fields=mine | {"answer:proved": "on", "answer:own": "My book"})
    assert items(latest(CODE).page)["answer"]["sources"] == []
    assert verified() == {("answer", "My book")}


def test_each_item_has_its_own_reply(desk, sent):
    typed = {"answer:reply": "As the manual says.", "faq.why:choice": "leave", "faq.why:reply": "No source says so."}
    decide(desk, sent, fields=typed, reply="Thank you.")
    sent.refresh_from_db()
    told = {"answer": "As the manual says.", "faq.why": "No source says so."}
    assert (sent.reply, sent.replies) == ("Thank you.", told)
    shown = text(desk.get(url(sent)))
    assert "Answer: Accepted Reply: As the manual says." in shown
    assert "Questions: Left as it was Reply: No source says so." in shown
    take_back(desk, sent)
    held = fields(desk.get(url(sent)))
    assert {key: held[f"{key}:reply"] for key in NEW_WORDS} == told | {"use_when.twice": ""}
    decide(desk, sent, "reject", reply="No.")
    sent.refresh_from_db()
    assert (sent.reply, sent.replies) == ("No.", told)


def test_accepting_a_removal_takes_the_item_out(desk):
    page = latest(CODE).page
    sent = factories.correction(proposed=replace(page, statements=page.statements[:2], related=()), note="Page 12.")
    decide(desk, sent)
    assert latest(CODE).page == replace(page, statements=page.statements[:2], related=())
    assert latest(CODE).items == ["faq.why", "related.confused_with.D6011"]


def test_leaving_a_removal_keeps_the_item(desk):
    page = latest(CODE).page
    sent = factories.correction(proposed=replace(page, statements=page.statements[:2], related=()), note="Page 12.")
    decide(desk, sent, fields={"faq.why:choice": "leave"})
    assert latest(CODE).page == replace(page, related=())


def test_accepting_a_new_statement_a_new_relation_and_their_source_adds_them(desk):
    page = latest(CODE).page
    part, beside = Statement("includes.part", "A part of it."), Relation("alternative", "D6080", "That cleans.")
    sent = factories.correction(
        proposed=replace(page, statements=(*page.statements, part), related=(*page.related, beside)),
        source_title="The new manual",
    )
    decide(desk, sent, fields={"includes.part:proved": "on", "related.alternative.D6080:proved": "on"})
    live = latest(CODE).page
    (source,) = (s for s in live.sources if s.key != "book")
    assert source.title == "The new manual"
    assert live.statements == (*page.statements, replace(part, sources=(source.key,)))
    assert live.related == (*page.related, replace(beside, sources=(source.key,)))
    assert set(Verification.objects.values_list("item", "source")) == {
        ("includes.part", "The new manual"),
        ("related.alternative.D6080", "The new manual"),
    }


def test_new_statement_may_be_amended(desk):
    page = latest(CODE).page
    part = Statement("includes.part", "A part of it.")
    sent = factories.correction(proposed=replace(page, statements=(*page.statements, part)))
    decide(desk, sent, fields={"includes.part:choice": "amend", "includes.part:text": "The whole of it."})
    assert latest(CODE).page.statements == (*page.statements, replace(part, text="The whole of it."))


def test_what_the_page_says_by_now_is_accepted_without_a_new_revision(desk, sent):
    page = latest(CODE).page
    publish(CODE, replaced(page, NEW_WORDS), base=page, by=None, source="import", reason="")
    response = decide(desk, sent, follow=True)
    sent.refresh_from_db()
    assert (sent.state, sent.revision, latest(CODE).number) == ("accepted", None, 2)
    assert f"Correction {sent.pk} of D6010 accepted; the page already said so." in text(response)
