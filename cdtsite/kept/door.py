"""The door: hands out pages that are kept, and lets Django make and keep the others."""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from datetime import time as clock
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, BinaryIO, TypeGuard, cast
from urllib.parse import quote, quote_plus

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import connection
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response

from cdtsite import headers
from cdtsite.kept import stamps
from cdtsite.kept.files import Pieces
from cdtsite.kept.store import Kept, Page, finished, preferred
from codes.acts import reads
from codes.fhir import door as fhir
from codes.forms import service_date
from codes.page import CATEGORIES

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
# Where the door says to Django in which store to keep.
_KEPT = "cdtsite.kept"
# Who waits for a file holds a thread of its process: the other threads are for readers.
_making = BoundedSemaphore(2)
_BUSY = "This file is being made from the latest content. Ask again in ten seconds.\n"
_STATUS = {200: "200 OK", 304: "304 Not Modified"}
_MOST_HOSTS = 20


@dataclass(frozen=True)
class Place:
    """Addresses whose pages are kept: a pattern of paths and one of queries, of which each page has one spelling.

    `about_codes`: its pages show whatever there is of the codes in their addresses, and of others no more than number,
    title and validity, and never without the number. `file`: its answers are files, which take seconds to make.
    """

    path: str
    query: str = ""
    about_codes: bool = False
    file: bool = False


_DATE = r"date=\d{4}-\d\d-\d\d"
_PAGE = r"page=[1-9]\d?"
# Django takes one with zeros before it too, without end: such an address is answered and not kept.
_WHOLE = r"[1-9]\d*"
# As our own links have it, and as a form sends it.
_CATEGORY = f"category=(?:{'|'.join(re.escape(code(name)) for name in CATEGORIES for code in (quote, quote_plus))})"
_CODE = r"/codes/D\d{4}/"
_API = "/api/v1"
_LIMIT, _CURSOR = rf"limit={_WHOLE}", r"cursor=[\w-]{1,99}"


def _some(*parts: str) -> str:
    """A query of none, some or all of these, in this order."""
    return "".join(f"(?:&{part})?" for part in parts)


# What is not here is made for each request: search and suggestions, whatever has a form or belongs to one reader, and
# /ledger/, which shows how long corrections have been waiting.
PLACES = (
    Place("/", _some(_DATE)),
    Place("/codes/", _some(_CATEGORY, _DATE, _PAGE)),
    Place(rf"{_CODE}(?:fees/|card/)?", _some(_DATE), about_codes=True),
    Place(rf"{_CODE}(?:check/|feed\.atom|picture\.png|video/[\w-]+/)", about_codes=True),
    Place(rf"{_CODE}history/", _some(_PAGE), about_codes=True),
    Place(rf"{_CODE}history/{_WHOLE}/", about_codes=True),
    Place(rf"{_CODE}compare/{_WHOLE}\.\.{_WHOLE}/", about_codes=True),
    Place("/compare/", _some(_DATE)),
    Place("/compare/", r"&codes=D\d{4}(?:,D\d{4}){1,5}" + _some(_DATE), about_codes=True),
    Place("/changes/", _some(_CATEGORY, _PAGE)),
    Place(rf"/changes/feed\.atom|/changes/{_WHOLE}/"),
    Place(r"/categories/[\w-]+/feed\.atom"),
    Place("/data/"),
    Place(r"/data/[a-z-]+/[a-z]+\.[a-z]+", file=True),
    Place("/(?:policy|about|privacy|my)/"),
    Place("/guides/(?:[a-z-]+/)?"),
    Place("/(?:choose|episodes)/"),
    Place(r"/choose/[\w-]+/(?:[\w-]+/)?|/episodes/[\w-]+/", _some(_DATE)),
    Place("/sources/", _some(_PAGE)),
    Place(r"/sources/[\w-]+/", _some(_PAGE)),
    Place(rf"/sources/[\w-]+/compare/{_WHOLE}\.\.{_WHOLE}/|/sources/(?:[\w-]+/)?feed\.atom"),
    Place(rf"/sitemap-[a-z]+-{_WHOLE}\.xml"),
    Place(r"/editions/\d{4}/"),
    Place("/fhir/metadata", "(?:&mode=terminology)?"),
    Place(r"/fhir/(?:CodeSystem|ValueSet)/[a-z\d-]+|/fhir/ValueSet/[a-z-]+/\$expand", _some(_DATE)),
    Place(r"/fhir/CodeSystem/cdt/\$lookup", r"&code=D\d{4}" + _some(_DATE), about_codes=True),
    Place(rf"{_API}/(?:openapi\.json)?|{_API}/editions(?:/\d{{4}})?|{_API}/sources/[\w-]+"),
    Place(f"{_API}/codes", _some(_CATEGORY, _DATE, _LIMIT, _CURSOR)),
    Place(rf"{_API}/codes/D\d{{4}}", _some(_DATE), about_codes=True),
    Place(rf"{_API}/codes/D\d{{4}}/history", _some(_LIMIT, _CURSOR), about_codes=True),
    Place(rf"{_API}/codes/D\d{{4}}/history/{_WHOLE}", about_codes=True),
    Place(rf"{_API}/codes/D\d{{4}}/compare", rf"&first={_WHOLE}&second={_WHOLE}", about_codes=True),
    Place(rf"{_API}/codes/D\d{{4}}/relations"),
    Place(f"{_API}/compare", r"&codes=D\d{4}(?:,D\d{4}){1,3}", about_codes=True),
    Place(rf"{_API}/sources|{_API}/sources/[\w-]+/citations", _some(_LIMIT, _CURSOR)),
    Place(r"/picture\.png|/robots\.txt|/sitemap\.xml|/opensearch\.xml|/cards\.json"),
)
_PLACES = [(place, re.compile(rf"(?:{place.path})(?:\?{place.query})?")) for place in PLACES]
_CODE_PAGE = re.compile(_CODE)
_NUMBER = re.compile(r"D\d{4}")


def address(environ: Environ) -> str:
    """Path and query as they were asked for."""
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    return f"{path}?{query}" if query else str(path)


def place_of(asked: str) -> Place | None:
    """The place that an address belongs to, None if its page is not kept."""
    spelled = asked.replace("?", "?&", 1)
    return next((place for place, pattern in _PLACES if pattern.fullmatch(spelled)), None)


class Door:
    """WSGI: answers from `kept` what is there and true; everything else is `application`'s, which keeps it there."""

    def __init__(self, application: Application, kept: Kept):
        self.application, self.kept = application, kept

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if page := self.found(environ):
            status, headers, body = _answered(page, environ)
            sent = Pieces(body) if isinstance(body, Path) else [body]
            start_response(_STATUS[status], headers)
            return sent
        environ[_KEPT] = self.kept
        return self.application(environ, start_response)

    def found(self, environ: Environ) -> Page | None:
        """The page that answers a request, if Django need not look at it."""
        if environ.get("HTTP_HOST") not in self.kept.hosts or not _is_plain(environ):
            return None
        asked = address(environ)
        return self.kept.find(asked) if self.kept.holds(asked) or place_of(asked) else None


class MadeOnce:
    """Middleware, outside all others: public pages get a tag, a 304 if they are held, and the coding that is taken.

    Behind a door they are kept. One request makes a page, and those that came for it meanwhile take it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        kept, asked = request.META.get(_KEPT), address(request.META)
        place = place_of(asked)
        if place and place.file:
            return self._filed(request, asked, place, kept)
        if not (place and kept and request.method == "GET" and _is_plain(request.META) and _is_known(request, kept)):
            return _finished(request, self.get_response(request))
        with kept.turn(asked):
            if page := kept.find(asked):
                return _response(*_answered(page, request.META))
            return self._kept(request, asked, place, kept)

    def _filed(self, request: HttpRequest, asked: str, place: Place, kept: Kept | None) -> HttpResponseBase:
        """A file: a machine makes one at a time, and whatever else a request says counts for nothing, so that nobody
        can have it made again and again.
        """
        if not _making.acquire(blocking=False):
            return HttpResponse(_BUSY, status=503, content_type="text/plain", headers={"Retry-After": "10"})
        try:
            is_plain = request.method in ("GET", "HEAD") and _is_ours(request.META)
            if not (kept and is_plain and _is_known(request, kept)):
                return self.get_response(request)
            with kept.turn_of_files():
                if page := kept.find(asked):
                    return _response(*_answered(page, request.META))
                # Django says of an answer to a cookie that nobody may keep it, and may put one beside it.
                request.META.pop("HTTP_COOKIE", None)
                return self._kept(request, asked, place, kept)
        finally:
            _making.release()

    def _kept(self, request: HttpRequest, asked: str, place: Place, kept: Kept) -> HttpResponseBase:
        since, until = _day()
        listening = stamps.Reads()
        with stamps.one_state(connection):
            with connection.execute_wrapper(listening):
                response = self.get_response(request)
            if not (_is_public(response, request) or isinstance(response, FileResponse)):
                return response
            names = listening.names(*_codes(asked, response.content) if place.about_codes else ())
            total = stamps.within(connection, names) if names else None
        headers.complete(response)
        if isinstance(response, FileResponse):
            page = _laid(response, asked, kept)
        else:
            page = finished(response.content, response.headers)
        if page is None:
            return response
        if names and total and since <= time.time() < until:
            page = replace(page, names=names, total=total, since=since, until=until)
            kept.keep(asked, page)
        return _response(*_answer(page, request.META))


def _laid(response: FileResponse, asked: str, kept: Kept) -> Page | None:
    file = cast(BinaryIO, response.file_to_stream)
    try:
        page = kept.laid(asked, file, response.headers)
    except OSError:  # There is no folder: who asked gets it all the same.
        file.seek(0)
        return None
    file.close()
    return page


def _is_plain(environ: Environ) -> bool:
    """Whether a request brings nothing but its address on which the answer could hang."""
    return (
        environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and environ.get("CONTENT_LENGTH", "") in ("", "0")
        and "HTTP_TRANSFER_ENCODING" not in environ
        and "HTTP_IF_MATCH" not in environ
        # It leads to another address.
        and service_date.COOKIE not in environ.get("HTTP_COOKIE", "")
        and (not environ["PATH_INFO"].startswith(fhir.PREFIX) or fhir.takes_json(environ.get("HTTP_ACCEPT", "")))
        and _is_ours(environ)
    )


def _is_ours(environ: Environ) -> bool:
    """Whether it was asked for at the address of the site, to which Django leads whoever asks elsewhere."""
    return not environ.get("SCRIPT_NAME") and _scheme(environ) == settings.SITE_URL.partition(":")[0]


def _scheme(environ: Environ) -> str:
    """As Django sees it."""
    if settings.SECURE_PROXY_SSL_HEADER:
        header, secure = settings.SECURE_PROXY_SSL_HEADER
        if header in environ:
            return "https" if environ[header].split(",", 1)[0].strip() == secure else "http"
    return str(environ["wsgi.url_scheme"])


def _is_known(request: HttpRequest, kept: Kept) -> bool:
    """Whether the site answers under the Host that was asked; from then on the door knows it."""
    try:
        request.get_host()
    except DisallowedHost:
        return False
    host = request.META.get("HTTP_HOST")
    # Under a name of the site's, with one port after another, strangers can fill the others: not its own place.
    if host and (len(kept.hosts) < _MOST_HOSTS or host == settings.SITE_URL.partition("://")[2]):
        kept.hosts.add(host)
    return True


def _is_public(response: HttpResponseBase, request: HttpRequest) -> TypeGuard[HttpResponse]:
    """Whether it is a page that is the same for all (cdtsite.caching)."""
    return (
        response.status_code == 200
        and isinstance(response, HttpResponse)
        and request.method in ("GET", "HEAD")
        and "no-store" not in response.get("Cache-Control", "no-store")
    )


def _finished(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if not _is_public(response, request):
        return response
    page = finished(response.content, response.headers, (preferred(request.META.get("HTTP_ACCEPT_ENCODING", "")),))
    if "HTTP_IF_MATCH" in request.META:
        refused = get_conditional_response(request, etag=page.tag, response=response)
        if refused and refused is not response:
            return refused
    return _response(*_answer(page, request.META))


def _codes(asked: str, body: bytes) -> tuple[set[str], set[str]]:
    """The numbers of the codes that a page is about, and of those that it names."""
    about, named = (set(_NUMBER.findall(text)) for text in (asked, body.decode(errors="replace")))
    return about, named - about


def _day() -> tuple[float, float]:
    """When today begins and ends."""
    midnight = datetime.combine(timezone.localdate(), clock(), timezone.get_current_timezone())
    tomorrow = datetime.combine(timezone.localdate() + timedelta(days=1), clock(), timezone.get_current_timezone())
    return midnight.timestamp(), tomorrow.timestamp()


def _answered(page: Page, environ: Environ) -> tuple[int, list[tuple[str, str]], bytes | Path]:
    """The answer from a page that no view has made now, and that counts as read all the same."""
    path = environ["PATH_INFO"]
    if environ["REQUEST_METHOD"] == "GET" and _CODE_PAGE.fullmatch(path):
        reads.add(path.split("/")[2])
    return _answer(page, environ)


def _answer(page: Page, environ: Environ) -> tuple[int, list[tuple[str, str]], bytes | Path]:
    accepts, held = environ.get("HTTP_ACCEPT_ENCODING", ""), environ.get("HTTP_IF_NONE_MATCH", "")
    return page.answer(environ["REQUEST_METHOD"], accepts, held)


def _response(status: int, headers: list[tuple[str, str]], body: bytes | Path) -> HttpResponseBase:
    made: HttpResponseBase
    if isinstance(body, Path):
        made = StreamingHttpResponse(Pieces(body), status=status)
    else:
        made = HttpResponse(body, status=status)
    del made["Content-Type"]
    for name, value in headers:
        made[name] = value
    return made
