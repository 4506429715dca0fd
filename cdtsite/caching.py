"""What browsers and caches may keep: a public page, if they ask each time whether it still says the same."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers, has_vary_header


def revalidated(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: says of each answer whether it may be kept. `cdtsite.kept` gives those that may be their tags.

    What sets or reads a cookie is kept by nobody and not compressed, because the length of a compressed page that
    holds a secret beside what somebody else typed gives the secret away (BREACH).
    """

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.cookies or has_vary_header(response, "Cookie"):
            if not response.has_header("Cache-Control"):
                add_never_cache_headers(response)
        else:
            response.headers.setdefault("Cache-Control", "no-cache")
        return response

    return respond
