"""The cells of an XLSX file (ECMA-376), and nothing else of it. No Django.

Only five kinds of parts are ever unpacked: the relations of the package and of the workbook, the workbook, its shared
strings, its cell formats and its worksheets. Pictures, macros, comments, links, themes and names stay packed. Each part
runs through expat in small pieces, with one budget for all of them, so that a file costs no more than its budget,
whatever it says of itself. No formula is evaluated, no entity is declared, and no address is followed.
"""

import math
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BufferedIOBase
from typing import BinaryIO, cast
from xml.parsers import expat

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384


@dataclass(frozen=True)
class Bounds:
    """What a file may cost; these are those of an office's list. Sizes are in bytes."""

    unpacked: int = 40 * 1024 * 1024
    tags: int = 1_000_000  # Opening and closing ones; a filled cell takes four to six.
    attributes: int = 2_000_000
    cells: int = 400_000
    columns: int = 64  # Cells further to the right are not read.
    cell: int = 500  # Characters; the rest of a cell is not read.
    sheets: int = 200
    formula: str = ""  # What a formula shows that was never calculated.


LIST = Bounds()

_MAX_PARTS = 1000
_MAX_READ = 512 * 1024  # At once, from the file: so the directory of its parts is no larger.
_MAX_TOKEN = 128 * 1024  # A tag with its attributes.
_MAX_DEPTH = 64
_MAX_NAMES = 2000  # Names of elements and attributes; expat keeps each.
_MAX_FORMATS = 65_536
_MAX_MERGED = 1000
_PIECE = 64 * 1024

# The formats that have a number of their own and no text in the file (ECMA-376, 18.8.30): with cents or a currency
# sign, and of dates and times.
_FEES = {2, 4, 5, 6, 7, 8, 10, 11, 39, 40, 42, 43, 44}
_DATES = {*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)}
_DAY_ZERO, _DAY_ZERO_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - a sheet knows no zone
_MOST_COLUMNS = 702
_COLUMN = {(chr(64 + c // 26) if c >= 26 else "") + chr(65 + c % 26): c for c in range(_MOST_COLUMNS)}


class TooLarge(Exception):
    """The workbook is larger than its budget once it is unpacked."""


class TooManyCells(Exception):
    """It has more cells, tags or attributes than its budget."""


class TooManyRows(Exception):
    """A row lies below the last one of any sheet."""


class Damaged(Exception):
    """It is no workbook, or a broken one."""


class Workbook:
    """A workbook that is read as it is asked for.

    Raises the errors above; a damaged file may make what reads it raise any other.
    """

    def __init__(self, file: BinaryIO, bounds: Bounds = LIST):
        self._archive = zipfile.ZipFile(cast(BinaryIO, _Bounded(file)))
        if len(self._archive.infolist()) > _MAX_PARTS:
            raise TooLarge
        self._bounds, self._budget = bounds, _Budget(bounds)
        self._strings: list[str] = []
        self.merged: list[str] = []  # Of the sheet that is read, once it is read to its end.
        self._formats: list[Callable[[float], str]] = []

    def sheets(self) -> Iterator[tuple[str, Iterator[tuple[int, list[str]]]]]:
        """The name of each worksheet, hidden ones too, with its rows: number and cells, as the sheet shows them."""
        root = self._related("")
        book = next((target for kind, target in root.values() if kind == "officeDocument"), None)
        if book is None:
            raise Damaged
        related = self._related(book)
        named, day_zero = self._book(book)
        known = ((name, *related.get(key, ("", ""))) for name, key in named)
        wanted = [(name, part) for name, kind, part in known if kind == "worksheet"]
        others = {kind: part for kind, part in related.values() if kind in ("sharedStrings", "styles")}
        if len(wanted) > self._bounds.sheets:
            raise TooLarge
        # The directory may lie, so what is unpacked is counted again; an honest one saves the work.
        parts = [*others.values(), *(part for _, part in wanted)]
        if sum(self._archive.getinfo(part).file_size for part in parts) > self._bounds.unpacked:
            raise TooLarge
        if "sharedStrings" in others:
            self._strings = self._shared(others["sharedStrings"])
        if "styles" in others:
            self._formats = self._styles(others["styles"], day_zero)
        for name, part in wanted:
            yield name, self._rows(part)

    def _elements(self, part: str) -> Iterator[tuple[str, dict[str, str] | None, str]]:
        """Each element's beginning (name, attributes, "") and end (name, None, the text just before it)."""
        info = self._archive.getinfo(part)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Damaged
        parser = _Parser(self._bounds.cell)
        with self._archive.open(info) as packed:
            while piece := packed.read(_PIECE):
                self._budget.take(piece)
                yield from parser.feed(piece)
        yield from parser.feed(b"", last=True)

    def _related(self, part: str) -> dict[str, tuple[str, str]]:
        """Key -> (kind, part) of the parts that belong to a part; "" is the package."""
        folder, name = posixpath.split(part)
        found = {}
        for tag, said, _ in self._elements(posixpath.join(folder, "_rels", f"{name}.rels")):
            if tag == "Relationship" and said is not None and said.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, said.get("Target", "")))
                found[said.get("Id", "")] = posixpath.basename(said.get("Type", "")), target.lstrip("/")
        return found

    def _book(self, part: str) -> tuple[list[tuple[str, str]], datetime]:
        """The sheets (name, key of their relation), and the day from which dates are counted."""
        named, day_zero = [], _DAY_ZERO
        for tag, said, _ in self._elements(part):
            if said is None:
                continue
            if tag == "sheet":
                key = next((value for name, value in said.items() if name.rpartition(":")[2] == "id"), "")
                named.append((said.get("name", ""), key))
            elif tag == "workbookPr" and said.get("date1904") in ("1", "true"):
                day_zero = _DAY_ZERO_1904
        return named, day_zero

    def _shared(self, part: str) -> list[str]:
        found, text, phonetic = [], "", False
        for tag, said, content in self._elements(part):
            if tag == "rPh":
                phonetic = said is not None
            elif tag == "t" and said is None and not phonetic:
                text = (text + content)[: self._bounds.cell]
            elif tag == "si" and said is None:
                self._budget.keep(text)
                found.append(text)
                text = ""
        return found

    def _styles(self, part: str, day_zero: datetime) -> list[Callable[[float], str]]:
        """How each cell format shows a number."""
        codes: dict[str, str] = {}
        formats: list[str] = []
        inside = False
        for tag, said, _ in self._elements(part):
            if tag == "cellXfs":
                inside = said is not None
            elif said is None:
                continue
            elif tag == "numFmt":
                codes[said.get("numFmtId", "")] = said.get("formatCode", "")[: self._bounds.cell]
            elif tag == "xf" and inside:
                formats.append(said.get("numFmtId", "0"))
            if len(formats) > _MAX_FORMATS or len(codes) > _MAX_FORMATS:
                raise TooLarge
        shows = {key: _shower(key, codes.get(key), day_zero) for key in set(formats)}
        return [shows[key] for key in formats]

    def _rows(self, part: str) -> Iterator[tuple[int, list[str]]]:
        row: dict[int, str] = {}
        cell: dict[str, str] = {}
        number, column, value, formula, inside = 0, 0, "", "", False
        for tag, said, content in self._unmerged(part):
            if said is not None:
                if tag == "c":
                    self._budget.cell()
                    column = _COLUMN.get(said["r"].rstrip("0123456789"), _MOST_COLUMNS) if "r" in said else column
                    cell, value, formula = said, "", ""
                elif tag == "row":
                    number, column, row = int(said.get("r", number + 1)), 0, {}
                    if number > LAST_ROW:
                        raise TooManyRows
                elif tag == "sheetData":
                    inside = True
            elif not inside:
                continue
            elif tag == "f":
                formula = self._bounds.formula
            elif tag in ("v", "t"):
                value = (value + content)[: self._bounds.cell]
            elif tag == "c":
                if (value or formula) and column < self._bounds.columns:
                    row[column] = shown = self._shown(cell, value) if value else formula
                    self._budget.keep(shown)
                column += 1
            elif tag == "row" and row:
                yield number, [row.get(place, "") for place in range(max(row) + 1)]
            elif tag == "sheetData":
                inside = False

    def _unmerged(self, part: str) -> Iterator[tuple[str, dict[str, str] | None, str]]:
        """The elements of a sheet; which cells are merged in it stands in `merged`."""
        self.merged = []
        for element in self._elements(part):
            if element[0] == "mergeCell" and element[1] and len(self.merged) < _MAX_MERGED:
                self.merged.append(element[1].get("ref", ""))
            yield element

    def _shown(self, cell: dict[str, str], value: str) -> str:
        """A cell as the sheet shows it, as far as it matters: 120 formatted as 0000 is 0120, a fee keeps its cents."""
        kind = cell.get("t", "n")
        if kind == "s":
            return self._strings[int(value)]
        if kind == "b":
            return ""
        if kind != "n":
            return value
        number = float(value)
        if not math.isfinite(number):
            return value
        style = int(cell.get("s", 0))
        shows = self._formats[style] if 0 <= style < len(self._formats) else _plain
        return shows(number)


class _Budget:
    """What all parts of one workbook may cost together."""

    def __init__(self, bounds: Bounds) -> None:
        self.bytes, self.tags, self.attributes = bounds.unpacked, bounds.tags, bounds.attributes
        self.cells, self.characters = bounds.cells, bounds.unpacked // 2

    def take(self, piece: bytes) -> None:
        self.bytes -= len(piece)
        self.tags -= piece.count(b"<")
        self.attributes -= piece.count(b"=")
        if self.bytes < 0:
            raise TooLarge
        if b"\0" in piece:  # UTF-16, which no spreadsheet program writes here, would hide what is counted.
            raise Damaged
        if self.tags < 0 or self.attributes < 0:
            raise TooManyCells

    def cell(self) -> None:
        self.cells -= 1
        if self.cells < 0:
            raise TooManyCells

    def keep(self, text: str) -> None:
        self.characters -= len(text)
        if self.characters < 0:
            raise TooManyCells


class _Bounded(BufferedIOBase):
    """A file of which nobody reads much at once."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _MAX_READ:
            raise TooLarge
        return self.file.read(-1 if size is None else size)

    def seekable(self) -> bool:
        return True

    def seek(self, place: int, whence: int = 0, /) -> int:
        return self.file.seek(place, whence)

    def tell(self) -> int:
        return self.file.tell()


class _Parser:
    """expat without a document type, with bounds on depth, names, texts and the length of a tag."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.events: list[tuple[str, dict[str, str] | None, str]] = []
        self.names: dict[str, str] = {}
        self.text, self.depth, self.fed = "", 0, 0
        # Whatever encoding a part declares, it is read as UTF-8.
        self.expat = expat.ParserCreate("utf-8", intern=self.names)
        self.expat.buffer_text = True
        self.expat.StartElementHandler = self._start
        self.expat.EndElementHandler = self._end
        self.expat.CharacterDataHandler = self._characters
        self.expat.StartDoctypeDeclHandler = self._doctype

    def feed(self, piece: bytes, *, last: bool = False) -> list[tuple[str, dict[str, str] | None, str]]:
        self.events = []
        self.expat.Parse(piece, last)
        self.fed += len(piece)
        if len(self.names) > _MAX_NAMES or self.fed - self.expat.CurrentByteIndex > _MAX_TOKEN:
            raise Damaged
        return self.events

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise Damaged
        self.text = ""
        self.events.append((name.rpartition(":")[2], attributes, ""))

    def _end(self, name: str) -> None:
        self.depth -= 1
        self.events.append((name.rpartition(":")[2], None, self.text))
        self.text = ""

    def _characters(self, text: str) -> None:
        if len(self.text) < self.most:
            self.text = (self.text + text)[: self.most]

    def _doctype(self, *_: object) -> None:
        raise Damaged


def _plain(number: float) -> str:
    return str(int(number)) if number.is_integer() else str(number)


def _shower(key: str, code: str | None, day_zero: datetime) -> Callable[[float], str]:
    """How the format with this number, and this text if it has one, shows a number."""
    known = int(key) if key.isdecimal() else 0
    if code is None:
        is_date, cents, digits = known in _DATES, known in _FEES, 1
    else:
        # Words, colors, currencies and escaped characters are no letters of a date.
        letters = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.|_.', "", code.partition(";")[0])
        is_date = re.search("[dmhys]", letters, re.IGNORECASE) is not None
        cents, digits = re.search(r"\.0|[$€£¥]", code) is not None, len(code) if set(code) == {"0"} else 1

    def show(number: float) -> str:
        if is_date:
            try:
                return (day_zero + timedelta(days=number)).isoformat(timespec="seconds")
            except OverflowError:
                return _plain(number)
        if cents:
            return f"{number:.2f}"
        return _plain(number).zfill(digits)

    return show
