"""Corrections of the record of a source: the acts that corrections of pages have, through `publish_document`."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from codes.acts import corrections, forgetting, imports
from codes.acts.publishing import latest
from codes.acts.registering import latest_version, publish_document
from codes.display import ledger
from codes.mail import outbox
from codes.models import Address, AuditEntry, Correction, DocumentRevision, Mail
from codes.page.merge import Conflict
from tests import factories
from tests.factories import BOOK

MOVED = "https://example.org/moved"


@pytest.fixture(autouse=True)
def _a_source(db):
    factories.document()
    factories.code(sources=(BOOK.cited("book", 1),), cites=(("answer", ("book",)),))


def accept(sent: Correction, by, items: dict | None = None, **more) -> DocumentRevision | None:
    items = dict.fromkeys(sent.items) if items is None else items
    return corrections.accept(sent, by=by, items=items, seen=latest_version("book"), **more)


def changed_by_an_editor(by, **fields) -> None:
    live = latest_version("book").record
    source = DocumentRevision.Source.EDIT
    publish_document("book", replace(live, **fields), base=live, by=by, source=source, reason="Opened it.")


def test_it_is_frozen_weighed_and_noted_as_of_its_source(editor):
    sent = factories.source_correction(about={"source_title": "The book", "note": "It moved."}, url=MOVED, dated="2015")
    assert (sent.code, sent.base, sent.document_id, sent.document_base) == (None, None, "book", latest_version("book"))
    assert (str(sent), sent.items) == (f"Correction {sent.pk} of the source book", ["document.dated", "document.url"])
    assert (sent.page, sent.before, sent.severity) == (replace(BOOK, url=MOVED, dated="2015"), BOOK, 3)
    assert list(AuditEntry.objects.values_list("act", "subject", "code")) == [("submitted", str(sent), "")]
    with pytest.raises(corrections.NothingDiffers):
        factories.source_correction()
    other = factories.source_correction(url="https://example.org/other", dated="2016")
    assert other.topic == sent.topic != factories.source_correction(url=MOVED).topic
    factories.document(slug="newer")
    assert factories.source_correction("newer", url=MOVED, dated="2015").topic != sent.topic


def test_what_is_accepted_is_a_version_beside_what_changed_meanwhile_and_what_is_left_stays(editor):
    sent = factories.source_correction(url=MOVED, dated="2015", publisher="Another press")
    changed_by_an_editor(editor, title="The new book")
    made = accept(sent, editor, {"document.url": None, "document.publisher": {"value": "The press"}}, reply="Thanks.")
    assert made == latest_version("book")
    assert made.record == replace(BOOK, title="The new book", url=MOVED, publisher="The press")
    assert (made.number, made.source, made.by, made.credit) == (3, "correction", editor, "a reader")
    sent.refresh_from_db()
    assert (sent.state, sent.published, sent.revision) == ("accepted", made, None)
    assert sent.outcomes == {"document.publisher": "amended", "document.url": "accepted", "document.dated": "left"}
    assert sent.in_short == "2 of 3 published, 1 declined"
    # The page cites what its editor read, and the desk lists it to be checked again.
    assert latest("D6010").number == 1


def test_what_clashes_decides_nothing_and_what_is_there_already_publishes_nothing(editor):
    clashing, same = factories.source_correction(url=MOVED), factories.source_correction(dated="2015")
    changed_by_an_editor(editor, url="https://example.org/other", dated="2015")
    with pytest.raises(Conflict) as refused:
        accept(clashing, editor)
    assert list(refused.value.items) == ["document.url"]
    assert accept(same, editor) is None
    same.refresh_from_db()
    assert (same.state, same.in_short) == ("accepted", "accepted, but the page said so already")
    with pytest.raises(ValueError, match="proved"):
        accept(clashing, editor, {"document.url": None}, proofs={"document.url": "The book"})


def test_it_is_taken_back_by_a_version_and_others_with_the_same_words_with_it(editor, settings):
    sent, same = factories.source_correction(url=MOVED), factories.source_correction(url=MOVED)
    accept(sent, editor, along={same.pk: (1, "The same.")})
    same.refresh_from_db()
    sent.refresh_from_db()
    assert (same.state, same.decided_with, same.published) == ("accepted", sent, sent.published)
    made = corrections.undo(sent, by=editor)
    assert (made.record, made.number, made.source) == (BOOK, 3, "undo")
    for one in (sent, same):
        one.refresh_from_db()
        assert (one.state, one.published, one.outcomes) == ("pending", None, {})
    assert ledger.read(sent.created_at).undone == 1
    accept(sent, editor)
    settings.UNDO_MINUTES = 0
    with pytest.raises(corrections.NotNow):
        corrections.undo(Correction.objects.get(pk=sent.pk), by=editor)


def test_its_contributor_edits_answers_takes_back_and_reopens_it(editor, settings):
    sent = factories.source_correction(url=MOVED)
    corrections.ask(sent, by=editor, text="Where?")
    corrections.edit(sent, latest_version("book"), replace(BOOK, dated="2015"), version=1)
    sent.refresh_from_db()
    assert (sent.state, sent.version, sent.items, sent.earlier[0]["base"]) == ("pending", 2, ["document.dated"], 1)
    assert corrections.as_typed(sent) == replace(BOOK, dated="2015")
    corrections.reject(sent, by=editor, reason="It says 2014.")
    settings.UNDO_MINUTES = 0
    corrections.reopen(Correction.objects.get(pk=sent.pk), "Look again.")
    corrections.withdraw(Correction.objects.get(pk=sent.pk))
    assert Correction.objects.get().state == "withdrawn"


def test_two_editors_decide_where_the_setting_names_records_of_sources(editor, settings):
    settings.TWO_EDITORS_FOR = ["document"]
    second, sent = factories.account("second", "Editor"), factories.source_correction(url=MOVED)
    with pytest.raises(corrections.SecondEditorNeeded):
        accept(sent, editor)
    seen, items = latest_version("book"), {"document.url": None}
    assert corrections.accept_or_agree(sent, by=editor, items=items, seen=seen).is_open
    became = corrections.accept_or_agree(sent, by=second, items=items, seen=seen)
    assert (became.state, became.published) == ("accepted", latest_version("book"))


def test_its_mails_hold_no_word_that_anybody_typed_and_its_address_is_erased(editor, mailoutbox, settings):
    settings.UNDO_MINUTES = 0
    sent = factories.source_correction(about={"email": "r@example.org"}, title="Buy here", dated="2015")
    outbox.send_due()
    outbox.confirm(Address.objects.get())
    corrections.ask(sent, by=editor, text="Where?")
    outbox.send_due()
    accept(Correction.objects.get(), editor, {"document.dated": None})
    outbox.send_due()
    confirm, question, outcome = mailoutbox
    assert "Someone sent us a correction of the source book and gave this address" in confirm.body
    assert question.subject == "A question about your correction of the source book"
    assert outcome.subject == "Your correction of the source book: 1 of 2 published, 1 declined"
    assert "- Title: Declined, left as it was\n- Date of the document: Published\n" in outcome.body
    assert "/sources/book/#document.dated" in outcome.body
    assert not any("Buy here" in mail.body for mail in mailoutbox)
    assert Mail.objects.exclude(to="").count() == 0
    settings.PERSONAL_DATA_DAYS = 0
    assert forgetting.forget()["addresses of corrections"] == 1
    assert Correction.objects.get().email == ""


def test_disputes_of_sources_and_of_codes_are_counted_apart(editor):
    corrections.dispute(factories.source_correction(url=MOVED), by=editor)
    factories.source_correction(dated="2015")
    factories.correction()
    assert list(corrections.disputes()) == ["D6010"]
    found = corrections.disputes(of="document")
    assert list(found) == ["book"]
    assert (found["book"].corrections, found["book"].disputed) == (2, {"document.url"})
    assert corrections.disputes(["nothing"], of="document") == {}


def test_a_load_of_the_content_files_keeps_what_a_reader_corrected(editor):
    imports.load_register({"book": BOOK})
    accept(factories.source_correction(url=MOVED), editor)
    newer = replace(BOOK, url="https://example.org/file", dated="2016")
    assert imports.load_register({"book": newer}) == {imports.Outcome.KEPT: 1}
    assert latest_version("book").record == replace(BOOK, url=MOVED, dated="2016")


@pytest.mark.parametrize("field", ["code", "base", "document", "document_base"])
def test_the_database_holds_none_that_is_of_both_or_of_neither(field):
    of_source, of_code = factories.source_correction(url=MOVED), factories.correction()
    for one, other in ((of_source, of_code), (of_code, of_source)):
        if (field, one) == ("base", of_code):
            continue  # It would propose the first page of its code.
        given = getattr(one, field) if getattr(one, field) else getattr(other, field)
        wrong = None if getattr(one, field) else given
        with pytest.raises(IntegrityError), transaction.atomic():
            Correction.objects.filter(pk=one.pk).update(**{field: wrong})
