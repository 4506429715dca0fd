"""The pictures that stand beside links to our pages elsewhere (Open Graph)."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from codes.display import picture
from codes.models import ProcedureCode


@require_safe
def code(request: HttpRequest, code: str) -> HttpResponse:
    """Number and title. Not the validity: it changes with the day, and others keep the picture."""
    row = get_object_or_404(ProcedureCode, number=code)
    return _png(row.number, row.title, settings.SITE_NAME)


@require_safe
def site(request: HttpRequest) -> HttpResponse:
    return _png(settings.SITE_NAME, settings.SITE_DESCRIPTION, urlsplit(settings.SITE_URL).netloc)


def _png(heading: str, text: str, foot: str) -> HttpResponse:
    drawn = picture.draw(heading, text, foot)
    return HttpResponse(drawn, content_type="image/png", headers={"Cross-Origin-Resource-Policy": "cross-origin"})
