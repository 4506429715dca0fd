"""Checking an office's own code list. It is read in memory, answered and forgotten: stored nowhere, logged nowhere."""

from datetime import date

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from codes.acts.verifying import current_edition
from codes.checks import apart, picklist, sheet
from codes.forms import limits, service_date
from codes.models import today

_YEARS = 12  # How many editions back a list may have been right.
_TOO_MANY = ("Too many checks from your network in this hour.", "Check it again later.")
_BUSY = ("Other lists are being read just now, and this one was not.", "Send it again in a few seconds.")
_RETRY_AFTER = 5
# A pasted text and a file of sheet.MAX_BYTES each, and room to tell which of them is larger.
_LARGEST_BODY = 12 * 1024 * 1024
_NO_CODE = (
    "No code was found in it. A code is a D and four digits, like D6011. Four digits alone may be a fee: they count "
    "in the first column, or in one that is headed “Code”."
)
_RANGE = f"Take a day from {service_date.FIRST:%Y} to {service_date.LAST:%Y}."


class InMemory(MemoryFileUploadHandler):
    """Keeps uploads in memory, never on disk, and of all of them together no more than sheet.MAX_BYTES.

    What is over is dropped as it comes in; the file's `size` still tells how large it was.
    """

    def handle_raw_input(self, *args, **kwargs):
        self.activated, self.room = True, sheet.MAX_BYTES

    def receive_data_chunk(self, raw_data, start):
        kept = raw_data[: self.room]
        self.room -= len(kept)
        self.file.write(kept)


class ListForm(forms.Form):
    """A pasted list, a file, or both; `found` is what stands in them, once the form is valid.

    It is read in this `turn` of apart's; validating it raises apart.Busy.
    """

    text = forms.CharField(
        required=False,
        strip=False,
        label="Paste your list",
        help_text="One code a line, or a whole table: codes in any shape, descriptions and fees beside them.",
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
        error_messages={"invalid": "This is no date. Write year, month and day, like 2024-03-14."},
    )
    edition = forms.TypedChoiceField(
        required=False,
        coerce=int,
        label="Your list was last updated for",
        error_messages={"invalid_choice": "Choose one of the editions."},
    )

    def __init__(self, *args, day: date, turn: int | None = None, **kwargs):
        edition = current_edition()
        initial = {"day": day, "edition": edition - 1} | kwargs.pop("initial", {})
        super().__init__(*args, initial=initial, label_suffix="", **kwargs)
        self.turn = turn
        self.fields["edition"].choices = [(y, f"CDT {y}") for y in range(edition - 1, edition - 1 - _YEARS, -1)]

    def clean_day(self):
        return self.cleaned_data["day"] or self.initial["day"]

    def clean_edition(self):
        return self.cleaned_data["edition"] or self.initial["edition"]

    def clean_text(self):
        text = self.cleaned_data["text"]
        if len(text.encode(errors="replace")) > sheet.MAX_BYTES:
            raise ValidationError("This is more than 5 MB. Check the list in parts.")
        return text

    def clean(self):
        if self.errors:
            return
        text, file = self.cleaned_data["text"], self.cleaned_data["file"]
        if not text.strip() and file is None:
            self.add_error("text", "Paste a list, or choose a file.")
            return
        if file is not None and (wrong := _size_error(file)):
            self.add_error("file", wrong)
            return
        data = None if file is None else file.read()
        self.found, wrong = apart.read(text if text.strip() else "", data, self.turn)
        for field, message in wrong.items():
            self.add_error(field, message)
        if self.found and not self.found.codes:
            self.add_error("text" if file is None else "file", _NO_CODE)

    @property
    def again(self) -> str:
        """What a form with no file has to send for the same check."""
        if self.cleaned_data["file"] is None:
            return self.cleaned_data["text"]
        return sheet.to_tabs([("Code", "Your text"), *self.found.codes.items()])


# The page is the same bytes for every reader, so its form carries no token. This view stores nothing and acts on
# nothing: a forged post would only show its sender a check.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def check_list(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _blank(request)
    request.upload_handlers = [InMemory(request)]
    if not limits.allow(request, "check"):
        return _refused(request, 429, _TOO_MANY)
    posted = request.POST, request.FILES
    try:
        with apart.turn(settings.VAR) as turn:
            return _checked(request, ListForm(*posted, day=today(), turn=turn))
    except apart.Busy:
        response = _refused(request, 503, _BUSY)
        response["Retry-After"] = str(_RETRY_AFTER)
        return response


check_list.largest_body = _LARGEST_BODY


def _checked(request: HttpRequest, form: ListForm) -> HttpResponse:
    if not form.is_valid():
        return _page(request, form, status=422)
    day, edition = form.cleaned_data["day"], form.cleaned_data["edition"]
    verdicts = picklist.judge(form.found.codes, day, edition)
    if "csv" in request.POST:
        return _download(verdicts, day, edition)
    counts = [(kind, picklist.KINDS[kind], n) for kind, n in picklist.counts(verdicts).items()]
    context = {"verdicts": verdicts, "counts": counts, "day": day, "edition": edition}
    context["dated"] = "" if day == today() else f"?{service_date.PARAMETER}={day}"
    return _page(request, form, **context)


@service_date.dated
def _blank(request: HttpRequest) -> HttpResponse:
    return _page(request, ListForm(day=service_date.of(request)))


def _page(request: HttpRequest, form: ListForm, status: int = 200, **context) -> HttpResponse:
    return render(request, "codes/check_list.html", {"form": form, **context}, status=status)


def _refused(request: HttpRequest, status: int, said: tuple[str, str]) -> HttpResponse:
    """The form with all that was typed: why nothing was read, and when it may be."""
    typed = {name: request.POST[name] for name in ("text", "day", "edition") if name in request.POST}
    form = ListForm(day=today(), initial=typed)
    return _page(request, form, status=status, refused=said[0], later=said[1], lost_file=bool(request.FILES))


def _size_error(file) -> str:
    if file.size > sheet.MAX_BYTES:
        return "This file is larger than 5 MB. Keep the columns with codes and descriptions only."
    return "" if file.size else "This file is empty."


def _download(verdicts: list[picklist.Verdict], day: date, edition: int) -> HttpResponse:
    body = sheet.to_csv(picklist.table(verdicts, day, edition, settings.SITE_URL))
    named = f'attachment; filename="code-list-{day}.csv"'
    return HttpResponse(body, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": named})
