"""The upgrade to citations that are bound to their words: what was carried over before is found in the history."""

from dataclasses import replace
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command

from codes import page as pages
from codes.acts import corrections, imports, verifying
from codes.acts.publishing import latest, publish, revert
from codes.models import Correction, Edition, Revision
from codes.page import Statement, items, to_json
from tests import factories

CODE = "D6010"
release = import_module("codes.migrations.0006_citations_of_their_words").release

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def live(db):
    imports.load(CODE, factories.page(**factories.RICH, cites=(("answer", ("book",)),)))
    yield latest(CODE)
    call_command("reindex")  # A step of each upgrade, after its migrations.


def published_as_before(editor, source_title="", **worded) -> Revision:
    """An accepted correction as the release before published it: the item keeps the sources of the old words."""
    live = latest(CODE).page
    sent = factories.correction(proposed=with_words(live, **worded), source_title=source_title)
    made = corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest(CODE))
    made.data = old_form(live, made.data, sent.items)
    made.save()
    sent.refresh_from_db()
    sent.proposed = old_form(live, sent.proposed, sent.items)
    sent.save()
    return made


def with_words(page, answer=None, done=None):
    statements = tuple(replace(s, text=done) if done and s.key == "use_when.done" else s for s in page.statements)
    return replace(page, answer=answer or page.answer, statements=statements)


def old_form(base, data, keys) -> dict:
    """The data with the sources that these items had in `base` back in front of their own."""
    before, after = items(base), items(pages.from_json(data))
    kept = {key: [*map(str, before[key]["sources"]), *map(str, after[key]["sources"])] for key in keys}
    return to_json(pages.assemble(after | {key: after[key] | {"sources": kept[key]} for key in keys}))


def cited(page) -> dict[str, list[str]]:
    return {key: [s.title for s in found] for key in items(page) if (found := pages.cited(page, key))}


def test_a_live_page_loses_the_sources_of_the_old_words_in_a_revision_that_says_why(editor, live):
    made = published_as_before(editor, "A letter", answer="Report it within twelve months.", done="Once.")
    assert cited(latest(CODE).page) == {"answer": ["The book", "A letter"], "use_when.done": ["The book", "A letter"]}
    release(apps, None)
    now = latest(CODE)
    assert cited(now.page) == {"answer": ["A letter"], "use_when.done": ["A letter"]}
    assert (now.number, now.items, now.credit) == (made.number + 1, ["answer", "use_when.done"], "the editors")
    assert "cited for words that it was not cited for" in now.reason
    assert Revision.objects.get(pk=made.pk).data == made.data
    release(apps, None)
    assert latest(CODE) == now


def test_a_page_whose_citations_are_right_is_left_alone_and_stays_verified(editor):
    sent = factories.correction(proposed=with_words(latest(CODE).page, answer="New."), source_title="A letter")
    corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest(CODE))
    digests = verifying.verifiable(latest(CODE).page)
    verifying.verify(CODE, digests, by=editor, source="A letter", edition=verifying.current_edition())
    before = latest(CODE)
    release(apps, None)
    assert latest(CODE) == before
    assert cited(before.page) == {"answer": ["A letter"], "use_when.done": ["The book"]}
    assert verifying.surveys([CODE])[CODE].left == []


def test_words_that_were_reverted_to_keep_the_sources_that_were_cited_for_them(editor):
    published_as_before(editor, answer="Wrong.")
    revert(CODE, 1, by=editor, reason="It was right.")
    before = latest(CODE)
    release(apps, None)
    assert latest(CODE) == before
    assert cited(before.page)["answer"] == ["The book"]


def test_what_the_content_file_cites_for_these_words_stays(editor, live):
    published_as_before(editor, answer="Right words.")
    imports.load(CODE, replace(live.page, answer="Right words.", cites=(("answer", ("book",)),)))
    before = latest(CODE)
    release(apps, None)
    assert latest(CODE) == before


def test_a_waiting_proposal_loses_what_it_inherited_and_keeps_its_own_source(editor, live):
    sent = factories.correction(proposed=with_words(live.page, answer="New.", done="Once."), source_title="A letter")
    Correction.objects.update(proposed=old_form(live.page, sent.proposed, sent.items))
    sent.refresh_from_db()
    assert cited(sent.page)["answer"] == ["The book", "A letter"]
    release(apps, None)
    sent.refresh_from_db()
    assert cited(sent.page) == {"answer": ["A letter"], "use_when.done": ["A letter"]}
    corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest(CODE))
    assert cited(latest(CODE).page) == {"answer": ["A letter"], "use_when.done": ["A letter"]}


def test_an_amendment_that_waits_for_its_edition_loses_what_it_inherited(editor, live):
    edition = Edition.objects.create(year=2099)
    sent = factories.correction(proposed=with_words(live.page, answer="New."), edition=edition)
    chosen = {"answer": {"value": "An editor's words.", "sources": ["book"]}}
    corrections.accept(sent, by=editor, items=chosen, seen=live)
    release(apps, None)
    sent.refresh_from_db()
    assert sent.chosen["items"] == {"answer": {"value": "An editor's words.", "sources": []}}


def test_a_decided_correction_stays_as_it_was_sent(editor, live):
    sent = factories.correction(proposed=with_words(live.page, answer="New."))
    corrections.withdraw(sent)
    Correction.objects.update(proposed=old_form(live.page, sent.proposed, sent.items))
    release(apps, None)
    sent.refresh_from_db()
    assert cited(sent.page)["answer"] == ["The book"]


def test_reverting_brings_back_the_words_with_their_source_and_forward_again_without(editor):
    page = latest(CODE).page
    publish(CODE, replace(page, answer="Other."), base=page, by=editor, source="correction", reason="")
    assert "answer" not in cited(latest(CODE).page)
    revert(CODE, 1, by=editor, reason="Back.")
    assert cited(latest(CODE).page)["answer"] == ["The book"]
    revert(CODE, 2, by=editor, reason="And forth.")
    assert (latest(CODE).page.answer, "answer" in cited(latest(CODE).page)) == ("Other.", False)


def test_a_new_statement_brings_the_source_that_was_given_for_it(editor):
    page = latest(CODE).page
    added = replace(page, statements=(*page.statements, Statement("includes.part", "A part.", "", ("book",))))
    publish(CODE, added, base=page, by=editor, source="correction", reason="")
    before = latest(CODE)
    release(apps, None)
    assert latest(CODE) == before
