"""Checking the lines of a claim against our pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from codes.checks.claim_form import ClaimForm
from codes.checks.claim_line import MAX_LINES
from codes.checks.claim_report import Report, report
from codes.forms import limits, service_date

_TOO_MANY = "Too many checks from your network in this hour. Your lines are still here: check them again later."


# The page is the same bytes for every reader, so its form carries no token. This view stores nothing and acts on
# nothing: a forged post would only show its sender a check.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@service_date.applies
def check_claim(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, ClaimForm())
    if "more" in request.POST:
        return _page(request, ClaimForm(request.POST, more=True))
    form = ClaimForm(request.POST, default=service_date.of(request))
    if not form.is_valid():
        return _page(request, form, status=422)
    if not limits.allow(request, "check"):
        form.errors = [_TOO_MANY]
        return _page(request, form, status=429)
    return _page(request, form, report(form.lines))


def _page(request: HttpRequest, form: ClaimForm, checked: Report | None = None, status: int = 200) -> HttpResponse:
    context = {"form": form, "report": checked, "max_lines": MAX_LINES, "refused": status == 422}
    return render(request, "codes/check_claim.html", context, status=status)
