"""What a code's page says of fees, and the page of all its fees."""

import pytest
import time_machine

from codes.display.fees import Figures
from codes.models import RelativeValue
from tests import factories
from tests.fee_files import OCTOBER, SAID, SOME, as_csv, lines, row, schedule
from tests.tables import applied
from tests.web.reading import fields, text

pytestmark = pytest.mark.usefixtures("world")
CODE, FEES = "/codes/D6010/", "/codes/D6010/fees/"
R = (
    "Medicare covers it only where its special coverage instructions allow it. Check them before you send Medicare a "
    "claim. All its relative values are zero: the file gives no price. Where it is covered, Medicare’s contractor sets "
    "one. Zero is no fee, and does not mean that the service is free."
)


@pytest.fixture(scope="module")
def world(module_db):
    factories.codes({"D6010": {}, "D6011": {}, "D6012": {}})
    ours = [row("D6010", days="YYY"), row("D6010", "26", days="YYY"), row("D6010", "TC", "A", SOME, "010")]
    applied(as_csv(lines(pric=False, above=OCTOBER, rows=[*ours, row("D6011", status="N")])), "medicare")
    applied(as_csv(lines(rows=ours)), "medicare")
    states = ("AL", "CA", "GA", "MD", "NY", "")
    for state in states:
        dated = SAID | {"state": state, "source_url": "" if state == "AL" else SAID["source_url"]}
        rows = ('D6010,"$1,500.00",U1,1/1/2026,', "D6010,900,,1/1/2020,12/31/2020")
        applied(schedule(*rows), "fees", **dated)


@pytest.fixture(autouse=True)
def spring():
    with time_machine.travel("2026-03-14T12:00:00Z", tick=False):
        yield


def test_page_says_what_status_and_zero_mean_and_gives_figures_release_and_source(client):
    page = client.get(CODE)
    said = text(page)
    assert f"Status R: restricted coverage, without a modifier and with 26 (professional component). {R}" in said
    assert (
        "Relative values: work, practice expense, malpractice insurance and totals 0.00 each. Global period YYY. "
        "Medicare’s contractor decides whether there is one, and how long it is."
    ) in said
    assert "Status A: paid separately, with TC (technical component). Medicare pays for it separately" in said
    assert "Total 2.73 1.93" in said
    assert "Global period 010. The day of the procedure and the 10 days after it." in said
    assert (
        "From CMS’s relative value file, January 2026 release, released Dec 29, 2025. It is about Medicare alone."
        in said
    )
    assert said.index("Status R") > said.index("Use it when")
    assert b"SHORT DESCRIPTION" not in page.content
    assert "33.40" not in said


def test_page_shows_few_fees_each_with_dates_and_source_and_leads_to_all(client):
    page = client.get(CODE)
    said = text(page)
    first = "Medicaid dental program $1,500.00 with modifier U1 from Jan 1, 2026 Dental fee schedule, Dec 1, 2025"
    assert first in said
    assert said.count("$1,500.00") == 5
    assert "$900.00" not in said
    assert f'href="{FEES}"' in page.content.decode()
    assert "All fees of D6010 (8 more)" in said
    report = "/contact/?figure=D6010%20U1%20from%202026-01-01%2C%20Medicaid%20dental%20program%20%28CA%29"
    assert report in page.content.decode()
    assert fields(client.get(report))["body"] == (
        "An error in this figure: D6010 U1 from 2026-01-01, Medicaid dental program (CA)."
    )
    assert "javascript" not in text(page)


def test_page_shows_what_was_in_force_on_the_date_of_service(client):
    said = text(client.get(f"{CODE}?date=2020-03-14"))
    assert (said.count("$900.00"), said.count("$1,500.00")) == (5, 0)
    assert "The first release that we have is later than the date of service." in said
    assert "October 2025 release" in said
    assert "October 2025 release" in text(client.get(f"{CODE}?date=2025-12-31"))
    assert "January 2026 release" in text(client.get(f"{CODE}?date=2026-01-01"))


def test_page_without_figures_says_nothing_of_fees(client):
    assert "Status N: not covered. Medicare does not cover it." in text(client.get("/codes/D6011/"))
    page = client.get("/codes/D6012/").content.decode()
    assert "h-fees" not in page
    assert "No file that we have names this code." in text(client.get("/codes/D6012/fees/"))
    assert client.get("/codes/D6999/fees/").status_code == 404


def test_page_of_fees_has_all_and_is_filtered_by_program_and_date(client):
    said = text(client.get(FEES))
    now, later = said.split("On other dates")
    assert (now.count("$1,500.00"), later.count("$900.00")) == (6, 6)
    assert "Jan 1, 2020 until Dec 31, 2020" in later
    assert "October 2025 release The same figures as in the next release. Released Sep 11, 2025." in later
    ours = client.get(FEES, {"program": "Medicaid dental program (NY)", "date": "2020-03-14"})
    assert (text(ours).count("$900.00"), text(ours).count("$1,500.00")) == (1, 1)
    assert "In force on Mar 14, 2020" in text(ours)
    assert b'<meta name="robots" content="noindex">' in ours.content
    assert b"<option selected>Medicaid dental program (NY)</option>" in ours.content
    other = client.get(FEES, {"program": "<b>", "date": "2026-03-14"})
    assert "Nothing of this program is. Show all programs" in text(other)
    assert b"<b>&lt;" not in other.content


# XXX and ZZZ are CMS's own words for a global period; QQQ is none of them.
@pytest.mark.parametrize(
    ("status", "days", "meaning", "period"),
    [
        (
            "I",
            "XXX",
            "Medicare does not take this code. It uses another one for the service.",
            "There is none: the concept",
        ),
        ("N", "ZZZ", "Medicare does not cover it.", "That of the main service"),
        ("Z", "QQQ", "CMS’s documentation of the release says what this status means.", "CMS’s documentation of"),
    ],
)
def test_meaning_of_a_status_and_of_a_global_period(status, days, meaning, period):
    zero = dict.fromkeys(
        ("work", "nonfacility_pe", "facility_pe", "malpractice", "nonfacility_total", "facility_total"), 0
    )
    figures = Figures([RelativeValue(status=status, global_days=days, **zero)])
    assert figures.meaning == f"{meaning} All its relative values are zero: the file gives no price. Zero is no fee."
    assert figures.global_period.startswith(period)
