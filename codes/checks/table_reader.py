"""An operator's table (CSV, TXT or XLSX) read row by row: its heading, its records, and what is wrong where. No Django.

Whatever the size of the file, a row at a time is held, and of the records their keys. `table_apart` runs it in a
process of its own.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import BinaryIO

from codes.checks import sheet, workbook
from codes.checks.sheet import Unreadable
from codes.tables import Cells, Finding, Record, Rows, Said, Table
from codes.text.number import PATTERN

BOUNDS = workbook.Bounds(
    unpacked=200 * 1024 * 1024,
    tags=5_000_000,
    attributes=10_000_000,
    cells=1_000_000,
    columns=256,
    cell=8_000,
    formula="=",
)
MAX_RECORDS = 100_000
MAX_FINDINGS = 300  # That stop; behind them the file is not read any more. As many others are told.
_ABOVE = 50  # The heading is one of so many rows.
_MAX_NAME = 80
_PIECE = 1024 * 1024
_NO_HEADING = "No row names the columns. Put a row above the others that does: {}."
_NOT_THERE = "No row holds these headings: {}. Choose the columns again."
_FORMULA = "A formula, not its value. Copy the column, and paste it as values."


@dataclass(frozen=True)
class Head:
    """The heading of a table: the name of its sheet, the number of its row, and a name for each column, all different.

    `guess` are the columns that it names, `sample` the first rows below it, and `above` the rows before it.
    """

    sheet: str
    row: int
    names: list[str]
    guess: dict[str, str]
    sample: list[tuple[int, list[str]]] = field(default_factory=list)
    above: list[tuple[int, list[str]]] = field(default_factory=list)


@dataclass(frozen=True)
class End:
    """What was read in all: `rows` below the heading with anything in them, of which some were `passed` over."""

    rows: int
    passed: int
    said: dict[str, str]


def head(file: BinaryIO, table: Table) -> Head:
    """The heading of the sheet that names most of the columns. Raises Unreadable."""
    found = [made for _, _, made in _heads(file, table, {}) if made]
    if not found:
        raise Unreadable(_NO_HEADING.format(_required(table)))
    return max(found, key=lambda one: len(one.guess))


def read(file: BinaryIO, table: Table, mapping: Mapping[str, str], said: Said) -> Iterator[Record | Finding | End]:
    """The records and findings of the sheet whose heading has all of the mapping (column -> heading), then the End.

    Raises Unreadable, then or later; a file that breaks off was not read.
    """
    if any(column.name not in mapping for column in table.needed):
        raise Unreadable(_NO_HEADING.format(_required(table)))
    for book, rows, made in _heads(file, table, mapping):
        if made:
            reading = _Reading(table, made, mapping, {**said, **table.above(made.above)})
            with _named_rows(reading):
                yield from reading.records(rows)
            yield from reading.merged(book)
            yield End(reading.rows, reading.passed, dict(reading.said))
            return
    raise Unreadable(_NOT_THERE.format(", ".join(sorted(mapping.values()))))


class _Reading:
    """One table while it is read."""

    def __init__(self, table: Table, made: Head, mapping: Mapping[str, str], said: Said) -> None:
        self.table, self.head, self.said = table.fresh(), made, said
        self.places = {name: made.names.index(heading) for name, heading in mapping.items()}
        self.most = {name: table.column(name).most for name in mapping}
        self.seen: dict[str, tuple[int, int]] = {}
        self.findings: list[Finding] = []
        self.rows = self.passed = self.last = self.stops = self.told = 0

    def records(self, rows: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Record | Finding]:
        for number, cells in rows:
            self.last = number
            picked = {name: self._cell(cells, place) for name, place in self.places.items()}
            if not any(picked.values()):
                continue
            self.rows += 1
            record = self._record(number, picked)
            if record is None:
                self.passed += not any(one.stops for one in self.findings)
            yield from self._told()
            if record:
                yield record
            if self.stops >= MAX_FINDINGS:
                yield Finding(number, "", "So much is wrong above that the rest of the file was not read.")
                return

    def merged(self, book: workbook.Workbook | None) -> Iterator[Finding]:
        """A cell that reaches over rows holds its words in the first: the others look empty."""
        for said in book.merged if book else ():
            ends = re.fullmatch(r"[A-Z]{1,3}(\d{1,7}):[A-Z]{1,3}(\d{1,7})", said)
            if ends and ends[1] != ends[2] and self.head.row < int(ends[2]) <= self.last:
                yield Finding(int(ends[1]), "", f"The cells {said} are merged. Split them, and fill each.")

    def _cell(self, cells: Sequence[str], place: int) -> str:
        if place >= len(cells) or not cells[place]:
            return ""
        whole = re.fullmatch(r'="([^"]*)"', cells[place])  # How a spreadsheet is made to keep a number as it is.
        return sheet.clean_cell(whole[1] if whole else cells[place], BOUNDS.cell)

    def _record(self, number: int, cells: Cells) -> Record | None:
        if self.table.is_other(cells):
            return None
        if self.table.is_aside(cells):
            self._find(number, "", f"Passed over: “{next(filter(None, cells.values()))[:60]}”.", stops=False)
            return None
        for name, cell in cells.items():
            if cell.startswith("="):
                self._find(number, name, _FORMULA)
            elif len(cell) > self.most[name]:
                self._find(number, name, f"Longer than {self.most[name]:,} characters.")
        for column in self.table.needed:
            if not cells[column.name]:
                self._find(number, column.name, "Empty.")
        if any(one.stops for one in self.findings):
            return None
        found = self.table.record(number, cells, self.said, lambda *told, **how: self._find(number, *told, **how))
        return self._once(found) if found else None

    def _once(self, record: Record) -> Record | None:
        first = self.seen.get(record.key)
        if first is None:
            if len(self.seen) >= MAX_RECORDS:
                raise Unreadable(f"The file has more than {MAX_RECORDS:,} rows to bring in. Bring it in in parts.")
            self.seen[record.key] = record.row, hash(repr(record.data))
            return record
        same = first[1] == hash(repr(record.data))
        said = f"{record.key} stands in row {first[0]} too, {'with the same words' if same else 'otherwise'}."
        self._find(record.row, "", said, stops=not same)
        return None

    def _find(self, row: int, column: str, said: str, stops: bool = True) -> None:
        title = self.table.column(column).title if column else ""
        self.findings.append(Finding(row, title, said, stops))

    def _told(self) -> Iterator[Finding]:
        """What was found in the row; of what does not stop, no more than MAX_FINDINGS in all."""
        for one in self.findings:
            self.stops += one.stops
            self.told += not one.stops
            if one.stops or self.told <= MAX_FINDINGS:
                yield one
        self.findings = []


@contextmanager
def _named_rows(reading: _Reading) -> Iterator[None]:
    """What ends the reading names the row behind which it was."""
    try:
        yield
    except Unreadable as error:
        raise Unreadable(f"Behind row {reading.last}: {error}") from error


def _heads(
    file: BinaryIO, table: Table, mapping: Mapping[str, str]
) -> Iterator[tuple[workbook.Workbook | None, Iterator[tuple[int, list[str]]], Head | None]]:
    """Each sheet: its workbook, the rows below its heading, and the heading, None if it has none that will do."""
    for book, name, rows in _sheets(file):
        filled = ((number, cells) for number, cells in rows if any(cells))
        first = list(islice(filled, _ABOVE))
        tidy = [(number, [sheet.clean_cell(cell, _MAX_NAME) for cell in cells]) for number, cells in first]
        found = _heading(tidy, table, mapping)
        if found is None:
            yield book, iter(()), None
            continue
        place, names = found
        below = chain(first[place + 1 :], filled)
        guess = {} if mapping else table.guess(names)
        yield book, below, Head(name, first[place][0], names, guess, tidy[place + 1 : place + 4], tidy[:place])


def _heading(rows: Rows, table: Table, mapping: Mapping[str, str]) -> tuple[int, list[str]] | None:
    """The place and the names of the heading: with a mapping, of that which has all of it."""
    known = table.heading(rows)
    likely = [
        (place, cells)
        for place, (_, cells) in enumerate(rows)
        if sum(map(bool, cells)) >= len(table.needed) and not any(re.fullmatch(PATTERN, cell) for cell in cells)
    ]
    for place, cells in [known, *likely] if known else likely:
        names = _named(cells)
        if set(mapping.values()) <= set(names):
            return place, names
    return None


def _named(cells: Sequence[str]) -> list[str]:
    """A name for each column, all different: an empty one, or one that stands there twice, has its letters."""
    names: list[str] = []
    for place, cell in enumerate(cells):
        letters = f"{chr(64 + place // 26) if place >= 26 else ''}{chr(65 + place % 26)}"
        names.append((f"{cell} (column {letters})" if cell in names else cell) if cell else f"Column {letters}")
    return names


def _required(table: Table) -> str:
    return ", ".join(column.title.lower() for column in table.needed)


def _sheets(file: BinaryIO) -> Iterator[tuple[workbook.Workbook | None, str, Iterator[tuple[int, list[str]]]]]:
    """Each table of the file: the workbook, the name of the sheet, the rows. What it is shows in its bytes."""
    start = file.read(100_000)
    file.seek(0)
    if start.startswith(b"PK"):
        with _readable():
            book = workbook.Workbook(file, BOUNDS)
            for name, rows in book.sheets():
                yield book, sheet.clean_cell(name), _said(rows)
    elif start.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(sheet.OLD_EXCEL)
    else:
        yield None, "", _rows_of_text(file, start)


def _said(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    with _readable():
        yield from rows


@contextmanager
def _readable() -> Iterator[None]:
    with sheet.readable():
        try:
            yield
        except workbook.TooManyRows as error:
            raise Unreadable("A row lies below the last one that a sheet can have.") from error


def _rows_of_text(file: BinaryIO, start: bytes) -> Iterator[tuple[int, list[str]]]:
    encoding = sheet.encoding(start)
    if encoding == "utf-8-sig" and not _is_utf8(file):
        encoding = "cp1252"
    text = start.decode(encoding, "replace")
    sheet.check_text(text)
    errors = "replace" if encoding == "cp1252" else "strict"
    lines = io.TextIOWrapper(file, encoding, errors, newline="")
    reader = csv.reader(lines, delimiter=sheet.delimiter(text), strict=True)
    number = 0
    try:
        # A record that holds line ends counts as one row, as a spreadsheet shows it.
        for number, row in enumerate(reader, start=1):
            if len(row) > workbook.LAST_COLUMN:
                raise Unreadable(f"Row {number} has more than {workbook.LAST_COLUMN:,} cells.")
            yield number, row[: BOUNDS.columns]
    except csv.Error as error:
        raise Unreadable(f"A quotation mark in row {number + 1} is never closed, or stands inside a cell.") from error
    except UnicodeDecodeError as error:
        raise Unreadable("The file breaks off in the middle of a character. Save it again.") from error
    finally:
        lines.detach()


def _is_utf8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(_PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True
