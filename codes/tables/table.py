"""What a kind of table is, for whoever reads one."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codes.text import number as numbers

# What a record holds, as JSON data: equal records say the same.
Data = dict[str, Any]
# Name of a column -> what stands in a row, "" for nothing; only columns that were chosen.
Cells = Mapping[str, str]
# What the operator answered, and what the rows above the heading say: name -> words.
Said = Mapping[str, str]
# Rows as they stand in the file: number and cells.
Rows = Sequence[tuple[int, list[str]]]
# Tells of a cell: name of the column, what is wrong, and whether nothing can be applied because of it.
Found = Callable[..., None]


@dataclass(frozen=True)
class Column:
    """A column of a table. `known` are headings by which it is found, in small letters; `most` characters fit in."""

    name: str
    title: str
    known: tuple[str, ...]
    required: bool = False
    most: int = 200


@dataclass(frozen=True)
class Question:
    """What the operator is asked of the whole file; nothing is answered beforehand.

    With `choices` (value -> words) one of them, else a line of text, which may be empty unless it is `required`.
    """

    name: str
    title: str
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = True


@dataclass(frozen=True)
class Record:
    """What one row says of one thing: `key` names the thing among all of its kind, and is told to the operator."""

    row: int
    key: str
    data: Data


@dataclass(frozen=True)
class Finding:
    """Something to tell of a row (0: of the whole file) and a column ("": of the row). `stops`: nothing is applied."""

    row: int
    column: str
    said: str
    stops: bool = True


class Table:
    """One kind of table. A kind is an instance of a class that says the attributes and `record`."""

    name: str
    title: str
    help: str
    columns: tuple[Column, ...]
    questions: tuple[Question, ...] = ()

    def heading(self, rows: Rows) -> tuple[int, list[str]] | None:
        """The place among the first rows of the file of the last row that names columns, and the names; None if no row
        does. The rest of the file is below it.

        This takes the row that holds the most headings which a column is known by. A kind whose headings stand in
        several rows joins them here.
        """
        known = {name for column in self.columns for name in column.known}
        scored = [(len({plain(cell) for cell in cells} & known), -place) for place, (_, cells) in enumerate(rows)]
        best, place = max(scored, default=(0, 0))
        return (-place, rows[-place][1]) if best else None

    def above(self, rows: Rows) -> dict[str, str]:
        """What the rows above the heading say of the whole file, added to what was answered: release, date."""
        return {}

    def record(self, row: int, cells: Cells, said: Said, found: Found) -> Record | None:
        """What a row says; None for one that is passed over, and for one of which `found` was told that it is wrong.

        No cell is longer than its column takes, and each required one is filled.
        """
        raise NotImplementedError

    def fresh(self) -> "Table":
        """What reads one file: this, unless the kind remembers the rows that it has read."""
        return self

    def is_other(self, cells: Cells) -> bool:
        """Whether a row is about something else, as files of the kind have them. It is passed over without a word."""
        return False

    def is_aside(self, cells: Cells) -> bool:
        """Whether a row is a heading or a note among the others: one filled cell of several, which is no number of a
        code. It is passed over, and told.
        """
        filled = [cell for cell in cells.values() if cell]
        return len(filled) == 1 < len(cells) and numbers.parse(filled[0]) is None

    @property
    def needed(self) -> list[Column]:
        """The columns without which no row says anything."""
        return [column for column in self.columns if column.required]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def guess(self, names: Sequence[str]) -> dict[str, str]:
        """Name of each column that is found among these headings -> the heading."""
        by = {plain(name): name for name in reversed(names)}
        found = {column.name: next((by[k] for k in column.known if k in by), "") for column in self.columns}
        return {name: heading for name, heading in found.items() if heading}


def plain(heading: str) -> str:
    """A heading without what people write it differently by.

    >>> plain("Date_Effective (from)"), plain("CDT-Code")
    ('date effective from', 'cdt code')
    """
    return " ".join(re.findall("[a-z0-9%]+", heading.lower()))
