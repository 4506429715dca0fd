"""What a deployment gets wrong, in words, each with what to do: `examined()`, for `manage.py doctor`.

Django's own checks and those of /readyz are asked too, not written again. Whatever it asks, it changes nothing.
"""

import shutil
import sqlite3
import ssl
import stat
import zoneinfo
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core import checks, mail
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from cdtsite import health, keys
from cdtsite.kept import stamps
from codes.models import Correction

OK, LOOK, WRONG = "ok", "look", "wrong"
# Free space of a disk, in bytes.
LITTLE, TOO_LITTLE = 1_000_000_000, 100_000_000
_SKEW = timedelta(seconds=5)
# A certificate that is renewed by itself never has less.
_ENDING = timedelta(days=14)
_SECONDS = 5
# Of so many on a day some should have come from another network.
_MANY = 10
# The oldest version in which two that write at once cannot damage a database.
_SQLITE = (3, 51, 3)
# The machines on which nobody but their owner reads a site.
_LOCAL = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. What is not OK says what to do."""

    level: str
    about: str
    said: str


def examined() -> Iterator[Finding]:
    """Everything, one after the other; what hangs on the database only where it answers."""
    yield from (address(), debug())
    yield from setup()
    yield from (secrets(), files(), *disks(), static(), zone(), mailing())
    found = health.examined()
    yield from (
        Finding(WRONG if said else OK, name.replace("_", " "), said or "in order") for name, said in found.items()
    )
    if not found["database"]:
        yield from (database(), clock())
        if not found["migrations"]:
            yield from (senders(), editors(), kept())
    yield public()


def setup() -> Iterator[Finding]:
    """Django's checks and ours; what follows from a site without https is told there, and DEBUG has its own line."""
    told = {"security.W018"}
    if not settings.SITE_URL.startswith("https://"):
        told |= {"security.W004", "security.W008", "security.W012", "security.W016"}
    every = checks.run_checks(include_deployment_checks=True)
    found = [one for one in every if one.id not in told and not one.is_silenced()]
    for one in found:
        wrong = one.level >= checks.ERROR or one.id == "site.W001"
        yield Finding(WRONG if wrong else LOOK, "settings", " ".join(filter(None, [f"{one.msg}", one.hint])))
    if not found:
        yield Finding(OK, "settings", "Django's checks for a deployment find nothing")


def address() -> Finding:
    if settings.SITE_URL.startswith("https://"):
        return Finding(OK, "https", settings.SITE_URL)
    said = f"SITE_URL is {settings.SITE_URL}: editors' passwords and private links go over the line as plain text."
    return Finding(
        LOOK if _is_local() else WRONG, "https", f"{said} A public site has a proxy with TLS and an https address."
    )


def debug() -> Finding:
    if settings.DEBUG:
        return Finding(
            WRONG, "debug", "DEBUG is on: an error shows settings and code to whoever caused it. Set it off."
        )
    return Finding(OK, "debug", "off")


def secrets() -> Finding:
    if settings.SECRET_KEY in settings.LINK_KEYS[:1] + settings.ADDRESS_KEYS[:1]:
        said = "SECRET_KEY also makes private links or digests of addresses: one that leaks would open receipts too."
        return Finding(LOOK, "keys", f"{said} Put a new key in front in LINK_KEYS and ADDRESS_KEYS, and keep the old.")
    return Finding(OK, "keys", "one for sessions, one for links, one for addresses")


def files() -> Finding:
    """Whether anybody else on the machine can read var/, keys, the database or mails."""
    private = [settings.VAR, *(settings.VAR / file for file in keys.FILES.values())]
    if connection.vendor == "sqlite":
        private.append(Path(connection.settings_dict["NAME"]))
    if folder := getattr(settings, "EMAIL_FILE_PATH", ""):
        private.append(Path(folder))
    open_ = [str(path) for path in private if path.exists() and _others_can(path)]
    if open_:
        return Finding(WRONG, "files", f"Other users of the machine can read {', '.join(open_)}. chmod -R go= them.")
    return Finding(OK, "files", f"{settings.VAR} and what is secret are for their owner alone")


def _others_can(path: Path) -> bool:
    """Whether others may read it, and come through the folder that it lies in."""
    return all(stat.S_IMODE(one.stat().st_mode) & 0o077 for one in (path, path.parent))


def disks() -> Iterator[Finding]:
    places = {settings.VAR}
    if connection.vendor == "sqlite":
        places.add(Path(connection.settings_dict["NAME"]).absolute().parent)
    for place in sorted(places):
        free = shutil.disk_usage(place).free
        said = f"{free / 1e9:.1f} GB are free at {place}"
        if free >= LITTLE:
            yield Finding(OK, "disk", said)
        else:
            level = WRONG if free < TOO_LITTLE else LOOK
            yield Finding(level, "disk", f"Only {said}: at none nothing can be sent or decided. Make room.")


def static() -> Finding:
    """Whether what browsers are sent was collected, after the last change of it."""
    if settings.DEBUG:
        return Finding(OK, "static files", "served as they lie, by DEBUG")
    collected = settings.STATIC_ROOT / "staticfiles.json"
    if not collected.exists():
        return Finding(WRONG, "static files", "They are not there, and no page can be made: manage.py collectstatic.")
    since = collected.stat().st_mtime
    newer = [
        name
        for finder in get_finders()
        for name, storage in finder.list([])
        if Path(storage.path(name)).stat().st_mtime > since
    ]
    if newer:
        said = f"{len(newer)} were changed after they were collected, such as {newer[0]}: manage.py collectstatic."
        return Finding(WRONG, "static files", said)
    return Finding(
        OK, "static files", f"collected on {datetime.fromtimestamp(since, timezone.get_current_timezone()):%Y-%m-%d}"
    )


def zone() -> Finding:
    """Whether the machine's time zones, which go before those of the package, are older than these."""
    named = (Path(folder) / "tzdata.zi" for folder in zoneinfo.TZPATH)
    ours = metadata.version("tzdata")
    version = next((path.read_text().split(maxsplit=3)[2] for path in named if path.exists()), ours)
    told = f"{settings.TIME_ZONE}, by the data of {version}"
    if version < ours[:4]:
        said = f"{told}, before {ours[:4]}: a day may begin at another hour. Update the machine's package tzdata."
        return Finding(LOOK, "time zone", said)
    return Finding(OK, "time zone", told)


def mailing() -> Finding:
    """Whether mail goes to a server, and that takes connections and the login."""
    if folder := getattr(settings, "EMAIL_FILE_PATH", ""):
        said = f"It goes to the folder {folder}, and nobody gets it. Set EMAIL_URL to your mail server."
        return Finding(LOOK if _is_local() else WRONG, "mail server", said)
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with mail.get_connection(timeout=_SECONDS):
            pass
    except OSError as error:  # Without its own words, which may hold the login.
        said = f"{server} takes none: {type(error).__name__}. See EMAIL_URL, and whether this machine may connect."
        return Finding(WRONG, "mail server", said)
    if not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL) and settings.EMAIL_HOST not in _LOCAL:
        said = f"{server} is sent mail as plain text. Use smtp+tls:// in EMAIL_URL."
        return Finding(LOOK, "mail server", said)
    return Finding(OK, "mail server", server)


def database() -> Finding:
    if connection.vendor == "sqlite":
        said = f"SQLite {sqlite3.sqlite_version}"
        if sqlite3.sqlite_version_info >= _SQLITE:
            return Finding(OK, "version", said)
        wanted = ".".join(map(str, _SQLITE))
        return Finding(
            LOOK,
            "version",
            f"{said}: two processes that write at the same moment could, rarely, damage the file. Use {wanted} or"
            " newer, or one that your distribution has patched, or PostgreSQL.",
        )
    with connection.cursor() as cursor:
        limits = {}
        for name in ("statement_timeout", "lock_timeout"):
            cursor.execute("SELECT current_setting(%s)", [name])
            limits[name] = cursor.fetchone()[0]
    if limited := [f"{name} is {limit}" for name, limit in limits.items() if limit != "0"]:
        said = (
            f"{', '.join(limited)} for this role: it ends migrate, load_content and backup too, half done. Pages wait"
        )
        return Finding(LOOK, "time-outs", f"{said} {settings.DATABASE_SECONDS} s by themselves: set it to 0.")
    return Finding(OK, "time-outs", f"none of the server's; pages wait {settings.DATABASE_SECONDS} s")


def clock() -> Finding:
    if connection.vendor == "sqlite":
        return Finding(OK, "clock", f"{timezone.localtime():%Y-%m-%d %H:%M:%S %Z}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
    return _compared("clock", theirs, "the database")


def senders() -> Finding:
    """Whether those who send corrections seem to be one: a network has another name each day, and no day had two."""
    since = timezone.now() - timedelta(days=30)
    days = Correction.objects.filter(created_at__gte=since).exclude(network="").values("created_at__date")
    busy = days.annotate(n=Count("pk"), networks=Count("network", distinct=True)).filter(n__gte=_MANY)
    if busy and all(day["networks"] == 1 for day in busy):
        said = (
            f"All who sent {_MANY} corrections or more on a day seem to have one address. If that was not one office,"
        )
        return Finding(
            LOOK, "senders", f"{said} PROXIES ({settings.PROXIES}) is too low, or X-Forwarded-For not passed."
        )
    return Finding(OK, "senders", "told apart" if busy else "too few to tell whether they are told apart")


def editors() -> Finding:
    """Whether somebody can decide. What their accounts still lack is told here."""
    able = [
        user for user in get_user_model().objects.filter(is_staff=True, is_active=True) if user.has_usable_password()
    ]
    if not able:
        return Finding(WRONG, "editors", "Nobody can log in to decide corrections: manage.py first_editor.")
    if not settings.REQUIRE_MFA:
        said = (
            f"{len(able)} can log in, some perhaps with a password alone. REQUIRE_MFA=on asks all for a second factor."
        )
        return Finding(LOOK, "editors", said)
    return Finding(OK, "editors", f"{len(able)} can log in")


def kept() -> Finding:
    if stamps.total((stamps.SITE,)) is None:
        said = "No page is kept, and the site is slow: its database was migrated by another release. manage.py migrate."
        return Finding(WRONG, "kept pages", said)
    return Finding(OK, "kept pages", "kept until something on them changes")


def public() -> Finding:
    """What the site answers at its public address, as far as this machine can ask it."""
    try:
        answer, ends = _asked(settings.SITE_URL)
    except ssl.SSLCertVerificationError as error:
        said = f"This machine does not trust the certificate of {settings.SITE_URL} ({error.verify_message}), and no"
        return Finding(WRONG, "public address", f"{said} browser will: see nginx and TLS in docs/deploying.md.")
    except (OSError, HTTPException) as error:
        said = (
            f"From here {settings.SITE_URL} gives no answer: {type(error).__name__}. Is it served, and the name known?"
        )
        return Finding(LOOK, "public address", said)
    if answer.status in (301, 302) and answer.headers["Location"] == f"{settings.SITE_URL}/robots.txt":
        said = f"{settings.SITE_URL} leads back to itself: the proxy does not pass X-Forwarded-Proto, or PROXIES is 0."
        return Finding(WRONG, "public address", said)
    if answer.status != 200:
        return Finding(WRONG, "public address", f"{settings.SITE_URL}/robots.txt answers {answer.status}, not 200.")
    if ends and ends - timezone.now() < _ENDING:
        said = f"The certificate of {settings.SITE_URL} ends on {ends:%Y-%m-%d}: see why it was not renewed."
        return Finding(LOOK, "public address", said)
    theirs = parsedate_to_datetime(answer.headers["Date"] or "").replace(tzinfo=UTC)
    return _compared("public address", theirs, settings.SITE_URL)


def _asked(site: str) -> tuple[HTTPResponse, datetime | None]:
    """What robots.txt of the site answers, wherever that leads, and when the certificate ends, if there is one."""
    parts = urlsplit(site)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    asking = kind(parts.hostname or "", parts.port, timeout=_SECONDS)
    try:
        asking.request("GET", "/robots.txt")
        certificate = asking.sock.getpeercert() if isinstance(asking.sock, ssl.SSLSocket) else None
        return asking.getresponse(), _ends(certificate) if certificate else None
    finally:
        asking.close()


def _ends(certificate: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)


def _compared(about: str, theirs: datetime, whose: str) -> Finding:
    """Whether another clock says what ours does."""
    if (apart := abs(timezone.now() - theirs)) <= _SKEW:
        return Finding(OK, about, f"the clock of {whose} is that of this machine")
    said = f"The clock of {whose} is {round(apart.total_seconds())} s off that of this machine: days and limits differ."
    return Finding(WRONG, about, f"{said} Let both follow one (systemd-timesyncd or chrony).")


def _is_local() -> bool:
    return urlsplit(settings.SITE_URL).hostname in _LOCAL
