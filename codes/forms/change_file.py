"""The list of changes of an edition, as a file or as pasted text: code, change, note."""

import csv
import io
from typing import Any

from django import forms

from codes import page as pages
from codes.acts.announcing import Change, Line
from codes.forms.guard import Text, WebAddress, paragraph
from codes.text.number import parse

MAX_BYTES = 300_000
MAX_LINES = 1_000
COLUMNS = ("code", "change", "note")


class ChangesForm(forms.Form):
    """Cleans to `lines`; what is wrong in a row stands in `wrong`, by the number of the row."""

    source_title = Text(max_length=pages.MAX_SOURCE, label="Where it was announced: title, page, date")
    source_url = WebAddress(label="Its web address")
    listed = paragraph(MAX_BYTES, 10, required=False, label="The changes: a line each, with code, change, note")
    file = forms.FileField(required=False, label="Or a CSV file with these columns")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.lines: list[Line] = []
        self.wrong: list[tuple[int, str]] = []

    def clean_file(self) -> str:
        """The text of the file."""
        sent = self.cleaned_data["file"]
        if not sent:
            return ""
        if sent.size > MAX_BYTES:
            raise forms.ValidationError(f"The file is larger than {MAX_BYTES // 1000} kB.")
        try:
            text = sent.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError("This is no CSV file in UTF-8. Save the sheet as “CSV UTF-8”.") from None
        cleaned: str = self.fields["listed"].clean(text)
        return cleaned

    def clean(self) -> dict[str, Any]:
        super().clean()
        given = [self.cleaned_data.get("listed", ""), self.cleaned_data.get("file", "")]
        if all(given):
            self.add_error("file", "Choose a file or paste a list, not both.")
        elif not any(given) and not {"listed", "file"} & set(self.errors):
            self.add_error("listed", "Paste the changes, or choose a file.")
        else:
            self._read("".join(given))
        return self.cleaned_data

    @property
    def text(self) -> str:
        """The list as it was given, from wherever."""
        return str(self.cleaned_data.get("listed") or self.cleaned_data.get("file", ""))

    def _read(self, text: str) -> None:
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        except csv.Error:
            self.add_error("listed", "One cell takes most of this list: a quotation mark is opened and never closed.")
            return
        if not rows or tuple(name.strip().lower() for name in rows[0][:3]) != COLUMNS:
            self.add_error("listed", "The first line names the columns: code, change, note.")
        elif len(rows) - 1 > MAX_LINES:
            self.add_error("listed", f"More than {MAX_LINES} changes.")
        else:
            for number, row in enumerate(rows[1:], 2):
                if any(cell.strip() for cell in row):
                    self._line(number, [cell.strip() for cell in row])

    def _line(self, number: int, row: list[str]) -> None:
        code, change, note = (*row, "", "", "")[:3]
        found = parse(code)
        if any(row[3:]):
            self.wrong.append((number, "More than three columns. Put a note with a comma between quotation marks."))
        elif found is None:
            self.wrong.append((number, f"“{code}” is no code number."))
        elif change.lower() not in Change.values:
            self.wrong.append((number, f"“{change}” is no change. Write added, revised or deleted."))
        else:
            self.lines.append(Line(number, found, change.lower(), " ".join(note.split())))
