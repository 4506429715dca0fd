"""The form of a list check: a pasted list, a file or both, and what is read from them. It stores nothing."""

from collections.abc import Mapping
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from codes.acts.verifying import current_edition
from codes.checks import apart, list_reader, sheet
from codes.forms import service_date

_YEARS = 12  # How many editions back a list may have been right.
_NO_CODE = (
    "No code was found in it. A code is a D and four digits, like D6011. Four digits alone may be a fee: they count "
    "in the first column, or in one that is headed “Code”."
)
_RANGE = f"Take a day from {service_date.FIRST:%Y} to {service_date.LAST:%Y}."


def _editions() -> list[tuple[int | str, str]]:
    """The editions for which a list may have been right, those before the current one; none of them is chosen."""
    last = current_edition() - 1
    return [("", "Choose an edition"), *((year, f"CDT {year}") for year in range(last, last - _YEARS, -1))]


class ListForm(forms.Form):
    """A pasted list, a file, or both; `found` is what stands in them, once the form is valid.

    It is read in this `turn` of apart's, without which it is only shown; validating it raises apart.Busy.
    """

    text = forms.CharField(
        required=False,
        strip=False,
        label="Paste your list",
        help_text="One code per line, or a whole table: codes written in any way, with descriptions and fees.",
        widget=forms.Textarea(attrs={"class": "own", "spellcheck": "false"}),
    )
    file = forms.FileField(
        required=False,
        allow_empty_file=True,
        label="Or choose a file",
        help_text=f"CSV, TXT or XLSX, up to 5 MB and {sheet.MAX_ROWS:,} rows. It is read in memory and not kept.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
    )
    day = forms.DateField(
        required=False,
        label="Date of service",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(service_date.FIRST, _RANGE), MaxValueValidator(service_date.LAST, _RANGE)],
        error_messages={"invalid": "This is not a date. Write year, month and day, like 2024-03-14."},
    )
    edition = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=_editions,
        label="Your list was last updated for (optional)",
        help_text="To see what changed since.",
        error_messages={"invalid_choice": "Choose one of the editions."},
    )

    found: list_reader.Found

    def __init__(
        self,
        data: QueryDict | None = None,
        files: MultiValueDict[str, UploadedFile] | None = None,
        *,
        day: date,
        turn: int = -1,
        initial: Mapping[str, str] | None = None,
        auto_id: str = "id_%s",
    ):
        super().__init__(data, files, initial={"day": day, **(initial or {})}, label_suffix="", auto_id=auto_id)
        self.turn = turn

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"] or self.initial["day"]
        return day

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if len(text.encode(errors="replace")) > sheet.MAX_BYTES:
            raise ValidationError("This is more than 5 MB. Check the list in parts.")
        return text

    def clean(self) -> None:
        text, file = self.cleaned_data.get("text", ""), self.cleaned_data.get("file")
        if not {"text", "file"} & {*self.errors} and not text.strip() and file is None:
            self.add_error("text", "Paste a list, or choose a file.")
        if file is not None and (wrong := _size_error(file)):
            self.add_error("file", wrong)
        if self.errors:
            return
        data = None if file is None else file.read()
        found, errors = apart.read(text if text.strip() else "", data, self.turn)
        for field, message in errors.items():
            self.add_error(field, message)
        if found:
            self.found = found
            if not found.codes:
                self.add_error("text" if file is None else "file", _NO_CODE)

    @property
    def again(self) -> str:
        """What a form with no file has to send for the same check."""
        if self.cleaned_data["file"] is None:
            text: str = self.cleaned_data["text"]
            return text
        return sheet.to_tabs([("Code", "Your text"), *self.found.codes.items()])


def _size_error(file: UploadedFile) -> str:
    """What is wrong with how large a file is, "" if nothing."""
    if (file.size or 0) > sheet.MAX_BYTES:
        return "This file is larger than 5 MB. Keep the columns with codes and descriptions only."
    return "" if file.size else "This file is empty."
