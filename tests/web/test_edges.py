"""The first and the last day: on which a code has a status, and on which a correction is not late yet."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from codes.models import due_on, is_late
from codes.page import Validity
from tests import factories

STATUSES = ("active", "deleted", "future")


@pytest.mark.parametrize(
    ("validity", "active", "deleted", "future"),
    [
        (Validity(since=2024, until=2026), {2024, 2025, 2026}, {2027}, {2023}),
        (Validity(since=2025, until=2025), {2025}, {2026, 2027}, {2023, 2024}),
        (Validity(since=2026), {2026, 2027}, set(), {2023, 2024, 2025}),
        (Validity(until=2024), {2023, 2024}, {2025, 2026, 2027}, set()),
        (Validity(), {2023, 2024, 2025, 2026, 2027}, set(), set()),
    ],
)
def test_a_code_is_counted_with_one_status_on_each_day(client, db, validity, active, deleted, future):
    factories.code(validity=validity)
    found = {status: set() for status in STATUSES}
    for year in range(2023, 2028):
        for day in (date(year, 1, 1), date(year, 12, 31)):
            with time_machine.travel(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), tick=False):
                counted = client.get("/about/").context
            assert {status: counted[status] for status in STATUSES} == dict.fromkeys(STATUSES, 0) | {
                validity.on(day): 1
            }
            found[validity.on(day)].add(year)
    assert found == {"active": active, "deleted": deleted, "future": future}


@pytest.mark.parametrize("days", [0, 2])
def test_a_correction_is_late_when_the_day_on_which_it_is_due_is_over(db, settings, days):
    settings.TARGET_DAYS = days
    sent_at = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
    last = datetime(2026, 3, 1 + days, 23, 59, 59, tzinfo=UTC)
    assert due_on(sent_at) == last.date()
    with time_machine.travel(sent_at, tick=False):
        factories.code()
        sent = factories.correction()
    for at, late in ((sent_at, False), (last, False), (last + timedelta(seconds=1), True)):
        with time_machine.travel(at, tick=False):
            assert (is_late(sent_at, at), sent.late) == (late, late)
