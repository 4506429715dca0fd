"""codes/acts/editions.py: opening a coming edition, and the codes that it touches; verifying ahead, against it."""

from dataclasses import replace

import pytest
from pytest_django.asserts import assertNumQueries

from codes.acts import corrections, editions, verifying
from codes.acts.editions import NotComing, open_edition
from codes.acts.publishing import latest, publish
from codes.models import AuditEntry, Correction, Edition, ReadCount, Revision
from codes.page import Validity, risk
from tests import factories

CODE = "D6010"


@pytest.fixture(autouse=True)
def _today(db, time_machine):
    time_machine.move_to("2026-11-21 12:00:00Z", tick=False)
    factories.code(CODE)


def acts() -> list[tuple]:
    return list(AuditEntry.objects.order_by("id").values_list("act", "subject", "by", "detail"))


def shown(number: str = CODE, *keys: str) -> dict[str, str]:
    digests = verifying.surveys([number])[number].digests
    return {key: digests[key] for key in keys or digests}


class TestOpening:
    def test_is_recorded_with_who_when_and_the_codes(self, editor, time_machine):
        assert open_edition(2027, ["D6011", CODE, "D6011"], by=editor) == Edition.objects.get()
        opened = Edition.objects.get()
        assert (opened.year, opened.opened_by, opened.opened_at.isoformat(), opened.touches) == (
            2027, editor, "2026-11-21T12:00:00+00:00", [CODE, "D6011"],
        )  # fmt: skip
        assert acts() == [("opened", "CDT 2027", editor.pk, "D6010, D6011")]

    def test_again_adds_codes_and_keeps_who_opened_it(self, editor, time_machine):
        first = open_edition(2027, ["D6011"], by=editor)
        time_machine.shift(3600)
        other = factories.account("other")
        again = open_edition(2027, ["D0120", "D6011"], by=other)
        assert again.touches == ["D0120", "D6011"]
        assert (again.opened_by, again.opened_at) == (editor, first.opened_at)
        assert acts()[1:] == [("extended", "CDT 2027", other.pk, "D0120")]

    def test_again_with_nothing_new_writes_nothing(self, editor):
        open_edition(2027, ["D6011"], by=editor)
        open_edition(2027, ["D6011"], by=editor)
        assert len(acts()) == 1

    def test_of_one_that_a_verification_knows_already(self, editor):
        Edition.objects.create(year=2027)
        assert open_edition(2027, [], by=editor).opened_by == editor
        assert Edition.objects.count() == 1

    @pytest.mark.parametrize("year", [1968, 2025, 2026, 2030, 2099, 2101])
    def test_of_one_in_force_or_over_or_beyond_all_is_refused(self, editor, year):
        with pytest.raises(NotComing):
            open_edition(year, [CODE], by=editor)
        assert (Edition.objects.count(), acts()) == (0, [])

    @pytest.mark.parametrize("year", [2027, 2029])
    def test_of_the_next_years_is_not_refused(self, editor, year):
        assert open_edition(year, [], by=editor).year == year

    def test_is_refused_from_its_first_day_on(self, editor, time_machine):
        time_machine.move_to("2027-01-01 00:00:00Z", tick=False)
        with pytest.raises(NotComing):
            open_edition(2027, [], by=editor)

    def test_is_taken_back_while_nothing_hangs_on_it(self, editor):
        edition = open_edition(2029, [CODE], by=editor)
        editions.close(edition, by=editor)
        editions.close(edition, by=editor)
        assert (Edition.objects.count(), editions.opened()) == (0, [])
        assert acts()[1:] == [("closed", "CDT 2029", editor.pk, CODE)]
        assert open_edition(2029, [], by=editor).touches == []

    def test_is_not_taken_back_once_something_is_staged_published_or_verified_or_it_is_in_force(
        self, editor, time_machine
    ):
        staged, verified, over = (open_edition(year, [], by=editor) for year in (2028, 2029, 2027))
        factories.correction(edition=staged)
        verifying.verify(CODE, shown(CODE, "answer"), by=editor, source="The manual", edition=2029)
        time_machine.move_to("2027-01-01 00:00:00Z", tick=False)
        before = acts()
        for edition in (staged, verified, over):
            with pytest.raises(editions.InUse):
                editions.close(edition, by=editor)
        assert (acts(), Edition.objects.filter(opened_at=None).count()) == (before, 0)

    def test_with_a_withdrawn_change_is_taken_back_and_the_record_stays(self, editor):
        edition = open_edition(2029, [CODE], by=editor)
        sent = factories.correction(edition=edition)
        corrections.withdraw(sent)
        editions.close(edition, by=editor)
        sent.refresh_from_db()
        assert (sent.edition.opened_at, sent.edition.touches, editions.opened()) == (None, [], [])

    def test_opened_ones_that_are_to_come_the_next_first(self, editor, time_machine):
        for year in (2028, 2027):
            open_edition(year, [], by=editor)
        Edition.objects.create(year=2029)
        assert [edition.year for edition in editions.opened()] == [2027, 2028]
        time_machine.move_to("2027-01-01 00:00:00Z", tick=False)
        assert [edition.year for edition in editions.opened()] == [2028]


class TestTouched:
    def touched(self, editor, *named: str) -> list[str]:
        return editions.touched(open_edition(2027, named, by=editor))

    def test_are_those_named_with_a_page_or_without(self, editor):
        assert self.touched(editor, "D6011", CODE) == [CODE, "D6011"]

    @pytest.mark.parametrize(
        ("validity", "touches"),
        [
            (Validity(since=2027), True),
            (Validity(until=2026), True),
            (Validity(revised=((2014, "So."), (2027, "Else."))), True),
            (Validity(), False),
            (Validity(since=2026), False),
            (Validity(until=2027), False),
            (Validity(revised=((2026, "See [2027, page 3]."),)), False),
        ],
    )
    def test_are_those_whose_live_page_names_its_year(self, editor, validity, touches):
        factories.code("D6012", validity=validity)
        assert self.touched(editor) == (["D6012"] if touches else [])

    def test_are_not_those_whose_page_named_it_once(self, editor):
        factories.code("D6012", validity=Validity(since=2027))
        live = latest("D6012").page
        publish("D6012", replace(live, validity=Validity()), base=live, by=None, source="import", reason="")
        assert self.touched(editor) == []

    @pytest.mark.parametrize(
        ("state", "touches"), [("pending", True), ("scheduled", True), ("rejected", False), ("withdrawn", False)]
    )
    def test_are_those_with_a_correction_meant_for_it(self, editor, state, touches):
        edition = open_edition(2027, [], by=editor)
        sent = factories.correction(edition=edition)
        if state == "scheduled":
            corrections.accept(sent, by=editor, items={"answer": None}, seen=latest(CODE))
        elif state == "rejected":
            corrections.reject(sent, by=editor, reason="No.")
        elif state == "withdrawn":
            corrections.withdraw(sent)
        assert Correction.objects.get().state == state
        assert editions.touched(edition) == ([CODE] if touches else [])

    @pytest.mark.parametrize("codes", [1, 3])
    def test_takes_two_queries(self, editor, codes):
        edition = open_edition(2027, ["D0120"], by=editor)
        for n in range(codes):
            factories.code(f"D602{n}", validity=Validity(since=2027))
        with assertNumQueries(2):
            assert len(editions.touched(edition)) == codes + 1


class TestStaged:
    def test_change_for_an_edition_is_another_topic_than_the_same_of_the_page_as_it_is(self, editor):
        edition = open_edition(2027, [], by=editor)
        now, meant, edited = (
            factories.correction(),
            factories.correction(edition=edition),
            factories.correction(edition=edition),
        )
        corrections.edit(edited, edited.base, replace(edited.base.page, answer="So then."), version=1)
        edited.refresh_from_db()
        assert now.topic != meant.topic == edited.topic


class TestVerifyingAhead:
    """The walk of an edition: the codes that it touches, the items that are verified against an older one."""

    @pytest.fixture
    def edition(self, editor):
        for number in ("D2740", "D6011", "D6012"):
            factories.code(number, category="restorative" if number == "D2740" else "implant services")
        for number in ("D2740", CODE, "D6011"):
            verifying.verify(number, shown(number, "answer"), by=editor, source="The manual", edition=2026)
        return open_edition(2027, ["D2740", CODE, "D6012", "D9999"], by=editor)

    def check(self, editor, number: str) -> None:
        verifying.verify(number, shown(number, "answer"), by=editor, source="The new manual", edition=2027)

    def test_are_the_touched_codes_with_something_that_is_verified_against_an_older_one(self, edition):
        assert verifying.unfinished(edition=edition) == ["D2740", CODE]
        assert verifying.unfinished("restorative", edition) == ["D2740"]

    def test_ends_with_what_is_checked_against_it_and_begins_again_with_what_changes(self, edition, editor):
        self.check(editor, "D2740")
        assert verifying.unfinished(edition=edition) == [CODE]
        live = latest(CODE).page
        source = Revision.Source.IMPORT
        publish(CODE, replace(live, answer="Other words."), base=live, by=None, source=source, reason="")
        assert verifying.unfinished(edition=edition) == []

    def test_takes_nothing_away_from_what_is_left_against_the_edition_in_force(self, edition, editor):
        self.check(editor, "D6012")
        now, then = verifying.surveys([CODE])[CODE], verifying.surveys([CODE], 2027)[CODE]
        assert ("answer" in now.left, then.outdated, "answer" in then.left) == (False, ["answer"], True)
        found = verifying.surveys(["D6012"])["D6012"]
        assert (found.standing, list(found.ahead), "answer" in found.left) == ({}, ["answer"], True)
        assert "D6012" in verifying.unfinished()

    def test_following_code_is_the_next_of_them(self, edition, editor):
        assert verifying.following("D0001", edition=edition, level=risk.SOME) == "D2740"
        assert verifying.following("D2740", edition=edition, level=risk.SOME) == CODE
        assert verifying.following(CODE, edition=edition, level=risk.SOME) is None
        assert verifying.following("D0001", "implant services", edition, risk.SOME) == CODE

    def test_goes_from_the_most_read_on(self, edition):
        ReadCount.objects.create(code_id=CODE, count=3)
        assert verifying.unfinished(edition=edition) == [CODE, "D2740"]
        assert verifying.following(CODE, edition=edition, level=risk.SOME) == "D2740"
        assert verifying.following("D2740", edition=edition, level=risk.SOME) is None

    @pytest.mark.parametrize("begun", [1, 3])
    def test_takes_the_same_number_of_queries_however_many_they_are(self, editor, begun):
        numbers = [f"D602{n}" for n in range(begun)]
        for number in numbers:
            factories.code(number)
            verifying.verify(number, shown(number, "answer"), by=editor, source="The manual", edition=2026)
        edition = open_edition(2027, numbers, by=editor)
        with assertNumQueries(7):
            assert verifying.unfinished(edition=edition) == numbers
        with assertNumQueries(9):
            assert verifying.following("D0001", edition=edition, level=risk.SOME) == "D6020"
