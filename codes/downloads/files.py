"""The files of a download, and writing them: any number in one pass over the codes, and a few codes in memory.

The same content gives the same bytes.
"""

import csv
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from codes.downloads.reading import LICENSE, About, about, extents, wholes
from codes.downloads.tables import TABLES, Cell, Table, Whole
from codes.text.cells import defused, legible

Put = Callable[[Whole], None]
_LONGEST_CELL = 32_767  # Characters, of Excel.
_WIDE, _NARROW = 60, 14  # Columns of a sheet, in characters.
_LONG_COLUMNS = {"title", "answer", "text", "note", "reason", "heading", "sources", "also_called", "attachments"}
# Behind the columns of each table of CSV, which has no other place for it.
_OF_THE_FILE = ("license", "as_of", "as_of_edition")


@dataclass(frozen=True)
class File:
    """`open` takes where to write and what is said of the whole; it gives what puts a code into the file.

    `size`: about so many bytes it has, and so many more for each character that is stored of its codes.
    """

    form: str
    content_type: str
    open: Callable[[Path, About], AbstractContextManager[Put]]
    size: tuple[int, float]


def write(
    paths: Mapping[str, Path], category: str, watched: Callable[[Iterable[Whole]], Iterable[Whole]] = iter
) -> None:
    """Write these of FILES, each to its path, with the codes of a category, or of all for ""."""
    of_it = about(category, extents().get(category))
    with ExitStack() as stack:
        puts = [stack.enter_context(FILES[name].open(path, of_it)) for name, path in paths.items()]
        for whole in watched(wholes(category)):
            for put in puts:
                put(whole)


def _rows(table: Table, whole: Whole) -> Iterator[tuple[Cell, ...]]:
    for row in table.rows(whole):
        yield tuple(legible(cell) if isinstance(cell, str) else cell for cell in row)


@contextmanager
def _csv(table: Table, path: Path, of_it: About) -> Iterator[Put]:
    """CSV (RFC 4180) for spreadsheets and programs: with a byte order mark, and no cell that would run as a formula."""
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([*table.columns, *_OF_THE_FILE])
        of_the_file = (LICENSE, of_it.as_of, of_it.edition)

        def put(whole: Whole) -> None:
            for row in _rows(table, whole):
                writer.writerow([*(defused(cell) if isinstance(cell, str) else cell for cell in row), *of_the_file])

        yield put


@contextmanager
def _jsonl(path: Path, of_it: About) -> Iterator[Put]:
    """An object a line: a code as the API tells it."""
    of_the_file = {"license": LICENSE, "as_of": of_it.as_of, "site": f"{of_it.site}/"}
    with path.open("w", encoding="ascii", newline="\n") as out:
        yield lambda whole: print(json.dumps({**whole["code"], **of_the_file}), file=out)


@contextmanager
def _sqlite(path: Path, of_it: About) -> Iterator[Put]:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        database.execute("CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        database.executemany("INSERT INTO about VALUES (?, ?)", of_it.said.items())
        for table in TABLES.values():
            typed = (f"{name} {'INTEGER' if name in table.numeric else 'TEXT'}" for name in table.columns)
            database.execute(f"CREATE TABLE {table.name} ({', '.join(typed)})")

        def put(whole: Whole) -> None:
            for table in TABLES.values():
                places = ", ".join("?" * len(table.columns))
                insert = f"INSERT INTO {table.name} VALUES ({places})"  # noqa: S608 - our own names
                database.executemany(insert, _rows(table, whole))

        yield put
        for table in TABLES.values():
            database.execute(f"CREATE INDEX {table.name}_code ON {table.name} (code)")
        database.execute("COMMIT")


@contextmanager
def _xlsx(path: Path, of_it: About) -> Iterator[Put]:
    """A sheet a table. Every text is typed as text: none is a formula, a link or a number."""
    with Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)}) as book:
        # Else it would be the time of writing.
        made = datetime.fromisoformat(of_it.as_of or "1980-01-01T00:00:00Z")
        book.set_properties({"title": f"{of_it.name}: {of_it.contents}", "comments": of_it.cite, "created": made})
        _about_sheet(book, of_it)
        sheets = {name: _sheet(book, table) for name, table in TABLES.items()}
        last = dict.fromkeys(TABLES, 0)

        def put(whole: Whole) -> None:
            for name, sheet in sheets.items():
                for row in _rows(TABLES[name], whole):
                    last[name] += 1
                    _write(sheet, last[name], row)

        yield put
        for name, sheet in sheets.items():
            sheet.autofilter(0, 0, last[name], len(TABLES[name].columns) - 1)


def _about_sheet(book: Workbook, of_it: About) -> None:
    sheet = book.add_worksheet("about")
    sheet.set_column(0, 0, _NARROW)
    sheet.set_column(1, 2, _WIDE)
    lines = [
        *((name, said, "") for name, said in of_it.said.items()),
        ("", "", ""),
        ("sheet", "column", "what it says"),
    ]
    for table in TABLES.values():
        lines += [(table.name, "", table.about), *(("", name, said) for name, said in table.told)]
    for place, line in enumerate(lines):
        _write(sheet, place, line)


def _sheet(book: Workbook, table: Table) -> Worksheet:
    sheet = book.add_worksheet(table.name)
    for place, name in enumerate(table.columns):
        sheet.set_column(place, place, _WIDE if name in _LONG_COLUMNS else _NARROW)
        sheet.write_string(0, place, name, book.add_format({"bold": True}))
    sheet.freeze_panes(1, 1)
    return sheet


def _write(sheet: Worksheet, place: int, row: tuple[Cell, ...]) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, int):
            sheet.write_number(place, column, cell)
        elif cell:
            sheet.write_string(place, column, cell[:_LONGEST_CELL])


# Measured on the starter set. Pages that say more or less than others make it half as much, or twice.
_EACH = {"codes": 0.078, "items": 1.24, "relations": 0.072, "sources": 0.265, "citations": 0.197, "validity": 0.013}
_EACH |= {"revisions": 0.114}
_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES: dict[str, File] = {
    "content.xlsx": File("XLSX", _SHEETS, _xlsx, (20_000, 0.505)),
    "content.sqlite": File("SQLite", "application/vnd.sqlite3", _sqlite, (80_000, 1.9)),
    "content.jsonl": File("JSON Lines", "application/jsonl", _jsonl, (0, 2.3)),
} | {
    f"{name}.csv": File("CSV", "text/csv; charset=utf-8", partial(_csv, table), (200, _EACH[name]))
    for name, table in TABLES.items()
}
