"""What browsers and caches may keep: a public page, if they ask each time whether it still says the same."""

import gzip
import re
from collections.abc import Callable
from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers, get_conditional_response, has_vary_header, patch_vary_headers

# RFC 9110, 12.5.3: "gzip;q=0" refuses it.
_ACCEPTS_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")
_TEXT = re.compile(r"text/|application/(?:json|xml|[\w.-]+\+(?:json|xml))|image/svg")
_WORTH_IT = 500


def revalidated(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a page that is the same for every reader gets an ETag of its bytes, a 304 if asked, and gzip.

    A page hangs on so much (its revision, verifications, open corrections, comments, other codes, the day, the
    templates) that only its bytes tell whether it is the same; they are made for each request and never kept here, so
    that a change is seen at once and by every process. A date could not tell: two changes may fall into one second,
    and one that is stamped earlier may be committed later. So Last-Modified, where a page has one, only tells; an
    If-Modified-Since gets the whole page, as RFC 9110, 13.1.3, allows.

    What sets or reads a cookie is kept by nobody and not compressed, because the length of a compressed page that
    holds a secret beside what somebody else typed gives the secret away (BREACH).
    """

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.cookies or has_vary_header(response, "Cookie"):
            if not response.has_header("Cache-Control"):
                add_never_cache_headers(response)
            return response
        response.headers.setdefault("Cache-Control", "no-cache")
        if "no-store" in response["Cache-Control"]:
            return response
        if request.method not in ("GET", "HEAD") or response.status_code != 200 or response.streaming:
            return response
        return _conditional(request, response)

    return respond


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    tag = f'"{sha256(response.content).hexdigest()[:32]}"'
    compressed = False
    coded = response.has_header("Content-Encoding")
    if not coded and _TEXT.match(response["Content-Type"]) and len(response.content) > _WORTH_IT:
        patch_vary_headers(response, ["Accept-Encoding"])
        compressed = bool(_ACCEPTS_GZIP.search(request.headers.get("Accept-Encoding", "")))
    # Two codings of the same bytes are not byte for byte the same: weak.
    response["ETag"] = f"W/{tag}" if compressed else tag
    found = get_conditional_response(request, etag=tag, response=response) or response
    if found is response and compressed:
        response.content = gzip.compress(response.content, 6, mtime=0)
        response["Content-Encoding"] = "gzip"
        response["Content-Length"] = str(len(response.content))
    return found
