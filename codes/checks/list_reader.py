"""Which cells of an office's own code list are its codes. No Django."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from codes.checks import person
from codes.checks.sheet import Table
from codes.text import number as numbers

SHOWN = 5

_Rows = list[tuple[int, list[str]]]

# A list says the same many times.
_MEMORY = 1 << 15
_number = lru_cache(maxsize=_MEMORY)(numbers.parse)

# A code with its D, in the shapes that `number.parse` takes; and the four digits of one that has lost it.
_WITH_D = re.compile(r"D[ .\-_]{0,2}[0-9OQILSB]{4}(?![0-9A-Z]|[.,][0-9])", re.I | re.A)
_DIGITS = re.compile(r"[0-9]{4}(?![0-9A-Z]|[.,][0-9])", re.I | re.A)
_NAMED = re.compile(r"(?<![0-9A-Z])D[ .-]?[0-9]{4}(?![0-9A-Z]|[.,][0-9])", re.I | re.A)
_BETWEEN = re.compile(r"(?:[\s,;/+&|–—-]|\b(?:and|or|to)\b)*", re.I)
# A bullet, a number or a date of the line and a quotation mark, before a code; and a fee behind one.
_BEFORE = re.compile(
    r"\A(?:[-–—*•·▪●○◦‣✓☐>]\s*|[0-9]{1,2}[.)]\s+|[0-9]{1,4}[-/][0-9]{1,2}[-/][0-9]{1,4}\s+)?[\"'“‘(]?"
    r"(?=D?[ .\-_]{0,2}[0-9OQILSB]{4}(?![0-9A-Z]|[.,-][0-9]))",
    re.I | re.A,
)
_FEE = re.compile(r"\s+\$? ?[0-9][0-9,]*(?:\.[0-9]{2})?", re.A)
_WIDE = {code + 0xFEE0: code for code in range(0x21, 0x7F)}  # The letters and digits of East Asian keyboards.
# In a list that holds nothing but codes: one of them, with its D or without.
_EITHER = re.compile(r"(?<![0-9A-Z])(?:D[ .\-_]{0,2}[0-9OQILSB]{4}|[0-9]{4})(?![0-9A-Z]|\.[0-9])", re.I | re.A)
_CODE_HEADING = re.compile(r"code|cdt|\bada\b|\bproc\b|procedure|number|\bno\b\.?", re.I)
_OTHER_HEADING = re.compile(
    r"fee|price|amount|charge|cost|paid|balance|ucr|usd|\$|total|year|zip|phone|patient|chart|account|\bid\b", re.I
)


@dataclass
class Found:
    """What was read from a list.

    `codes`: number -> the list's own words for it ("" if it has none), in the list's order. `taken`: in words, what was
    taken as codes. `rows` were read (headings not counted); of these `without` hold no code, the first few of which are
    `examples` (row number, its text). `elsewhere`: numbers that are named beside the codes only; they are not checked.
    """

    codes: dict[str, str]
    taken: list[str]
    rows: int
    without: int
    examples: list[tuple[int, str]]
    elsewhere: list[str]


def find(tables: Iterable[Table]) -> Found:
    """The codes in the tables.

    A number with its D is a code in a column of such numbers; four digits alone are one only in a column that is
    clearly one of codes, since a fee may look the same. Without such a column each D with four digits in the text is
    taken.
    """
    found = Found({}, [], 0, 0, [], [])
    named: dict[str, None] = {}
    for table in tables:
        reading = _Reading.of(table)
        if reading.rows:
            found.taken.append((f"Sheet “{table.name}”: " if table.name else "") + reading.taken)
        for number, cells in reading.rows:
            codes, label = reading.codes(cells)
            found.rows += 1
            named |= dict.fromkeys(code for cell in cells if cell for code in _named(cell))
            for code in codes:
                found.codes[code] = found.codes.get(code) or label
            if not codes:
                found.without += 1
                if len(found.examples) < SHOWN:
                    found.examples.append((number, " · ".join(filter(None, cells))[:80]))
    found.elsewhere = [number for number in named if number not in found.codes]
    return found


def identity(table: Table) -> str | None:
    """What of a person a column of the table is headed as, "a date of birth (column “DOB”)", or None.

    Above the codes several rows may look like headings: the title of a report too.
    """
    for _, cells in table.rows[:10]:
        names = [cell.translate(_WIDE) for cell in cells if cell]
        if any(
            _at_start(_WITH_D, cell)[0] or _at_start(_DIGITS, cell)[0] for cell in names if not person.is_money(cell)
        ):
            return None
        if len(names) > 1 and (what := person.over_column(names)):
            return what
    return None


@dataclass
class _Reading:
    """How one table is read: its code columns, and whether their numbers have lost the D; no column: running text.

    `mixed`: nothing but codes, some with their D and some without.
    """

    heading: list[str]
    rows: _Rows
    columns: list[int]
    bare: bool = False
    mixed: bool = False

    @classmethod
    def of(cls, table: Table) -> "_Reading":
        whole = [(number, [_BEFORE.sub("", cell.translate(_WIDE)) for cell in cells]) for number, cells in table.rows]
        rows = whole
        if _is_mixture(rows):
            return cls([], rows, [], mixed=True)
        if len(rows) == 1 and _is_list(rows[0][1]):
            rows = [(rows[0][0], [cell]) for cell in rows[0][1] if cell]
        place = _heading(rows)
        heading = rows[place][1] if place is not None else []
        rows = rows if place is None else rows[:place] + rows[place + 1 :]
        columns = _columns_with_d(heading, rows)
        if columns:
            return cls(heading, rows, columns)
        column = _column_of_digits(heading, rows)
        if column is None:
            return cls([], whole, [])
        return cls(heading, rows, [column], bare=True)

    @property
    def taken(self) -> str:
        if self.mixed:
            return "Every number was taken as a code, with its D or without."
        if not self.columns:
            return "Every D with four digits in the text was taken as a code."
        if max(len(cells) for _, cells in self.rows) == 1 and not self.heading:
            where = "at the start of each line"
        else:
            named = [f"column {c + 1}{self._name(c)}" for c in self.columns[:SHOWN]]
            more = len(self.columns) - len(named)
            where = "in " + " and ".join([*named, *[f"{more} more"] * (more > 0)])
        if not self.bare:
            return f"The numbers {where} were taken as codes."
        short = any(
            re.fullmatch(r"[0-9]{3}", cells[c]) for _, cells in self.rows for c in self.columns if c < len(cells)
        )
        return f"The numbers {where} were taken as codes without their D{', 120 as D0120' if short else ''}."

    def _name(self, column: int) -> str:
        name = self.heading[column] if column < len(self.heading) else ""
        return f" (“{name[:40]}”)" if name else ""

    def codes(self, cells: list[str]) -> tuple[Sequence[str], str]:
        """The codes of a row, and the row's words for them."""
        if self.mixed:
            return [code for cell in cells for code in _only_codes(cell)], ""
        if not self.columns:
            text = " ".join(cells)
            codes, label = _at_start(_WITH_D, text)
            return (codes, label) if codes and not _NAMED.search(label) else (_named(text), "")
        found: list[str] = []
        rest = ""
        for column in self.columns:
            cell = cells[column] if column < len(cells) else ""
            codes, label = self._read(cell)
            found += codes
            rest = rest or label
        return found, rest or self._label(cells)

    def _read(self, cell: str) -> tuple[tuple[str, ...], str]:
        codes, label = _at_start(_WITH_D, cell)
        if codes:
            return codes, label
        if self.bare and re.fullmatch(r"[0-9]{3}", cell):
            return (f"D0{cell}",), ""
        codes, label = _at_start(_DIGITS, cell)
        is_year = re.match("(?:19|20)[0-9]{2}", cell) is not None
        return (codes, label) if self.bare or not label or not is_year else ((), "")

    def _label(self, cells: list[str]) -> str:
        """The first other cell with a word in it."""
        columns = set(self.columns)
        others = (cell for place, cell in enumerate(cells) if place not in columns)
        return next((cell for cell in others if re.search(r"[^\W\d_]{2}", cell) and not _is_code(cell)), "")


@lru_cache(maxsize=_MEMORY)
def _at_start(pattern: re.Pattern[str], cell: str) -> tuple[tuple[str, ...], str]:
    """The code at the start of a cell and the words after it; or several codes with nothing else."""
    codes: list[str] = []
    place = after_first = 0
    while match := pattern.match(cell, place):
        code = _number(match[0])
        if code is None:
            break
        codes.append(code)
        place = _next(cell, match)
        after_first = after_first or match.end()
    if place == len(cell):
        return tuple(codes), ""
    label = cell[after_first:].strip(" :.,;|/–—-")
    if codes and (not re.search(r"\w", label) or _FEE.fullmatch(cell[after_first:])):
        return tuple(codes[:1]), ""
    # Digits after the number make it a date, a fee or a telephone number.
    return (tuple(codes[:1]), label) if codes and re.match(r"[^\W\d_]|[(\"“'‘]", label) else ((), "")


@lru_cache(maxsize=_MEMORY)
def _only_codes(cell: str) -> tuple[str, ...]:
    """The codes of a cell that holds nothing else, each with its D or without; none of any other cell."""
    codes: list[str] = []
    place = 0
    while match := _EITHER.match(cell, place):
        code = _number(match[0])
        if code is None:
            return ()
        codes.append(code)
        place = _next(cell, match)
    return tuple(codes) if place == len(cell) else ()


def _next(cell: str, code: re.Match[str]) -> int:
    """The place where another code may begin."""
    between = _BETWEEN.match(cell, code.end())
    return between.end() if between else code.end()


def _is_mixture(rows: _Rows) -> bool:
    """Whether a table holds nothing but codes, some with their D and some without.

    A full column behind the first with no D in it is one of fees.
    """
    columns: dict[int, list[bool]] = {}
    for _, row in rows:
        for place, cell in enumerate(row):
            if cell and not _only_codes(cell):
                return False
            columns.setdefault(place, []).extend(typed[0] in "Dd" for typed in _EITHER.findall(cell))
    lettered = [with_d for column in columns.values() for with_d in column]
    fees = len(rows) > 1 and any(
        len(column) >= len(rows) and not any(column) for place, column in columns.items() if place
    )
    return any(lettered) and not all(lettered) and not fees


def _is_code(cell: str) -> bool:
    codes, label = _at_start(_WITH_D, cell)
    return bool(codes) and not label


def _named(text: str) -> list[str]:
    return list(dict.fromkeys(filter(None, map(_number, _NAMED.findall(text)))))


def _is_list(cells: list[str]) -> bool:
    """Whether a row is a list of its own: D0120, D0150, D0210."""
    filled = [cell for cell in cells if cell]
    return len(filled) > 1 and any(all(p.fullmatch(cell) for cell in filled) for p in (_WITH_D, _DIGITS))


def _heading(rows: _Rows) -> int | None:
    """The place of the row that names the columns: above every number, the first one that names codes or has several
    names.
    """
    several = None
    for place, (_, cells) in enumerate(rows[:10]):
        if any(re.search(r"[0-9]{3}", cell) or _is_code(cell) for cell in cells):
            if any(_at_start(pattern, cell)[0] for cell in cells for pattern in (_WITH_D, _DIGITS)):
                break
            continue
        if any(_CODE_HEADING.search(cell) and len(cell) <= 40 for cell in cells):
            return place
        if several is None and sum(bool(cell) for cell in cells) > 1:
            several = place
    return several


def _filled(rows: _Rows) -> Counter[int]:
    return Counter(place for _, cells in rows for place, cell in enumerate(cells) if cell)


def _columns_with_d(heading: list[str], rows: _Rows) -> list[int]:
    """The columns half of whose cells, on a quarter of the rows, begin with a D number; those named so, if any is."""
    lettered = Counter(p for _, cells in rows for p, cell in enumerate(cells) if cell and _at_start(_WITH_D, cell)[0])
    filled = _filled(rows)
    columns = sorted(p for p, n in lettered.items() if n * 2 >= filled[p] and n * 4 >= len(rows))
    called = [p for p in columns if p < len(heading) and _CODE_HEADING.search(heading[p])]
    return called or columns


def _column_of_digits(heading: list[str], rows: _Rows) -> int | None:
    """The column that clearly holds codes without their D: half of one so named, or four fifths of the first."""
    four: Counter[int] = Counter()
    three: Counter[int] = Counter()
    filled = _filled(rows)
    for _, cells in rows:
        for place, cell in enumerate(cells):
            if not cell:
                continue
            four[place] += bool(_at_start(_DIGITS, cell)[0] or _at_start(_WITH_D, cell)[0])
            three[place] += re.fullmatch("[0-9]{3}", cell) is not None
    for place, name in enumerate(heading):
        if filled[place] and _CODE_HEADING.search(name) and (four[place] + three[place]) * 2 >= filled[place]:
            return place
    first = min(filled, default=0)
    named_otherwise = first < len(heading) and _OTHER_HEADING.search(heading[first])
    fits = four[first] and (four[first] + three[first]) * 5 >= filled[first] * 4
    return first if fits and filled[first] * 4 >= len(rows) and not named_otherwise else None
