"""Tallies: the counts of the ledger, written with the correction that they count."""

from io import StringIO

import pytest
import time_machine
from django.core.management import call_command

from codes.acts import corrections, tallies
from codes.acts.invariant import broken
from codes.acts.publishing import latest
from codes.models import Reason, Tally
from tests import factories


@pytest.fixture
def sent(db):
    with time_machine.travel("2026-01-31T12:00:00Z"):
        factories.code("D6010")
        return factories.correction("D6010")


def test_correction_counts_as_what_it_is(sent, editor):
    assert tallies.read() == {"received:2026-01": 1, "state:pending": 1}
    with time_machine.travel("2026-02-01T14:30:00Z"):
        corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
        decided = {"accepted:2026-02": 1, "whole:": 1, "days:1": 1, "took:1560": 1}
        assert tallies.read() == {"received:2026-01": 1, "state:accepted": 1, **decided}
        corrections.undo(sent, by=editor)
    assert tallies.read() == {"received:2026-01": 1, "state:pending": 1}


def test_rejection_counts_under_its_reason_also_when_that_is_deleted(sent, editor):
    reason = Reason.objects.create(use="reject", title="Not this", text="No.")
    with time_machine.travel("2026-02-01T14:30:00Z"):
        corrections.reject(sent, by=editor, reason="No.", template=reason)
        assert tallies.read()[f"reason:{reason.pk}"] == 1
        reason.delete()
        assert broken() == []
        sent.refresh_from_db()
        corrections.undo(sent, by=editor)
    assert broken() == []


def test_audit_names_what_differs_and_reindex_mends_it(sent):
    Tally.objects.filter(key="state:pending").update(count=3)
    assert broken() == ["Tally state:pending: not what the corrections say"]
    call_command("reindex", stdout=(out := StringIO()))
    assert out.getvalue() == "0 of 1 codes reindexed, lists counted anew\n"
    assert broken() == []
