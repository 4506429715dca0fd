"""corrections, the editors' side: look, ask, two editors, one's own, those decided along, undo, coming editions."""

from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.utils import timezone

from codes import page as pages
from codes.acts import corrections, verifying
from codes.acts.corrections import NothingChosen, NotNow, OwnCorrection, SecondEditorNeeded
from codes.acts.publishing import latest, publish
from codes.models import AuditEntry, Correction, Edition, Revision, Verification
from codes.page.merge import Conflict
from tests import factories

CODE = "D6010"
pytestmark = pytest.mark.usefixtures("live")


@pytest.fixture
def other(editor):
    """A second editor."""
    made = get_user_model().objects.create_user("otto", email="otto@example.org", is_staff=True)
    made.user_permissions.add(Permission.objects.get(codename="change_correction"))
    return made


def propose(answer="Report it otherwise.", **about):
    return factories.correction(CODE, proposed=replace(latest(CODE).page, answer=answer), **about)


def accept(sent, by, **more):
    made = corrections.accept(sent, by=by, items=dict.fromkeys(sent.items), seen=latest(CODE), **more)
    sent.refresh_from_db()
    return made


def acts():
    return list(AuditEntry.objects.exclude(act="submitted").order_by("id").values_list("act", "subject", "by"))


def publish_other(**changes):
    page = latest(CODE).page
    publish(CODE, replace(page, **changes), base=page, by=None, source="correction", reason="")


class TestLook:
    def test_shows_who_looks_until_it_lapses_and_takes_nobodys_reservation(self, editor, other):
        sent = propose()
        start = timezone.now()
        with time_machine.travel(start, tick=False):
            corrections.look(sent, editor)
            corrections.look(sent, other)
        sent.refresh_from_db()
        assert (sent.reserved_by, sent.reserved_until) == (editor, start + timedelta(minutes=15))
        with time_machine.travel(start + timedelta(minutes=15, seconds=1), tick=False):
            corrections.look(sent, other)
        sent.refresh_from_db()
        assert sent.reserved_by == other

    def test_keeps_the_longer_reservation_of_an_answered_question(self, editor):
        sent = propose()
        corrections.ask(sent, by=editor, text="Where?")
        corrections.answer(sent, "There.")
        sent.refresh_from_db()
        until = sent.reserved_until
        corrections.look(sent, editor)
        sent.refresh_from_db()
        assert sent.reserved_until == until

    def test_hinders_nobody_from_deciding(self, editor, other):
        sent = propose()
        corrections.look(sent, editor)
        assert accept(sent, other).page.answer == "Report it otherwise."
        assert (sent.reserved_by, sent.decided_by) == (None, other)


class TestAsk:
    def test_takes_it_out_of_the_queue_and_leaves_the_item_waiting(self, editor):
        sent = propose()
        corrections.ask(sent, by=editor, text="Which book?")
        sent.refresh_from_db()
        assert sent.state == "needs_answer"
        assert corrections.disputes([CODE])[CODE].waiting == {"answer": 1}
        assert acts() == [("asked", str(sent), editor.pk)]

    @pytest.mark.parametrize("text", ["", " \n"])
    def test_without_words_is_refused(self, editor, text):
        sent = propose()
        with pytest.raises(ValueError, match="a question needs words"):
            corrections.ask(sent, by=editor, text=text)
        sent.refresh_from_db()
        assert sent.state == "pending"

    def test_a_second_question_waits_for_the_first_answer(self, editor, other):
        sent = propose()
        corrections.ask(sent, by=editor, text="Which book?")
        with pytest.raises(NotNow):
            corrections.ask(sent, by=other, text="Which page?")
        assert sent.exchanges.count() == 1

    def test_can_be_decided_without_waiting_for_the_answer(self, editor):
        sent = propose()
        corrections.ask(sent, by=editor, text="Which book?")
        assert accept(sent, editor).page.answer == "Report it otherwise."


class TestOwn:
    @pytest.mark.parametrize("how", ["logged in", "address"])
    def test_an_editors_own_correction_waits_for_another(self, other, editor, how):
        own = {"sent_by": other} if how == "logged in" else {"email": "Otto@Example.org"}
        sent = propose(**own)
        for act in (
            lambda: corrections.accept(sent, by=other, items={"answer": None}, seen=latest(CODE)),
            lambda: corrections.reject(sent, by=other, reason="No."),
            lambda: corrections.agree(sent, by=other, items={"answer": None}),
        ):
            with pytest.raises(OwnCorrection):
                act()
        sent.refresh_from_db()
        assert (sent.state, sent.agreed_by) == ("pending", None)
        assert accept(sent, editor).by == editor

    def test_the_only_editor_decides_it(self, editor):
        sent = propose(sent_by=editor)
        assert corrections.sole_editor() is True
        assert accept(sent, editor).by == editor

    def test_an_account_that_may_not_log_in_or_not_decide_is_no_other_editor(self, editor, other):
        assert corrections.sole_editor() is False
        other.is_active = False
        other.save()
        assert corrections.sole_editor() is True
        get_user_model().objects.create_user("reader", is_staff=True)
        assert corrections.sole_editor() is True
        get_user_model().objects.create_superuser("root")
        assert corrections.sole_editor() is False

    def test_is_not_decided_along_with_anothers(self, editor, other):
        lead, own = propose("Report it so."), propose("Report it so, too.", sent_by=other)
        accept(lead, other, along={own.pk: (1, "No.")})
        own.refresh_from_db()
        assert own.state == "pending"


class TestTwoEditors:
    @pytest.fixture(autouse=True)
    def _guarded(self, settings):
        settings.TWO_EDITORS_FOR = frozenset({"validity"})

    @pytest.fixture
    def sent(self, live):
        page = replace(live.page, answer="Otherwise.", validity=replace(live.page.validity, since=2020))
        return factories.correction(CODE, proposed=page)

    def test_one_alone_publishes_nothing(self, sent, live, editor, other):
        with pytest.raises(SecondEditorNeeded):
            accept(sent, editor)
        corrections.agree(sent, by=editor, items=dict.fromkeys(sent.items))
        sent.refresh_from_db()
        with pytest.raises(SecondEditorNeeded):
            accept(sent, editor)
        assert latest(CODE) == live
        assert accept(sent, other).page.validity.since == 2020
        assert [act for act, *_ in acts()] == ["agreed", "accepted"]

    def test_the_second_must_want_the_same_words(self, sent, live, editor, other):
        corrections.agree(sent, by=editor, items=dict.fromkeys(sent.items))
        sent.refresh_from_db()
        amended = {"value": {"since": 2021, "until": None, "replaced_by": [], "revised": []}, "sources": []}
        with pytest.raises(SecondEditorNeeded):
            corrections.accept(sent, by=other, items={"validity": amended}, seen=live)
        assert latest(CODE) == live

    def test_a_source_that_comes_with_an_item_is_one_of_them(self, settings, live, editor, other):
        settings.TWO_EDITORS_FOR = frozenset({"source"})
        sent = propose(source_title="A blog", source_url="https://example.org/blog")
        with pytest.raises(SecondEditorNeeded):
            accept(sent, editor)
        own = {"answer": {"value": "As the editor says.", "sources": []}}
        with pytest.raises(SecondEditorNeeded):
            corrections.accept(sent, by=editor, items=own, seen=live, proofs={"answer": "A blog"})
        corrections.agree(sent, by=editor, items={"answer": None})
        sent.refresh_from_db()
        assert "A blog" in [source.title for source in accept(sent, other).page.sources]

    def test_one_is_enough_for_own_words_that_leave_a_source_out(self, settings, live, editor, other):
        settings.TWO_EDITORS_FOR = frozenset({"source"})
        sent = propose(source_title="A blog")
        own = {"answer": {"value": "As the editor says.", "sources": []}}
        made = corrections.accept(sent, by=editor, items=own, seen=live)
        assert (made.page.answer, made.page.sources) == ("As the editor says.", live.page.sources)

    def test_the_second_must_want_it_to_cite_the_same(self, live, editor, other):
        page = replace(live.page, validity=replace(live.page.validity, since=2020))
        sent = factories.correction(CODE, proposed=page, source_title="A book")
        items = {"validity": {"value": {"since": 2021, "until": None, "replaced_by": [], "revised": []}, "sources": []}}
        corrections.agree(sent, by=editor, items=items)
        sent.refresh_from_db()
        proofs = {"validity": "A book"}
        with pytest.raises(SecondEditorNeeded):
            corrections.accept(sent, by=other, items=items, seen=live, proofs=proofs)
        assert latest(CODE) == live
        assert corrections.accept(sent, by=other, items=items, seen=live).page.validity.since == 2021

    def test_items_that_are_not_named_need_one(self, sent, editor):
        made = corrections.accept(sent, by=editor, items={"answer": None}, seen=latest(CODE))
        assert (made.page.answer, made.page.validity.since) == ("Otherwise.", None)

    def test_an_edit_takes_the_agreement_back(self, sent, live, editor, other):
        corrections.agree(sent, by=editor, items=dict.fromkeys(sent.items))
        page = replace(live.page, validity=replace(live.page.validity, since=2022))
        corrections.edit(sent, live, page, version=1)
        sent.refresh_from_db()
        with pytest.raises(SecondEditorNeeded):
            accept(sent, other)

    def test_the_act_itself_tells_the_first_editor_from_the_second(self, sent, live, editor, other):
        chosen = {"items": dict.fromkeys(sent.items), "seen": live, "reply": "Thank you."}
        for _ in range(2):
            agreed = corrections.accept_or_agree(sent, by=editor, **chosen)
            assert (agreed.state, agreed.agreed_by, agreed.reply) == ("pending", editor, "Thank you.")
            assert latest(CODE) == live
        # Whatever was known of the agreement when the page was opened.
        done = corrections.accept_or_agree(sent, by=other, **chosen)
        assert (done.state, done.decided_by, done.revision.page.validity.since) == ("accepted", other, 2020)
        assert [act for act, *_ in acts()] == ["agreed", "agreed", "accepted"]

    def test_the_act_publishes_at_once_where_one_editor_is_enough(self, sent, live, editor):
        done = corrections.accept_or_agree(sent, by=editor, items={"answer": None}, seen=live)
        assert (done.state, done.revision, done.agreed_by) == ("accepted", latest(CODE), None)

    def test_agreeing_to_nothing_is_refused(self, sent, editor):
        with pytest.raises(NothingChosen):
            corrections.agree(sent, by=editor, items={})


class TestAlong:
    def states(self):
        return list(Correction.objects.order_by("pk").values_list("state", "reply", "decided_with"))

    def test_each_is_decided_by_what_the_page_says_then_and_gets_its_own_answer(self, editor):
        lead, same, otherwise = propose("So."), propose("So.", credit="Bea"), propose("Not so.")
        along = {same.pk: (1, "You said so too."), otherwise.pk: (1, "We took another's.")}
        accept(lead, editor, reply="Thank you.", along=along)
        assert self.states() == [
            ("accepted", "Thank you.", None),
            ("accepted", "You said so too.", lead.pk),
            ("rejected", "We took another's.", lead.pk),
        ]
        same.refresh_from_db()
        assert (same.outcomes, latest(CODE).page.answer) == ({"answer": "accepted"}, "So.")

    def test_the_same_words_count_as_said_whatever_they_cite(self, editor):
        lead, cited = propose("So.", source_title="Book A"), propose("So.", source_title="Book B")
        accept(lead, editor, along={cited.pk: (1, "")})
        cited.refresh_from_db()
        assert cited.state == "accepted"

    def test_the_same_is_decided_as_the_one_that_is_decided_whoever_knew_of_it(self, live, editor):
        lead, same, late = propose("So.", credit="Al"), propose("So.", credit="Bea"), propose("So.", credit="Al")
        mine = {"answer": {"value": "Mine.", "sources": []}}
        corrections.accept(lead, by=editor, items=mine, seen=live, reply="Hm.", along={same.pk: (1, "Thank you.")})
        decided = [("accepted", "Hm.", None), ("accepted", "Thank you.", lead.pk), ("accepted", "Hm.", lead.pk)]
        assert self.states() == decided
        late.refresh_from_db()
        assert (late.outcomes, late.in_short, late.published) == ({"answer": "amended"}, "published", latest(CODE))
        assert latest(CODE).credit == "Al, Bea"
        corrections.undo(same, by=editor)
        assert {state for state, *_ in self.states()} == {"pending"}
        assert (latest(CODE).page, latest(CODE).credit) == (live.page, "the editors")

    def test_only_names_of_versions_that_were_looked_at_are_credited(self, live, editor):
        lead, seen = propose("So.", credit="Al"), propose("So.", credit="Bea")
        edited, unseen = propose("So.", credit="Cy"), propose("So.", credit="Buy pills")
        corrections.edit(edited, live, edited.page, version=1, credit="Buy crowns")
        accept(lead, editor, along={seen.pk: (1, ""), edited.pk: (1, "")})
        assert {(state, with_) for state, _, with_ in self.states()} == {("accepted", None), ("accepted", lead.pk)}
        lead.refresh_from_db()
        assert (lead.credited_too, latest(CODE).credit) == (["Bea"], "Al, Bea")
        unseen.refresh_from_db()
        assert unseen.published == latest(CODE)

    def test_a_question_is_put_to_all_who_proposed_the_same_and_each_answers_alone(self, editor):
        lead, same, other = propose("So."), propose("So."), propose("Not so.")
        corrections.ask(lead, by=editor, text="Where?")
        corrections.answer(same, "In the manual.")
        assert [state for state, *_ in self.states()] == ["needs_answer", "pending", "pending"]
        assert [line.text for line in same.exchanges.all()] == ["Where?", "In the manual."]
        same.refresh_from_db()
        corrections.reject(same, by=editor, reason="That is an old one.")
        assert self.states() == [
            ("rejected", "That is an old one.", same.pk),
            ("rejected", "That is an old one.", None),
            ("pending", "", None),
        ]
        assert not other.exchanges.exists()

    def test_ones_own_of_the_same_words_waits_for_somebody_else(self, editor, other):
        lead, _ = propose("So."), propose("So.", sent_by=editor)
        accept(lead, editor)
        assert self.states() == [("accepted", "", None), ("pending", "", None)]

    def test_one_that_was_edited_meanwhile_is_not_the_same_any_more(self, live, editor):
        lead, same = propose("So."), propose("So.")
        corrections.edit(same, live, replace(live.page, answer="Words nobody has seen."), version=1)
        corrections.reject(lead, by=editor, reason="No.")
        assert self.states() == [("rejected", "No.", None), ("pending", "", None)]

    @pytest.mark.parametrize("act", ["accept", "reject"])
    def test_nobody_is_declined_without_a_word(self, live, editor, act):
        lead, other = propose("So."), propose("Not so.")
        how = {"reason": "No."} if act == "reject" else {"items": {"answer": None}, "seen": live}
        with pytest.raises(ValueError, match="without a word"):
            getattr(corrections, act)(lead, by=editor, along={other.pk: (1, " ")}, **how)
        assert self.states() == [("pending", "", None)] * 2
        assert latest(CODE) == live

    def test_one_of_another_topic_edited_or_decided_is_left_alone(self, live, editor):
        lead, edited = propose("So."), propose("Not so.")
        wider = factories.correction(CODE, proposed=replace(live.page, answer="Not so.", title="Another"))
        corrections.edit(edited, live, replace(live.page, answer="Words nobody has seen."), version=1)
        accept(lead, editor, along={edited.pk: (1, "No."), wider.pk: (1, "No.")})
        assert {c.state for c in Correction.objects.exclude(pk=lead.pk)} == {"pending"}

    def test_a_rejection_rejects_those_that_are_named_each_with_its_reason(self, editor):
        lead, also = propose("So."), propose("Not so.")
        propose("Nor so.")
        corrections.reject(lead, by=editor, reason="Spam.", along={also.pk: (1, "The manual says otherwise.")})
        assert self.states() == [
            ("rejected", "Spam.", None),
            ("rejected", "The manual says otherwise.", lead.pk),
            ("pending", "", None),
        ]


class TestProofs:
    def test_only_what_is_proved_is_verified_by_its_own_source(self, live, editor):
        page = replace(live.page, answer="So.", title="Another", aliases=("another",))
        sent = factories.correction(CODE, proposed=page, source_title="A book")
        accept(sent, editor, proofs={"answer": "A book", "title": "My list"})
        assert set(Verification.objects.values_list("item", "source", "correction")) == {
            ("answer", "A book", sent.pk),
            ("title", "My list", sent.pk),
        }

    @pytest.mark.parametrize("proofs", [{"title": "A book"}, {"answer": " "}])
    def test_of_what_is_not_chosen_or_without_a_source_are_refused(self, live, editor, proofs):
        sent = factories.correction(CODE, proposed=replace(live.page, answer="So.", title="Another"))
        with pytest.raises(ValueError, match="proved"):
            corrections.accept(sent, by=editor, items={"answer": None}, seen=live, proofs=proofs)
        assert latest(CODE) == live

    def test_an_amended_item_cites_its_own_proof_and_no_other_of_the_same_title(self, live, editor):
        own = {
            key: {"source_title": "A list", "source_url": f"https://{key}.example.org/"}
            for key in ("answer", "faq.why")
        }
        done, why = live.page.statements
        proposed = replace(live.page, answer="So.", statements=(done, replace(why, text="For a reason.")))
        sent = factories.correction(CODE, proposed=proposed, evidence=own)
        items = {"answer": {"value": "Thus.", "sources": []}, "faq.why": None}
        page = corrections.accept(sent, by=editor, items=items, seen=live, proofs={"answer": "A list"}).page
        assert [s.url for s in pages.cited(page, "answer")] == ["https://answer.example.org/"]

    def test_words_that_the_editor_did_not_see_are_published_and_not_verified(self, live, editor):
        sent = factories.correction(CODE, proposed=replace(live.page, aliases=("doing a thing", "mine")))
        publish_other(aliases=("doing a thing", "another"))
        corrections.accept(sent, by=editor, items={"aliases": None}, seen=live, proofs={"aliases": "A book"})
        assert latest(CODE).page.aliases == ("doing a thing", "another", "mine")
        assert Verification.objects.count() == 0

    def test_replies_of_single_items_are_kept_and_stand_in_the_audit_log(self, live, editor):
        sent = factories.correction(CODE, proposed=replace(live.page, answer="So.", title="Another"))
        corrections.reject(sent, by=editor, reason="No.", replies={"title": "Titles stay short."})
        sent.refresh_from_db()
        assert (sent.reply, sent.replies) == ("No.", {"title": "Titles stay short."})
        assert AuditEntry.objects.get(act="rejected").detail == "No.\nTitle: Titles stay short."
        corrections.undo(sent, by=editor)
        sent.refresh_from_db()
        assert (sent.state, sent.replies) == ("pending", {"title": "Titles stay short."})


class TestUndo:
    def test_an_acceptance_is_as_if_it_had_not_been(self, live, editor):
        sent = propose("So.", source_title="A book")
        made = accept(sent, editor, reply="Thanks.", proofs={"answer": "A book"})
        assert [v.item for v in sent.verifications.all()] == ["answer"]
        back = corrections.undo(sent, by=editor)
        sent.refresh_from_db()
        assert (sent.state, sent.decided_at, sent.decided_by, sent.revision, sent.outcomes) == (
            "pending", None, None, None, {},
        )  # fmt: skip
        assert (back.source, back.number, back.page) == ("undo", made.number + 1, live.page)
        assert (latest(CODE).page, Verification.objects.count()) == (live.page, 0)
        assert acts() == [("accepted", str(sent), editor.pk), ("took back", str(sent), editor.pk)]
        assert accept(sent, editor).page.answer == "So."

    def test_keeps_what_was_published_meanwhile(self, editor):
        sent = propose("So.")
        accept(sent, editor)
        publish_other(title="Another title")
        assert corrections.undo(sent, by=editor).page.title == "Another title"
        assert latest(CODE).page.answer == "Report it when it is done."

    def test_where_somebody_changed_the_same_since_it_is_refused_whole(self, editor):
        sent = propose("So.", source_title="A book")
        accept(sent, editor, proofs={"answer": "A book"})
        publish_other(answer="Third words.")
        with pytest.raises(Conflict):
            corrections.undo(sent, by=editor)
        sent.refresh_from_db()
        assert (sent.state, sent.verifications.count(), latest(CODE).page.answer) == ("accepted", 1, "Third words.")

    def test_a_verification_of_what_stood_there_already_goes_too(self, live, editor):
        sent = propose("So.", source_title="A book")
        publish_other(answer="So.")
        proofs = {"answer": "A book"}
        corrections.accept(sent, by=editor, items={"answer": None}, seen=latest(CODE), proofs=proofs)
        survey = verifying.survey(latest(CODE).page, Verification.objects.all())
        assert "answer" not in survey.left
        corrections.undo(sent, by=editor)
        assert Verification.objects.count() == 0

    def test_a_rejection_and_those_along_with_it(self, editor):
        lead, also = propose("So."), propose("Not so.")
        corrections.reject(lead, by=editor, reason="No.", along={also.pk: (1, "Nor this.")})
        also.refresh_from_db()
        assert corrections.undo(also, by=editor) is None
        assert set(Correction.objects.values_list("state", "decided_by", "decided_with")) == {("pending", None, None)}

    def test_after_ten_minutes_is_refused(self, editor):
        sent = propose("So.")
        with time_machine.travel(timezone.now() - timedelta(minutes=10, seconds=1)):
            made = accept(sent, editor)
        with pytest.raises(NotNow):
            corrections.undo(sent, by=editor)
        sent.refresh_from_db()
        assert (sent.state, latest(CODE)) == ("accepted", made)

    def test_an_editor_does_not_take_back_the_decision_on_their_own(self, editor, other):
        own = propose(sent_by=other)
        corrections.reject(own, by=editor, reason="No source.")
        with pytest.raises(OwnCorrection):
            corrections.undo(own, by=other)
        own.refresh_from_db()
        assert own.state == "rejected"

    def test_of_what_waits_is_refused(self, editor):
        with pytest.raises(NotNow):
            corrections.undo(propose(), by=editor)


class TestEdition:
    @pytest.fixture(autouse=True)
    def clock(self):
        with time_machine.travel("2026-11-21 12:00Z", tick=False) as clock:
            yield clock

    @pytest.fixture
    def sent(self, live):
        edition = Edition.objects.create(year=2027)
        page = replace(live.page, answer="From 2027 so.")
        return factories.correction(CODE, proposed=page, edition=edition, source_title="CDT 2027")

    def test_is_scheduled_and_published_on_its_first_day_verified_against_it(self, sent, live, editor, clock):
        assert accept(sent, editor, proofs={"answer": "CDT 2027"}) is None
        assert (sent.state, sent.decided_by, latest(CODE)) == ("scheduled", editor, live)
        clock.move_to("2026-12-31 23:59:59Z")
        assert corrections.publish_due() == []
        clock.move_to("2027-01-01 00:00Z")
        assert corrections.publish_due() == [sent]
        assert corrections.publish_due() == []
        sent.refresh_from_db()
        assert (sent.state, sent.revision, sent.revision.page.answer) == ("accepted", latest(CODE), "From 2027 so.")
        assert list(Verification.objects.values_list("item", "edition", "by")) == [("answer", 2027, editor.pk)]

    def test_what_was_not_proved_is_published_unverified_on_that_day(self, sent, editor, clock):
        accept(sent, editor)
        clock.move_to("2027-01-01 00:00Z")
        assert corrections.publish_due() == [sent]
        assert Verification.objects.count() == 0

    def test_publishes_the_editors_own_words_and_keeps_what_changed_meanwhile(self, sent, live, editor, clock):
        amended = {"answer": {"value": "From 1 January 2027 so.", "sources": []}}
        corrections.accept(sent, by=editor, items=amended, seen=live)
        publish_other(title="Another title")
        clock.move_to("2027-01-01 00:00Z")
        corrections.publish_due()
        page = latest(CODE).page
        assert (page.answer, page.title) == ("From 1 January 2027 so.", "Another title")

    def test_a_clash_on_that_day_waits_in_the_queue_and_overwrites_nothing(self, sent, editor, clock):
        accept(sent, editor)
        publish_other(answer="Third words.")
        clock.move_to("2027-01-01 00:00Z")
        assert corrections.publish_due() == [sent]
        sent.refresh_from_db()
        assert (sent.state, sent.decided_by, latest(CODE).page.answer) == ("pending", None, "Third words.")
        assert sent.clashed == ["answer"]
        assert acts()[-1] == ("gave back", str(sent), None)

    def test_a_clash_before_it_was_a_column_is_found_in_the_audit_log(self, live, editor, clock):
        edition = Edition.objects.create(year=2027)
        statements = (replace(live.page.statements[0], text="It was."), live.page.statements[1])
        changed = replace(live.page, answer="Otherwise.", title="Another", statements=statements)
        both = factories.correction(CODE, proposed=changed, edition=edition)
        none = factories.correction(CODE, edition=edition)
        accept(both, editor)
        publish_other(answer="Third words.", statements=(replace(statements[0], text="It is."), statements[1]))
        clock.move_to("2027-01-01 00:00Z")
        corrections.publish_due()
        written = dict(Correction.objects.values_list("pk", "clashed"))
        assert written == {both.pk: ["answer", "use_when.done"], none.pk: []}
        # As that release wrote it.
        AuditEntry.objects.filter(act="gave back").update(detail="clash: answer, use_when.done")
        Correction.objects.update(clashed=[])
        import_module("codes.migrations.0011_clashed_items").fill(apps, None)
        assert dict(Correction.objects.values_list("pk", "clashed")) == written

    def test_the_same_of_it_is_published_with_it(self, editor, clock):
        edition = Edition.objects.create(year=2027)
        lead, same = (propose("So.", edition=edition) for _ in range(2))
        propose("So.")
        accept(lead, editor)
        assert list(Correction.objects.order_by("pk").values_list("state", flat=True)) == [
            "scheduled",
            "scheduled",
            "pending",
        ]
        clock.move_to("2027-01-01 00:00Z")
        assert corrections.publish_due() == [lead]
        same.refresh_from_db()
        assert list(Correction.objects.order_by("pk").values_list("state", flat=True)) == [
            "accepted",
            "accepted",
            "pending",
        ]
        assert (same.published, latest(CODE).page.answer) == (latest(CODE), "So.")

    def test_can_be_taken_back_like_any_decision(self, sent, live, editor):
        accept(sent, editor)
        assert corrections.undo(sent, by=editor) is None
        sent.refresh_from_db()
        assert (sent.state, sent.chosen, latest(CODE)) == ("pending", None, live)

    def test_for_an_edition_in_force_is_published_at_once(self, live, editor):
        edition = Edition.objects.create(year=2026)
        sent = factories.correction(CODE, proposed=replace(live.page, answer="Now."), edition=edition)
        assert accept(sent, editor).page.answer == "Now."

    def test_revisions_are_numbered_without_a_gap(self, sent, editor, clock):
        accept(sent, editor)
        clock.move_to("2027-01-01 00:00Z")
        corrections.publish_due()
        assert list(Revision.objects.filter(code=CODE).order_by("number").values_list("number", flat=True)) == [1, 2]
