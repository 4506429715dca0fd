"""codes/tables/medicare.py: CMS's relative value file, in the layouts of 2025 and 2026, as CSV and as a workbook."""

import io

import pytest

from codes.checks import table_reader
from codes.checks.sheet import Unreadable
from codes.tables import Finding, Record
from codes.tables.medicare import MEDICARE
from tests import tables
from tests.fee_files import ABOVE, SOME, ZERO, as_csv, as_workbook, lines, row


def read(file: str | bytes) -> tuple[list[Record], list[Finding]]:
    found = tables.read(file.encode() if isinstance(file, str) else file, "medicare")
    return [one for one in found if isinstance(one, Record)], [one for one in found if isinstance(one, Finding)]


# XXX is what CMS writes where no global period applies.
def said(key: str, release: dict, status="R", values=ZERO, days="XXX") -> dict:
    code, _, modifier = key.partition(" ")
    names = "work nonfacility_pe - facility_pe - malpractice nonfacility_total facility_total".split()
    units = {name: value for name, value in zip(names, values, strict=True) if name != "-"}
    return {"code": code, "modifier": modifier, **release, "status": status, **units, "global_days": days}


@pytest.mark.parametrize(
    ("file", "release"),
    [
        (lambda: as_csv(lines()), {"year": 2026, "month": 1, "released": "2025-12-29"}),
        (lambda: as_workbook(lines()), {"year": 2026, "month": 1, "released": "2025-12-29"}),
        (
            lambda: as_csv(
                lines(
                    pric=False,
                    above=[
                        ["", "", "CPT codes are copyright 2024 American Medical Association."],
                        ["", "", "2025 National Physician Fee Schedule"],
                        ["", "", "Relative Value File October Release"],
                        ["", "", "RELEASED 09/11/2025"],
                    ],
                )
            ),
            {"year": 2025, "month": 10, "released": "2025-09-11"},
        ),
    ],
    ids=["2026", "2026 as a workbook", "2025"],
)
def test_rows_of_d_codes_are_read_with_their_release_and_without_their_descriptions(file, release):
    records, findings = read(file())
    assert [one.data for one in records] == [
        said("D0120", release),
        said("D0210 26", release),
        said("D7140", release, "A", SOME, "010"),
    ]
    month = f"{release['year']}-{release['month']:02}"
    assert [one.key for one in records] == [f"D0120, {month}", f"D0210 26, {month}", f"D7140, {month}"]
    assert findings == []
    assert "DESCRIPTION" not in repr(records)


def test_what_is_wrong_is_told_by_row_and_column():
    bad = [
        row("D0120", status="Restricted"),
        row("D0140", status="r"),
        row("D0150", values=["NA", *ZERO[1:]]),
        row("D0160", values=["12345.00", *ZERO[1:]]),
        row("D0170", values=["0.001", *ZERO[1:]]),
        row("D0180", days="X"),
        row("D0190"),
        row("D0190", status="N"),
    ]
    records, findings = read(as_csv(lines(rows=bad)))
    assert [one.key for one in records] == ["D0190, 2026-01"]
    none = "is no number of relative value units, like 0.00 or 12.34."
    assert [(one.row, one.column, one.said) for one in findings] == [
        (9, "STATUS CODE", "Longer than 1 characters."),
        (10, "STATUS CODE", "“r” is no status indicator. It is one capital letter."),
        (11, "WORK RVU", f"“NA” {none}"),
        (12, "WORK RVU", f"“12345.00” {none}"),
        (13, "WORK RVU", f"“0.001” {none}"),
        (14, "GLOB DAYS", "“00X” is no global period. It is three digits or three capital letters."),
        (16, "", "D0190, 2026-01 stands in row 15 too, otherwise."),
    ]


def test_file_that_does_not_name_its_release_is_not_read():
    records, findings = read(as_csv(lines(above=ABOVE[1:])))
    assert records == []
    assert [(one.row, one.said[:55]) for one in findings] == [
        (9, "The rows above the headings do not name the release. Th")
    ]


def test_columns_that_are_not_found_are_named():
    def file(made) -> io.BytesIO:
        return io.BytesIO(as_csv(made).encode())

    years_ago = [[cell.replace("NON-FAC", "TRANSITIONED NON-FAC") for cell in cells] for cells in lines()]
    guess = table_reader.head(file(years_ago), MEDICARE).guess
    assert [one.title for one in MEDICARE.needed if one.name not in guess] == ["NON-FAC PE RVU", "NON-FACILITY TOTAL"]
    with pytest.raises(Unreadable, match="No row names the columns"):
        table_reader.head(file([["Code", "Fee"], ["D0120", "29.08"]]), MEDICARE)
