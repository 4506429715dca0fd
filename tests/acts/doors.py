"""Three doors with threads, connections and clocks as of processes: each read is what Django makes at that moment.

Two share a folder, as the workers of one machine do; the third is another machine. A deed of `race`.
"""

import io
import logging
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import time_machine
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from cdtsite.kept.door import Door
from cdtsite.kept.store import Kept
from codes.acts import corrections, editions, verifying
from codes.acts.publishing import latest, publish, revert
from codes.mail import outbox
from codes.models import Correction, ProcedureCode, RateCount, Revision, Stamp, today
from codes.page.merge import Conflict
from comments import moderation
from comments.models import Comment
from tests import factories

CODES = ("D6010", "D6011", "D6012", "D6013")
PER_CODE = (
    "", "?date=2020-03-14", "check/", "feed.atom", "history/", "history/1/", "compare/1..2/", "picture.png",
)  # fmt: skip
PAGES = (
    "/", "/codes/", "/codes/?category=implant%20services", "/codes/?date=2020-03-14", "/compare/",
    "/compare/?codes=D6010,D6011", "/changes/", "/changes/feed.atom", "/categories/implant-services/feed.atom",
    "/policy/", "/about/", "/guides/editions/", "/sitemap.xml",
    "/fhir/CodeSystem/cdt", "/fhir/ValueSet/cdt-active/$expand", "/fhir/ValueSet/cdt-implant-services/$expand",
    *(f"/fhir/CodeSystem/cdt/$lookup?code={c}" for c in CODES),
    *(f"/codes/{c}/{p}" for c in CODES for p in PER_CODE),
)  # fmt: skip
# A few words, so that pages often say the same again.
WORDS = st.sampled_from(["One.", "Two.", "See D6012.", "Not with D6013, which is another."])
codes, doors, picks = st.sampled_from(CODES), st.integers(0, 2), st.integers(0, 5)
_REFUSED = (Conflict, ValueError, corrections.AlreadyDecided, corrections.NotNow, corrections.OwnCorrection)


def ask(application, address: str) -> tuple:
    """Status, headers and body of an answer."""
    path, _, query = address.partition("?")
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "127.0.0.1",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(),
    }  # fmt: skip
    said: list = []
    answer = application(environ, lambda status, headers: said.extend([status[:3], sorted(headers)]))
    body = b"".join(answer)
    getattr(answer, "close", lambda: None)()
    return (*said, body)


def _lines(answer: tuple) -> list[str]:
    status, headers, body = answer
    return [status, *map(str, headers), *body.decode(errors="replace").split("\n")]


class Site(RuleBasedStateMachine):
    """What anybody does, in any order, and reads in between; `lies` are answers that were not what Django made."""

    lies: ClassVar[list[tuple]] = []

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        django = get_wsgi_application()
        places = [Path(self.folder.name) / machine / "release" for machine in ("one", "one", "other")]
        self.doors = [Door(django, Kept(place)) for place in places]
        self.threads = [ThreadPoolExecutor(1) for _ in self.doors]
        self.django = django
        self.clock = time_machine.travel(timezone.now().replace(hour=17))
        self.clock.start()
        for number in CODES[:2]:
            if not ProcedureCode.objects.filter(number=number).exists():
                factories.code(number, **factories.RICH)
        users = get_user_model().objects
        self.editors = [users.get_or_create(username=name)[0] for name in ("ed", "eve")]

    def teardown(self) -> None:
        for thread in self.threads:
            thread.submit(connections.close_all).result()
            thread.shutdown()
        self.clock.stop()
        self.folder.cleanup()

    @initialize(addresses=st.lists(st.sampled_from(PAGES), min_size=5, max_size=9, unique=True))
    def is_read_at(self, addresses):
        """These pages are read, and no others: so each act meets many that are kept."""
        self.addresses = addresses

    @rule(door=doors)
    def is_read(self, door):
        sent = Correction.objects.order_by("-pk").values_list("pk", flat=True)[:2]
        for address in [*self.addresses, *(f"/changes/{pk}/" for pk in sent)]:
            self.compare(door, address)

    @invariant()
    def hands_out_no_old_page(self):
        made: dict[str, tuple] = {}
        for door, at in enumerate(self.doors):
            for address, page in dict(at.kept._held).items():
                if self.threads[door].submit(page.is_true).result():
                    self.compare(door, address, made)

    def compare(self, door: int, address: str, made: dict[str, tuple] | None = None) -> None:
        seen = self.threads[door].submit(ask, self.doors[door], address).result()
        new = ask(self.django, address) if made is None else made.setdefault(address, ask(self.django, address))
        if seen != new:
            self.lies.append((address, sorted(set(_lines(seen)) ^ set(_lines(new)))))
        assert not self.lies

    @rule(hours=st.sampled_from([1, 5, 30, 24 * 200]))
    def waits(self, hours):
        now = timezone.now() + timedelta(hours=hours)
        self.clock.stop()
        self.clock = time_machine.travel(now if now.year < 2035 else now.replace(year=2030))
        self.clock.start()

    @rule(code=codes, answer=WORDS, title=WORDS, until=st.sampled_from([None, 2031, 2020]), tag=WORDS)
    def publishes(self, code, answer, title, until, tag):
        live = Revision.objects.live().filter(code=code).first()
        base = live and live.page
        page = base or factories.page(**factories.RICH)
        page = replace(page, answer=answer, title=title, tags=(tag,), validity=replace(page.validity, until=until))
        publish(code, page, base=base, by=self.editors[0], source="correction", reason="Because.")

    @rule(code=st.sampled_from(CODES[:2]), answer=WORDS, name=WORDS, email=st.sampled_from(["", "a@a.org", "b@b.org"]))
    def sends_a_correction(self, code, answer, name, email):
        with suppress(*_REFUSED):
            factories.propose(
                code, {"answer": {"value": answer, "sources": []}}, credit=name, email=email, may_show=True
            )

    @rule(code=st.sampled_from(CODES[:2]), answer=WORDS)
    def sends_a_correction_for_the_next_edition(self, code, answer):
        if today().year + 1 <= editions.last_to_open():
            edition = editions.open_edition(today().year + 1, [], by=self.editors[0])
            with suppress(*_REFUSED):
                factories.propose(code, {"answer": {"value": answer, "sources": []}}, edition=edition)

    @rule(
        pick=picks,
        act=st.sampled_from(
            ["look", "dispute", "undispute", "reject", "accept", "withdraw", "undo", "ask", "release", "conceal"]
        ),
    )
    def does_something_to_a_correction(self, pick, act):
        waiting = list(Correction.objects.order_by("-pk")[: pick + 1])
        if not waiting:
            return
        sent, by = waiting[-1], self.editors[1]
        with suppress(*_REFUSED):
            match act:
                case "accept":
                    corrections.accept(sent, by=by, items=dict.fromkeys(sent.items), seen=latest(sent.code_id))
                case "reject":
                    corrections.reject(sent, by=by, reason="No.")
                case "ask":
                    corrections.ask(sent, by=by, text="Why?")
                case "withdraw":
                    corrections.withdraw(sent)
                case "look":
                    corrections.look(sent, by)
                case _:
                    getattr(corrections, act)(sent, by=by)

    @rule()
    def does_what_is_due(self):
        corrections.publish_due()
        Stamp.fold()

    @rule(code=st.sampled_from(CODES[:2]), item=st.sampled_from(["answer", "use_when.done"]), source=WORDS)
    def verifies(self, code, item, source):
        digests = verifying.verifiable(latest(code).page)
        if item in digests:
            edition = verifying.current_edition()
            verifying.verify(code, {item: digests[item]}, by=self.editors[1], source=source, edition=edition)

    @rule(code=st.sampled_from(CODES[:2]))
    def puts_the_first_page_back(self, code):
        revert(code, 1, by=self.editors[0], reason="Back.")

    @rule(code=st.sampled_from(CODES[:2]), body=WORDS)
    def comments(self, code, body):
        code = ProcedureCode.objects.get(pk=code)
        moderation.post(code, ticket=factories.ticket(), name="A", email="", body=body)

    @rule(pick=picks, act=st.sampled_from(["approve", "hide"]))
    def decides_a_comment(self, pick, act):
        for said in Comment.objects.order_by("-pk")[pick : pick + 1]:
            with suppress(moderation.AlreadyDecided):
                getattr(moderation, act)(said, by=self.editors[0])

    @rule(name=WORDS, editor=st.integers(0, 1), staff=st.booleans())
    def changes_an_account(self, name, editor, staff):
        user = self.editors[editor]
        user.first_name, user.is_staff = name, staff
        user.save()

    @rule(email=st.sampled_from(["a@a.org", "b@b.org"]))
    def confirms_an_address(self, email):
        for sent in Correction.objects.filter(email=email)[:1]:
            for mail in sent.mails.all()[:1]:
                outbox.confirm(mail.recipient)
                corrections.vouch(sent)

    @rule()
    def is_counted(self):
        RateCount.add_one("key", timezone.now())

    @rule(code=codes)
    def writes_past_everything(self, code):
        ProcedureCode.objects.filter(number=code).update(changed_at=timezone.now())


def run(examples: int) -> None:
    """So many lives of the site, each of thirty steps; raises what was wrong."""
    logging.disable()
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    phases = [phase for phase in Phase if phase not in (Phase.shrink, Phase.explain)]
    each = effort(
        max_examples=examples, stateful_step_count=30, deadline=None, derandomize=True, phases=phases,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    try:
        run_state_machine_as_test(Site, settings=each)
    finally:
        # A life that is lived again begins with what the one before left: only the first lie tells.
        if Site.lies:
            print(*Site.lies[0], sep="\n", file=sys.stderr)
