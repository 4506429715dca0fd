"""corrections, the contributor's side: edit, withdraw, answer, reopen; each only when it may be, nothing lost."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from codes.acts import corrections
from codes.acts.corrections import AlreadyDecided, Edited, NothingDiffers, NotNow
from codes.acts.publishing import latest
from codes.models import AuditEntry, Correction, Exchange
from tests import factories

CODE = "D6010"
pytestmark = pytest.mark.usefixtures("live")


@pytest.fixture
def sent(live):
    return factories.correction(CODE, note="Why.", source_title="A book", credit="Ann", email="ann@example.org")


def rewritten(live, answer):
    return replace(live.page, answer=answer)


def edit(sent, live, answer, **more):
    version = more.pop("version", sent.version)
    corrections.edit(sent, live, rewritten(live, answer), version=version, **more)
    sent.refresh_from_db()


def acts(sent):
    return list(AuditEntry.objects.filter(subject=str(sent)).order_by("id").values_list("act", "by"))


def reject(sent, editor):
    corrections.reject(sent, by=editor, reason="No source.")
    sent.refresh_from_db()


class TestEdit:
    def test_puts_another_version_in_the_place_and_keeps_what_it_said(self, sent, live):
        first = sent.proposed
        edit(sent, live, "Third words.", note="Better.", credit="Ann B.")
        assert (sent.page.answer, sent.note, sent.credit, sent.version) == ("Third words.", "Better.", "Ann B.", 2)
        (before,) = sent.earlier
        assert (before["proposed"], before["note"], before["source_title"]) == (first, "Why.", "A book")
        assert acts(sent) == [("submitted", None), ("edited", None)]

    def test_changes_nothing_on_the_page_and_keeps_the_link_the_place_and_the_address(self, sent, live):
        before = (sent.token, sent.created_at, sent.email, sent.state)
        edit(sent, live, "Third words.")
        assert (sent.token, sent.created_at, sent.email, sent.state) == before
        assert latest(CODE) == live

    def test_what_it_is_about_now_decides_its_severity_and_topic(self, sent, live):
        assert (sent.severity, sent.topic) == (2, "D6010 answer")
        page = replace(live.page, validity=replace(live.page.validity, since=2020))
        corrections.edit(sent, live, page, version=1)
        sent.refresh_from_db()
        assert (sent.severity, sent.topic, sent.items) == (3, "D6010 validity", ["validity"])

    def test_of_an_old_version_is_refused_and_changes_nothing(self, sent, live):
        edit(sent, live, "Second words.")
        with pytest.raises(Edited):
            edit(sent, live, "Lost words.", version=1)
        sent.refresh_from_db()
        assert (sent.page.answer, sent.version) == ("Second words.", 2)

    @pytest.mark.parametrize("end", ["accept", "reject", "withdraw"])
    def test_of_one_that_waits_no_more_is_refused(self, sent, live, editor, end):
        if end == "accept":
            corrections.accept(sent, by=editor, items={"answer": None}, seen=live)
        elif end == "reject":
            reject(sent, editor)
        else:
            corrections.withdraw(sent)
        published = latest(CODE)
        with pytest.raises(AlreadyDecided):
            edit(sent, live, "Late words.")
        sent.refresh_from_db()
        assert (sent.version, sent.earlier, latest(CODE)) == (1, [], published)

    def test_that_changes_nothing_of_the_page_is_refused(self, sent, live):
        with pytest.raises(NothingDiffers):
            corrections.edit(sent, live, live.page, version=1)

    def test_makes_the_approval_of_what_was_seen_before_impossible(self, sent, live, editor):
        edit(sent, live, "Smuggled words.")
        for act in (
            lambda: corrections.accept(sent, by=editor, items={"answer": None}, seen=live, version=1),
            lambda: corrections.reject(sent, by=editor, reason="No.", version=1),
            lambda: corrections.ask(sent, by=editor, text="Why?", version=1),
            lambda: corrections.agree(sent, by=editor, items={"answer": None}, version=1),
        ):
            with pytest.raises(Edited):
                act()
        sent.refresh_from_db()
        assert (sent.state, latest(CODE)) == ("pending", live)

    def test_answers_a_question_by_itself(self, sent, live, editor):
        corrections.ask(sent, by=editor, text="Which book?")
        sent.refresh_from_db()
        edit(sent, live, "Words with a book.")
        assert (sent.state, sent.reserved_by) == ("pending", editor)


class TestWithdraw:
    @pytest.mark.parametrize("asked", [False, True])
    def test_takes_it_out_of_the_queue_without_a_decider(self, sent, editor, asked):
        if asked:
            corrections.ask(sent, by=editor, text="Which book?")
        corrections.withdraw(sent)
        sent.refresh_from_db()
        assert (sent.state, sent.decided_by, sent.decided_at is not None) == ("withdrawn", None, True)
        assert corrections.disputes([CODE]) == {}
        assert acts(sent)[-1] == ("withdrew", None)

    def test_twice_or_after_a_decision_is_refused(self, sent, editor):
        corrections.withdraw(sent)
        with pytest.raises(AlreadyDecided):
            corrections.withdraw(sent)
        other = factories.correction(CODE)
        reject(other, editor)
        with pytest.raises(AlreadyDecided):
            corrections.withdraw(other)
        assert Correction.objects.get(pk=other.pk).state == "rejected"

    def test_cannot_be_decided_taken_back_or_reopened(self, sent, live, editor):
        corrections.withdraw(sent)
        with pytest.raises(AlreadyDecided):
            corrections.accept(sent, by=editor, items={"answer": None}, seen=live)
        with pytest.raises(AlreadyDecided):
            corrections.ask(sent, by=editor, text="Why?")
        with pytest.raises(NotNow):
            corrections.undo(sent, by=editor)
        with pytest.raises(NotNow):
            corrections.reopen(sent, "But.")
        assert latest(CODE) == live


class TestAnswer:
    def test_comes_back_to_the_editor_who_asked(self, sent, editor):
        corrections.ask(sent, by=editor, text="Which book?")
        corrections.answer(sent, "The red one, page 7.")
        sent.refresh_from_db()
        assert (sent.state, sent.reserved_by, sent.reserved_now) == ("pending", editor, True)
        assert [(e.kind, e.by, e.text) for e in sent.exchanges.all()] == [
            ("question", editor, "Which book?"),
            ("answer", None, "The red one, page 7."),
        ]
        assert acts(sent) == [("submitted", None), ("asked", editor.pk), ("answered", None)]

    def test_without_an_open_question_is_refused(self, sent, editor):
        with pytest.raises(NotNow):
            corrections.answer(sent, "Something.")
        corrections.ask(sent, by=editor, text="Which book?")
        corrections.answer(sent, "The red one.")
        with pytest.raises(NotNow):
            corrections.answer(sent, "And again.")
        assert Exchange.objects.filter(kind="answer").count() == 1

    def test_is_for_everybody_after_three_days(self, sent, editor):
        corrections.ask(sent, by=editor, text="Which book?")
        corrections.answer(sent, "The red one.")
        sent.refresh_from_db()
        with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1)):
            assert sent.reserved_now is False


class TestReopen:
    @pytest.fixture
    def rejected(self, sent, editor):
        with time_machine.travel(timezone.now() - timedelta(minutes=11)):
            reject(sent, editor)
        return sent

    def test_puts_it_back_once_with_the_rejection_and_the_reply_to_it(self, rejected, editor):
        corrections.reopen(rejected, "The source is on page 7.")
        rejected.refresh_from_db()
        assert (rejected.state, rejected.decided_by, rejected.reply, rejected.outcomes) == ("pending", None, "", {})
        assert [(e.kind, e.by, e.text) for e in rejected.exchanges.all()] == [
            ("decision", editor, "No source."),
            ("reopening", None, "The source is on page 7."),
        ]
        with time_machine.travel(timezone.now() - timedelta(minutes=11)):
            reject(rejected, editor)
        with pytest.raises(NotNow):
            corrections.reopen(rejected, "Once more.")
        assert Correction.objects.get(pk=rejected.pk).state == "rejected"

    def test_while_the_rejection_can_be_taken_back_is_refused(self, sent, editor):
        reject(sent, editor)
        with pytest.raises(NotNow):
            corrections.reopen(sent, "But.")

    def test_of_a_waiting_or_accepted_one_is_refused(self, sent, live, editor):
        with pytest.raises(NotNow):
            corrections.reopen(sent, "But.")
        with time_machine.travel(timezone.now() - timedelta(minutes=11)):
            corrections.accept(sent, by=editor, items={"answer": None}, seen=live)
        with pytest.raises(NotNow):
            corrections.reopen(sent, "But.")
        sent.refresh_from_db()
        assert sent.state == "accepted"
