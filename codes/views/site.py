"""The pages about the site itself."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from codes import corrections, service_date
from codes import page as pages
from codes.models import ProcedureCode, Verification, today


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """How corrections are decided, with the numbers that the settings set, and how many editors there are."""
    context = {
        "limits": settings.RATE_LIMITS,
        "target": settings.TARGET_DAYS,
        "minutes": settings.UNDO_MINUTES,
        "days": settings.PERSONAL_DATA_DAYS,
        "two": sorted(pages.label(name).strip() or name for name in settings.TWO_EDITORS_FOR),
        "sole": corrections.sole_editor(),
    }
    return render(request, "guides/policy.html", context)


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What this site is, and how much of it anybody has verified: counted, not claimed."""
    codes, day = ProcedureCode.objects.all(), today()
    counts = {status: codes.with_status(status, day).count() for status in ("active", "deleted", "future")}
    return render(request, "guides/about.html", {**counts, "verifications": Verification.objects.count()})


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What the software keeps about a reader, with the numbers that the settings set."""
    context = {
        "limits": settings.RATE_LIMITS,
        "days": settings.PERSONAL_DATA_DAYS,
        "kept": service_date.KEPT // timedelta(hours=1),
        "session": settings.SESSION_COOKIE_NAME,
        "csrf": settings.CSRF_COOKIE_NAME,
    }
    return render(request, "guides/privacy.html", context)


@require_safe
def guides(request: HttpRequest) -> HttpResponse:
    return render(request, "guides/index.html")


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """Claim advice that holds for every code, so that no code's page has to say it."""
    return render(request, "guides/claims.html")


@require_safe
def guide_cdt(request: HttpRequest) -> HttpResponse:
    categories = [(name, *span) for name, span in pages.CATEGORIES.items()]
    exceptions = list(pages.CATEGORY_EXCEPTIONS.items())
    return render(request, "guides/cdt.html", {"categories": categories, "exceptions": exceptions})


@require_safe
def guide_cpt(request: HttpRequest) -> HttpResponse:
    return render(request, "guides/cdt-cpt-hcpcs.html")


@require_safe
def guide_editions(request: HttpRequest) -> HttpResponse:
    return render(request, "guides/editions.html", {"kept": service_date.KEPT // timedelta(hours=1)})
