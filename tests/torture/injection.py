"""sqlmap on each value that the public site, its API and its FHIR take: in addresses, queries, forms, bodies, headers.

sqlmap asks through a door of ours (`Door`), which gives each request a network address of its own, so that no limit
answers in place of the site, and each form a ticket; and which sees every answer: broken SQL is an error of the site.
"""

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from types import SimpleNamespace
from urllib.parse import quote, quote_plus

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from codes.acts import corrections
from codes.api.v1 import document
from codes.mail import proof
from codes.page import Source
from tests import factories
from tests.acts.test_server import serving
from tests.torture.site import FORM, Visitor, audited, environment, log, tell, ticket
from tests.web.reading import fields

DATABASES = ("SQLite", "PostgreSQL")
SECONDS = 1200
PLANTED = "suggestions are asked for by SQL that holds what somebody typed"
# So many at once, and so many seconds for an answer, which a busy machine may need. What is asked by GET alone is tried
# by a few that take one after the other, as each takes a second to begin.
AT_ONCE, _SHARES, _PATIENT = 3, 9, 300
_JSON, _API = "application/json", "/api/v1/"
# The door puts a ticket and a number, another in each request, in place of these.
_TICKET, _NUMBER = "-TICKET-", "-NUMBER-"
_TOKENED = f"csrfmiddlewaretoken={'t' * 32}"
_TOKEN = "Ab3_-xYz" * 4
# What stands in an address or a query: by the beginning of the address and the name, or by the name alone.
_VALUES = {
    **{"code": "D6010", "number": "1", "first": "1", "second": "2", "year": "2026", "token": _TOKEN, "slug": "book"},
    **{"source": "clip", "scope": "all", "name": "codes.csv", "section": "codes", "step": "made", "id": "cdt"},
    **{"typed": "6010", "q": "thing", "codes": "D6010,D6011", "date": "2026-03-14", "category": "implant services"},
    **{"subcategory": "Things", "status": "active", "verification": "none", "site": "tooth", "tag": "thing"},
    **{"specialty": "general-dentistry", "page": "1", "before": "2", "kind": "law", "publisher": "A press"},
    **{
        "from": "1",
        "to": "2",
        "item": "answer",
        "next": "/codes/",
        "about": "D6010",
        "figure": "D6010",
        "format": "json",
    },
    **{"url": "http://127.0.0.1:8000/codes/D6010/", "maxwidth": "600", "maxheight": "400", "program": "Medicare"},
    **{"limit": "5", "since": "2026-03-02T10:30:00Z", "parent": "1", "body": "Words.", "all": "1"},
    "categories slug": "implant-services",
    "choose slug": "crown",
    "episodes slug": "crown",
    "sources id": "book",
    "follow source": "book",
    "codes name": "Lee",
    "changes source": "import",
    "changes kind": "import",
    "sources kind": "government",
    "oembed format": "json",
}
# Name of a view -> what its query may hold.
ASKED = {
    "home": ["date"],
    "browse": ["category", "subcategory", "status", "verification", "site", "specialty", "tag", "date", "page"],
    "code": ["date"],
    "card": ["date"],
    "fees": ["program", "date"],
    "comments": ["page"],
    "comment": ["name", "parent", "body"],
    "contact": ["about", "figure"],
    "history": ["page"],
    "choose_revisions": ["from", "to"],
    "correct": ["item"],
    "correct_source": ["item"],
    "compare_codes": ["codes", "code", "date"],
    "search": ["q", "category", "status", "site", "page", "date", "all"],
    "date": ["date", "next"],
    "suggest": ["q", "date"],
    "follow": ["tag"],
    "follow_by_server": ["source"],
    "changes": ["source", "category", "code", "before", "page"],
    "oembed": ["format", "url", "maxwidth", "maxheight"],
    "sources": ["kind", "publisher", "page"],
    "worksheet": ["codes", "date"],
    "choose_step": ["date"],
    "choose_chart": ["date"],
    "episode": ["date"],
}
# What no pattern says; a cursor is another in each list, and anything else is refused.
_MORE = [
    *(f"/api/v1/{path}?cursor=Y29kZXN8RDYwMTA*" for path in ("codes", "changes", "sources", "codes/D6010/history")),
    "/6010*",
    "/codes/6010*",
    "/follow/?code=D6010*",
    "/follow/?category=implant+services*",
    "/fhir/metadata?mode=full*&_format=json*",
    "/fhir/CodeSystem?_id=cdt*&url=x*&version=2026*&name=x*&title=x*&status=active*&_summary=true*&_count=1*&_offset=0*",
    "/fhir/ValueSet?_id=cdt*&url=x*&version=2026*&name=x*&title=x*&status=active*&_summary=true*&_count=1*&_offset=0*",
    "/fhir/CodeSystem/cdt-2026*?_summary=true*",
    "/fhir/CodeSystem/cdt*/$lookup?code=D6010*&version=2026*&date=2026-03-14*&property=parent*&displayLanguage=en*",
    "/fhir/CodeSystem/$validate-code?url=http://www.ada.org/cdt*&code=D6010*&display=A+thing*&date=2026*&version=2026*",
    "/fhir/CodeSystem/cdt*/$subsumes?codeA=D6010*&codeB=D6011*&version=2026*",
    "/fhir/ValueSet/cdt*/$expand?filter=thing*&date=2026-03-14*&offset=0*&count=5*&activeOnly=true*&displayLanguage=en*",
    "/fhir/ValueSet/cdt*/$validate-code?code=D6010*&system=http://www.ada.org/cdt*&display=x*&date=2026*&systemVersion=2026*",
]  # fmt: skip
# Where a form is shown, and where it is posted to.
_FORMS = {
    "/contact/": "/contact/",
    "/codes/D6010/comment/": "/codes/D6010/comment/send/",
    "/codes/D6010/correct/": "/codes/D6010/correct/",
    "/sources/book/correct/": "/sources/book/correct/",
    "/follow/": "/follow/",
    "/follow/server/": "/follow/server/",
    "/corrections/lost/": "/corrections/lost/",
    "/check/claim/": "/check/claim/",
    "/check/list/": "/check/list/",
    f"/{settings.ADMIN_PATH}/login/": f"/{settings.ADMIN_PATH}/login/",
    f"/{settings.ADMIN_PATH}/password_reset/": f"/{settings.ADMIN_PATH}/password_reset/",
}
# What makes a form be taken, with one other value in it.
_TYPED = {
    **{"name": "Lee", "body": "Words.", "credit": "Lee", "note": "Words.", "source_title": "A book", "ticket": _TICKET},
    **{"answer:value": "Report it otherwise.", "new.use_when:text": "Words.", "document.title:value": "Another title"},
    **{"url": "https://hooks.example.org/x", "email": f"lee@{_NUMBER}.example.org", "row1-code": "D6010"},
    **{"row1-tooth": "3", "row1-surface": "MO", "row1-area": "10", "paste-text": "D6010 3", "text": "D6010\nD6011"},
    **{"username": "ed", "password": "words", "day": "2026-03-14", "edition": "2025", "row1-day": "2026-03-14"},
}
_CORRECTION = {
    "ticket": _TICKET,
    "base": 1,
    "changes": {"answer": {"value": "Report it otherwise.*"}, "new.faq": {"heading": "Why?*", "text": "Because.*"}},
    **{
        "note": "Words.*",
        "source_title": "A book*",
        "source_url": "https://example.org/*",
        "credit": "Lee*",
        "email": "",
    },
}
_LINE = {"code": "D6010*", "date": "2026-03-14*", "tooth": "3*", "surface": "MO*", "area": "10*"}
_ASKED_BY_BODY = {
    "resourceType": "Parameters",
    "parameter": [{"name": "code", "valueCode": "D6010*"}, {"name": "date", "valueDateTime": "2026-03-14*"}],
}
_PARTS = "".join(
    f'--part\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}*\r\n'
    for name, value in {"text": "D6010", "day": "2026-03-14", "edition": "2025"}.items()
)
_PARTS += "--part--\r\n"
_DIFFERS = re.compile(rb'(?<=name="ticket" value=")[^"]+|(?<=name="csrfmiddlewaretoken" value=")[^"]+')
_POSTED = re.compile("/(send|access|answer|private|reopen|withdraw)/$")
_TAME = ["--batch", "--flush-session", "--disable-coloring", "--ignore-redirects", "--ignore-code=401,404"]
# Not in the path, where no star stands: against a page that is not there it would try each number of columns. But in
# what must be a number too, which it would leave out of a list of addresses.
_TAME += ["--answers=URI injections=N,save scanning time=N"]
_TAME += ["--technique=BEU", f"--timeout={_PATIENT + 10}", "--retries=1"]
_FOUND = "the following injection point"


@dataclass(frozen=True)
class Target:
    """What is asked, by GET without a body; a star stands behind each value that is tried."""

    address: str
    body: str = ""
    kind: str = FORM
    headers: tuple[str, ...] = ()

    @property
    def values(self) -> int:
        return sum(text.count("*") for text in (self.address, self.body, *self.headers))


def cannot() -> str:
    return "" if shutil.which("sqlmap") else "there is no sqlmap (Debian: apt-get install sqlmap)"


def fault() -> None:
    from codes.views import reading

    def suggest(request: HttpRequest) -> JsonResponse:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT number FROM codes_procedurecode WHERE number LIKE '{request.GET.get('q', '')}%'")  # noqa: S608 - the fault
            return JsonResponse({"found": cursor.fetchall()})

    reading.suggest = suggest


def _value(address: str, name: str) -> str:
    return _VALUES.get(f"{address.strip('/').split('/')[0]} {name}") or _VALUES[name]


def _routes(patterns: list, before: str = "/") -> Iterator[tuple[str, str]]:
    """The public address of each pattern, with a star behind what it takes, and its name."""
    for one in patterns:
        route = before + str(one.pattern)
        # The desk is not public; what is asked of an operation stands in _MORE.
        if route.startswith((f"/{settings.ADMIN_PATH}/", _API)) or "$" in route:
            continue
        if isinstance(one, URLResolver):
            yield from _routes(one.url_patterns, route)
        elif isinstance(one, URLPattern) and isinstance(one.pattern, RoutePattern):
            yield re.sub(r"<(?:\w+:)?(\w+)>", lambda found, r=route: f"{_value(r, found[1])}*", route), one.name or ""


def addresses() -> list[str]:
    """Every public address that takes something."""
    found = []
    for route, name in _routes(get_resolver().url_patterns):
        query = "&".join(f"{asked}={quote_plus(_value(route, asked))}*" for asked in ASKED.get(name, ()))
        found.append(f"{route}?{query}" if query else route)
    for path, does in document()["paths"].items():
        if "get" in does:
            asked = [one["name"] for one in does["get"].get("parameters", ()) if one["in"] == "query"]
            asked = [name for name in asked if name != "cursor"]
            route = path.replace(_API, "/")
            path = re.sub(r"{(\w+)}", lambda found, r=route: f"{_value(r, found[1])}*", path)
            query = "&".join(f"{name}={quote_plus(_value(route, name))}*" for name in asked)
            found.append(f"{path}?{query}" if query else path)
    return sorted({address for address in [*found, *_MORE] if "*" in address})


def _prepared() -> dict[str, str]:
    """Something at each address; gives the cookies of whoever sent a correction that waits, one with a question, and
    one that nobody writes to: sqlmap takes minutes for answers with hundreds of edits.
    """
    factories.code("D6010", sources=(Source("clip", "A video", "https://vimeo.com/76979871"),))
    factories.code("D6011")
    factories.document()
    editor = factories.editor()
    for sent in (factories.correction(), factories.source_correction(title="The book, again")):
        corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=sent.live())
    waiting, asked, still = factories.correction(), factories.correction("D6011"), factories.correction()
    corrections.ask(asked, by=editor, text="Where?")
    return {one.token: f"receipt_{one.pk}={proof.cookie(one)}" for one in (waiting, asked, still)}


def _form(visitor: Visitor, shown: str, posted: str) -> Target:
    """Each value of a form; of fields that are named alike but for their item, and of rows, the first."""
    answer = visitor.ask(shown)
    assert answer.status == 200, f"{shown}: {answer.status}"
    form = fields(SimpleNamespace(content=answer.body))
    form |= {name: value for name, value in _TYPED.items() if name in form}
    if shown == "/follow/":
        form["how_often"] = "weekly"
    stars, pairs = set(), []
    for name, value in form.items():
        if name == "csrfmiddlewaretoken":
            pairs.append(_TOKENED)
            continue
        alike = re.sub(r"^row\d+|^[^:]+(?=:(text|heading|note|title|url)$)", "", name)
        star = "" if alike in stars or name == "ticket" else "*"
        stars.add(alike)
        pairs += [
            f"{quote(name, safe=':')}={quote_plus(one)}{star}"
            for one in (value if isinstance(value, list) else [value])
        ]
    return Target(posted, "&".join(pairs))


def targets(visitor: Visitor, waiting: str, asked: str, still: str) -> list[Target]:
    """All of them; these are the tokens of three receipts."""
    found = [Target(address, _TOKENED if _POSTED.search(address) else "") for address in addresses()]
    found += [_form(visitor, shown, posted) for shown, posted in _FORMS.items()]
    found += [_form(visitor, *[f"/corrections/{waiting}/edit/"] * 2)]
    found += [Target(f"/corrections/{asked}*/answer/", f"{_TOKENED}&ticket={_TICKET}&text=There.*&access=K7QMA-2XNAP*")]
    found += [
        Target(f"/corrections/{waiting}*/access/", f"{_TOKENED}&access=K7QMA-2XNAP*"),
        Target(f"/corrections/{still}*/"),
    ]
    found += [
        Target("/api/v1/codes/D6011*/corrections", json.dumps(_CORRECTION), _JSON),
        Target("/api/v1/checks/claim", json.dumps({"date": "2026-03-14*", "text": "D6010*", "lines": [_LINE]}), _JSON),
        Target("/api/v1/checks/list", _PARTS, "multipart/form-data; boundary=part"),
        Target("/fhir/CodeSystem/cdt/$lookup", json.dumps(_ASKED_BY_BODY), _JSON),
        Target("/fhir/CodeSystem/_search", "_id=cdt*&name=x*"),
        Target("/codes/D6010/", headers=("Cookie: date_of_service=2026-03-14*", 'If-None-Match: "x*"')),
        Target(f"/corrections/{still}/", headers=("Cookie: receipt_1=x*", "Accept-Language: en*")),
    ]
    return found


class Door(BaseHTTPRequestHandler):
    """Passes what it is asked on to the site, and counts what is answered."""

    protocol_version = "HTTP/1.1"
    port: int
    cookies: list[str]
    numbers: Iterator[int]
    statuses: Counter
    wrong: list[str]

    def do_GET(self) -> None:
        number, body = next(self.numbers), self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = body.replace(_TICKET.encode(), ticket().encode()).replace(_NUMBER.encode(), b"%d" % number)
        kept = {
            name: value for name, value in self.headers.items() if name not in ("Host", "Connection", "Content-Length")
        }
        kept["X-Forwarded-For"] = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        if body:
            kept["Cookie"] = "; ".join([f"csrftoken={'t' * 32}", *self.cookies])
        try:
            site = HTTPConnection("127.0.0.1", self.port, timeout=_PATIENT)
            site.request(self.command, self.path, body or None, kept)
            answer = site.getresponse()
            status, said, kind = answer.status, answer.read(), answer.headers.get("Content-Type", "")
            site.close()
        except (OSError, HTTPException) as error:
            status, said, kind = 599, str(error).encode(), "text/plain"
        self.statuses[status] += 1
        # 501: that there is no such format; 503: that another list is being read.
        if status >= 500 and (status, self.path.partition("?")[0]) not in OTHERWISE:
            self.wrong.append(f"{status} to {self.command} {self.path[:300]} {body[:300]!r}")
        said = _DIFFERS.sub(b"the-same", said)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_GET  # noqa: N815 - as the library calls it

    def log_message(self, *told: object) -> None:
        pass


OTHERWISE = {(501, "/oembed"), (503, "/check/list/"), (503, "/api/v1/checks/list")}


@contextmanager
def door(site: int, cookies: list[str]) -> Iterator[type[Door]]:
    """Opens it at a port of its own, which is then `opened`."""
    mine = type(
        "Opened", (Door,), {"port": site, "cookies": cookies, "numbers": count(1), "statuses": Counter(), "wrong": []}
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), mine) as opened:
        mine.opened = opened.server_port
        Thread(target=opened.serve_forever, daemon=True).start()
        yield mine
        opened.shutdown()


def attack() -> str:
    receipts = _prepared()
    served = environment(settings.BASE_DIR, os.environ["DATABASE_URL"], os.environ["PLANTED"])
    with (
        serving(served, log(), "--workers", "2") as server,
        door(server.port, [*receipts.values()]) as opened,
        TemporaryDirectory() as folder,
    ):
        visitor = Visitor(server.port, cookies=tuple(receipts.values()))
        # What takes longest first, so that nothing waits for it alone in the end; before it what the fault is in.
        found = sorted(targets(visitor, *receipts), key=lambda one: ("suggest" not in one.address, -one.values))
        _tried(opened, found[:1], folder)
        with ThreadPoolExecutor(AT_ONCE) as tried:
            try:
                for _ in tried.map(lambda those: _tried(opened, those, folder), _shares(found[1:])):
                    pass
            finally:
                tried.shutdown(cancel_futures=True)
    audited()
    connection.close()
    return (
        f"sqlmap on {_values(found)} values of {len(found)} addresses, forms and bodies,"
        f" {sum(opened.statuses.values()):,} requests: none can be injected, no 500"
    )


def _shares(found: list[Target]) -> list[list[Target]]:
    """What one sqlmap tries, one after the other: addresses, or a form, a body or a header by itself."""
    bare = [one for one in found if not one.body and not one.headers]
    shares = [bare[place::_SHARES] for place in range(_SHARES)]
    shares += [[one] for one in found if one not in bare]
    # A password is hashed, half a second long: not last, when nothing else is left to do meanwhile.
    return sorted(filter(None, shares), key=lambda those: ("/login/" not in those[0].address, -_values(those)))


def _values(those: list[Target]) -> int:
    return sum(one.values for one in those)


def _tried(opened: type[Door], those: list[Target], folder: str) -> None:
    for one in those:
        tell(f"{one.address} {one.body[:60]}")
    engine, own = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor], f"{folder}/{abs(hash(those[0]))}"
    addresses = [f"http://127.0.0.1:{opened.opened}{one.address}" for one in those]
    Path(f"{own}.txt").write_text("\n".join(addresses))
    # In a file it takes no address without a star.
    asked = ["-m", f"{own}.txt"] if len(those) > 1 else ["-u", addresses[0]]
    command = ["sqlmap", *asked, f"--dbms={engine}", *_TAME, f"--output-dir={own}"]
    command += [part for header in those[0].headers for part in ("-H", header)]
    if those[0].body:
        command += ["--data", those[0].body, "-H", f"Content-Type: {those[0].kind}"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "HOME": folder},
    )
    for said in done.stdout.split("testing URL '")[1:]:
        address = said.partition("'")[0].removeprefix(f"http://127.0.0.1:{opened.opened}")
        assert _FOUND not in said, f"{address} can be injected: {said[said.index(_FOUND) :][:300]}"
    fine = done.stdout.count("all tested parameters do not appear to be injectable")
    assert fine == len(those), f"{fine} of {len(those)} were tried, {addresses}: {done.stdout[-300:]}"
    assert not opened.wrong, opened.wrong[0]
