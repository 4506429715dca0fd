"""codes.acts.verifying: an editor verifies items as shown, against a source and an edition; all or nothing."""

from dataclasses import replace

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertNumQueries

from codes.acts import corrections, verifying
from codes.acts.publishing import latest, publish
from codes.acts.verifying import Changed, verify
from codes.models import Edition, ProcedureCode, Revision, Verification
from codes.page import Relation, Source, Statement, Validity
from tests import factories

CODE = "D6010"
RICH = {
    "attachments": ("Radiograph",),
    "validity": Validity(since=2014),
    "statements": (
        Statement("use_when.done", "The thing was done.", sources=("book",)),
        Statement("faq.why", "Because.", "Why?"),
    ),
    "related": (Relation("confused_with", "D6011", "That uncovers."),),
    "sources": (Source("book", "The book"),),
}
ALL = ["answer", "site", "attachments", "validity", "use_when.done", "faq.why", "related.confused_with.D6011"]


@pytest.fixture(autouse=True)
def _today(db, time_machine):
    time_machine.move_to("2026-03-04 12:00:00", tick=False)
    factories.code(CODE, **RICH)


def survey(number: str = CODE) -> verifying.Survey:
    return verifying.surveys([number])[number]


def shown(*keys: str, number: str = CODE) -> dict[str, str]:
    """These items with their digests on the live page."""
    return {key: survey(number).digests[key] for key in keys}


def change(number: str = CODE, **changes) -> None:
    live = latest(number).page
    publish(number, replace(live, **changes), base=live, by=None, source=Revision.Source.IMPORT, reason="")


def rows() -> list[tuple]:
    return list(Verification.objects.order_by("item").values_list("code", "item", "edition", "source", "by"))


class TestWhatCanBeVerified:
    def test_are_the_facts_of_the_page_and_every_statement_and_relation(self):
        assert list(survey().digests) == ALL

    def test_is_nothing_that_says_nothing(self):
        change(site=(), attachments=(), validity=Validity())
        assert list(survey().digests) == ["answer", *ALL[4:]]


class TestVerify:
    def test_writes_a_row_for_each_item_and_says_how_many(self, editor):
        digests = shown("answer", "faq.why")
        assert verify(CODE, digests, by=editor, source="The manual, page 7", edition=2026) == 2
        assert rows() == [(CODE, key, 2026, "The manual, page 7", editor.pk) for key in ("answer", "faq.why")]
        assert dict(Verification.objects.values_list("item", "digest")) == digests
        assert survey().left == [key for key in ALL if key not in digests]

    def test_changes_no_page(self, editor):
        before = latest(CODE)
        verify(CODE, shown(*ALL), by=editor, source="The manual", edition=2026)
        assert (latest(CODE), survey().left) == (before, [])

    def test_of_an_older_edition_leaves_the_item_as_outdated(self, editor):
        verify(CODE, shown("answer"), by=editor, source="The manual", edition=2025)
        assert (survey().left, survey().outdated) == (ALL, ["answer"])

    def test_takes_no_verification_of_the_current_edition_back_by_one_of_an_older(self, editor):
        verify(CODE, shown("answer"), by=editor, source="The manual", edition=2026)
        verify(CODE, shown("answer"), by=editor, source="The old manual", edition=2025)
        assert "answer" not in survey().left
        assert survey().standing["answer"].source == "The manual"

    def test_sent_twice_by_the_same_editor_is_written_once(self, editor):
        digests = shown("answer", "faq.why")
        assert verify(CODE, digests, by=editor, source="The manual", edition=2026) == 2
        assert verify(CODE, digests, by=editor, source="The manual", edition=2026) == 0
        assert Verification.objects.count() == 2

    def test_by_another_editor_or_against_another_source_is_written_too(self, editor):
        other = get_user_model().objects.create_user("other")
        for by, source in ((editor, "The manual"), (other, "The manual"), (editor, "Another")):
            assert verify(CODE, shown("answer"), by=by, source=source, edition=2026) == 1
        assert Verification.objects.count() == 3

    @pytest.mark.parametrize("source", ["", "  \n"])
    def test_without_a_source_is_refused(self, editor, source):
        with pytest.raises(ValueError, match="source"):
            verify(CODE, shown("answer"), by=editor, source=source, edition=2026)
        assert rows() == []

    def test_of_a_code_that_is_not_there_is_refused(self, editor):
        with pytest.raises(ProcedureCode.DoesNotExist):
            verify("D9999", shown("answer"), by=editor, source="The manual", edition=2026)

    def test_locks_the_code_before_it_reads_the_page(self, editor):
        digests = shown("answer")
        with transaction.atomic(), CaptureQueriesContext(connection) as asked:
            verify(CODE, digests, by=editor, source="The manual", edition=2026)
        statements = [q["sql"] for q in asked if q["sql"].startswith("SELECT")]
        assert 'FROM "codes_procedurecode"' in statements[0]
        assert ("FOR NO KEY UPDATE" in statements[0]) == connection.features.has_select_for_no_key_update
        assert 'FROM "codes_revision"' in statements[1]


class TestChanged:
    def test_item_that_changed_since_is_refused_and_nothing_is_written(self, editor):
        digests = shown("answer", "faq.why")
        change(answer="Report it otherwise.")
        with pytest.raises(Changed) as refused:
            verify(CODE, digests, by=editor, source="The manual", edition=2026)
        assert refused.value.items == ["answer"]
        assert rows() == []
        assert not Edition.objects.exists()

    def test_item_that_was_removed_is_refused(self, editor):
        digests = shown("faq.why", "use_when.done")
        change(statements=latest(CODE).page.statements[:1])
        with pytest.raises(Changed) as refused:
            verify(CODE, digests, by=editor, source="The manual", edition=2026)
        assert refused.value.items == ["faq.why"]

    @pytest.mark.parametrize("key", ["title", "aliases", "tags", "source.book", "use_when.never", "", "\x00"])
    def test_what_is_no_item_to_verify_is_refused(self, editor, key):
        with pytest.raises(Changed) as refused:
            verify(CODE, shown("answer") | {key: "0" * 64}, by=editor, source="The manual", edition=2026)
        assert refused.value.items == [key]
        assert rows() == []

    def test_change_of_another_item_is_in_nobodys_way(self, editor):
        digests = shown("answer")
        change(title="Another title", statements=latest(CODE).page.statements[:1])
        assert verify(CODE, digests, by=editor, source="The manual", edition=2026) == 1

    def test_change_of_the_words_leaves_the_item_again_and_the_old_words_are_verified_still(self, editor):
        verify(CODE, shown("answer"), by=editor, source="The manual", edition=2026)
        before = latest(CODE).page.answer
        change(answer="Report it otherwise.")
        assert (survey().left, survey().outdated) == (ALL, [])
        change(answer=before)
        assert "answer" not in survey().left


class TestWhatIsLeft:
    @pytest.fixture(autouse=True)
    def _more(self):
        for number, category in (
            ("D2740", "restorative"),
            ("D6011", "implant services"),
            ("D6012", "implant services"),
        ):
            factories.code(number, category=category)

    def finish(self, editor, *numbers):
        for number in numbers:
            verify(number, survey(number).digests, by=editor, source="The manual", edition=2026)

    def test_is_every_code_by_number_as_long_as_nobody_verified_anything(self):
        assert verifying.unfinished() == ["D2740", "D6010", "D6011", "D6012"]
        assert verifying.unfinished("restorative") == ["D2740"]

    def test_is_no_code_that_is_verified_as_a_whole(self, editor):
        self.finish(editor, "D2740", "D6011")
        verify(CODE, shown("answer"), by=editor, source="The manual", edition=2026)
        assert verifying.unfinished() == ["D6010", "D6012"]
        assert verifying.unfinished("restorative") == []

    def test_comes_back_with_the_next_edition_and_with_a_change(self, editor, time_machine):
        self.finish(editor, "D2740", "D6010", "D6011", "D6012")
        assert verifying.unfinished() == []
        change("D6011", answer="Report it otherwise.")
        assert verifying.unfinished() == ["D6011"]
        time_machine.move_to("2027-01-01 00:00:00")
        assert verifying.unfinished() == ["D2740", "D6010", "D6011", "D6012"]
        assert survey("D2740").outdated == survey("D2740").left

    def test_following_code_is_the_next_with_something_left(self, editor):
        self.finish(editor, "D6011")
        verify("D6012", shown("answer", number="D6012"), by=editor, source="The manual", edition=2026)
        assert verifying.following("D2740") == "D6010"
        assert verifying.following("D6010") == "D6012"
        assert verifying.following("D6012") is None
        assert verifying.following("D2740", "restorative") is None
        assert verifying.following("D2740", "implant services") == "D6010"

    def test_following_code_may_be_one_that_is_begun_before_one_that_is_not(self, editor):
        verify("D6010", shown("answer"), by=editor, source="The manual", edition=2026)
        assert verifying.following("D2740") == "D6010"
        self.finish(editor, "D6010")
        assert verifying.following("D2740") == "D6011"

    def test_goes_through_what_may_cost_most_on_all_pages_before_what_may_cost_less(self, editor):
        for number in ("D2740", "D6010", "D6012"):
            keys = survey(number).left
            keys = [key for key in keys if verifying.gravest([key]) == 3]
            verify(number, shown(*keys, number=number), by=editor, source="The manual", edition=2026)
        verify("D6010", shown("answer"), by=editor, source="The manual", edition=2026)
        assert [verifying.gravest(survey(number).left) for number in ("D2740", "D6010", "D6011")] == [2, 2, 3]
        assert verifying.unfinished() == ["D6011", "D2740", "D6010", "D6012"]
        assert verifying.following("D2740") == "D6011"
        assert verifying.following("D6011") == "D2740"
        assert verifying.following("D2740", level=2) == "D6010"
        assert verifying.following("D6012", level=2) is None

    @pytest.mark.parametrize("begun", [1, 2])
    def test_takes_the_same_number_of_queries_however_many_codes_are_begun(self, editor, begun):
        self.finish(editor, *["D6010", "D6011", "D6012"][:begun])
        with assertNumQueries(2):
            verifying.unfinished()
        with assertNumQueries(3):
            verifying.following("D2740")


def test_accepted_correction_and_an_editor_write_the_same_kind_of_row(editor):
    sent = factories.correction(proposed=replace(latest(CODE).page, answer="Report it."), source_title="The manual")
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest(CODE), proofs={"answer": "The manual"})
    assert verify(CODE, shown("answer"), by=editor, source="The manual", edition=2026) == 0
    assert rows() == [(CODE, "answer", 2026, "The manual", editor.pk)]
