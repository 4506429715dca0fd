"""/ledger/: what became of the corrections that were sent, how long it took, month by month."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
import time_machine
from django.test import Client

from codes.acts import corrections
from codes.acts.publishing import latest, publish, revert
from codes.models import Correction, Edition, Reason, Revision
from codes.templatetags.cdt import duration
from tests import factories
from tests.web.reading import charted, markup, text

QUERIES = 5
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
MONTHS = ["Apr 2025", "May 2025", "Jun 2025", "Jul 2025", "Aug 2025", "Sep 2025"]
MONTHS += ["Oct 2025", "Nov 2025", "Dec 2025", "Jan 2026", "Feb 2026", "Mar 2026"]


def at(moment: datetime):
    return time_machine.travel(moment, tick=False)


def sent(when: datetime, **about) -> Correction:
    with at(when):
        return factories.correction(**about)


def accept(correction: Correction, editor, after: timedelta, items: dict | None = None) -> None:
    with at(correction.created_at + after):
        chosen = items or dict.fromkeys(correction.items)
        corrections.accept(correction, by=editor, items=chosen, seen=latest("D6010"))


def reject(correction: Correction, editor, after: timedelta, title: str = "") -> None:
    template = Reason.objects.get_or_create(title=title, defaults={"use": "reject"})[0] if title else None
    with at(correction.created_at + after):
        corrections.reject(correction, by=editor, reason="No source.", template=template)


def two_items() -> dict:
    page = latest("D6010").page
    return {"proposed": replace(page, answer="In two ways.", subcategory="Other things")}


@pytest.fixture
def kept(editor):
    """Accepted in whole after 2 hours, in part after 6, with other words after 30; rejected after 5 days; 2 wait."""
    with at(datetime(2025, 1, 1, tzinfo=UTC)):
        factories.code("D6010")
    accept(sent(datetime(2025, 3, 31, 23, tzinfo=UTC)), editor, timedelta(hours=2))
    part = sent(datetime(2026, 1, 10, tzinfo=UTC), **two_items())
    accept(part, editor, timedelta(hours=6), {"subcategory": None})
    amended = sent(datetime(2026, 1, 20, tzinfo=UTC))
    accept(amended, editor, timedelta(hours=30), {"answer": {"value": "As the editor says.", "sources": []}})
    reject(sent(datetime(2026, 2, 27, tzinfo=UTC)), editor, timedelta(days=5))
    sent(NOW - timedelta(days=3, hours=23))
    sent(NOW - timedelta(minutes=20))
    with at(NOW - timedelta(days=1)):
        revert("D6010", 1, by=editor, reason="Back.")


@pytest.fixture
def page(client):
    """The ledger as it is read at NOW."""

    def read():
        with at(NOW):
            return client.get("/ledger/")

    return read


def rows(response) -> dict[str, tuple[int, int, int]]:
    """The table: month -> received, accepted, rejected."""
    html = markup(response)
    table = ElementTree.fromstring(html[html.index("<tbody>") : html.index("</tbody>") + 8])  # noqa: S314 - our own page
    return {row[0].text: tuple(int(cell.text) for cell in row[1:]) for row in table}


def bars(response) -> list[tuple[int, int, int]]:
    """The chart: for each month the heights of what was received, accepted and, on top of that, rejected, of 120."""
    html = markup(response)
    chart = ElementTree.fromstring(html[html.index("<svg") : html.index("</svg>") + 6])  # noqa: S314 - our own page
    months = [{bar.get("class"): bar for bar in month} for month in chart.iter("g")]
    assert all(month["rejected"].get("y") == month["accepted"].get("height") for month in months)
    kinds = ("received", "accepted", "rejected")
    return [tuple(int(month[kind].get("height")) for kind in kinds) for month in months]


def test_all_that_was_sent_is_counted_by_what_became_of_it(page, kept):
    seen = text(page())
    assert "Received 6 Decided 4: 3 accepted (2 in full, 1 in part), 1 rejected" in seen
    assert "Waiting now 2; the oldest for 3 days Withdrawn none yet Reversed 1 time: 1 revert The last" in seen


def test_every_state_is_counted_once_and_only_once(page, editor):
    with at(NOW - timedelta(days=9)):
        factories.code("D6010")
        Edition.objects.create(year=2027)
    day = timedelta(days=1)
    asked, withdrawn, _waiting = sent(NOW - day), sent(NOW - 3 * day), sent(NOW - 2 * day)
    scheduled = sent(NOW - day, edition=Edition.objects.get(year=2027))
    accept(scheduled, editor, timedelta(hours=1))
    with at(NOW - timedelta(hours=2)):
        corrections.ask(asked, by=editor, text="Which book?")
        corrections.withdraw(withdrawn)
    reject(sent(NOW - day), editor, timedelta(hours=3))
    seen = text(page())
    assert "Received 5 Decided 2: 1 accepted (1 in full, 0 in part; 1 to be published with a coming edition)" in seen
    assert "Waiting now 2; the oldest for 2 days; 1 until the contributor answers a question" in seen
    assert "Withdrawn 1 by those who had sent it" in seen
    # The withdrawn one waited longest; it was never decided, and no month counts it as decided.
    assert "Half of them within 2 hours; the longest took 3 hours" in seen
    assert rows(page())["Mar 2026"] == (5, 1, 1)


def test_scheduled_one_is_counted_the_same_when_its_edition_has_come(client, editor):
    with at(datetime(2026, 3, 1, tzinfo=UTC)):
        factories.code("D6010")
        accept(sent(NOW, edition=Edition.objects.create(year=2027)), editor, timedelta(hours=1))
    with at(datetime(2027, 1, 1, 8, tzinfo=UTC)):
        assert len(corrections.publish_due()) == 1
        seen = text(client.get("/ledger/"))
    assert "Decided 1: 1 accepted (1 in full, 0 in part), 0 rejected" in seen
    assert "Half of them within 1 hour; the longest took 1 hour" in seen


def test_rejections_are_told_by_their_reason_the_most_frequent_first(page, editor):
    factories.code("D6010")
    for title in ("Another edition", "", "No <source>", "No <source>", "Belongs to another code"):
        reject(sent(NOW - timedelta(days=1)), editor, timedelta(hours=1), title)
    response = page()
    told = "No <source>: 2 Another edition: 1 Another reason: 1 Belongs to another code: 1"
    assert f"5 rejected Rejected because {told} The promise" in text(response)
    assert "No &lt;source&gt;" in markup(response)


def test_reason_that_is_deleted_leaves_its_rejections_counted(page, editor):
    factories.code("D6010")
    reject(sent(NOW - timedelta(days=1)), editor, timedelta(hours=1), "Another edition")
    Reason.objects.all().delete()
    assert "1 rejected Rejected because Another reason: 1 The promise" in text(page())


def test_without_a_rejection_no_reasons_are_told(page, editor):
    factories.code("D6010")
    accept(sent(NOW - timedelta(days=1)), editor, timedelta(hours=1))
    assert "Rejected because" not in text(page())


def test_promise_is_kept_until_the_end_of_the_promised_day_and_no_later(page, editor, settings):
    settings.TARGET_DAYS = 2
    factories.code("D6010")
    morning = datetime(2026, 3, 1, 9, tzinfo=UTC)
    reject(sent(morning), editor, timedelta(days=2, hours=14, minutes=59))
    reject(sent(morning), editor, timedelta(days=2, hours=15))
    assert "The promise A decision within 2 days: kept for 1 of 2" in text(page())


def test_those_that_wait_longer_than_promised_are_told(page, editor, settings):
    settings.TARGET_DAYS = 2
    factories.code("D6010")
    late, _punctual = sent(NOW - timedelta(days=3)), sent(NOW - timedelta(days=2))
    seen = text(page())
    assert "Waiting now 2; the oldest for 3 days; 1 longer than promised" in seen
    assert "The promise A decision within 2 days Waiting" in seen
    with at(NOW):
        assert (late.late, _punctual.late) == (True, False)


def test_decision_that_was_taken_back_waits_again_and_is_told_as_a_reversal(page, editor):
    with at(NOW - timedelta(days=9)):
        factories.code("D6010")
    one = sent(NOW - timedelta(hours=5))
    accept(one, editor, timedelta(hours=1))
    with at(NOW - timedelta(hours=4) + timedelta(minutes=5)):
        corrections.undo(one, by=editor)
    response = page()
    seen = text(response)
    assert "Received 1 Decided 0: none yet" in seen
    assert "Waiting now 1; the oldest for 5 hours" in seen
    assert "Reversed 1 time: 1 decision taken back" in seen
    assert '<a href="/changes/?source=undo">1 decision taken back</a>' in markup(response)


def test_rejection_that_was_taken_back_leaves_no_trace_in_public(page, editor):
    factories.code("D6010")
    one = sent(NOW - timedelta(hours=5))
    reject(one, editor, timedelta(hours=1))
    with at(NOW - timedelta(hours=4) + timedelta(minutes=5)):
        corrections.undo(one, by=editor)
    assert "Decided 0: none yet" in text(page())
    assert "Reversed never yet" in text(page())


def test_reopened_one_waits_again_since_it_was_first_sent(page, editor):
    factories.code("D6010")
    one = sent(NOW - timedelta(days=4))
    reject(one, editor, timedelta(hours=1))
    with at(NOW - timedelta(days=3)):
        corrections.reopen(one, "Look again.")
    seen = text(page())
    assert "Received 1 Decided 0: none yet" in seen
    assert "Waiting now 1; the oldest for 4 days" in seen


def test_times_run_from_sending_to_decision(page, kept):
    # 2, 6, 30 and 120 hours: the median of an even number lies between the middle two.
    assert "Half of them within 18 hours; the longest took 5 days" in text(page())


def test_waiting_ones_count_neither_for_the_median_nor_for_the_longest(page, editor):
    factories.code("D6010")
    sent(NOW - timedelta(days=300))
    accept(sent(NOW - timedelta(days=2)), editor, timedelta(minutes=40))
    assert "Half of them within 40 minutes; the longest took 40 minutes" in text(page())


def test_numbers_lead_to_what_they_count(page, kept):
    html = markup(page())
    assert '<a href="/changes/?source=correction">3 accepted</a>' in html
    assert '<b class="num">1</b> time: <a href="/changes/?source=revert">1 revert</a>' in html


def test_accepted_though_the_page_said_so_already_counts_as_accepted(page, editor):
    with at(NOW - timedelta(days=9)):
        factories.code("D6010")
    first, *_ = [
        sent(NOW - timedelta(days=2), proposed=replace(latest("D6010").page, answer="Same.")) for _ in range(2)
    ]
    accept(first, editor, timedelta(hours=1))
    assert Revision.objects.filter(source="correction").count() == 1
    assert "Decided 2: 2 accepted (2 in full, 0 in part), 0 rejected" in text(page())


def test_months_are_the_last_twelve_with_the_running_one_last(page, kept):
    found = rows(page())
    assert list(found) == MONTHS
    assert found == dict.fromkeys(MONTHS, (0, 0, 0)) | {
        "Apr 2025": (0, 1, 0),  # Received on the last day of March, decided on the first of April.
        "Jan 2026": (2, 2, 0),
        "Feb 2026": (1, 0, 0),
        "Mar 2026": (2, 0, 1),
    }


def test_chart_shows_the_numbers_of_the_table(page, kept):
    response = page()
    assert bars(response) == [tuple(60 * number for number in month) for month in rows(response).values()]
    html = markup(response)
    assert '<text x="0" y="10">2</text>' in html
    assert html.count('role="img"') == 1


def test_every_correction_received_has_one_outcome_drawn_as_wide_as_its_share(page, kept, editor):
    withdrawn = sent(NOW - timedelta(days=2))
    with at(NOW - timedelta(days=1)):
        corrections.withdraw(withdrawn)
    assert charted(page(), "outcomes") == {
        "Accepted in full": [(2, 286)],
        "Accepted in part": [(1, 143)],
        "Rejected": [(1, 143)],
        "Withdrawn": [(1, 143)],
        "Waiting": [(2, 286)],
    }


def test_decisions_are_drawn_by_how_long_they_took(page, kept):
    # 2, 6, 30 and 120 hours.
    assert charted(page(), "times") == {
        "Less than 1 hour": [(0, 0)],
        "1 to 24 hours": [(2, 500)],
        "1 to 3 days": [(1, 250)],
        "3 to 7 days": [(1, 250)],
        "7 to 30 days": [(0, 0)],
        "30 days or more": [(0, 0)],
    }


def test_a_length_of_time_belongs_to_the_span_that_it_begins(page, editor):
    factories.code("D6010")
    hour, day = timedelta(hours=1), timedelta(days=1)
    for took in (hour - timedelta(seconds=1), hour, day, 3 * day, 7 * day, 30 * day, 400 * day):
        reject(sent(NOW - 500 * day), editor, took)
    assert [count for [(count, _)] in charted(page(), "times").values()] == [1, 1, 1, 1, 1, 2]


def test_chart_needs_no_inline_style(page, kept):
    assert "style=" not in markup(page())


def test_months_without_anything_leave_the_chart_flat(page, editor):
    factories.code("D6010")
    accept(sent(NOW - timedelta(days=800)), editor, timedelta(hours=1))
    assert bars(page()) == [(0, 0, 0)] * 12


def test_nothing_received_says_so_and_where_to_begin(page, db):
    factories.code("D6010")
    seen = text(page())
    assert "No correction has been sent yet, so there is nothing to count." in seen
    assert "To send the first, open a code and press “Suggest a correction”." in seen
    assert "Received" not in seen
    assert "taken back" not in seen
    assert "<svg" not in markup(page())


def test_nothing_received_but_something_taken_back_is_not_hidden(page, editor):
    factories.code("D6010")
    live = latest("D6010").page
    publish("D6010", replace(live, answer="Anew."), base=live, by=None, source="import", reason="File changed")
    revert("D6010", 1, by=editor, reason="Back.")
    seen = text(page())
    assert "No correction has been sent yet" in seen
    assert "The editors have put an earlier text of a page back 1 time." in seen


def test_nothing_decided_yet_shows_no_times(page, db):
    factories.code("D6010")
    sent(NOW - timedelta(hours=3))
    seen = text(page())
    assert (
        "Received 1 Decided 0: none yet The promise A decision within 7 days Waiting now 1; the oldest for 3 hours"
        " Withdrawn none yet Reversed never yet" in seen
    )
    assert "Time to the decision" not in seen


def test_nothing_waiting_says_that_the_queue_is_empty(page, editor):
    factories.code("D6010")
    reject(sent(NOW - timedelta(hours=3)), editor, timedelta(hours=1))
    assert "Waiting now 0: the queue is empty" in text(page())


def test_nobody_is_named_and_nothing_private_is_shown(page, editor):
    factories.code("D6010")
    about = {"credit": "A Hygienist", "email": "contributor@example.org", "note": "A waiting note."}
    waiting = sent(NOW - timedelta(hours=3), **about)
    reject(sent(NOW - timedelta(hours=3), **about), editor, timedelta(hours=1))
    html = markup(page())
    private = ["Hygienist", "contributor@example.org", "waiting note", "Edith", "No source.", waiting.token]
    assert [word for word in private if word in html] == []


def test_page_is_the_same_for_everybody_and_sets_no_cookie(desk, kept):
    with at(NOW):
        response = desk.get("/ledger/")
        assert response.content == Client().get("/ledger/").content
    assert not response.cookies
    assert response["Vary"] == "Accept-Encoding"


def test_page_takes_the_same_few_queries_with_1_and_3_corrections(page, editor, django_assert_num_queries):
    factories.code("D6010")
    sent(NOW - timedelta(hours=3))
    with django_assert_num_queries(QUERIES):
        assert "Received 1 " in text(page())
    accept(sent(NOW - timedelta(hours=2)), editor, timedelta(hours=1))
    reject(sent(NOW - timedelta(hours=2)), editor, timedelta(hours=1), "Another edition")
    with django_assert_num_queries(QUERIES):
        assert "Received 3 " in text(page())


@pytest.mark.parametrize(
    ("took", "words"),
    [
        ({"seconds": 0}, "less than a minute"),
        ({"seconds": 59}, "less than a minute"),
        ({"seconds": 60}, "1 minute"),
        ({"minutes": 59, "seconds": 59}, "59 minutes"),
        ({"minutes": 60}, "1 hour"),
        ({"hours": 47, "minutes": 59}, "47 hours"),
        ({"hours": 48}, "2 days"),
        ({"days": 115, "hours": 23}, "115 days"),
    ],
)
def test_length_of_time_is_said_in_one_unit_rounded_down(took, words):
    assert duration(timedelta(**took)) == words


@pytest.mark.parametrize("url", ["/", "/changes/", "/policy/", "/codes/D6010/correct/"])
def test_ledger_is_linked(client, db, url):
    factories.code("D6010")
    assert '<a href="/ledger/">' in markup(client.get(url))
