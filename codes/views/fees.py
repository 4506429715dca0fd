"""The fees of a code: every figure of every file that names it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from codes.display.fees import fees_of
from codes.forms import service_date
from codes.views import live


@require_safe
@service_date.applies
def fees(request: HttpRequest, code: str) -> HttpResponse:
    """All fees of a code: those of the date of service first; with ?program= of that program alone."""
    found, program = fees_of(code, service_date.of(request)), request.GET.get("program", "")
    context = {
        "code": live(code).code,
        "fees": found,
        "programs": sorted({period.fee.named for period in (*found.in_force, *found.others)}),
        "program": program,
        "filtered": bool(program),
        "in_force": [one for one in found.in_force if program in ("", one.fee.named)],
        "others": [one for one in found.others if program in ("", one.fee.named)],
    }
    return render(request, "codes/fees.html", context)
