"""The pages about the site itself."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from codes import page as pages
from codes.acts import corrections, facets
from codes.display import editions, progress
from codes.forms import service_date
from codes.models import today
from codes.page.merge import MAX_CHANGED, MAX_PROPOSED
from codes.views import receipts

# The standard asks for less than a year.
_HOLDS = timedelta(days=300)


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """How corrections are decided, with the numbers that the settings set, and how many editors there are."""
    context = {
        "limits": settings.RATE_LIMITS,
        "most": MAX_CHANGED,
        "kilobytes": MAX_PROPOSED // 1000,
        "megabytes": _growth(settings.RATE_LIMITS),
        "target": settings.TARGET_DAYS,
        "minutes": settings.UNDO_MINUTES,
        "days": settings.PERSONAL_DATA_DAYS,
        "two": sorted(pages.label(name) for name in settings.TWO_EDITORS_FOR),
        "sole": corrections.sole_editor(),
    }
    return render(request, "guides/policy.html", context)


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Where to report a weakness (RFC 9116), the same for a whole day. Such a file holds for https alone."""
    site: str = settings.SITE_URL
    if not site.startswith("https://"):
        raise Http404
    fields = {
        "Contact": site + reverse("contact"),
        "Expires": f"{today() + _HOLDS}T00:00:00Z",
        "Canonical": site + reverse("security_txt"),
        "Policy": f"{site}{reverse('policy')}#security",
        "Preferred-Languages": "en",
    }
    text = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What this site is, and how much of it anybody has verified: counted, not claimed."""
    found = facets.read()
    counts = {status: codes.bit_count() for status, codes in found.status(today()).items()}
    verified = {"verifications": found.verifications, "progress": progress.read(found)}
    return render(request, "guides/about.html", {**counts, **verified})


def _growth(limits: dict[str, int]) -> int:
    """By how many MB the posts of one address can make the database grow in an hour, rounded up.

    A correction keeps the whole proposed page, escaped as JSON: at most three bytes for one of UTF-8. A page holds tens
    of kB. The texts of the other forms end at 5,000 characters.
    """
    pages_kept = limits["correction"] * (3 * MAX_PROPOSED + 60_000)
    return -(-(pages_kept + (limits["comment"] + limits["contact"]) * 4 * 5000) // 1_000_000)


@require_safe
def my(request: HttpRequest) -> HttpResponse:
    """The receipts that the browser remembers: the same bytes for everybody, which a script fills."""
    return render(request, "codes/my.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What the software keeps about a reader, with the numbers that the settings set."""
    context = {
        "limits": settings.RATE_LIMITS,
        "days": settings.PERSONAL_DATA_DAYS,
        "kept": service_date.KEPT // timedelta(hours=1),
        "receipt": receipts.KEPT.days,
        "session": settings.SESSION_COOKIE_NAME,
        "csrf": settings.CSRF_COOKIE_NAME,
    }
    return render(request, "guides/privacy.html", context)


@require_safe
def guides(request: HttpRequest) -> HttpResponse:
    return render(request, "guides/index.html", {"coming": editions.coming(facets.read())})


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
    read = facets.read()
    found = editions.read(read)
    context = {
        "editions": found,
        "most": editions.most(found),
        "first": editions.FIRST,
        "coming": editions.coming(read),
    }
    return render(request, "guides/editions.html", {**context, "kept": service_date.KEPT // timedelta(hours=1)})


@require_safe
def edition(request: HttpRequest, year: int) -> HttpResponse:
    """What an edition changes: announced of a coming one, or said by the pages of one that is in force or over."""
    read = facets.read()
    if not editions.is_known(read, year):
        raise Http404(year)
    return render(request, "codes/edition.html", {"edition": editions.one(read, year)})
