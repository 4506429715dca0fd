"""/codes/D6010/ from one edition to the next: only what is verified against the one in force counts.

What was verified against an older one says so; so does what is checked ahead against a coming one.
"""

from dataclasses import replace

import pytest
from pytest_django.asserts import assertNumQueries

from codes.acts import corrections, editions, verifying
from codes.acts.publishing import latest
from codes.acts.verifying import verify
from tests import factories
from tests.web.reading import markup, text

CODE = "D6010"
URL, PROOF = f"/codes/{CODE}/", f"/codes/{CODE}/check/"
TOTAL = 4


@pytest.fixture(autouse=True)
def _code(db):
    factories.code(CODE)


def check(editor, *keys: str, code: str = CODE, source: str = "The manual, page 7", edition: int) -> None:
    digests = verifying.surveys([code])[code].digests
    assert verify(code, {key: digests[key] for key in keys}, by=editor, source=source, edition=edition) == len(keys)


@pytest.fixture
def verified(editor, time_machine):
    """The answer and a statement, verified on March 2, 2026."""
    time_machine.move_to("2026-03-02 10:00:00")
    check(editor, "answer", "use_when.done", edition=2026)


def test_in_the_year_of_its_edition_it_counts(client, verified, time_machine):
    time_machine.move_to("2026-12-31 23:59:59", tick=False)
    seen = text(client.get(URL)) + text(client.get(PROOF))
    assert f"2 of {TOTAL} checked by an editor" in seen
    mark = "● Verified against CDT 2026, Mar 2, 2026, by Edith Tor: The manual, page 7"
    # What it was checked against is its source: the page need not cite one beside it.
    assert f"Report it when it is done. {mark} · Report an error in answer" in seen
    assert "not yet against" not in seen
    assert "only against an older edition" not in seen


def test_in_the_next_year_the_mark_says_so_and_the_head_does_not_count_it(client, verified, time_machine):
    time_machine.move_to("2027-01-01 00:00:00", tick=False)
    seen = text(client.get(URL)) + text(client.get(PROOF))
    mark = "◐ Verified against CDT 2026, not yet against CDT 2027; Mar 2, 2026, by Edith Tor: The manual, page 7"
    assert f"Report it when it is done. {mark}" in seen
    assert seen.count(mark) == 2
    assert "Not yet checked by an editor (why?) · 2 only against an older edition" in seen
    assert "● Verified" not in seen
    assert 'class="mark outdated"' in markup(client.get(PROOF))
    assert markup(client.get(URL)).count('aria-label="Verified against CDT 2026 only">◐<') == 2


def test_wherever_the_item_is_shown_its_mark_says_the_same(client, editor, time_machine):
    time_machine.move_to("2026-03-02 10:00:00")
    factories.code("D6011", attachments=("A film",))
    check(editor, "attachments", code="D6011", edition=2025)
    claim = {"paste-text": "D6011 3/2/2026"}
    assert 'aria-label="Verified against CDT 2025 only">◐<' in markup(client.get("/codes/D6011/"))
    for address in ("/worksheet/?codes=D6011", f"/compare/?codes={CODE},D6011"):
        assert 'aria-label="Verified against CDT 2025 only">◐<' in markup(client.get(address))
    assert "A film ◐ verified against CDT 2025 only · Checked against: The manual, page 7" in text(
        client.post("/check/claim/", claim)
    )


def test_what_is_verified_anew_counts_again_and_the_rest_does_not(client, editor, verified, time_machine):
    time_machine.move_to("2027-01-04 10:00:00", tick=False)
    check(editor, "answer", source="The new manual", edition=2027)
    seen = text(client.get(URL)) + text(client.get(PROOF))
    assert f"1 of {TOTAL} checked by an editor · 1 only against an older edition" in seen
    assert "Report it when it is done. ● Verified against CDT 2027, Jan 4, 2027, by Edith Tor: The new manual" in seen
    assert "The thing was done. ◐ Verified against CDT 2026, not yet against CDT 2027" in seen


def test_older_edition_checked_later_does_not_hide_the_current_one(client, editor, verified, time_machine):
    time_machine.move_to("2026-04-01 10:00:00", tick=False)
    check(editor, "answer", source="The old manual", edition=2025)
    seen = text(client.get(URL)) + text(client.get(PROOF))
    assert f"2 of {TOTAL} checked by an editor" in seen
    assert "The old manual" not in seen


def test_changed_words_are_not_verified_rather_than_outdated(client, editor, verified, time_machine):
    time_machine.move_to("2027-01-04 10:00:00", tick=False)
    sent = factories.correction()
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest(CODE))
    seen = text(client.get(URL)) + text(client.get(PROOF))
    assert "Not yet checked by an editor (why?) · 1 only against an older edition" in seen


def test_page_does_not_deny_a_verification_that_came_without_a_correction(client, editor, time_machine):
    assert "and not verified by an editor" in text(client.get(URL))
    time_machine.move_to("2026-03-02 10:00:00", tick=False)
    check(editor, "answer", edition=2026)
    assert "not verified by an editor" not in text(client.get(URL))
    time_machine.move_to("2027-03-02 10:00:00", tick=False)
    assert "not verified by an editor" not in text(client.get(URL))


class TestCheckedAhead:
    """On November 2, 2026 the answer, which is verified against CDT 2026, is checked against CDT 2027 too."""

    @pytest.fixture
    def ahead(self, editor, verified, time_machine):
        time_machine.move_to("2026-11-02 10:00:00", tick=False)
        check(editor, "answer", source="The new manual", edition=2027)

    def test_until_its_first_day_what_is_in_force_counts_and_the_page_says_that_it_was_ahead(
        self, client, ahead, time_machine
    ):
        time_machine.move_to("2026-12-31 23:59:59", tick=False)
        seen = text(client.get(URL)) + text(client.get(PROOF))
        assert f"2 of {TOTAL} checked by an editor · 1 already checked against a coming edition" in seen
        assert (
            "Report it when it is done. ● Verified against CDT 2026, Mar 2, 2026, by Edith Tor: The manual, page 7"
            " · already checked against the coming CDT 2027, Nov 2, 2026, by Edith Tor: The new manual" in seen
        )
        said = "items checked by an editor, the last on Mar 2, 2026 · 1 already checked against a coming edition"
        assert f"2 of {TOTAL} {said}" in seen
        assert "Verified against CDT 2027" not in seen

    def test_from_its_first_day_it_counts_and_what_nobody_checked_is_outdated(self, client, ahead, time_machine):
        time_machine.move_to("2027-01-01 00:00:00", tick=False)
        seen = text(client.get(URL)) + text(client.get(PROOF))
        assert f"1 of {TOTAL} checked by an editor · 1 only against an older edition" in seen
        assert "● Verified against CDT 2027, Nov 2, 2026, by Edith Tor: The new manual" in seen
        assert (
            f"1 of {TOTAL} items checked by an editor, the last on Nov 2, 2026 · 1 only against an older edition"
            in seen
        )
        assert "already" not in seen

    def test_alone_it_verifies_nothing_yet_and_is_not_denied(self, client, editor, time_machine):
        time_machine.move_to("2026-11-02 10:00:00", tick=False)
        check(editor, "answer", source="The new manual", edition=2027)
        seen = text(client.get(URL)) + text(client.get(PROOF))
        assert "Not yet checked by an editor (why?) · 1 already checked against a coming edition" in seen
        assert (
            "Report it when it is done. ○ Not verified against CDT 2026 · already checked against the coming CDT 2027, "
            "Nov 2, 2026, by Edith Tor: The new manual" in seen
        )
        assert "and not verified by an editor" not in seen
        time_machine.move_to("2027-01-01 00:00:00", tick=False)
        seen = text(client.get(URL)) + text(client.get(PROOF))
        assert (f"1 of {TOTAL} checked by an editor" in seen, "already" in seen) == (True, False)

    def test_outdated_item_stays_outdated_until_then(self, client, editor, time_machine):
        time_machine.move_to("2026-11-02 10:00:00", tick=False)
        check(editor, "answer", source="The old manual", edition=2025)
        check(editor, "answer", source="The new manual", edition=2027)
        seen = text(client.get(URL)) + text(client.get(PROOF))
        assert "◐ Verified against CDT 2025, not yet against CDT 2026" in seen
        assert "Not yet checked by an editor (why?) · 1 only against an older edition · 1 already checked" in seen


def test_change_that_is_staged_for_a_coming_edition_disputes_nothing_before_it(client, editor, time_machine):
    time_machine.move_to("2026-11-02 10:00:00", tick=False)
    coming = editions.open_edition(2027, [], by=editor)
    proposed = replace(latest(CODE).page, answer="From 2027 so.")
    factories.correction(CODE, proposed=proposed, edition=coming)
    seen = text(client.get(URL)) + text(client.get(PROOF))
    assert ("Open corrections None" in seen, "correction waiting" in seen) == (True, False)
    time_machine.move_to("2027-01-01 00:00:00", tick=False)
    assert "1 correction waiting" in text(client.get(PROOF))


@pytest.mark.parametrize("items", [1, 3])
def test_page_takes_the_same_number_of_queries_however_many_are_outdated(client, editor, time_machine, items):
    time_machine.move_to("2026-03-02 10:00:00", tick=False)
    check(editor, *["answer", "use_when.done", "faq.why"][:items], edition=2026)
    time_machine.move_to("2027-03-02 10:00:00", tick=False)
    with assertNumQueries(11):
        assert client.get(URL).status_code == 200
