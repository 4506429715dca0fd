"""TIME_ZONE: a day, a month and a year begin at its midnight, everywhere; and times are shown with its name."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from codes.acts import corrections
from codes.acts.publishing import latest
from codes.display import ledger
from codes.forms import service_date
from codes.models import AuditEntry, Correction, Edition, today
from codes.page import Validity
from tests import factories
from tests.web.reading import text

# 19:30 on 31 December in New York, half past midnight in London.
EVENING = datetime(2027, 1, 1, 0, 30, tzinfo=UTC)
MIDNIGHT = datetime(2027, 1, 1, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _new_york(settings, time_machine):
    settings.TIME_ZONE = "America/New_York"
    time_machine.move_to(EVENING, tick=False)


@pytest.fixture
def later(time_machine):
    """Sets the clock to a time of UTC."""
    return lambda moment: time_machine.move_to(moment, tick=False)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/New_York", date(2026, 12, 31)),
        ("Pacific/Honolulu", date(2026, 12, 31)),
        ("UTC", date(2027, 1, 1)),
        ("Pacific/Auckland", date(2027, 1, 1)),
    ],
)
def test_today_is_the_day_of_the_zone(settings, zone, day):
    settings.TIME_ZONE = zone
    assert today() == day


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        # The clocks go forward on March 14, 2027 and back on November 7, 2027, at two in the night.
        (datetime(2027, 3, 14, 4, 59, 59, tzinfo=UTC), date(2027, 3, 13)),
        (datetime(2027, 3, 14, 5, tzinfo=UTC), date(2027, 3, 14)),
        (datetime(2027, 3, 15, 3, 59, 59, tzinfo=UTC), date(2027, 3, 14)),
        (datetime(2027, 3, 15, 4, tzinfo=UTC), date(2027, 3, 15)),
        (datetime(2027, 11, 8, 4, 59, 59, tzinfo=UTC), date(2027, 11, 7)),
        (datetime(2027, 11, 8, 5, tzinfo=UTC), date(2027, 11, 8)),
    ],
)
def test_days_of_23_and_25_hours_end_at_midnight_too(later, moment, day):
    later(moment)
    assert today() == day


def test_code_is_valid_until_midnight_and_its_page_search_and_lists_say_so(client, db, later):
    factories.code("D6010", validity=Validity(until=2026))
    seen = {}
    for name, moment in (("before", MIDNIGHT - timedelta(seconds=1)), ("after", MIDNIGHT)):
        later(moment)
        page, found = text(client.get("/codes/D6010/")), text(client.get("/search/?q=D6010&all=1"))
        listed = text(client.get("/codes/?status=deleted"))
        checked = service_date.lens(client.get("/check/list/").wsgi_request).day
        seen[name] = ["valid today" in page, "deleted" in found, "D6010" in listed, checked]
    assert seen == {
        "before": [True, False, False, date(2026, 12, 31)],
        "after": [False, True, True, date(2027, 1, 1)],
    }


def test_chosen_day_is_kept_unless_it_is_the_zones_today(client, db):
    factories.code("D6010")
    client.get("/date/?date=2027-01-01&next=/codes/")
    assert client.get("/codes/D6010/")["Location"] == "/codes/D6010/?date=2027-01-01"
    client.get("/date/?date=2026-12-31&next=/codes/")
    assert client.get("/codes/D6010/").status_code == 200


def test_staged_change_is_published_at_midnight_and_not_in_the_evening(editor, later):
    factories.code("D6010")
    later(datetime(2026, 12, 1, 12, tzinfo=UTC))
    sent = factories.correction(edition=Edition.objects.get_or_create(year=2027)[0])
    corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest("D6010"))
    published = []
    for moment in (EVENING, MIDNIGHT - timedelta(seconds=1), MIDNIGHT):
        later(moment)
        call_command("publish_due")
        published.append(latest("D6010").number)
    assert published == [1, 1, 2]


def test_edition_in_force_and_whether_a_verification_counts_change_at_midnight(client, editor, later):
    factories.code("D6010")
    later(datetime(2026, 12, 1, 12, tzinfo=UTC))
    sent = factories.correction(source_title="Manual")
    proofs = factories.proved(sent)
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"), proofs=proofs)
    later(MIDNIGHT - timedelta(seconds=1))
    assert "◐ Verified against" not in text(client.get("/codes/D6010/check/"))
    later(MIDNIGHT)
    assert "◐ Verified against" in text(client.get("/codes/D6010/check/"))


def test_promised_day_and_lateness_are_counted_in_days_of_the_zone(db, settings, later):
    settings.TARGET_DAYS = 2
    factories.code("D6010")
    sent = factories.correction()
    assert sent.due_on == date(2027, 1, 2)
    later(datetime(2027, 1, 3, 4, 59, 59, tzinfo=UTC))
    assert not sent.late
    later(datetime(2027, 1, 3, 5, tzinfo=UTC))
    assert sent.late


def test_ledger_counts_in_months_of_the_zone_and_says_which(client, db, later):
    factories.code("D6010")
    factories.correction()
    later(MIDNIGHT)
    assert [(m.first, m.received) for m in ledger.read(timezone.now()).months[-2:]] == [
        (date(2026, 12, 1), 1),
        (date(2027, 1, 1), 0),
    ]
    assert "Months and days are those of the time zone America/New_York." in text(client.get("/ledger/"))


def test_audit_log_is_told_by_days_of_the_zone(desk):
    AuditEntry.objects.all().delete()
    AuditEntry.objects.create(act="published", subject="The evening")
    url = "/admin/codes/auditentry/?at__year={}&at__month={}&at__day={}"
    there = text(desk.get(url.format(2026, 12, 31)))
    assert "2026-12-31 19:30:00 EST" in there
    assert "The evening" not in text(desk.get(url.format(2027, 1, 1)))


def test_times_are_shown_with_the_name_of_the_zone(client, editor, later):
    factories.code("D6010")
    later(datetime(2027, 3, 14, 6, 59, tzinfo=UTC))
    sent = factories.correction(source_title="Manual")
    later(datetime(2027, 3, 14, 7, 1, tzinfo=UTC))
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
    receipt = text(client.get(Correction.objects.get().get_absolute_url()))
    assert "Mar 14, 2027, 1:59 AM EST" in receipt
    assert "Mar 14, 2027, 3:01 AM EDT" in receipt
    assert "Mar 14, 2027, 3:01 AM EDT" in text(client.get("/codes/D6010/history/"))
    assert "Mar 14, 2027, 3:01 AM EDT" in text(client.get("/changes/"))
    compared = text(client.get("/codes/D6010/compare/1..2/"))
    assert compared.count(" EST") + compared.count(" EDT") == 2


def test_what_machines_read_names_the_day_of_the_zone(client, editor):
    factories.code("D6010")
    sent = factories.correction(source_title="Manual")
    items, proofs = dict.fromkeys(sent.items), factories.proved(sent)
    corrections.accept(sent, by=editor, items=items, seen=latest("D6010"), proofs=proofs)
    assert '"lastReviewed": "2026-12-31"' in client.get("/codes/D6010/").content.decode()
    assert "<lastmod>2026-12-31</lastmod>" in client.get("/sitemap.xml").content.decode()
    # A feed tells the moment itself, in UTC.
    assert "<updated>2027-01-01T00:30:00+00:00</updated>" in client.get("/changes/feed.atom").content.decode()
