"""The public pages: load, clean, act, redirect. A page that anybody may cache sets no cookie and asks for none."""

from datetime import datetime

from django.http import Http404, HttpResponse
from django.utils.http import http_date

from codes.acts.publishing import latest
from codes.models import Revision


def live(code: str) -> Revision:
    """The latest revision of a code; a code that has none is a 404."""
    try:
        return latest(code)
    except Revision.DoesNotExist as error:
        raise Http404(code) from error


def with_last_modified(response: HttpResponse, at: datetime) -> HttpResponse:
    """Tell when what the page shows was last changed. It only tells: whether it is the same, its ETag says."""
    response["Last-Modified"] = http_date(at.timestamp())
    return response
