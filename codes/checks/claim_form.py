"""The form of a claim check: rows, pasted lines or both, and what they say as lines. It stores nothing."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from codes.checks import claim_line
from codes.checks.claim_line import MAX_LINES, Line, TypedLine, Unreadable
from codes.checks.person import REFUSED
from codes.forms.guard import Text, paragraph
from codes.models import today
from codes.text import number as numbers

_Form = TypeVar("_Form", bound=forms.Form)

FIRST_ROWS = MORE_ROWS = 5
_EXAMPLE = {"code": "D2392", "day": "3/14/2026", "tooth": "30", "surface": "MO"}


class _Cell(Text):
    """A cell of a row, cleaned by `reads`."""

    def __init__(self, label: str, reads: Callable[[str], object]) -> None:
        super().__init__(required=False, max_length=60, label=label)
        self.reads = reads

    def clean(self, value: str | None) -> object:
        typed = super().clean(value)
        if what := claim_line.identity(typed):
            raise ValidationError(REFUSED.format(what), code="identity")
        try:
            return self.reads(typed) if typed else None
        except Unreadable as error:
            raise ValidationError(str(error)) from error


def _number(typed: str) -> str:
    if number := numbers.parse(typed):
        return number
    raise Unreadable("This is not a code number. Type it like 6011 or D6011.")


class RowForm(forms.Form):
    """One line, in the columns of the American dental claim form."""

    code = _Cell("Code", _number)
    day = _Cell("Date of service", claim_line.day)
    tooth = _Cell("Tooth", claim_line.teeth)
    surface = _Cell("Surfaces", claim_line.surfaces)
    area = _Cell("Quadrant or arch", claim_line.area)

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if not self.errors and not typed.get("code") and any(typed.values()):
            self.add_error("code", "Type the code of this line.")
        return typed

    @property
    def line(self) -> Line | None:
        """The line as typed; its `day` is None if none was typed. None for an empty row."""
        typed = self.cleaned_data
        if not typed.get("code"):
            return None
        return Line(typed["code"], typed["day"], typed["tooth"] or (), typed["surface"] or "", typed["area"] or "")


class PasteForm(forms.Form):
    text = paragraph(5000, 4, required=False, label="Or paste lines, one per row")

    def clean_text(self) -> list[Line]:
        """The lines; errors name theirs by its place among those that are not empty."""
        found: list[Line] = []
        wrong: list[ValidationError] = []
        typed = [line for line in self.cleaned_data["text"].split("\n") if line.strip()]
        # Identity first and in every line: a text that holds a person is not read at all.
        for place, line in enumerate(typed, start=1):
            if what := claim_line.identity(line):
                wrong.append(ValidationError(f"Line {place}: {REFUSED.format(what)}", code="identity"))
        for place, line in enumerate(typed if not wrong else (), start=1):
            try:
                found.append(claim_line.read(line))
            except Unreadable as error:
                wrong.append(ValidationError(f"Line {place}: {error}"))
        if wrong:
            raise ValidationError(wrong[:MAX_LINES])
        return found


class ClaimForm:
    """Rows and pasted text as one form. After `is_valid()`, `lines` has all lines, dated; else `errors` has what
    belongs beside no field.

    `data` is what was posted, None for an empty form; with `more` it is shown again with some more rows and not read.
    `default` is the date of service of the lines above which no date stands; today if there is none.
    """

    def __init__(self, data: QueryDict | None = None, *, more: bool = False, default: date | None = None) -> None:
        typed = data or QueryDict()
        posted = typed.get("rows", "")
        count = int(posted) if re.fullmatch("[0-9]{1,3}", posted) else FIRST_ROWS
        count = min(max(count, FIRST_ROWS) + MORE_ROWS * more, MAX_LINES)
        bound = None if more else data
        self.rows = [_form(RowForm, f"row{n}", bound, typed) for n in range(1, count + 1)]
        for name, example in _EXAMPLE.items():
            self.rows[0].fields[name].widget.attrs["placeholder"] = example
        self.paste = _form(PasteForm, "paste", bound, typed)
        self.default = default or today()
        self.lines: list[TypedLine] = []
        self.errors: list[str] = []

    def to_fix(self) -> list[tuple[str, str]]:
        """The cells beside which something is wrong: where each is, and what it is called."""
        cells = [(f"Row {n}, {cell.label}", cell) for n, row in enumerate(self.rows, start=1) for cell in row]
        named = [*cells, ("Pasted lines", self.paste["text"])]
        return [(cell.auto_id, name) for name, cell in named if cell.errors]

    @property
    def can_grow(self) -> bool:
        return len(self.rows) < MAX_LINES

    def is_valid(self) -> bool:
        if not all([*(row.is_valid() for row in self.rows), self.paste.is_valid()]):
            return False
        rows = [(f"Row {n}", row.line) for n, row in enumerate(self.rows, start=1)]
        pasted = [(f"Pasted line {n}", line) for n, line in enumerate(self.paste.cleaned_data["text"], start=1)]
        day = self.default
        for name, line in [*rows, *pasted]:
            if line is not None:
                dated = line.dated(day)
                day = dated.day
                self.lines.append(TypedLine(name, dated))
        if not self.lines:
            self.errors = ["Nothing to check yet. Type at least one code."]
        elif len(self.lines) > MAX_LINES:
            self.errors = [f"{len(self.lines)} lines are too many: {MAX_LINES} are checked at once."]
        return not self.errors


def _form(made: type[_Form], prefix: str, bound: QueryDict | None, typed: QueryDict) -> _Form:
    """A form that reads `bound`, or only shows what is `typed`."""
    shown = {name: typed.get(f"{prefix}-{name}", "") for name in made.base_fields}
    return made(bound, prefix=prefix, initial=shown, label_suffix="")
