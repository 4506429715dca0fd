"""What pages elsewhere show of ours: the card of a code, the one page that may be framed; oEmbed tells of it.

oEmbed 1.0: https://oembed.com/
"""

import re
from html import escape
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape as escape_xml

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from codes.display.page import code_page
from codes.display.picture import HEIGHT, WIDTH
from codes.forms import service_date
from codes.models import ProcedureCode
from codes.text.number import PATTERN
from codes.views import live

# In pixels: what a card needs to be read well, and what it can do with.
CARD, LEAST = (480, 260), (300, 120)
_LONGEST_URL = 2000
_CODE = re.compile(rf"/codes/({PATTERN})/?")
# Receipts and the links of mails are for those who hold them, the admin for editors.
_PRIVATE = re.compile(r"/(?:corrections|mail|admin)/")
_FOR_ALL = {"Access-Control-Allow-Origin": "*"}


@require_safe
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type]  # Its types know no view with arguments.
def card(request: HttpRequest, code: str) -> HttpResponse:
    """Number, title, answer, validity and how far it is verified; each link opens a page of its own."""
    return render(request, "codes/card.html", {"shown": code_page(live(code), service_date.of(request))})


@require_safe
def known(request: HttpRequest) -> JsonResponse:
    """The numbers that have a card, for the script that makes links of them (cards.js)."""
    numbers = ProcedureCode.objects.values_list("number", flat=True).order_by("number")
    return JsonResponse({"codes": list(numbers)}, headers=_FOR_ALL)


@require_safe
def oembed(request: HttpRequest) -> HttpResponse:
    """The card of the code at ?url=, as JSON or XML (?format=); a plain link where it has less room than LEAST.

    404 for what is no code page of ours, 401 for what is private, 501 for another format.
    """
    form = request.GET.get("format", "json")
    if form not in ("json", "xml"):
        return _refused(501, "There is JSON and XML.")
    path = _path(request.GET.get("url", ""))
    if path and _PRIVATE.match(path):
        return _refused(401, "This page is private.")
    found = _CODE.fullmatch(path or "")
    code = ProcedureCode.objects.filter(number=found[1]).first() if found else None
    if code is None:
        return _refused(404, "This is not the address of a code of this site.")
    told = _told(code, _most(request, "maxwidth"), _most(request, "maxheight"))
    if form == "json":
        return JsonResponse(told, headers=_FOR_ALL)
    lines = "".join(f"<{name}>{escape_xml(str(value))}</{name}>" for name, value in told.items())
    body = f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<oembed>{lines}</oembed>\n'
    return HttpResponse(body, content_type="text/xml; charset=utf-8", headers=_FOR_ALL)


def _told(code: ProcedureCode, most_wide: int, most_high: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "version": "1.0",
        "type": "link",
        "title": str(code),
        "provider_name": settings.SITE_NAME,
        "provider_url": f"{settings.SITE_URL}/",
        "cache_age": 3600,
    }
    width, height = min(CARD[0], most_wide), min(CARD[1], most_high)
    if width >= LEAST[0] and height >= LEAST[1]:
        card_url = f"{settings.SITE_URL}{reverse('card', args=[code.number])}"
        html = (
            f'<iframe src="{escape(card_url)}" title="{escape(str(code))}" width="{width}" height="{height}" '
            'loading="lazy" style="border:1px solid #888;border-radius:8px"></iframe>'
        )
        told |= {"type": "rich", "html": html, "width": width, "height": height}
    if most_wide >= WIDTH and most_high >= HEIGHT:
        picture = f"{settings.SITE_URL}{reverse('picture', args=[code.number])}"
        told |= {"thumbnail_url": picture, "thumbnail_width": WIDTH, "thumbnail_height": HEIGHT}
    return told


def _path(url: str) -> str | None:
    """The path of an address of ours, None for any other."""
    try:
        parts = urlsplit(url) if len(url) <= _LONGEST_URL and url.isprintable() else None
    except ValueError:
        return None
    ours = urlsplit(settings.SITE_URL)
    if parts is None or (parts.scheme.lower(), parts.netloc.lower()) != (ours.scheme, ours.netloc.lower()):
        return None
    return parts.path


def _most(request: HttpRequest, name: str) -> int:
    """A number of pixels that was asked for; more than anything needs without one, and for what is no number."""
    asked = request.GET.get(name, "")
    return int(asked) if re.fullmatch(r"[0-9]{1,6}", asked) else 999_999


def _refused(status: int, why: str) -> HttpResponse:
    return HttpResponse(f"{why}\n", status=status, content_type="text/plain; charset=utf-8", headers=_FOR_ALL)
