"""The public mark "disputed": who can bring it about, and who cannot."""

import pytest

from cdtsite import roles
from codes.acts import corrections
from codes.acts.publishing import latest
from codes.mail import outbox
from codes.models import Address, AuditEntry
from tests import factories

CODE = "D6010"
ANSWER = {"answer": {"value": "Report it otherwise.", "sources": []}}


@pytest.fixture(autouse=True)
def code(db):
    return factories.code(CODE)


def confirmed(email: str) -> str:
    address, _ = Address.objects.get_or_create(digest=outbox.digest(email))
    outbox.confirm(address)
    return email


def marked() -> tuple[list[str], int]:
    """The items of the code that show as disputed, and how many open corrections change its answer."""
    found = corrections.disputes([CODE]).get(CODE, corrections.Disputes())
    return sorted(found.disputed), found.waiting["answer"]


def test_any_number_of_strangers_dispute_nothing():
    for email in ("", "", "a@example.org", "b@example.org", confirmed("c@example.org")):
        factories.correction(email=email)
    assert marked() == ([], 5)


def test_one_confirmed_address_disputes_nothing_however_often_it_sends():
    mine = confirmed("reader@example.org")
    for email in (mine, mine.upper(), mine):
        factories.correction(email=email)
    assert marked() == ([], 3)


def test_two_confirmed_addresses_dispute_the_items_that_both_change():
    both = [confirmed("a@example.org"), confirmed("b@example.org")]
    factories.propose(CODE, {**ANSWER, "title": {"value": "Another title", "sources": []}}, email=both[0])
    assert marked() == ([], 1)
    second = factories.correction(email=both[1])
    assert marked() == (["answer"], 2)
    corrections.withdraw(second)
    assert marked() == ([], 1)


def test_two_confirmed_addresses_of_two_items_dispute_neither():
    factories.propose(CODE, {"title": {"value": "Another", "sources": []}}, email=confirmed("a@example.org"))
    factories.correction(email=confirmed("b@example.org"))
    assert marked() == ([], 1)


def test_an_editor_who_looked_marks_and_takes_the_mark_away(editor):
    sent = factories.correction()
    corrections.dispute(sent, by=editor, version=1)
    assert marked() == (["answer"], 1)
    corrections.undispute(sent, by=editor)
    assert marked() == ([], 1)


def test_the_mark_holds_for_the_version_that_the_editor_saw(editor):
    sent = factories.correction()
    corrections.dispute(sent, by=editor)
    with pytest.raises(corrections.Edited):
        corrections.dispute(sent, by=editor, version=7)
    base = latest(CODE)
    other = factories.replaced(base.page, {"title": {"value": "Quite another title", "sources": []}})
    corrections.edit(sent, base, other, version=1)
    assert marked() == ([], 0)


def test_a_decided_correction_is_not_marked_and_disputes_nothing(editor):
    sent = factories.correction()
    corrections.dispute(sent, by=editor)
    corrections.reject(sent, by=editor, reason="No.")
    assert marked() == ([], 0)
    with pytest.raises(corrections.AlreadyDecided):
        corrections.dispute(sent, by=editor)


def test_nobody_marks_for_a_correction_of_their_own(editor):
    factories.account("other", roles.EDITOR)
    with pytest.raises(corrections.OwnCorrection):
        corrections.dispute(factories.correction(sent_by=editor), by=editor)


def test_both_acts_stand_in_the_audit_log(editor):

    sent = factories.correction()
    corrections.dispute(sent, by=editor)
    corrections.undispute(sent, by=editor)
    assert list(AuditEntry.objects.filter(by=editor).order_by("pk").values_list("act", "detail")) == [
        ("disputed", "Answer"),
        ("undisputed", ""),
    ]
