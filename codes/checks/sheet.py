"""A list as people keep it (pasted, CSV, XLSX) taken apart into rows of cells, and rows written as CSV. No Django.

All of it happens in memory. What comes in is hostile until it is rows: each kind of list has its bounds, and every cell
is plain text that a reader can see. What comes from strangers is read by `apart`, in a process of its own.
"""

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, StringIO

from codes.checks import workbook
from codes.checks.workbook import LAST_ROW, LIST
from codes.text import characters
from codes.text.cells import defused

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 20_000
MAX_SECONDS = 2  # Of processor time, in the process that reads it.

_TOO_MANY_ROWS = f"The list has more than {MAX_ROWS:,} rows. Check it in parts."
_TOO_WIDE = "The list has too many cells. Keep the columns with codes and descriptions, and send it again."
TOO_LARGE_INSIDE = (
    "This workbook is too large once unpacked. Save only the sheet with the codes, as XLSX or CSV, and send that."
)
_DAMAGED = "This workbook is damaged, or no XLSX file. Open it in your spreadsheet program and save it again as XLSX."
OLD_EXCEL = "This is an old Excel file (.xls) or one with a password. Save it as XLSX or CSV without a password."
_NO_TEXT = "This file is neither text nor XLSX. Save the list as CSV, TXT or XLSX and send that."


class Unreadable(Exception):
    """The list cannot be read; the message tells its owner why, and what to do."""


@dataclass(frozen=True)
class Table:
    """`rows`: the row's number as its owner counts it, and its cells; rows without any text are left out.

    `name` is that of the sheet, "" for text.
    """

    name: str
    rows: list[tuple[int, list[str]]]


def from_text(text: str) -> Table:
    """The rows of a pasted list or a CSV file: tab, semicolon, comma or bar between cells, quoted or not."""
    between = delimiter(text)
    try:
        rows = _kept(_numbered(csv.reader(StringIO(text, newline=""), delimiter=between, strict=True)))
    except csv.Error:
        # A quotation mark that never ends, or one in the middle: then they are only characters.
        lines = StringIO(text, newline=None)
        rows = _kept(_numbered(line.replace('"', "").split(between) for line in lines))
    return Table("", rows)


def from_file(data: bytes) -> list[Table]:
    """The tables of a CSV, TXT or XLSX file; what it is shows in its bytes, whatever its name. Raises Unreadable."""
    if data.startswith(b"PK"):
        return _workbook(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(OLD_EXCEL)
    return [from_text(_decoded(data))]


def to_csv(rows: Iterable[Sequence[str]]) -> str:
    """CSV (RFC 4180) for spreadsheets: with a byte order mark, and no cell that would run as a formula."""
    return "\ufeff" + _written(([defused(cell) for cell in row] for row in rows), ",", "\r\n")


def to_tabs(rows: Iterable[Sequence[str]]) -> str:
    """Text that `from_text` reads as these rows again; for no spreadsheet."""
    return _written(rows, "\t", "\n")


def _written(rows: Iterable[Sequence[str]], delimiter: str, end: str) -> str:
    out = StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def delimiter(text: str) -> str:
    """The first of tab, semicolon, comma and bar that stands in at least half of the first lines; else the tab."""
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:200]
    return next((d for d in "\t;,|" if sum(d in line for line in lines) * 2 >= max(len(lines), 1)), "\t")


def _numbered(rows: Iterable[Sequence[str]]) -> Iterator[tuple[int, Sequence[str]]]:
    cells = 0
    for number, row in enumerate(rows, start=1):
        cells += len(row)
        if cells > LIST.cells:
            raise Unreadable(_TOO_WIDE)
        if number > LAST_ROW:
            raise Unreadable(_TOO_MANY_ROWS)
        yield number, row


def _kept(rows: Iterable[tuple[int, Sequence[str]]], most: int = MAX_ROWS) -> list[tuple[int, list[str]]]:
    """The rows that hold anything. Raises Unreadable if they are more than `most`."""
    kept = []
    for number, row in rows:
        clean = [clean_cell(cell) if cell else "" for cell in row]
        if any(clean):
            kept.append((number, clean))
            if len(kept) > most:
                raise Unreadable(_TOO_MANY_ROWS)
    return kept


def clean_cell(cell: str, most: int = LIST.cell) -> str:
    """Without characters that cannot be seen, with single spaces, and no longer than `most` before that."""
    cell = cell[:most]
    if not cell.isprintable():
        cell = "".join(c if c.isprintable() else " " for c in cell)
    return characters.composed(" ".join(cell.split()))


def _decoded(data: bytes) -> str:
    """Text in UTF-8, UTF-16 (with a mark, or plain to see) or Windows-1252. Raises Unreadable."""
    try:
        text = data.decode(encoding(data))
    except UnicodeDecodeError:
        # Windows-1252 leaves five bytes open; they are no letters.
        text = data.decode("cp1252", "replace")
    check_text(text)
    return text


def encoding(start: bytes) -> str:
    """That of a text that begins so: UTF-16 (with a mark, or plain to see), else UTF-8 as far as it can be read so."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in start[:200]:
        return "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    return "utf-8-sig"


def check_text(text: str) -> None:
    """Raises Unreadable unless what the text begins with can be read by a person."""
    unseen = sum(unicodedata.category(c) in ("Cc", "Cn") and c not in "\r\n\t\f\x1a" for c in text[:10_000])
    if unseen * 50 > len(text[:10_000]):
        raise Unreadable(_NO_TEXT)


def _workbook(data: bytes) -> list[Table]:
    tables, left = [], MAX_ROWS
    with readable():
        for name, rows in workbook.Workbook(BytesIO(data)).sheets():
            kept = _kept(rows, left)
            left -= len(kept)
            if kept:
                tables.append(Table(clean_cell(name), kept))
    return tables


@contextmanager
def readable() -> Iterator[None]:
    """Whatever goes wrong with a workbook inside is said as Unreadable."""
    try:
        yield
    except (Unreadable, MemoryError, GeneratorExit):
        raise
    except workbook.TooLarge as error:
        raise Unreadable(TOO_LARGE_INSIDE) from error
    except workbook.TooManyCells as error:
        raise Unreadable(_TOO_WIDE) from error
    except workbook.TooManyRows as error:
        raise Unreadable(_TOO_MANY_ROWS) from error
    except Exception as error:  # A damaged workbook makes its parsers raise anything.
        raise Unreadable(_DAMAGED) from error
