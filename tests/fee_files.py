"""Fee files as they are published and brought in: CMS's of relative values, and the schedule of a program."""

import csv
import io

import openpyxl

from codes.models import Fee, RelativeValue
from codes.tables.medicare import UNITS

# The headings as they stand in the files, a word a row; 2026 has one column more.
_HEADS = """
|||STATUS|MEDICARE|WORK|NON-FAC|NA|FACILITY|NA|MP|NON-FACILITY|FACILITY|PCTC|GLOB|MULT|PRIC|ENDO|CONV
HCPCS|MOD|DESCRIPTION|CODE|PAYMENT|RVU|PE RVU|INDICATOR|PE RVU|INDICATOR|RVU|TOTAL|TOTAL|IND|DAYS|PROC|IND|BASE|FACTOR
"""
HEADS = [line.split("|") for line in _HEADS.split("\n") if line]
TITLE = "{} National Physician Fee Schedule Relative Value File {} Release"
ABOVE = [
    ["", "", TITLE.format(2026, "January")],
    ["", "", "CPT codes and descriptions only are copyright 2025 American Medical Association. All Rights Reserved."],
    ["", "", "Dental codes (D codes) are copyright 2025/26 American Dental Association. All Rights Reserved."],
    ["", "", "RELEASED 12/29/2025"],
    [],
    ["", "", "", "", "NOT USED FOR"],
]
ZERO = "0.00 0.00 - 0.00 - 0.00 0.00 0.00".split()
SOME = "1.30 1.33 - 0.53 NA 0.10 2.73 1.93".split()


# XXX is what CMS writes where no global period applies.
def row(code, modifier="", status="R", values=ZERO, days="XXX") -> list[str]:
    values = ["" if value == "-" else value for value in values]
    return [code, modifier, "A SHORT DESCRIPTION", status, "", *values, "9", days, "9", "0", "", "33.40"]


ROWS = [row("00100", status="J"), row("D0120"), row("D0210", "26"), row("D7140", "", "A", SOME, "10"), row("G0008")]


def lines(*, pric: bool = True, above=ABOVE, rows=ROWS) -> list[list[str]]:
    """A file; without `pric` it has the columns of 2025."""
    made = [*above, *HEADS, *rows]
    return made if pric else [[*cells[:16], *cells[17:]] for cells in made]


OCTOBER = [["", "", TITLE.format(2025, "October")], ["", "", "RELEASED 09/11/2025"]]


def as_csv(made: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(made)
    return out.getvalue()


def as_workbook(made) -> bytes:
    """The headings of the first three columns as cells that reach over two rows, the values as numbers."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    for cells in made:
        book.active.append([float(c) if c.count(".") == 1 and c[0].isdigit() else c or None for c in cells])
    top = len(ABOVE) + 1
    for column in "ABC":
        book.active[f"{column}{top}"] = book.active[f"{column}{top + 1}"].value
        book.active.merge_cells(f"{column}{top}:{column}{top + 1}")
    book.save(out)
    return out.getvalue()


# What is answered of a schedule, and the headings of its columns.
SAID = {
    "program": "Medicaid dental program",
    "state": "MD",
    "source_title": "Dental fee schedule",
    "source_url": "https://example.org/fees.pdf",
    "source_dated": "2025-12-01",
}
HEADING = "Procedure Code,Maximum Fee,Mod,Effective Date,End Date"


def schedule(*rows: str) -> str:
    return "\n".join([HEADING, *rows])


def figures(code: str) -> None:
    """A row of each table, put there by no file."""
    released, zero = "2025-09-11", dict.fromkeys(UNITS, "0.00")
    RelativeValue.objects.create(key=code, code=code, year=2025, month=10, released=released, status="R", **zero)
    Fee.objects.create(key=code, code=code, program="A program", amount="9.00", since=released, source_dated=released)
