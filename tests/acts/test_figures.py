"""codes/acts/tables/figures.py: a fee file as a run: shown, done, done again, undone; only what changed is touched."""

import shutil
from datetime import date

import pytest
from django.core.management import call_command

from codes.acts import tables
from codes.display.fees import data, fees_of
from codes.editorial.entry import CONTENT
from codes.models import AuditEntry, Fee, RelativeValue, Stamp
from codes.tables.medicare import FOLDER
from tests.fee_files import OCTOBER, SAID, as_csv, lines, row, schedule
from tests.tables import applied, previewed

pytestmark = pytest.mark.django_db


def in_force(code: str, day: str) -> list[tuple[str, str, str | None]]:
    """The fees of a code in force on a day: amount, first and last day."""
    found = fees_of(code, date.fromisoformat(day)).in_force
    return [(one.fee.dollars, str(one.fee.since), one.until and str(one.until)) for one in found]


def counts(run) -> list[int]:
    return [run.counts[name] for name in ("added", "changed", "removed", "unchanged")]


def stamps() -> dict[tuple[str, int], int]:
    found = Stamp.objects.filter(name__startswith="D").values_list("name", "writer", "n")
    return {(name, writer): n for name, writer, n in found}


def touched(before: dict[tuple[str, int], int]) -> set[str]:
    """The numbers of codes whose stamps are others than before."""
    return {name for name, _ in dict(stamps().items() - before.items())}


def test_new_file_of_a_program_ends_and_replaces_fees_by_its_dates_and_can_be_undone():
    first = ("D2740,500,,1/1/2025,", "D0120,29.08,,1/1/2025,", "D1110,58,U1,1/1/2025,12/31/2025")
    assert counts(applied(schedule(*first), "fees", **SAID)) == [3, 0, 0, 0]
    again = applied(schedule(*first), "fees", **SAID)
    assert (counts(again), again.findings) == ([0, 0, 0, 3], [])

    of_2026 = SAID | {"source_title": "Schedule of 2026"}
    rows = ("D2740,520,,1/1/2026,", "D0120,30,,1/1/2025,", "D1110,60,,1/1/2025,")
    run = previewed(schedule(*rows), "fees", **of_2026)
    assert counts(run) == [2, 1, 0, 0]
    note = "From 2026-01-01 on, it is in force in place of $500.00 of 2025-01-01."
    assert run.findings == [[2, "From", note, False]]
    assert in_force("D2740", "2026-03-14") == [("$500.00", "2025-01-01", None)]
    tables.apply(run, tables.KINDS["fees"], by=None)
    # Of what changes nothing, nothing is told.
    assert previewed(schedule(*first), "fees", **SAID).findings == []
    assert in_force("D2740", "2025-12-31") == [("$500.00", "2025-01-01", "2025-12-31")]
    assert in_force("D2740", "2026-01-01") == [("$520.00", "2026-01-01", None)]
    assert in_force("D0120", "2026-01-01") == [("$30.00", "2025-01-01", None)]
    # With a modifier it is another fee, which has ended.
    assert in_force("D1110", "2026-01-01") == [("$60.00", "2025-01-01", None)]

    for_summer = SAID | {"source_title": "Bulletin"}
    run = applied(schedule("D2740,600,,2026-07-01,2026-09-30"), "fees", **for_summer)
    note = "From 2026-07-01 until 2026-09-30, it is in force in place of $520.00 of 2026-01-01."
    assert run.findings == [[2, "From", note, False]]
    assert in_force("D2740", "2026-08-01") == [("$600.00", "2026-07-01", "2026-09-30")]
    assert in_force("D2740", "2026-10-01") == [("$520.00", "2026-01-01", None)]
    earlier = previewed(schedule("D2740,450,,2024-01-01,"), "fees", **SAID)
    assert earlier.findings[0][2] == "From 2025-01-01 on, $500.00 is in force in its place."

    before = stamps()
    tables.undo(run, tables.KINDS["fees"], by=None)
    assert touched(before) == {"D2740"}
    assert in_force("D2740", "2026-08-01") == [("$520.00", "2026-01-01", None)]


def test_what_was_changed_since_is_not_undone():
    run = applied(schedule("D2740,500,,1/1/2025,", "D0120,29.08,,1/1/2025,"), "fees", **SAID)
    applied(schedule("D2740,510,,1/1/2025,"), "fees", **SAID)
    tables.undo(run, tables.KINDS["fees"], by=None)
    assert [(fee.code, fee.dollars) for fee in Fee.objects.all()] == [("D2740", "$510.00")]


def test_release_touches_only_the_codes_whose_figures_changed_and_keeps_the_earlier_ones():
    october = as_csv(lines(pric=False, above=OCTOBER, rows=[row("D0120"), row("D0140")]))
    assert counts(applied(october, "medicare")) == [2, 0, 0, 0]
    before = stamps()
    again = lines(pric=False, above=OCTOBER, rows=[row("D0120"), row("D0140", status="N")])
    assert counts(applied(as_csv(again), "medicare")) == [0, 1, 0, 1]
    assert touched(before) == {"D0140"}
    run = applied(as_csv(lines(rows=[row("D0120", days="010")])), "medicare")
    assert [str(value) for value in RelativeValue.objects.filter(code="D0120")] == ["D0120, 2026-01", "D0120, 2025-10"]
    tables.undo(run, tables.KINDS["medicare"], by=None)
    assert [str(value) for value in RelativeValue.objects.all()] == ["D0120, 2025-10", "D0140, 2025-10"]


def test_figures_come_with_the_content_and_never_over_what_is_there(tmp_path, capsys):
    shutil.copytree(CONTENT / FOLDER, tmp_path / FOLDER)
    (tmp_path / "D0120.yaml").write_text("code: D0120\ntitle: Exam\nanswer: An exam.\ncategory: diagnostic\n")
    applied(as_csv(lines(pric=False, above=OCTOBER, rows=[row("D0120", status="N")])), "medicare")
    call_command("load_content", tmp_path)
    assert "Medicare 2025-10: 502 figures put in" in capsys.readouterr().out
    assert [value.status for value in RelativeValue.objects.filter(code__in=("D0120", "D1705", "D2740"))] == list("NIR")
    told = AuditEntry.objects.get(detail__contains="figures")
    assert (told.act, told.detail) == ("loaded", "502 figures of the content files")
    call_command("load_content", tmp_path)
    assert "Medicare 2025-10: 0 figures put in" in capsys.readouterr().out


def test_figures_as_data():
    applied(as_csv(lines(rows=[row("D0210", "26", "A", days="10")])), "medicare")
    for figures in ("500,U1,1/1/2025,", "520,U1,1/1/2026,"):
        applied(schedule(f"D0210,{figures}"), "fees", **SAID)
    units = dict.fromkeys(("work", "nonfacility_pe", "facility_pe", "malpractice", "nonfacility_total"), "0.00")
    page = "https://www.cms.gov/medicare/payment/fee-schedules/physician/pfs-relative-value-files"
    cms = "CMS: Physician Fee Schedule relative value file, January 2026 release"
    program = {"code": "D0210", "program": "Medicaid dental program", "state": "MD", "modifiers": ["U1"]}
    document = {"title": "Dental fee schedule", "url": "https://example.org/fees.pdf", "dated": "2025-12-01"}
    assert data(fees_of("D0210", date(2026, 3, 14))) == {
        "medicare": [
            {
                "code": "D0210",
                "modifier": "26",
                "release": "2026-01",
                "released": "2025-12-29",
                "status": "A",
                "status_words": "paid separately",
                **{f"{name}_rvu": value for name, value in {**units, "facility_total": "0.00"}.items()},
                "global_days": "010",
                "source": {"title": cms, "url": page},
            }
        ],
        "fees": [
            {**program, "amount": amount, "currency": "USD", **period, "note": "", "source": document}
            for amount, period in {
                "500.00": {"from": "2025-01-01", "until": "2025-12-31"},
                "520.00": {"from": "2026-01-01", "until": None},
            }.items()
        ],
    }
