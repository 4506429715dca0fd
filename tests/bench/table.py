"""The rows that `make bench` measures, its table and its chart."""

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log2

_RATIOS = ("x", "%")
# Only a ratio that misses its goal by more than this fails a run.
_SLACK = 1.1
# The chart, in pixels: where its scale begins, how wide it is, how high a line.
_LEFT, _WIDTH, _LINE = 270, 420, 30
# From how many times worse to how many times better than the goal.
_WORST, _BEST = 1 / 4, 16
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 } line { stroke: #8c959f; stroke-width: .5 }
.goal { stroke: #1f2328; stroke-width: 2 } .c0 { fill: #0969da } .c1 { fill: #bc4c00 } circle { fill-opacity: .6 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .goal { stroke: #f0f6fc } .c0 { fill: #58a6ff } .c1 { fill: #f0883e } }
"""


@dataclass(frozen=True)
class Row:
    """What was measured of a subject, in `unit`: "ms", "MB", "/s"; "x" and "%" of ratios. `goal` None: it is told.
    `measured` None: measuring it broke.
    """

    subject: str
    name: str
    measured: float | None
    goal: float | None = None
    unit: str = ""
    at_most: bool = True  # The goal is the most; otherwise the least.

    @property
    def times(self) -> float:
        """How many times as good as its goal it is."""
        if self.measured is None:
            return 0
        if self.goal is None or self.measured == self.goal:
            return 1
        better, worse = (self.goal, self.measured) if self.at_most else (self.measured, self.goal)
        return better / worse if worse else _BEST

    @property
    def word(self) -> str:
        """ "MISSED" or "BROKEN" if it fails the run, "over" if it misses its goal otherwise."""
        if self.measured is None:
            return "BROKEN"
        if self.unit in _RATIOS and self.times * _SLACK < 1:
            return "MISSED"
        return "over" if self.times < 1 else ""

    @property
    def fails(self) -> bool:
        """Whether the run ends with 1 for it."""
        return self.word in ("MISSED", "BROKEN")


def is_clear(turns: Sequence[float], goal: float | None, at_most: bool = True) -> bool:
    """Whether four in five of the turns of a ratio say the same: that it fails a run, or that it does not."""
    if goal is None:
        return True
    fail = sum(Row("", "", turn, goal, "x", at_most).fails for turn in turns)
    return max(fail, len(turns) - fail) >= 0.8 * len(turns)


def rows_or_broken(subject: str, name: str, measure: Callable[[], list[Row]]) -> list[Row]:
    """What this measures, or a row that says that it broke, and a line why: the others are measured all the same."""
    try:
        return measure()
    except Exception:
        traceback.print_exc()
        return [Row(subject, name, None)]


# Name of a database -> its rows.
Found = Mapping[str, list[Row]]


def lines(found: Found) -> list[str]:
    """A table in Markdown: of each row its goal, what each database has of it, and which misses it."""
    made = ["| | goal | " + " | ".join(found) + " | |", "| --- |" + " ---: |" * (1 + len(found)) + " --- |"]
    subject = ""
    for key in dict.fromkeys((row.subject, row.name) for rows in found.values() for row in rows):
        rows = {name: row for name, rows in found.items() for row in rows if (row.subject, row.name) == key}
        if key[0] != subject:
            subject = key[0]
            made.append(f"| **{subject}** |" + " |" * (len(found) + 2))
        cells = [_told(rows[name].measured, rows[name].unit) if name in rows else "" for name in found]
        missed = [f"{row.word}: {name}" for name, row in rows.items() if row.word]
        made.append("| " + " | ".join([key[1], _goal(next(iter(rows.values()))), *cells, ", ".join(missed)]) + " |")
    return _aligned(made)


def _goal(row: Row) -> str:
    return "" if row.goal is None else f"{'≤' if row.at_most else '≥'} {_told(row.goal, row.unit)}"


def _told(value: float | None, unit: str) -> str:
    if value is None:
        return "broke"
    digits = 0 if value >= 100 or value == int(value) else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def _aligned(made: list[str]) -> list[str]:
    """The same, with the columns below each other."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in made]
    widths = [max(len(row[n]) for row in cells if len(row) > n) for n in range(len(cells[0]))]
    return [
        "| "
        + " | ".join(
            _dashes(cell, width)
            if cell.startswith("---")
            else cell.ljust(width)
            if n in (0, len(widths) - 1)
            else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        + " |"
        for row in cells
    ]


def _dashes(cell: str, width: int) -> str:
    return "-" * (width - cell.endswith(":")) + ":" * cell.endswith(":")


def chart(found: Found) -> str:
    """An SVG: a line for each subject, on it a dot for each row that has a goal, the further right the better."""
    subjects = list(dict.fromkeys(row.subject for rows in found.values() for row in rows if row.goal is not None))
    height, width = _LINE * (len(subjects) + 2), _LEFT + _WIDTH + 40
    made = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    ]
    made += [f"<style>{_STYLE}</style>", *_scale(height)]
    made += [f'<text x="4" y="{_LINE * n + 49}">{escape(subject)}</text>' for n, subject in enumerate(subjects)]
    for place, (name, rows) in enumerate(found.items()):
        x = _LEFT + 130 * place
        made.append(f'<circle class="c{place}" cx="{x}" cy="14" r="5"/><text x="{x + 10}" y="19">{escape(name)}</text>')
        for row in rows:
            if row.goal is not None:
                y = _LINE * subjects.index(row.subject) + 40 + 9 * place
                made.append(f'<circle class="c{place}" cx="{_place(row.times)}" cy="{y}" r="4"/>')
    return "\n".join([*made, "</svg>\n"])


def _scale(height: int) -> list[str]:
    made = []
    for power in range(int(log2(_WORST)), int(log2(_BEST)) + 1):
        x, kind = _place(2.0**power), "" if power else ' class="goal"'
        told = f"{2**power} ×" if power > 0 else f"1/{2**-power}" if power else "goal"
        made.append(f'<line x1="{x}" x2="{x}" y1="{_LINE}" y2="{height - _LINE}"{kind}/>')
        made.append(f'<text x="{x}" y="{height - 9}" text-anchor="middle">{told}</text>')
    return made


def _place(times: float) -> int:
    share = (log2(min(max(times, _WORST), _BEST)) - log2(_WORST)) / (log2(_BEST) - log2(_WORST))
    return round(_LEFT + share * _WIDTH)
