"""The addresses of the API, under /api/; the last takes whatever no other does."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.urls import URLPattern, path, re_path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from codes.api import checks, reading
from codes.api.v1 import api, document


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    return HttpResponse(json.dumps(document()), content_type="application/json")


def nowhere(request: HttpRequest, rest: str) -> HttpResponse:
    """Whatever else is asked for."""
    return HttpResponseNotFound()


def _addresses() -> Any:
    """Those of the operations; `cdtsite.uploads` is told which of them takes more than a form."""
    made = api.urls
    for address in made[0]:
        if isinstance(address, URLPattern) and address.name == checks.check_list.__name__:
            vars(address.callback).update(checks.LARGEST)
    return made


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="api"), name="api_entrance"),
    path("v1/", reading.show, name="api"),
    path("v1/openapi.json", openapi, name="openapi"),
    path("v1/", _addresses()),
    re_path("^(?P<rest>.*)$", nowhere),
]
