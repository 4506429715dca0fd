"""/codes/D6010/ in the year after: what was verified against an older edition says so and does not count."""

import pytest
from pytest_django.asserts import assertNumQueries

from codes import corrections, verifying
from codes.publishing import latest
from codes.verifying import verify
from tests import factories
from tests.web.reading import text

CODE = "D6010"
URL = f"/codes/{CODE}/"
TOTAL = 4


@pytest.fixture(autouse=True)
def _code(db):
    factories.code(CODE)


def check(editor, *keys: str, source: str = "The manual, page 7", edition: int) -> None:
    digests = verifying.surveys([CODE])[CODE].digests
    assert verify(CODE, {key: digests[key] for key in keys}, by=editor, source=source, edition=edition) == len(keys)


@pytest.fixture
def verified(editor, time_machine):
    """The answer and a statement, verified on 2 March 2026."""
    time_machine.move_to("2026-03-02 10:00:00")
    check(editor, "answer", "use_when.done", edition=2026)


def test_in_the_year_of_its_edition_it_counts(client, verified, time_machine):
    time_machine.move_to("2026-12-31 23:59:59", tick=False)
    seen = text(client.get(URL))
    assert f"2 of {TOTAL} items verified" in seen
    assert "● Verified against CDT 2026, 2 Mar 2026, by Edith Tor: The manual, page 7" in seen
    assert "not yet against" not in seen
    assert "older edition" not in seen


def test_in_the_next_year_the_mark_says_so_and_the_head_does_not_count_it(client, verified, time_machine):
    time_machine.move_to("2027-01-01 00:00:00", tick=False)
    seen = text(client.get(URL))
    mark = "◐ Verified against CDT 2026, not yet against CDT 2027; 2 Mar 2026, by Edith Tor: The manual, page 7"
    assert f"Report it when it is done. {mark}" in seen
    assert seen.count(mark) == 2
    assert f"none of {TOTAL} items verified yet · 2 only against an older edition" in seen
    assert "● Verified" not in seen
    assert 'class="mark outdated"' in client.get(URL).content.decode()


def test_what_is_verified_anew_counts_again_and_the_rest_does_not(client, editor, verified, time_machine):
    time_machine.move_to("2027-01-04 10:00:00", tick=False)
    check(editor, "answer", source="The new manual", edition=2027)
    seen = text(client.get(URL))
    assert f"1 of {TOTAL} items verified · 1 only against an older edition" in seen
    assert "Report it when it is done. ● Verified against CDT 2027, 4 Jan 2027, by Edith Tor: The new manual" in seen
    assert "The thing was done. ◐ Verified against CDT 2026, not yet against CDT 2027" in seen


def test_older_edition_checked_later_does_not_hide_the_current_one(client, editor, verified, time_machine):
    time_machine.move_to("2026-04-01 10:00:00", tick=False)
    check(editor, "answer", source="The old manual", edition=2025)
    seen = text(client.get(URL))
    assert f"2 of {TOTAL} items verified" in seen
    assert "The old manual" not in seen


def test_changed_words_are_not_verified_rather_than_outdated(client, editor, verified, time_machine):
    time_machine.move_to("2027-01-04 10:00:00", tick=False)
    sent = factories.correction()
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest(CODE))
    seen = text(client.get(URL))
    assert f"none of {TOTAL} items verified yet · 1 only against an older edition" in seen


def test_page_does_not_deny_a_verification_that_came_without_a_correction(client, editor, time_machine):
    assert "and not verified by an editor" in text(client.get(URL))
    time_machine.move_to("2026-03-02 10:00:00", tick=False)
    check(editor, "answer", edition=2026)
    assert "not verified by an editor" not in text(client.get(URL))
    time_machine.move_to("2027-03-02 10:00:00", tick=False)
    assert "not verified by an editor" not in text(client.get(URL))


@pytest.mark.parametrize("items", [1, 3])
def test_page_takes_the_same_number_of_queries_however_many_are_outdated(client, editor, time_machine, items):
    time_machine.move_to("2026-03-02 10:00:00", tick=False)
    check(editor, *["answer", "use_when.done", "faq.why"][:items], edition=2026)
    time_machine.move_to("2027-03-02 10:00:00", tick=False)
    with assertNumQueries(8):
        assert client.get(URL).status_code == 200
