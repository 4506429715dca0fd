"""corrections: submitted, accepted in whole, in part or in other words, rejected; and what the contributor hears."""

import smtplib
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction

from codes.acts import corrections
from codes.acts.corrections import AlreadyDecided, NothingChosen, NothingDiffers
from codes.acts.publishing import latest, publish, revert
from codes.display.page import code_page
from codes.mail import outbox
from codes.models import Correction, Revision, Verification
from codes.page import Malformed, Source, Statement, items, to_json, with_sources
from codes.page.merge import Conflict
from tests import factories

CODE = "D6010"
pytestmark = pytest.mark.usefixtures("live")


def proposed(page, **changes):
    """The page with another answer, another question's answer, and one statement more."""
    statements = (*with_text(page, "faq.why", "For a reason.").statements, Statement("includes.part", "A part of it."))
    return replace(page, **{"answer": "Report it otherwise.", "statements": statements, **changes})


def with_text(page, key, text, **more):
    return replace(
        page, statements=tuple(replace(s, text=text, **more) if s.key == key else s for s in page.statements)
    )


def change(by=None, **changes):
    """Somebody else publishes a change."""
    page = latest(CODE).page
    return publish(CODE, replace(page, **changes), base=page, by=by, source="correction", reason="")


def accept(correction, editor, *keys, amended=(), proved=()):
    """Accept these items (none: all), of which the contributor's source proves those that are `proved`."""
    chosen = dict.fromkeys(keys or correction.items) | dict(amended)
    proofs = dict.fromkeys(proved, correction.source_title)
    return corrections.accept(correction, by=editor, items=chosen, seen=latest(CODE), proofs=proofs)


def state(correction):
    """Everything that deciding may write, for one correction and its code."""
    return (
        Correction.objects.filter(pk=correction.pk).values().get(),
        list(Revision.objects.filter(code=correction.code).order_by("number").values()),
        list(Verification.objects.values()),
    )


class TestSubmit:
    def test_freezes_what_is_proposed_and_names_the_items(self, live):
        sent = factories.correction(
            proposed=proposed(live.page), note="It is wrong.", credit="Edith Tor", email="reader@example.org"
        )
        row = Correction.objects.get()
        assert (row, row.state, row.code_id, row.base) == (sent, "pending", CODE, live)
        assert row.items == ["answer", "faq.why", "includes.part"]
        assert (row.page, row.proposed) == (proposed(live.page), to_json(proposed(live.page)))
        assert (row.note, row.credit, row.email, row.reply) == ("It is wrong.", "Edith Tor", "reader@example.org", "")
        assert (row.decided_at, row.decided_by, row.revision, row.outcomes) == (None, None, None, {})

    def test_changes_nothing_that_is_published(self, live):
        factories.correction()
        assert list(Revision.objects.all()) == [live]

    def test_stays_frozen_when_the_page_moves_on(self, live):
        sent = factories.correction(proposed=proposed(live.page))
        change(title="Another title")
        sent.refresh_from_db()
        assert (sent.page, sent.base) == (proposed(live.page), live)

    def test_with_a_source_every_changed_item_cites_it_and_no_other(self, live):
        sent = factories.correction(
            proposed=proposed(live.page), source_title="A new book", source_url="https://example.org/new"
        )
        (source,) = (s for s in sent.page.sources if s.key != "book")
        assert (source.title, source.url) == ("A new book", "https://example.org/new")
        cited = {key for key, item in items(sent.page).items() if source.key in item.get("sources", ())}
        assert cited == {"answer", "faq.why", "includes.part"} == set(sent.items)

    def test_keeps_the_sources_that_an_item_cites_already_only_if_they_are_said_to_say_the_new_words(self, live):
        cites = (("answer", ("book",)),)
        change(cites=cites)
        new = replace(latest(CODE).page, answer="New words.")
        for proposed, titles in ((new, ["A new book"]), (replace(new, cites=cites), ["The old book", "A new book"])):
            sent = factories.correction(proposed=proposed, source_title="A new book")
            assert [sent.page.source(key).title for key in dict(sent.page.cites)["answer"]] == titles

    def test_each_item_cites_the_source_that_was_named_for_it_alone(self, live):
        own = {"source_title": "A second book", "source_url": "https://example.org/2"}
        none = {"source_title": "", "source_url": "", "note": "I saw it."}
        sent = factories.correction(
            proposed=proposed(live.page),
            source_title="A new book",
            evidence={"faq.why": own, "includes.part": none, "title": own},
        )
        found = items(sent.page)
        cited = {key: [sent.page.source(s).title for s in found[key]["sources"]] for key in sent.items}
        assert cited == {"answer": ["A new book"], "faq.why": ["A second book"], "includes.part": []}
        assert sent.evidence == {"faq.why": own, "includes.part": none}
        assert sent.evidence_of("faq.why").source_url == "https://example.org/2"
        assert (sent.evidence_of("includes.part").source_title, sent.evidence_of("answer").source_title) == (
            "",
            "A new book",
        )
        assert corrections.as_typed(sent) == proposed(live.page)

    def test_a_note_of_its_own_does_not_make_a_second_source(self, live):
        book = {"source_title": "A second book", "source_url": ""}
        notes = {
            "answer": {"note": "Page 3."},
            "faq.why": {**book, "note": "1."},
            "includes.part": {**book, "note": "2."},
        }
        sent = factories.correction(proposed=proposed(live.page), source_title="A new book", evidence=notes)
        assert [s.title for s in sent.page.sources[1:]] == ["A new book", "A second book"]

    def test_a_source_may_be_an_address_only_however_long(self):
        url = "https://example.org/" + "x" * 480
        sent = factories.correction(source_url=url)
        assert (sent.source_title, sent.source_url) == (url[:300], url)
        assert [(s.title, s.url) for s in sent.page.sources[1:]] == [(url[:300], url)]

    def test_what_differs_in_nothing_is_refused_and_leaves_no_row(self, live):
        with pytest.raises(NothingDiffers):
            factories.correction(proposed=live.page, source_title="A book", note="Nothing.")
        assert Correction.objects.count() == 0

    def test_what_is_no_page_is_refused_and_leaves_no_row(self, live):
        with pytest.raises(Malformed, match="answer"):
            factories.correction(proposed=replace(live.page, answer=""))
        assert Correction.objects.count() == 0

    def test_the_same_ticket_again_gives_the_same_correction(self, live):
        first = corrections.submit(live, proposed(live.page), ticket="one-form", note="First.")
        again = corrections.submit(live, replace(live.page, title="Otherwise"), ticket="one-form", note="Second.")
        assert again == first
        assert list(Correction.objects.values_list("ticket", "note")) == [("one-form", "First.")]
        assert again.page == proposed(live.page)

    def test_two_receipts_have_two_addresses(self):
        first, second = factories.correction(), factories.correction()
        assert first.token != second.token
        assert len(first.token) >= 32


class TestAcceptWhole:
    def test_publishes_every_item_and_tells_who_and_why(self, live, editor):
        sent = factories.correction(proposed=proposed(live.page), note="It is wrong.", credit="A. Reader")
        made = accept(sent, editor)
        assert made.page == proposed(live.page)
        assert (made.number, made.source, made.by, made.reason) == (2, "correction", editor, "It is wrong.")
        assert made.credit == "A. Reader"
        assert latest(CODE) == made

    def test_decides_the_correction(self, live, editor):
        sent = factories.correction(proposed=proposed(live.page))
        made = corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=live, reply="Thank you.")
        sent.refresh_from_db()
        assert (sent.state, sent.decided_by, sent.revision, sent.reply) == ("accepted", editor, made, "Thank you.")
        assert sent.outcomes == {"answer": "accepted", "faq.why": "accepted", "includes.part": "accepted"}
        assert sent.decided_at >= sent.created_at

    def test_a_contributor_without_a_name_is_a_reader(self, editor):
        assert accept(factories.correction(), editor).credit == "a reader"

    def test_removes_what_the_contributor_removed(self, live, editor):
        sent = factories.correction(proposed=replace(live.page, statements=live.page.statements[:1]))
        assert sent.items == ["faq.why"]
        assert [s.key for s in accept(sent, editor).page.statements] == ["use_when.done"]

    def test_brings_the_source_to_the_page(self, editor):
        made = accept(factories.correction(source_title="A new book"), editor)
        assert [made.page.source(key).title for key in dict(made.page.cites)["answer"]] == ["A new book"]

    def test_of_what_the_page_says_by_now_publishes_nothing_and_is_decided(self, editor):
        sent = factories.correction(proposed=replace(latest(CODE).page, answer="The same words."))
        change(answer="The same words.")
        assert accept(sent, editor) is None
        sent.refresh_from_db()
        assert (sent.state, sent.revision, sent.outcomes) == ("accepted", None, {"answer": "accepted"})
        assert latest(CODE).number == 2


class TestAcceptPart:
    def test_publishes_the_chosen_items_and_leaves_the_others(self, live, editor):
        sent = factories.correction(proposed=proposed(live.page))
        made = accept(sent, editor, "faq.why")
        assert made.page == with_text(live.page, "faq.why", "For a reason.")
        assert made.items == ["faq.why"]
        sent.refresh_from_db()
        assert sent.outcomes == {"answer": "left", "faq.why": "accepted", "includes.part": "left"}

    def test_brings_the_source_with_the_chosen_item(self, live, editor):
        sent = factories.correction(proposed=proposed(live.page), source_title="A new book")
        page = accept(sent, editor, "faq.why").page
        assert [s.title for s in page.sources] == ["The old book", "A new book"]
        assert dict(page.cites) == {}
        assert page.of_kind("faq")[0].sources == (page.sources[1].key,)

    def test_does_not_bring_a_changed_source_that_was_left(self, live, editor):
        change(cites=(("answer", ("book",)),))
        page = latest(CODE).page
        hijacked = (Source("book", "The old book", "https://example.org/elsewhere"),)
        sent = factories.correction(proposed=replace(page, answer="Report it otherwise.", sources=hijacked))
        assert sent.items == ["answer", "source.book"]
        made = accept(sent, editor, "answer")
        assert made.page == replace(page, answer="Report it otherwise.")
        sent.refresh_from_db()
        assert sent.outcomes == {"answer": "accepted", "source.book": "left"}

    def test_no_item_at_all_is_refused_and_changes_nothing(self, live, editor):
        sent = factories.correction(proposed=proposed(live.page))
        before = state(sent)
        with pytest.raises(NothingChosen):
            corrections.accept(sent, by=editor, items={}, seen=live)
        assert state(sent) == before

    @pytest.mark.parametrize("content", [None, {"value": "A smuggled title", "sources": []}])
    def test_an_item_that_is_not_part_of_the_correction_is_refused(self, live, editor, content):
        sent = factories.correction(proposed=proposed(live.page))
        before = state(sent)
        with pytest.raises(NothingChosen, match="not part of this correction: title"):
            corrections.accept(sent, by=editor, items={"answer": None, "title": content}, seen=live)
        assert state(sent) == before

    def test_what_was_put_into_the_row_beside_the_items_is_never_published(self, live, editor):
        sent = factories.correction(proposed=replace(live.page, answer="Report it otherwise."))
        smuggled = proposed(live.page, title="A smuggled title", answer="Report it otherwise.")
        Correction.objects.filter(pk=sent.pk).update(proposed=to_json(smuggled))
        assert accept(sent, editor, "answer").page == replace(live.page, answer="Report it otherwise.")


class TestAmend:
    def test_publishes_the_editors_words_with_the_contributors_credit(self, live, editor):
        sent = factories.correction(proposed=proposed(live.page), credit="A. Reader")
        words = {"value": "Report it in better words.", "sources": []}
        made = accept(sent, editor, "faq.why", amended={"answer": words})
        assert made.page == replace(with_text(live.page, "faq.why", "For a reason."), answer=words["value"])
        assert (made.credit, made.by) == ("A. Reader", editor)
        sent.refresh_from_db()
        assert sent.outcomes == {"answer": "amended", "faq.why": "accepted", "includes.part": "left"}

    def test_keeps_what_was_proposed_in_the_record(self, live, editor):
        sent = factories.correction(proposed=proposed(live.page))
        accept(sent, editor, "faq.why", amended={"answer": {"value": "Better.", "sources": []}})
        sent.refresh_from_db()
        assert sent.page == proposed(live.page)

    def test_does_not_cite_the_contributors_source_for_words_that_nobody_says_it_proves(self, editor):
        sent = factories.correction(source_title="A new book", source_url="https://example.org/new")
        made = accept(sent, editor, amended={"answer": {"value": "Better.", "sources": ["book"]}})
        assert dict(made.page.cites)["answer"] == ("book",)
        assert [s.title for s in made.page.sources] == ["The old book"]

    def test_cites_the_contributors_source_if_it_proves_the_editors_words(self, editor):
        sent = factories.correction(source_title="A new book", source_url="https://example.org/new")
        content = {"value": "Better.", "sources": ["book"]}
        made = accept(sent, editor, amended={"answer": content}, proved=["answer"])
        cited = [made.page.source(key) for key in dict(made.page.cites)["answer"]]
        assert [(s.title, s.url) for s in cited] == [
            ("The old book", "https://example.org/book"),
            ("A new book", "https://example.org/new"),
        ]

    def test_an_added_statement_in_other_words_stands_where_it_was_proposed(self, live, editor):
        sent = factories.correction(proposed=proposed(live.page))
        content = {"text": "Another part.", "heading": "", "sources": []}
        made = accept(sent, editor, "includes.part", amended={"includes.part": content})
        assert [s.text for s in made.page.of_kind("includes")] == ["Another part."]

    def test_words_that_make_no_page_are_refused_and_change_nothing(self, live, editor):
        sent = factories.correction(proposed=proposed(live.page))
        before = state(sent)
        with pytest.raises(Malformed, match="answer"):
            accept(sent, editor, "faq.why", amended={"answer": {"value": "", "sources": []}})
        assert state(sent) == before


class TestStale:
    def test_a_compatible_correction_merges_with_what_changed_since(self, live, editor):
        sent = factories.correction(proposed=proposed(live.page))
        change(title="Another title", aliases=("doing a thing", "another name"))
        made = accept(sent, editor)
        assert made.page == proposed(live.page, title="Another title", aliases=("doing a thing", "another name"))
        assert sorted(made.items) == ["answer", "faq.why", "includes.part"]

    def test_a_clash_raises_and_the_correction_waits_on(self, live, editor):
        sent = factories.correction(proposed=proposed(live.page), source_title="A new book", email="r@example.org")
        change(answer="Other words.")
        before = state(sent)
        with pytest.raises(Conflict) as conflict:
            accept(sent, editor)
        assert list(conflict.value.items) == ["answer"]
        assert state(sent) == before
        assert Correction.objects.get().state == "pending"

    def test_the_items_that_do_not_clash_can_be_accepted(self, live, editor):
        sent = factories.correction(proposed=proposed(live.page))
        change(answer="Other words.")
        made = accept(sent, editor, "faq.why", "includes.part")
        assert made.page == proposed(live.page, answer="Other words.")

    def test_amending_in_sight_of_the_live_page_resolves_a_clash(self, live, editor):
        sent = factories.correction(proposed=proposed(live.page))
        change(answer="Other words.")
        made = accept(sent, editor, *sent.items, amended={"answer": {"value": "Both.", "sources": []}})
        assert made.page == proposed(live.page, answer="Both.")
        sent.refresh_from_db()
        assert sent.outcomes == {"answer": "amended", "faq.why": "accepted", "includes.part": "accepted"}

    def test_amending_an_item_that_cites_by_now_another_readers_source_keeps_both_if_it_says_so(self, live, editor):
        first = factories.correction(source_title="The first book", proposed=replace(live.page, answer="First."))
        second = factories.correction(source_title="The second book", proposed=replace(live.page, answer="Second."))
        accept(first, editor)
        item = items(latest(CODE).page)["answer"]
        content = with_sources({**item, "value": "First and second."}, item["sources"])
        page = accept(second, editor, amended={"answer": content}, proved=["answer"]).page
        assert page.answer == "First and second."
        assert [page.source(key).title for key in dict(page.cites)["answer"]] == ["The first book", "The second book"]
        assert sorted(s.title for s in page.sources) == ["The first book", "The old book", "The second book"]

    def test_amending_in_sight_of_an_older_revision_is_a_clash(self, live, editor):
        sent = factories.correction(proposed=proposed(live.page))
        change(answer="Other words, unseen.")
        before = state(sent)
        with pytest.raises(Conflict):
            corrections.accept(sent, by=editor, items={"answer": {"value": "Blind.", "sources": []}}, seen=live)
        assert state(sent) == before

    def test_a_correction_of_an_item_that_was_removed_meanwhile_clashes(self, live, editor):
        sent = factories.correction(proposed=with_text(live.page, "faq.why", "For a reason."))
        change(statements=live.page.statements[:1])
        with pytest.raises(Conflict):
            accept(sent, editor)
        made = accept(sent, editor, amended={"faq.why": {"text": "Put back.", "heading": "Why?", "sources": []}})
        assert made.page == with_text(live.page, "faq.why", "Put back.")


class TestDecidedOnce:
    @pytest.fixture(params=["accepted", "rejected"])
    def decided(self, request, live, editor):
        sent = factories.correction(proposed=proposed(live.page), source_title="A new book", email="r@example.org")
        if request.param == "accepted":
            accept(sent, editor, "answer")
        else:
            corrections.reject(sent, by=editor, reason="The source says otherwise.")
        return sent

    def test_it_is_not_accepted_again(self, decided, editor):
        before = state(decided)
        with pytest.raises(AlreadyDecided) as refused:
            accept(decided, editor, "faq.why")
        assert refused.value.correction.state == before[0]["state"] != "pending"
        assert state(decided) == before

    def test_it_is_not_rejected_again(self, decided, editor):
        before = state(decided)
        with pytest.raises(AlreadyDecided, match=f"Correction {decided.pk} of D6010 is {before[0]['state']} already"):
            corrections.reject(decided, by=editor, reason="Another reason.")
        assert state(decided) == before


class TestReject:
    def test_tells_the_reason_and_publishes_nothing(self, live, editor):
        sent = factories.correction(proposed=proposed(live.page))
        corrections.reject(sent, by=editor, reason="The source says otherwise.")
        sent.refresh_from_db()
        assert (sent.state, sent.decided_by, sent.reply) == ("rejected", editor, "The source says otherwise.")
        assert (sent.revision, set(sent.outcomes.values())) == (None, {"left"})
        assert latest(CODE) == live

    @pytest.mark.parametrize("reason", ["", " \n\t"])
    def test_needs_a_reason(self, editor, reason):
        sent = factories.correction()
        before = state(sent)
        with pytest.raises(ValueError, match="a rejection needs a reason"):
            corrections.reject(sent, by=editor, reason=reason)
        assert state(sent) == before


class TestMail:
    """The contributor hears the outcome once, after it is certain, at the address given for it."""

    PRIVATE = {
        "note": "My neighbor's crown",
        "credit": "Edith Tor",
        "source_title": "My own chart",
        "email": "reader@example.org",
    }

    @pytest.fixture(autouse=True)
    def later(self, time_machine, settings, mailoutbox):
        """Goes to the end of the time in which a decision can be taken back, and sends what is due."""
        time_machine.move_to("2026-03-04 12:00:00Z", tick=False)

        def send():
            time_machine.shift(timedelta(minutes=settings.UNDO_MINUTES))
            outbox.send_due()
            return mailoutbox

        return send

    def sent(self):
        """A correction whose contributor has confirmed the address."""
        sent = factories.correction(**self.PRIVATE)
        outbox.confirm(sent.mails.get().recipient)
        return sent

    def decide(self, how, editor):
        sent = self.sent()
        if how == "accepted":
            accept(sent, editor)
        else:
            corrections.reject(sent, by=editor, reason="The source says otherwise.")
        return sent

    @pytest.mark.parametrize(("how", "said"), [("accepted", "published"), ("rejected", "declined")])
    def test_goes_to_the_given_address_only_with_the_receipt_and_nothing_that_was_written(
        self, how, said, editor, later, mailoutbox, settings
    ):
        sent = self.decide(how, editor)
        outbox.send_due()
        assert mailoutbox == []
        (mail,) = later()
        assert (mail.to, mail.cc, mail.bcc) == (["reader@example.org"], [], [])
        assert mail.subject == f"Your correction of D6010: {said}"
        assert f"{settings.SITE_URL}/corrections/{sent.token}/" in mail.body
        assert f"Your correction {sent.pk} of D6010: {said}." in mail.body
        typed = [self.PRIVATE["note"], "Edith Tor", "My own chart", sent.page.answer, "The source says otherwise."]
        assert [text for text in typed if text in mail.body or text in mail.subject] == []
        assert later() == [mail]

    def test_without_an_address_there_is_none(self, editor, later):
        accept(factories.correction(), editor)
        assert later() == []

    def test_before_the_address_is_confirmed_there_is_none_but_the_question_for_that(self, editor, later):
        accept(factories.correction(**self.PRIVATE), editor)
        (mail,) = later()
        assert mail.subject == "Is this your e-mail address?"

    def test_a_decision_that_was_refused_mails_nothing(self, editor, later):
        sent = self.decide("accepted", editor)
        with pytest.raises(AlreadyDecided):
            corrections.reject(sent, by=editor, reason="Otherwise.")
        (mail,) = later()
        assert "of D6010: published." in mail.body

    def test_a_decision_that_is_rolled_back_mails_nothing(self, editor, later):
        sent = self.sent()
        with transaction.atomic():
            accept(sent, editor)
            transaction.set_rollback(True)
        assert later() == []

    def test_a_mail_that_cannot_be_sent_undoes_nothing_and_the_log_has_no_address(
        self, editor, monkeypatch, caplog, later
    ):
        def fails(backend, messages):
            raise smtplib.SMTPRecipientsRefused({to: (550, b"no such user") for to in messages[0].to})

        monkeypatch.setattr(EmailBackend, "send_messages", fails)
        sent = self.decide("accepted", editor)
        pk = sent.mails.get(kind="outcome").pk
        assert later() == []
        sent.refresh_from_db()
        assert (sent.state, sent.revision) == ("accepted", latest(CODE))
        assert caplog.messages == [f"Mail given up. Outcome {pk}, try 1: SMTPRecipientsRefused 550"]
        assert "reader@example.org" not in caplog.text


class TestVerification:
    def marks(self, shown):
        found = {key: item.mark for key, item in shown.fields.items()}
        return found | {item.key: item.mark for section in shown.sections for item in section.items}

    def verified(self):
        return sorted(key for key, mark in self.marks(code_page(latest(CODE))).items() if mark.verified)

    def test_items_that_the_source_proves_are_verified_and_no_others(self, live, editor, time_machine):
        time_machine.move_to("2026-03-04 12:00:00")
        sent = factories.correction(proposed=proposed(live.page), source_title="A new book, page 7")
        amended = {"faq.why": {"text": "Better.", "heading": "Why?", "sources": []}}
        accept(sent, editor, "answer", "includes.part", amended=amended, proved=["answer", "faq.why"])
        rows = Verification.objects.order_by("item").values_list("item", "edition", "source", "by")
        assert list(rows) == [(key, 2026, "A new book, page 7", editor.pk) for key in ("answer", "faq.why")]
        assert self.verified() == ["answer", "faq.why"]
        assert code_page(latest(CODE)).marks.verified == 2

    @pytest.mark.parametrize("title", ["", "A new book"])
    def test_accepting_alone_verifies_nothing(self, live, editor, title):
        accept(factories.correction(proposed=proposed(live.page), source_title=title), editor)
        assert Verification.objects.count() == 0
        assert self.verified() == []

    def test_a_rejection_verifies_nothing(self, live, editor):
        sent = factories.correction(proposed=proposed(live.page), source_title="A new book")
        corrections.reject(sent, by=editor, reason="No.")
        assert Verification.objects.count() == 0

    def test_a_removed_item_is_not_verified(self, live, editor):
        page = replace(live.page, answer="Report it otherwise.", statements=live.page.statements[:1])
        sent = factories.correction(proposed=page, source_title="A new book")
        accept(sent, editor, proved=sent.items)
        assert list(Verification.objects.values_list("item", flat=True)) == ["answer"]

    def test_what_the_page_said_already_is_verified_too(self, live, editor):
        accept(factories.correction(proposed=replace(live.page, answer="Report it otherwise.")), editor)
        again = factories.correction(base=live, proposed=replace(live.page, answer="Report it otherwise."))
        chosen, proofs = {"answer": None}, {"answer": "A book"}
        assert corrections.accept(again, by=editor, items=chosen, seen=latest(CODE), proofs=proofs) is None
        assert self.verified() == ["answer"]

    def test_it_stops_to_count_when_a_word_changes_and_counts_again_when_it_is_put_back(self, live, editor):
        sent = factories.correction(proposed=proposed(live.page), source_title="A new book")
        accept(sent, editor, proved=sent.items)
        assert self.verified() == ["answer", "faq.why", "includes.part"]
        change(answer="Report it otherwise!")
        assert self.verified() == ["faq.why", "includes.part"]
        assert Verification.objects.filter(item="answer").count() == 1
        revert(CODE, 2, by=editor, reason="back")
        assert self.verified() == ["answer", "faq.why", "includes.part"]

    def test_an_open_correction_waits_at_a_verified_item_and_takes_nothing_away(self, live, editor):
        sent = factories.correction(proposed=proposed(live.page), source_title="A new book")
        accept(sent, editor, proved=sent.items)
        sent = factories.correction()
        shown = code_page(latest(CODE))
        assert {key: mark.waiting for key, mark in self.marks(shown).items() if mark.waiting} == {"answer": 1}
        assert (shown.marks.verified, shown.marks.disputed, shown.marks.open_corrections) == (3, 0, 1)
        corrections.dispute(sent, by=editor)
        shown = code_page(latest(CODE))
        assert [key for key, mark in self.marks(shown).items() if mark.disputed] == ["answer"]
        assert (shown.marks.verified, shown.marks.disputed, shown.marks.open_corrections) == (3, 1, 1)
