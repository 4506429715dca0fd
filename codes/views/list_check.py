"""Checking an office's own code list. It is read in memory, answered and forgotten: stored nowhere, logged nowhere."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from codes.checks import apart, list_report, sheet
from codes.checks.list_form import ListForm
from codes.forms import limits, service_date
from codes.models import today

_TOO_MANY = ("Too many checks from your network in this hour.", "Check it again later.")
_BUSY = ("Other lists are being read just now, and this one was not.", "Send it again in a few seconds.")
_RETRY_AFTER = 5
# A pasted text and a file of sheet.MAX_BYTES each, and room to tell which of them is larger.
_LARGEST_BODY = 12 * 1024 * 1024


# The page is the same bytes for every reader, so its form carries no token. This view stores nothing and acts on
# nothing: a forged post would only show its sender a check.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def check_list(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _blank(request)
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


vars(check_list).update(largest_body=_LARGEST_BODY, largest_upload=sheet.MAX_BYTES)


def _checked(request: HttpRequest, form: ListForm) -> HttpResponse:
    if not form.is_valid():
        return _page(request, form, status=422)
    day, edition = form.cleaned_data["day"], form.cleaned_data["edition"]
    verdicts = list_report.judge(form.found.codes, day, edition)
    if "csv" in request.POST:
        return _download(verdicts, day, edition)
    counts = [(kind, list_report.KINDS[kind], n) for kind, n in list_report.counts(verdicts).items()]
    context: dict[str, Any] = {"verdicts": verdicts, "counts": counts, "day": day, "edition": edition}
    # Another list may be of another edition: it is asked again.
    context["another"] = ListForm(day=day, initial={"text": request.POST.get("text", "")}, auto_id="another_%s")
    context["day_query"] = "" if day == today() else f"?{service_date.PARAMETER}={day}"
    return _page(request, form, **context)


@service_date.applies
def _blank(request: HttpRequest) -> HttpResponse:
    return _page(request, ListForm(day=service_date.of(request)))


def _page(request: HttpRequest, form: ListForm, status: int = 200, **context: object) -> HttpResponse:
    return render(request, "codes/check_list.html", {"form": form, **context}, status=status)


def _refused(request: HttpRequest, status: int, said: tuple[str, str]) -> HttpResponse:
    """The form with all that was typed: why nothing was read, and when it may be."""
    typed = {name: request.POST[name] for name in ("text", "day", "edition") if name in request.POST}
    form = ListForm(day=today(), initial=typed)
    return _page(request, form, status=status, refused=said[0], later=said[1], lost_file=bool(request.FILES))


def _download(verdicts: list[list_report.Verdict], day: date, edition: int | None) -> HttpResponse:
    body = sheet.to_csv(list_report.table(verdicts, day, edition, settings.SITE_URL))
    named = f'attachment; filename="code-list-{day}.csv"'
    return HttpResponse(body, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": named})
