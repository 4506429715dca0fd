"""The date of service that a reader looks from: what is valid depends on it.

The date stands in the address, ?date=2024-03-14; without it, it is today. So one address shows every reader the same.
A cookie remembers what a reader chose, and does nothing but lead to the address that holds it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme

from codes.models import today
from codes.page import FIRST_EDITION, LAST_EDITION

_More = ParamSpec("_More")

PARAMETER = "date"
COOKIE = "date_of_service"
# Nobody bills tomorrow by the date that they chose yesterday.
KEPT = timedelta(days=1)
FIRST, LAST = date(FIRST_EDITION, 1, 1), date(LAST_EDITION, 12, 31)
_MAX_ADDRESS = 4000
_RANGE = f"Take one from {FIRST_EDITION} to {LAST_EDITION}."
_day = forms.DateField(
    input_formats=["%Y-%m-%d"],
    validators=[MinValueValidator(FIRST, _RANGE), MaxValueValidator(LAST, _RANGE)],
    error_messages={"invalid": "This is not a date. Write year, month and day, like 2024-03-14."},
)


@dataclass(frozen=True)
class Lens:
    """What a page knows of the date of service.

    `day` is looked from; `typed` was asked for. If that is no day, `wrong` says why, and `day` is today.
    `applies`: the page shows what is valid. `here`: its address without the date.
    """

    day: date
    today: date
    typed: str
    wrong: str
    applies: bool
    here: str

    first, last = FIRST, LAST

    @property
    def other_day(self) -> bool:
        return self.day != self.today

    @property
    def query(self) -> str:
        """What a link to an address without a query ends in, so that it keeps the day: "?date=2024-03-14" or ""."""
        return f"?{PARAMETER}={self.day.isoformat()}" if self.other_day else ""

    @property
    def more(self) -> str:
        """The same for an address that has a query."""
        return self.query.replace("?", "&")


def of(request: HttpRequest) -> date:
    """The chosen date of service, else today."""
    return lens(request).day


def lens(request: HttpRequest) -> Lens:
    typed = request.GET.get(PARAMETER, "")
    chosen, wrong = read(typed)
    now = today()
    seen = typed if typed.isprintable() else ""
    applies, here = hasattr(request, "service_date_applies"), url_on(request.get_full_path(), None)
    return Lens(chosen or now, now, seen[:40], wrong, applies, here)


def context(request: HttpRequest) -> dict[str, Lens]:
    """For every template: `service`."""
    return {"service": lens(request)}


def remembered(request: HttpRequest) -> date | None:
    """The day in the reader's cookie; None without one, for today, and for what is no day."""
    day, _ = read(request.COOKIES.get(COOKIE, ""))
    return None if day == today() else day


def remember(request: HttpRequest, response: HttpResponse, day: date) -> HttpResponse:
    """The response, with the cookie that keeps the day; for today, without any."""
    if day == today():
        response.delete_cookie(COOKIE, samesite="Lax")
    else:
        secure = request.is_secure()
        response.set_cookie(COOKIE, day.isoformat(), max_age=KEPT, secure=secure, httponly=True, samesite="Lax")
    return response


def applies(
    view: Callable[Concatenate[HttpRequest, _More], HttpResponse],
) -> Callable[Concatenate[HttpRequest, _More], HttpResponse]:
    """A view whose page shows what is valid on the reader's date of service.

    Who chose a day is led from the plain address to that day's. A search engine keeps the plain one only.
    """

    @wraps(view)
    def seen_from_a_day(request: HttpRequest, /, *args: _More.args, **kwargs: _More.kwargs) -> HttpResponse:
        # Told to the templates, as Django's own middlewares tell theirs.
        request.service_date_applies = True  # type: ignore[attr-defined]
        asked = PARAMETER in request.GET
        if not asked and request.method in ("GET", "HEAD") and (day := remembered(request)):
            there = HttpResponseRedirect(url_on(request.get_full_path(), day))
            patch_cache_control(there, private=True, no_store=True)
            return there
        response = view(request, *args, **kwargs)
        if asked:
            response["X-Robots-Tag"] = "noindex"
        return response

    return seen_from_a_day


def url_on(where: str, day: date | None) -> str:
    """The path and query of this site with the day in it, None for none; "/" for the address of anywhere else."""
    local = where.startswith("/") and len(where) <= _MAX_ADDRESS and url_has_allowed_host_and_scheme(where, None)
    parts = urlsplit(where if local else "/")
    query = QueryDict(parts.query, mutable=True)
    query.pop(PARAMETER, None)
    if day:
        query[PARAMETER] = day.isoformat()
    return f"{parts.path}?{query.urlencode()}" if query else parts.path


def read(typed: str) -> tuple[date | None, str]:
    """The day that was typed, or what is wrong with it; neither for nothing."""
    try:
        return (_day.clean(typed) if typed else None), ""
    except ValidationError as error:
        return None, " ".join(error.messages)
