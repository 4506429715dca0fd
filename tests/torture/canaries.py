"""An address, names, tokens, a network address and more, each typed where it belongs; then everything that the site
gives, logs, mails and stores is read to its end for them, and again after `forget`.
"""

import gzip
import http.client
import http.server
import io
import json
import logging
import os
import re
import subprocess
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from email import message_from_string, policy
from hashlib import sha256
from hmac import new as hmac
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote, unquote, urlencode, urlsplit

import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client, override_settings
from django.utils import timezone

from codes.acts import corrections, following
from codes.acts.publishing import latest
from codes.api.v1 import document
from codes.mail import hooks, outbox, proof
from codes.models import Address, Correction, Follow, Mail, tokens
from codes.models import code as codes_of
from comments import moderation
from comments.models import Comment, Message
from tests import factories
from tests.acts.test_server import serving
from tests.entering import enter
from tests.private_postgres import binaries
from tests.torture.site import FORM, audited, environment, log, manage, tell, ticket
from tests.web.reading import fields

DATABASES = ("SQLite", "PostgreSQL")
SECONDS = 600
PLANTED = "under a change stands the address of who gave no name"
_CODE = "D6010"
# What whoever sends something gives, and what of it may be nowhere but where it belongs.
_ADDRESS, _NAME, _WORDS = "kestrel@aviary.example.org", "Merlin Plover", "Petrels nest here."
_IP, _BROWSER = "203.0.113.77", "Godwit/1.0"
_LIST, _WHO, _PASSWORD = "Dunlin", "turnstone", "Sandpiper-1-password"
_OTHERS = ("heron@pond.example.net", "ed@pond.example.net", "operator@pond.example.net")
_METRICS = "metrics-token-of-the-attack"
# Of one page so many lists that differ by what is asked.
_ASKED_OF_ONE, _MOST = 4, 900


def fault() -> None:
    def credit(self: codes_of.Revision) -> str:
        correction = getattr(self, "correction", None)
        return correction.credit or correction.email if correction else "the editors"

    codes_of.Revision.credit = property(credit)


class Nest:
    """The canaries: what each is called -> how it is written, in lower case."""

    def __init__(self) -> None:
        self.typed = {"address": "aviary", "network address": _IP, "browser": "godwit", "list": "dunlin"}
        self.typed |= {"unknown account": _WHO, "wrong password": "sandpiper"}
        self.private = {"name": "plover", "unpublished words": "petrels"}
        self.tokens: dict[str, str] = {}
        self.networks: dict[str, str] = {}
        self.read, self.places = 0, Counter()

    def hatch(self) -> None:
        """The tokens of what is there by now."""
        for one in Correction.objects.all():
            self.tokens |= {f"receipt {one.pk}": one.token, f"cookie {one.pk}": proof.cookie(one)}
            self.tokens[f"access code {one.pk}"] = proof.code(one)
        self.tokens |= {f"mail {one.pk}": one.token for one in Mail.objects.all()}
        for one in Address.objects.all():
            self.tokens |= {f"address {one.pk}": one.token, f"follows {one.pk}": tokens.make("follows", one.pk)}
        for one in Follow.objects.all():
            self.tokens |= {f"follow {one.pk}": one.token, f"secret {one.pk}": hooks.secret(one)}
        for model in (Correction, Comment, Message):
            names = model.objects.exclude(network="").values_list("network", flat=True)
            self.networks |= {f"network {name[:4]}": name for name in names}

    @property
    def all(self) -> dict[str, str]:
        return self.typed | self.private | self.tokens | self.networks

    def look(self, where: str, text: bytes, wanted: dict[str, str]) -> None:
        self.read += len(text)
        self.places[where.partition(" ")[0]] += 1
        for whole in _opened(text):
            low = whole.lower()
            for name, canary in wanted.items():
                assert canary.lower().encode() not in low, f"{where} has the {name}: {_around(whole, canary)}"


def _opened(text: bytes) -> Iterator[bytes]:
    """A file as it is, or what is packed in it."""
    yield text
    if text[:4] == b"PK\3\4":
        with zipfile.ZipFile(io.BytesIO(text)) as packed:
            for name in packed.namelist():
                yield from _opened(packed.read(name))
    elif text[:2] == b"\x1f\x8b":
        yield from _opened(gzip.decompress(text))


def _around(text: bytes, canary: str) -> str:
    place = text.lower().index(canary.lower().encode())
    return ascii(text[max(place - 60, 0) : place + 60])


class Bird:
    """Who sends and reads, from one network and with one browser."""

    def __init__(self, port: int):
        self.port, self.busy = port, 0

    def ask(self, path: str, typed: dict | bytes | None = None, kind: str = FORM, **more: str) -> tuple[int, bytes]:
        """Status, and the head and body of an answer."""
        token = "t" * 32
        headers = {"X-Forwarded-For": _IP, "User-Agent": _BROWSER, "Referer": "https://godwit.example.net/"}
        headers |= {"Cookie": f"csrftoken={token}", **more}
        if isinstance(typed, dict):
            typed = urlencode({"csrfmiddlewaretoken": token, **typed}, doseq=True).encode()
        if typed is not None:
            headers["Content-Type"] = kind
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as asked:
            asked.request("GET" if typed is None else "POST", path, typed, headers)
            got = asked.getresponse()
            body = got.read()
            return got.status, str(got.headers).encode() + body

    def read(self, path: str) -> tuple[int, bytes]:
        """The same; on a machine that is too busy for its database it is asked for again, as the answer says."""
        for _ in range(60):
            status, said = self.ask(path)
            if status != 503:
                break
            self.busy += 1
            time.sleep(1)
        return status, said

    def form(self, path: str, shown: str = "") -> dict:
        head, _, body = self.ask(shown or path)[1].partition(b"\n\n")
        return fields(SimpleNamespace(content=body)) | {"ticket": ticket()}

    def send(self, path: str, typed: dict, status: int = 302) -> None:
        answer, said = self.ask(path, typed)
        assert answer == status, f"{path}: {answer} {said[-300:]!r}"


@contextmanager
def _receiver() -> Iterator[http.server.ThreadingHTTPServer]:
    """A follower's server on this machine; `got` is what it was sent, as it was sent."""

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.got.append(str(self.headers).encode() + body)
            asked = json.loads(body)["data"].get("challenge", "")
            proof_of = hmac(self.server.key, asked.encode(), sha256).hexdigest().encode() if asked else b""
            self.send_response(200)
            self.send_header("Content-Length", str(len(proof_of)))
            self.end_headers()
            self.wfile.write(proof_of)

        def log_message(self, *said: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener) as made:
        made.got, made.key = [], b""
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def _say(bird: Bird) -> None:
    """Everything that somebody without an account can type is typed."""
    who = {"email": _ADDRESS}
    correct, source = f"/codes/{_CODE}/correct/", "/sources/book/correct/"
    form = bird.form(correct) | {"send": "1", **who}
    for said in ("Report it when the bird sings.", "Report it at dawn.", "Report it at dusk."):
        bird.send(correct, form | {"ticket": ticket(), "answer:value": said})
    private = {"answer:value": _WORDS, "credit": _NAME, "note": _WORDS}
    bird.send(correct, form | {"ticket": ticket(), **private})
    bird.send(source, bird.form(source) | {"send": "1", "document.title:value": "The bird book", **who})
    given = {"ticket": ticket(), "changes": {"answer": {"value": _WORDS}}, "credit": _NAME, "note": _WORDS, **who}
    status, said = bird.ask(f"/api/v1/codes/{_CODE}/corrections", json.dumps(given).encode(), "application/json")
    assert status == 201, said[-300:]
    comment, send = f"/codes/{_CODE}/comment/", f"/codes/{_CODE}/comment/send/"
    for name, body in (("A Reader", "Birds sing."), (_NAME, _WORDS)):
        bird.send(send, bird.form(comment) | {"name": name, "body": body, "tell": "on", **who})
    bird.send("/contact/", bird.form("/contact/") | {"name": _NAME, "body": _WORDS, **who})
    bird.send("/corrections/lost/", bird.form("/corrections/lost/") | who, 200)
    follow = f"/follow/?code={_CODE}"
    bird.send(follow, bird.form(follow) | {"how_often": "at_once", **who})


def _try(bird: Bird, one: Correction) -> None:
    """What is wrong, of which the log tells; and what is read in memory alone."""
    receipt = one.get_absolute_url()
    bird.ask(f"{receipt}access/", {"access": "WRONG-CODES"})
    bird.ask(f"{receipt}access/", {"access": proof.code(one)})
    for wrong in ("edit", "withdraw", "answer", "reopen", "private"):
        bird.ask(f"{receipt}{wrong}/", {"text": _WORDS, "email": _ADDRESS})
        bird.ask(f"{receipt}{wrong}/no/such/page/")
    known = Address.objects.get(digest=outbox.digest(_ADDRESS))
    for page in ("confirm/no", "unsubscribe/no"):
        bird.ask(f"/mail/{known.token}/{page}/")
    for form in (f"/codes/{_CODE}/correct/", "/contact/", "/follow/", "/follow/server/"):
        bird.ask(form, {"email": _ADDRESS, "name": _NAME, "body": "", "ticket": "forged", "url": "ftp://x"})
    bird.ask("/contact/", {"email": _ADDRESS, "name": _NAME}, Cookie="csrftoken=none")
    bird.ask("/admin/login/", {"username": _WHO, "password": _PASSWORD})
    bird.ask("/admin/login/", {"username": _ADDRESS, "password": _PASSWORD})
    bird.ask("/admin/password_reset/", {"email": _ADDRESS})
    typed = {"text": f"{_LIST}\t{_CODE}\n{_LIST}\tD9999", "edition": "2025"}
    bird.ask("/check/list/", bird.form("/check/list/") | typed)
    bird.ask("/check/claim/", {**bird.form("/check/claim/"), "paste-text": f"{_LIST} {_CODE}", "row1-code": _LIST})
    lines = {"lines": [{"code": _LIST}]}
    bird.ask("/api/v1/checks/claim", json.dumps(lines).encode(), "application/json")
    given = {"resourceType": "Parameters", "parameter": [{"name": "code", "valueCode": _LIST}]}
    bird.ask("/fhir/CodeSystem/$lookup", json.dumps(given).encode(), "application/fhir+json")
    for path in ("/search/?q=", "/no/such/page/?", "/suggest.json?q=", "/codes/?category=", f"/codes/{_CODE}/?date="):
        bird.ask(path + quote(f"{_ADDRESS} {_NAME}"))
    bird.ask("/", Host="elsewhere.example.net")


def _decide(editor: User) -> None:
    """Two are published, one of a code and one of a source; two are declined, one of them for all to see."""
    sent = list(Correction.objects.filter(code=_CODE, credit="").order_by("pk"))
    for one in (sent[0], Correction.objects.get(code=None)):
        outbox.confirm(Address.objects.get(digest=outbox.digest(_ADDRESS)))
        corrections.accept(one, by=editor, items=dict.fromkeys(one.items), seen=one.live())
    Correction.objects.filter(pk=sent[1].pk).update(may_show=True)
    corrections.reject(Correction.objects.get(pk=sent[1].pk), by=editor, reason="No bird does.")
    corrections.release(Correction.objects.get(pk=sent[1].pk), by=editor)
    corrections.ask(sent[2], by=editor, text="Which bird?")
    corrections.answer(Correction.objects.get(pk=sent[2].pk), _WORDS)
    moderation.reply(Comment.objects.get(name="A Reader"), by=editor, body="They do.")
    moderation.answer(Message.objects.get(name=_NAME), by=editor, text="Thank you.")


def _follow(editor: User, url: str) -> Follow:
    """Who reads a change by mail, by a server, and as an editor; gives that of the server, which is the bird's own."""
    following.follow(f"code {_CODE}", "at_once", _OTHERS[0])
    following.follow(Follow.QUEUE, "at_once", editor.email, editor=editor)
    following.follow(f"code {_CODE}", "at_once", _ADDRESS, url=url)
    Follow.objects.filter(url="").update(confirmed_at=timezone.now())
    return Follow.objects.get(url=url)


def _break() -> None:
    """What is written to the editors is refused by the database, which quotes the row."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE comments_message ADD CONSTRAINT none_today CHECK (false) NOT VALID")
        else:
            cursor.execute(
                "CREATE TRIGGER none_today BEFORE INSERT ON comments_message"
                " BEGIN SELECT RAISE(ABORT, 'none today'); END"
            )


def _mend() -> None:
    with connection.cursor() as cursor:
        postgresql = connection.vendor == "postgresql"
        cursor.execute(
            "ALTER TABLE comments_message DROP CONSTRAINT none_today" if postgresql else "DROP TRIGGER none_today"
        )


def _tick() -> str:
    """All mails that wait, and what the command says; the second time to a server that is not there."""
    Mail.objects.update(not_before=timezone.now())
    # Only a site with DEBUG sends changes to its own machine.
    said = [manage("tick", DEBUG="on", UNDO_MINUTES="0", LOG_FORMAT="json")]
    corrections.mail_access(Correction.objects.filter(state="pending").first())
    said.append(manage("tick", EMAIL_URL="smtp://127.0.0.1:1", UNDO_MINUTES="0"))
    assert [one.returncode for one in said] == [0, 0], said[0].stderr
    assert not Mail.objects.filter(kind=Mail.Kind.HOOK, sent_at=None).exists()
    return "".join(one.stdout + one.stderr for one in said)


def _seeds(bird: Bird) -> list[str]:
    """Where no link leads, or none that is written in HTML."""
    found = ["/", "/robots.txt", "/sitemap.xml", "/cards.json", "/suggest.json?q=D60", "/suggest.json?q=kestrel"]
    found += ["/healthz", "/readyz", "/.well-known/security.txt", "/api/v1/openapi.json", "/search/?q=plover"]
    found += [f"/codes/{_CODE}/{page}" for page in ("card/", "feed.atom", "picture.png", "history/2/", "compare/1..2/")]
    site = quote(f"http://127.0.0.1:{bird.port}/codes/{_CODE}/")
    found += [f"/oembed?url={site}", "/search/?q=aviary", "/codes/?tag=thing", "/data/all/content.json"]
    places = {"code": _CODE, "number": "2", "id": "book", "year": "2026"}
    for path, methods in document()["paths"].items():
        if "get" in methods:
            found.append(re.sub(r"\{(\w+)\}", lambda place: places[place[1]], path))
    found += ["/api/v1/compare?codes=D6010&codes=D6011", f"/api/v1/codes/{_CODE}/compare?first=1&second=2"]
    lookup = f"system=http://www.ada.org/cdt&code={_CODE}"
    found += ["/fhir/metadata", "/fhir/CodeSystem", "/fhir/ValueSet", f"/fhir/CodeSystem/$lookup?{lookup}"]
    return [*found, "/fhir/ValueSet/$expand?url=http://www.ada.org/cdt?fhir_vs", "/fhir/CodeSystem/cdt"]


def _walk(bird: Bird, nest: Nest, wanted: dict[str, str]) -> int:
    """Every public address that a link leads to, of each list some of its pages; gives how many."""
    waiting, known, asked = _seeds(bird), set(), Counter()
    with ThreadPoolExecutor(6) as wings:
        while waiting:
            fresh = []
            for path in waiting:
                place = urlsplit(path).path
                if path not in known and asked[place] < _ASKED_OF_ONE and not place.startswith(("/static/", "/admin")):
                    known.add(path)
                    asked[place] += 1
                    fresh.append(path)
            assert len(known) < _MOST, "the site has no end"
            answers = list(wings.map(bird.read, fresh))
            waiting = []
            for path, answer in zip(fresh, answers, strict=True):
                waiting += _page(nest, path, *answer, wanted)
    return len(known)


def _page(nest: Nest, path: str, status: int, said: bytes, wanted: dict[str, str]) -> Iterator[str]:
    """Looks at an answer; gives where its links lead on the site."""
    assert status < 500, f"{path}: {status}"
    # What somebody asks for stands in the answer.
    asked_for = unquote(path).lower()
    nest.look(f"page {path}", said, {k: v for k, v in wanted.items() if v not in asked_for})
    text = said.decode(errors="replace").replace("&amp;", "&")
    for link in re.findall(r'(?:(?:href|src|action|content)="|<loc>)([^"<#]+)', text):
        local = re.sub(r"^http://127\.0\.0\.1:\d+", "", link)
        if local.startswith("/") and not local.startswith("//"):
            yield local


def _receipts(bird: Bird, nest: Nest) -> None:
    """Whoever has the link reads what was sent, and neither the address nor what lets one act."""
    for one in Correction.objects.all():
        status, said = bird.ask(one.get_absolute_url())
        assert status == 200
        own = {f"receipt {one.pk}", "name", "unpublished words"}
        nest.look(f"receipt {one.pk}", said, {k: v for k, v in nest.all.items() if k not in own})


def _desk(nest: Nest) -> int:
    """Every page of the desk, as each role: no token, no network address; an address where it is to be answered."""
    from tests.admin import test_matrix as matrix

    world = {"correction": Correction.objects.filter(state="pending").first(), "user": User.objects.first()}
    world |= {"comment": Comment.objects.filter(state="held").first(), "message": Message.objects.first()}
    world |= {"procedurecode": latest(_CODE).code, "edition": codes_of.Edition.objects.first()}
    world |= {"document": Correction.objects.get(code=None).document}
    read = 0
    for number, role in enumerate(sorted(matrix.EVERYBODY)):
        desk = Client(headers={"host": "127.0.0.1"}, raise_request_exception=False)
        given = [] if role == "view only" else [role]
        account = factories.account(f"desk-{number}", *given)
        if not given:
            tables = ContentType.objects.get_for_models(*matrix.admin.site._registry).values()
            views = matrix.Permission.objects.filter(codename__startswith="view_", content_type__in=tables)
            account.user_permissions.set(views)
        enter(desk, account)
        for path, name in matrix.DESK:
            if name in matrix.DOORS | matrix.NOWHERE | {"logout"}:
                continue
            wanted = nest.tokens | {k: v for k, v in nest.typed.items() if k not in ("unknown account",)}
            if name in matrix.SHOWS_ADDRESS and role in matrix.allowed(name):
                wanted.pop("address")
            answer = desk.get(matrix.address(path, name, world))
            assert answer.status_code < 500, f"{path}: {answer.status_code}"
            if answer.status_code >= 400:
                wanted |= nest.private
            nest.look(f"desk {path} as {role}", answer.getvalue(), wanted)
            read += answer.status_code == 200
    return read


def _letters() -> list[tuple[str, str]]:
    """Whom each mail went to, and all of it in words."""
    found = []
    for file in Path(settings.EMAIL_FILE_PATH).glob("*"):
        for one in re.split(r"(?m)^-{79}\n", file.read_text()):
            if one.strip():
                mail = message_from_string(one, policy=policy.default)
                parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
                found.append((mail["To"], "\n".join([str(mail.items()), *parts])))
    return found


def _mailed(nest: Nest) -> Counter[str]:
    """Nothing of the bird is in the mail of others; in its own there is no more than it needs."""
    got: Counter[str] = Counter()
    for to, text in _letters():
        got[to] += 1
        if to == _ADDRESS:
            wanted = nest.networks | {k: nest.typed[k] for k in ("network address", "browser")} | nest.private
            wanted |= {k: v for k, v in nest.tokens.items() if k.startswith(("secret", "cookie"))}
            if "Is this your e-mail address?" in text:
                wanted |= {k: v for k, v in nest.tokens.items() if k.startswith(("receipt", "access"))}
        else:
            own = {f"{kind} {pk}" for pk in _own(to) for kind in ("address", "follows")}
            own |= {f"follow {one.pk}" for one in Follow.objects.filter(email=to)}
            wanted = {k: v for k, v in nest.all.items() if k not in own}
        nest.look(f"mail to {to}", text.encode(), wanted)
    assert all(got[to] for to in (_ADDRESS, *_OTHERS)), f"mails: {dict(got)}"
    return got


def _own(email: str) -> list[int]:
    return list(Address.objects.filter(digest__in=outbox.digests(email)).values_list("pk", flat=True))


def _stored(nest: Nest, kept: dict[str, str]) -> None:
    """None of all in the files of var/, but mails, which a mail server would have, and backups; in those of the
    database none of `kept`.
    """
    connections.close_all()  # Closing a file of SQLite's ends the locks that its process has.
    database = Path(settings.DATABASES["default"]["NAME"]).name
    for file in settings.VAR.rglob("*"):
        if file.is_file() and Path(settings.EMAIL_FILE_PATH) not in file.parents and file.suffix != ".zip":
            wanted = kept if file.name.startswith(database) else nest.all
            nest.look(f"file {file.relative_to(settings.VAR)}", file.read_bytes(), wanted)
    if connection.vendor == "postgresql":
        dump = [binaries() / "pg_dump", os.environ["DATABASE_URL"]]
        nest.look("dump", subprocess.run(dump, check=True, capture_output=True).stdout, kept)


def _forgotten(nest: Nest, editor: User, bird: Bird) -> None:
    """Everything is decided and ended; 40 days later it is forgotten."""
    address = Address.objects.get(digest=outbox.digest(_ADDRESS))
    bird.ask(f"/mail/{tokens.make('follows', address.pk)}/unfollow/", {"List-Unsubscribe": "One-Click"})
    while one := Correction.objects.filter(state__in=Correction.OPEN).first():  # And what says the same with it.
        corrections.reject(one, by=editor, reason="No.")
    moderation.hide(Comment.objects.get(state="held"), by=editor)
    for message in Message.objects.filter(done_at=None):
        moderation.finish(message, by=editor)
    said = io.StringIO()
    with time_machine.travel(timezone.now() + timedelta(days=40)):
        call_command("forget", stdout=said, stderr=said)
    assert "Erased: " in said.getvalue(), said.getvalue()
    assert "busy" not in said.getvalue(), said.getvalue()


def _backed_up(name: str) -> Path:
    made = settings.VAR / name
    done = manage("backup", str(made))
    assert done.returncode == 0, done.stderr
    return made


def _packed(made: Path) -> list[bytes]:
    """A backup as it is, and the dump of PostgreSQL in it as SQL."""
    found = [made.read_bytes()]
    if connection.vendor == "postgresql":
        with zipfile.ZipFile(made) as packed:
            dump = [binaries() / "pg_restore", "-f", "-"]
            done = subprocess.run(dump, input=packed.read("database.dump"), check=True, capture_output=True)
            found.append(done.stdout)
    return found


def _world() -> User:
    factories.code(_CODE, **factories.RICH)
    factories.code("D6011")
    factories.document()
    codes_of.Edition.objects.create(year=timezone.now().year + 1)
    editor = factories.editor()
    User.objects.filter(pk=editor.pk).update(email=_OTHERS[1])
    editor.refresh_from_db()
    return editor


def _lived(bird: Bird, nest: Nest, editor: User, receiver: http.server.ThreadingHTTPServer) -> str:
    """Everything is typed, done, decided and mailed; what the commands said."""
    _say(bird)
    hook = _follow(editor, f"http://127.0.0.1:{receiver.server_port}/hook")
    receiver.key = tokens.keys("hook", hook.pk)[0]
    with override_settings(DEBUG=True):  # Only such a site asks its own machine.
        assert following.confirm_server(hook)
    _try(bird, Correction.objects.order_by("pk").last())
    _decide(editor)
    _break()
    status, _ = bird.ask("/contact/", bird.form("/contact/") | {"name": _NAME, "body": _WORDS, "email": _ADDRESS})
    _mend()
    assert status in (500, 503), status
    nest.hatch()
    said = _tick()
    nest.hatch()
    assert re.search("none.today", log().read_text()), "the error is not logged"
    return said


def _read(bird: Bird, nest: Nest, receiver: http.server.ThreadingHTTPServer, said: str) -> str:
    """Everything that the site gives, but its files."""
    pages = _walk(bird, nest, nest.all)
    _receipts(bird, nest)
    tell(f"{pages} pages")
    nest.look("metrics", bird.ask("/metrics", Authorization=f"Bearer {_METRICS}")[1], nest.all)
    desk = _desk(nest)
    tell(f"{desk} pages of the desk")
    mails = _mailed(nest)
    assert receiver.got, "no server was told"
    for body in receiver.got:
        nest.look("webhook", body, nest.all)
    nest.look("log of tick", said.encode(), nest.all)
    busy = f" ({bird.busy} times asked again after a 503)" if bird.busy else ""
    return f"{pages} public pages twice{busy}, {desk} of the desk, {mails.total()} mails, {len(receiver.got)} webhooks"


def attack() -> str:
    logging.disable(logging.ERROR)  # The desk refuses most of what is asked.
    editor = _world()
    served = environment(settings.BASE_DIR, os.environ["DATABASE_URL"], os.environ["PLANTED"])
    served |= {"METRICS_TOKEN": _METRICS, "ERRORS_TO": _OTHERS[2], "LOG_FORMAT": "json"}
    nest = Nest()
    nest.private["secret key"] = os.environ["SECRET_KEY"]
    with (
        override_settings(UNDO_MINUTES=0),
        serving(served, log(), "--workers", "2") as server,
        _receiver() as receiver,
    ):
        bird = Bird(server.port)
        said = _lived(bird, nest, editor, receiver)
        tell("said, decided and mailed")
        read = _read(bird, nest, receiver, said)
        _stored(nest, {name: canary for name, canary in nest.typed.items() if name != "address"} | nest.tokens)
        before = _backed_up("before.zip")
        _forgotten(nest, editor, bird)
        gone = nest.typed | nest.tokens | nest.networks
        _stored(nest, gone)
        for text in _packed(_backed_up("after.zip")):
            nest.look("backup", text, gone)
        _walk(bird, nest, nest.all)
    # What is looked for is found where it is.
    held = (whole for text in _packed(before) for whole in _opened(text))
    assert any(nest.typed["address"].encode() in whole for whole in held), "a backup made before does not hold it"
    audited()
    return f"{len(nest.all)} canaries; {read}, logs, /metrics, files, dump and backup: {nest.read / 1e6:.0f} MB read"
