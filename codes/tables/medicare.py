"""The relative value file of Medicare's Physician Fee Schedule, as CMS publishes it four times a year: CSV or XLSX.

The rows above the headings name the release; the headings stand in up to four rows, or in merged cells. Columns are
found by their words, since their places differ from year to year (2026 has PRIC IND before ENDO BASE, and a file for
each of two conversion factors, which alike hold what is read here). Only rows of D codes are read. The short
descriptions are the ADA's: no column here takes them.
"""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from codes.tables.table import Cells, Column, Found, Record, Rows, Said, Table
from codes.text import number as numbers

MONTHS = dict(
    zip(
        "january february march april may june july august september october november december".split(),
        range(1, 13),
        strict=True,
    )
)
# In the folder of the entries: the releases that come with them.
FOLDER = "medicare"
# Where CMS lists the releases of its file, each with the file itself.
RELEASES = "https://www.cms.gov/medicare/payment/fee-schedules/physician/pfs-relative-value-files"
# What is measured in relative value units, by the name of its column.
UNITS = ("work", "nonfacility_pe", "facility_pe", "malpractice", "nonfacility_total", "facility_total")
MOST = Decimal("9999.99")

_HEADING_ROWS = 4
_CODE = re.compile(r"(?=.*[0-9])[0-9A-Z]{5}")
_ABOVE = re.compile(r"national physician|relative value|copyright|rights reserved|released|association", re.IGNORECASE)
_RELEASE = re.compile(
    rf"\b(20\d\d) national physician fee schedule relative value file ({'|'.join(MONTHS)}) release", re.IGNORECASE
)
_RELEASED = re.compile(r"\breleased\W+(\d\d?)/(\d\d?)/(20\d\d)\b", re.IGNORECASE)
_NO_RELEASE = (
    "The rows above the headings do not name the release. They have to say, as in CMS’s file, “2026 National Physician "
    "Fee Schedule Relative Value File January Release” and “RELEASED 12/29/2025”."
)


class Medicare(Table):
    name = "medicare"
    title = "Medicare relative value file (CMS)"
    help = (
        "PPRRVU as CMS publishes it, CSV or XLSX, unpacked from its ZIP. Of its rows only those of D codes are read, "
        "and never their descriptions. What a release says of a code stays when another release is loaded."
    )
    columns = (
        Column("code", "HCPCS", ("hcpcs",), required=True, most=5),
        Column("modifier", "MOD", ("mod",), most=2),
        Column("status", "STATUS CODE", ("status code",), required=True, most=1),
        Column("work", "WORK RVU", ("work rvu",), required=True, most=10),
        Column("nonfacility_pe", "NON-FAC PE RVU", ("non fac pe rvu", "non facility pe rvu"), required=True, most=10),
        Column("facility_pe", "FACILITY PE RVU", ("facility pe rvu", "fac pe rvu"), required=True, most=10),
        Column("malpractice", "MP RVU", ("mp rvu",), required=True, most=10),
        Column("nonfacility_total", "NON-FACILITY TOTAL", ("non facility total",), required=True, most=10),
        Column("facility_total", "FACILITY TOTAL", ("facility total",), required=True, most=10),
        Column("global_days", "GLOB DAYS", ("glob days",), required=True, most=3),
    )

    def __init__(self) -> None:
        self._told = False

    def fresh(self) -> "Medicare":
        return Medicare()

    def heading(self, rows: Rows) -> tuple[int, list[str]] | None:
        """Around the row with the word HCPCS: the rows above it that name columns too, and those down to the codes."""
        for place, (_, cells) in enumerate(rows):
            if "HCPCS" in cells:
                column = cells.index("HCPCS")
                below = [len(cells) > column and _CODE.fullmatch(cells[column]) for _, cells in rows[place + 1 :]]
                last = place + next((n for n, found in enumerate(below) if found), 0)
                first = max(0, place + 1 - _HEADING_ROWS)
                return last, _joined([cells for _, cells in rows[first : last + 1]])
        return None

    def above(self, rows: Rows) -> dict[str, str]:
        """Which release it is and when it was released: `year`, `month` by its number, `released` as an ISO date."""
        text = " ".join(" ".join(cell for _, cells in rows for cell in cells).split())
        release, released = _RELEASE.search(text), _RELEASED.search(text)
        if not (release and released):
            return {}
        month, day, year = map(int, released.groups())
        try:
            when = date(year, month, day)
        except ValueError:
            return {}
        return {"year": release[1], "month": str(MONTHS[release[2].lower()]), "released": when.isoformat()}

    def is_other(self, cells: Cells) -> bool:
        return not re.fullmatch(numbers.PATTERN, cells["code"])

    def record(self, row: int, cells: Cells, said: Said, found: Found) -> Record | None:
        if "released" not in said:
            if not self._told:
                found("", _NO_RELEASE)
            self._told = True
            return None
        code, status, days = cells["code"], cells["status"], cells["global_days"].zfill(3)
        units = {name: _units(name, cells[name], found) for name in UNITS}
        if not re.fullmatch("[A-Z]", status):
            found("status", f"“{status}” is no status indicator. It is one capital letter.")
        elif not re.fullmatch("[0-9]{3}|[A-Z]{3}", days):
            found("global_days", f"“{days}” is no global period. It is three digits or three capital letters.")
        elif None not in units.values():
            modifier = cells.get("modifier", "")
            release = {"year": int(said["year"]), "month": int(said["month"])}
            data = {"code": code, "modifier": modifier, **release, "released": said["released"], "status": status}
            key = f"{code} {modifier}".strip()
            return Record(row, f"{key}, {said['year']}-{release['month']:02}", {**data, **units, "global_days": days})
        return None


def _joined(rows: Sequence[Sequence[str]]) -> list[str]:
    """The heading of each column: its cells of these rows, from above, but for the rows that speak of the file."""
    stacked = [cells for cells in rows if "HCPCS" in cells or not _ABOVE.search(" ".join(cells))]
    wide = max(map(len, stacked))
    return [" ".join(cells[n] for cells in stacked if n < len(cells) and cells[n]) for n in range(wide)]


def _units(column: str, written: str, found: Found) -> str | None:
    """A number of relative value units with two decimals; None after telling why it is none."""
    try:
        number = Decimal(written)
    except InvalidOperation:
        number = Decimal("NaN")
    if not (number.is_finite() and 0 <= number <= MOST and number == round(number, 2)):
        found(column, f"“{written}” is no number of relative value units, like 0.00 or 12.34.")
        return None
    return f"{number:.2f}"


MEDICARE = Medicare()
