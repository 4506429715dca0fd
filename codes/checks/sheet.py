"""A list as people keep it (pasted, CSV, XLSX) taken apart into rows of cells, and rows written as CSV. No Django.

All of it happens in memory. What comes in is hostile until it is rows: sizes are bounded before anything is unpacked,
no formula is evaluated, no macro is read, and every cell is plain text that a reader can see.
"""

import csv
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO, StringIO
from time import thread_time

import openpyxl
from openpyxl.cell.read_only import EMPTY_CELL

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 20_000
MAX_CELLS = 400_000
MAX_COLUMNS = 64  # Of a workbook; its cells further to the right are not read.
MAX_CELL = 500
MAX_UNPACKED = 40 * 1024 * 1024
MAX_TAGS = 1_000_000  # A filled cell takes four to six.
MAX_SECONDS = 8  # Of processor time: sheets that share one part would be read again and again.
_LAST_ROW = 1_048_576
_CELL = re.compile(rb"<(?:[^<>\s/]{1,20}:)?c[\s/>]")

_TOO_MANY_ROWS = f"The list has more than {MAX_ROWS:,} rows. Check it in parts."
_TOO_WIDE = "The list has too many cells. Keep the columns with codes and descriptions, and send it again."
_TOO_LARGE_INSIDE = (
    "This workbook is too large once unpacked. Save only the sheet with the codes, as XLSX or CSV, and send that."
)
_DAMAGED = "This workbook is damaged, or no XLSX file. Open it in your spreadsheet program and save it again as XLSX."
_OLD_EXCEL = "This is an old Excel file (.xls) or one with a password. Save it as XLSX or CSV without a password."
_NO_TEXT = "This file is neither text nor XLSX. Save the list as CSV, TXT or XLSX and send that."


class Unreadable(Exception):
    """The list cannot be read; the message tells its owner why, and what to do.

    No ValueError: openpyxl takes those for its own.
    """


@dataclass(frozen=True)
class Table:
    """`rows`: the row's number as its owner counts it, and its cells; rows without any text are left out.

    `name` is that of the sheet, "" for text.
    """

    name: str
    rows: list[tuple[int, list[str]]]


def from_text(text: str) -> Table:
    """The rows of a pasted list or a CSV file: tab, semicolon, comma or bar between cells, quoted or not."""
    return Table("", _kept(_split(text)))


def from_file(data: bytes) -> list[Table]:
    """The tables of a CSV, TXT or XLSX file; what it is shows in its bytes, whatever its name. Raises Unreadable."""
    if data.startswith(b"PK"):
        return _workbook(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(_OLD_EXCEL)
    return [from_text(_decoded(data))]


def to_csv(rows: Iterable[Sequence[str]]) -> str:
    """CSV (RFC 4180) for spreadsheets: with a byte order mark, and no cell that would run as a formula."""
    return "\ufeff" + _written(([defused(cell) for cell in row] for row in rows), ",", "\r\n")


def to_tabs(rows: Iterable[Sequence[str]]) -> str:
    """Text that `from_text` reads as these rows again; for no spreadsheet."""
    return _written(rows, "\t", "\n")


def defused(cell: str) -> str:
    """The cell with an apostrophe before it if a spreadsheet might take it for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if re.match(r"[\s'\"]*[=+\-@＝＋－＠]|[\t\r]", cell) else cell


def _written(rows, delimiter: str, end: str) -> str:
    out = StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def _split(text: str) -> Iterator[list[str]]:
    between = _delimiter(text)
    try:
        return iter(list(csv.reader(StringIO(text, newline=""), delimiter=between, strict=True)))
    except csv.Error:
        # A quotation mark that never ends, or one in the middle: then they are only characters.
        return (line.replace('"', "").split(between) for line in re.split(r"\r\n|\r|\n", text))


def _delimiter(text: str) -> str:
    """The first of tab, semicolon, comma and bar that stands in at least half of the first lines; else the tab."""
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:200]
    return next((d for d in "\t;,|" if sum(d in line for line in lines) * 2 >= max(len(lines), 1)), "\t")


def _kept(rows: Iterable[Sequence[str]]) -> list[tuple[int, list[str]]]:
    kept, cells = [], 0
    for number, row in enumerate(rows, start=1):
        cells += len(row)
        if cells > MAX_CELLS:
            raise Unreadable(_TOO_WIDE)
        clean = [_clean(cell) for cell in row]
        if any(clean):
            kept.append((number, clean))
            if len(kept) > MAX_ROWS:
                raise Unreadable(_TOO_MANY_ROWS)
    return kept


def _clean(cell: str) -> str:
    """Without characters that cannot be seen, with single spaces."""
    cell = cell[:MAX_CELL]
    if not cell.isprintable():
        cell = "".join(c if c.isprintable() else " " for c in cell)
    return unicodedata.normalize("NFC", " ".join(cell.split()))


def _decoded(data: bytes) -> str:
    """Text in UTF-8, UTF-16 (with a mark, or plain to see) or Windows-1252. Raises Unreadable."""
    encoding = "utf-8-sig"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\0" in data[:200]:
        encoding = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        # Windows-1252 leaves five bytes open; they are no letters.
        text = data.decode("cp1252", "replace")
    unseen = sum(unicodedata.category(c) in ("Cc", "Cn") and c not in "\r\n\t\f\x1a" for c in text[:10_000])
    if unseen * 50 > len(text[:10_000]):
        raise Unreadable(_NO_TEXT)
    return text


class _Timed(BytesIO):
    """A file that can be read for MAX_SECONDS of processor time."""

    def __init__(self, data: bytes):
        super().__init__(data)
        self.end = thread_time() + MAX_SECONDS

    def read(self, size=-1):
        if thread_time() > self.end:
            raise Unreadable(_TOO_LARGE_INSIDE)
        return super().read(size)


def _workbook(data: bytes) -> list[Table]:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            _check_size(archive)
        with warnings.catch_warnings():
            # openpyxl's warnings quote cells, and what people upload stands in no log.
            warnings.filterwarnings("ignore", module="openpyxl")
            book = openpyxl.load_workbook(_Timed(data), read_only=True, data_only=True, keep_links=False)
            return _tables(book)
    except Unreadable:
        raise
    except Exception as error:  # A damaged workbook makes its parsers raise anything.
        raise Unreadable(_DAMAGED) from error


def _check_size(archive: zipfile.ZipFile) -> None:
    """zipfile unpacks no more of a part than the directory says, so the directory can be trusted as a bound."""
    parts = archive.infolist()
    if sum(part.file_size for part in parts) > MAX_UNPACKED or len(parts) > 1000:
        raise Unreadable(_TOO_LARGE_INSIDE)
    tags = cells = 0
    for part in parts:
        xml = archive.read(part) if part.filename.lower().endswith((".xml", ".rels")) else b""
        if b"\0" in xml:  # UTF-16, which no spreadsheet program writes here, would hide what is counted.
            raise Unreadable(_DAMAGED)
        tags += xml.count(b"<")
        cells += len(_CELL.findall(xml))
    if tags > MAX_TAGS or cells > MAX_CELLS:
        raise Unreadable(_TOO_WIDE)


def _tables(book: openpyxl.Workbook) -> list[Table]:
    tables = [Table(_clean(sheet.title), _kept(_rows(sheet))) for sheet in book.worksheets]
    if sum(len(table.rows) for table in tables) > MAX_ROWS:
        raise Unreadable(_TOO_MANY_ROWS)
    return [table for table in tables if table.rows]


def _rows(sheet) -> Iterator[list[str]]:
    before, shown = None, []
    for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS)):
        if number == _LAST_ROW:
            raise Unreadable(_TOO_MANY_ROWS)
        # A gap of a million rows is filled with one and the same tuple.
        if row is not before:
            before, shown = row, ["" if cell is EMPTY_CELL else _shown(cell) for cell in row]
            while shown and not shown[-1]:
                shown.pop()
        yield shown


def _shown(cell) -> str:
    """A cell as the sheet shows it, as far as it matters: 120 formatted as 0000 is 0120, a fee keeps its cents."""
    value = cell.value
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, int | float):
        return str(value)
    shape = cell.number_format or ""
    if set(shape) == {"0"} and value == int(value):
        return f"{int(value):0{len(shape)}d}"
    if re.search(r"\.0|[$€£¥]", shape):
        return f"{value:.2f}"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
