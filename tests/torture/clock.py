"""The clock of a running site goes forth over New Year, back, a year forth and back again, in two time zones."""

import os
import time
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connections
from django.utils import timezone

from cdtsite.kept import stamps
from cdtsite.kept.store import Page
from codes.acts import corrections
from codes.acts.publishing import latest
from codes.mail import outbox
from codes.models import Correction, Edition, Mail, Revision
from codes.page import Validity
from comments.models import Message
from tests import factories
from tests.acts.test_server import Server, serving
from tests.torture.site import Visitor, audited, environment, log, manage, tell
from tests.web.reading import fields, text

DATABASES = ("SQLite", "PostgreSQL")
SECONDS = 900
PLANTED = "a page that is kept has no end of its day"
# Of each zone a code that changes in the new year, and one that ends with the old one.
ZONES = {"America/New_York": ("D6010", "D6012"), "Pacific/Auckland": ("D6020", "D6022")}
_LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


def cannot() -> str:
    return "" if _LIBRARY else "there is no libfaketime (Debian: apt-get install libfaketime)"


def fault() -> None:
    Page.is_true = lambda page: stamps.total(page.names) == page.total is not None


class Clock:
    """What the processes of the site take for now."""

    def __init__(self, zone: str):
        self.zone, self.file = zone, settings.VAR / f"clock-{zone.partition('/')[2]}"
        self.given = {"LD_PRELOAD": str(_LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(self.file), "TIME_ZONE": zone}
        # It looks at the file once a second, and not whenever a process asks for the time.
        self.given |= {"FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
        self.new_year = datetime(timezone.localdate().year + 1, 1, 1, tzinfo=ZoneInfo(zone))

    def set(self, moment: datetime) -> None:
        made = self.file.with_suffix(".new")
        made.write_text(f"{(moment - timezone.now()).total_seconds():+.0f}\n")
        made.replace(self.file)
        time.sleep(2)

    def tick(self) -> None:
        done = manage("tick", **self.given)
        assert done.returncode == 0, done.stderr


def _prepared(changing: str, ending: str, year: int) -> list[str]:
    """The Message-IDs of what its contributor is to be told."""
    editor = factories.editor()
    factories.code(changing)
    factories.code(ending, validity=Validity(until=year - 1))
    edition, _ = Edition.objects.get_or_create(year=year)
    sent = factories.correction(changing, edition=edition, email=f"{changing}@example.org")
    outbox.confirm(sent.mails.get().recipient)
    corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest(changing))
    return list(sent.mails.filter(kind=Mail.Kind.OUTCOME).values_list("message_id", flat=True))


def _seen(server: Server, changing: str, ending: str) -> list[bool]:
    """Whether the change is there, and the other code is still valid; the second time from the kept page."""
    found = []
    for _ in range(2):
        pages = [Visitor(server.port).ask(f"/codes/{code}/") for code in (changing, ending)]
        statuses = [page.status for page in pages]
        assert statuses == [200, 200], f"{changing}, {ending}: {statuses}"
        new, old = (text(SimpleNamespace(content=page.body)) for page in pages)
        found.append(["Report it otherwise" in new, "valid today" in old])
    assert found[0] == found[1], f"{changing}, {ending}: {found}"
    return found[0]


def _through(clock: Clock, server: Server, changing: str, ending: str) -> int:
    """How often the clock was set."""
    form: dict = {}
    clock.set(timezone.now() + timedelta(hours=1))
    clock.tick()  # Mails go when the time to undo is over; when personal data may be no older, they go no more.
    year, minute = timedelta(days=365), timedelta(seconds=60)
    moments = (
        ("the old year", -minute * 60, [False, True]),
        ("a minute before midnight", -minute, [False, True]),
        ("a minute after midnight", minute, [True, False]),
        # What is published stays so, whatever the clock says.
        ("back in the old year", -minute * 300, [True, True]),
        ("a year later", year, [True, False]),
        ("back again", minute * 60, [True, False]),
    )
    for name, after, wanted in moments:
        tell(f"{clock.zone}: {name}")
        clock.set(clock.new_year + after)
        clock.tick()
        found = _seen(server, changing, ending)
        assert found == wanted, f"{name} in {clock.zone}: changed and valid are {found}, and should be {wanted}"
        if form and "back" in name:  # It was opened in what is the future now.
            _sent(server, form, f"{name} in {clock.zone}")
        form = fields(SimpleNamespace(content=Visitor(server.port).ask("/contact/").body))
    return len(moments)


def _sent(server: Server, form: dict, body: str) -> None:
    time.sleep(settings.MIN_FILL_SECONDS + 1)
    answer = Visitor(server.port, "198.18.9.1").ask(
        "/contact/", form | {"name": "Lee", "body": body, "csrfmiddlewaretoken": "t" * 32}
    )
    assert answer.status == 302, f"a form that was opened in the future is answered {answer.status}"


def _swept() -> None:
    """Of processes that are killed libfaketime leaves what they shared."""
    for left in Path("/dev/shm").glob("*faketime_s*_*"):  # noqa: S108 - nothing is written there
        if not Path("/proc", left.name.rpartition("_")[2]).exists():
            left.unlink(missing_ok=True)


def attack() -> str:
    settled, told = 0, []
    try:
        for zone, codes in ZONES.items():
            clock = Clock(zone)
            told += _prepared(*codes, clock.new_year.year)
            clock.set(timezone.now())
            served = environment(settings.BASE_DIR, os.environ["DATABASE_URL"], os.environ["PLANTED"]) | clock.given
            with serving(served, log(), "--workers", "2") as server:
                settled += _through(clock, server, *codes)
    finally:
        _swept()
    connections.close_all()
    for changing, _ in ZONES.values():
        assert Revision.objects.filter(code=changing).count() == 2, f"{changing} was not published once"
    assert set(Correction.objects.values_list("state", flat=True)) == {"accepted"}
    assert Message.objects.count() == 2 * len(ZONES)
    written = [file.read_text() for file in Path(settings.EMAIL_FILE_PATH).glob("*")]
    posted = [sum(mail.count(f"Message-ID: {one}") for mail in written) for one in told]
    assert posted == [1] * len(ZONES), f"mails were sent so often: {posted}"
    audited()
    return (
        f"the clock set {settled} times in {len(ZONES)} zones: published once, valid until midnight,"
        f" {len(told)} mails sent once, forms from the future taken"
    )
