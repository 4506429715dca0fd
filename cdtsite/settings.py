"""Every setting, from the environment, with defaults that are safe on one's own machine.

A wrong value stops the start with the setting's name and what it may be; nothing is half configured.
"""

import os
import re
import sys
from collections.abc import Callable
from email.utils import parseaddr
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit
from wsgiref.headers import Headers
from zoneinfo import ZoneInfo

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from environ import Env

from cdtsite import folders, keys
from codes.page import FIELDS, PARTS

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = folders.VAR
_wrong: list[str] = []
_Read = TypeVar("_Read")


class Wrong(ValueError):
    """Says what of a value is wrong."""


# django-environ reads the two addresses with a password in them. Of the rest it would take every word for a flag, take
# blanks into lists, read a value that begins with "$" as the name of another setting, and stop at the first wrong one.
def _setting(name: str, default: str, read: Callable[[str], _Read], must: str) -> _Read:
    try:
        return read(os.environ.get(name, "").strip() or default)
    except (ValueError, LookupError, OSError, ImproperlyConfigured, ValidationError) as error:
        _wrong.append(f"{name}: {error}; {must}" if isinstance(error, Wrong) else f"{name}: {must}")
        return read(default)


def _flag(value: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    return words[value.lower()]


def _number(least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not least <= int(value) <= most:
            raise ValueError
        return int(value)

    return read


def _list(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]


def _url(value: str) -> str:
    parts = urlsplit(value)
    whole = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0 or value.rstrip("/") != whole:
        raise ValueError
    return value.rstrip("/")


def _hosts(value: str) -> list[str]:
    hosts = _list(value)
    # Django compares without the port, so that a host with one is never met.
    if not hosts or any("/" in h or " " in h or (":" in h and not h.startswith("[")) for h in hosts):
        raise ValueError
    return hosts


_ITEMS = (*FIELDS, *PARTS, "document")


def _items(value: str) -> frozenset[str]:
    items = frozenset(_list(value))
    if unknown := sorted(items.difference(_ITEMS)):
        raise Wrong(f"{', '.join(unknown)}: no such item")
    return items


def _database_at(value: str) -> dict[str, Any]:
    config: dict[str, Any] = Env.db_url_config(value)
    sqlite = "django.db.backends.sqlite3"
    config["ENGINE"] = {sqlite: sqlite, "django.db.backends.postgresql": "cdtsite.postgresql"}[config["ENGINE"]]
    if not config["NAME"]:
        raise ValueError
    return config


def _email(value: str) -> dict[str, Any]:
    if value.startswith("filemail:"):
        # django-environ drops the leading slash of an absolute folder, and takes "+" for a blank.
        folder = value.removeprefix("filemail://")
        if not folder or folder == value:
            raise ValueError
        return {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "EMAIL_FILE_PATH": folder}
    config: dict[str, Any] = Env.email_url_config(value)
    # The others send nothing, and say nothing of it.
    if not config["EMAIL_BACKEND"].endswith(".smtp.EmailBackend") or not config["EMAIL_HOST"]:
        raise ValueError
    return config | {"EMAIL_BACKEND": "codes.mail.smtp.EmailBackend"}


def _needs(package: str, module: str) -> None:
    if not find_spec(module):
        raise Wrong(f"the package {package} is not installed (requirements-extras.txt)")


def _metrics_token(value: str) -> str:
    if value and not re.fullmatch(r"[\w-]{16,}", value, re.ASCII):
        raise ValueError
    if value:
        _needs("prometheus-client", "prometheus_client")
    return value


def _errors_to(value: str) -> str:
    if value.startswith("https://"):
        _url(urlunsplit(urlsplit(value)._replace(path="", query="")))
        _needs("sentry-sdk", "sentry_sdk")
    elif value:
        validate_email(value)
    return value


def _sender(value: str) -> str:
    name, address = parseaddr(value)
    if value not in (address, f"{name} <{address}>") or not value.isprintable():
        raise ValueError
    validate_email(address)
    return value


def _admin_path(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*", value):
        raise ValueError
    return value


# How much of HSTS is sent, by the words of HSTS. More than this host is promised only by choice: it binds every other
# host of the domain for two years, and what stands in the browsers' lists stays there.
_HSTS = {"off": (0, False, False), "host": (63072000, False, False)}
_HSTS |= {"subdomains": (63072000, True, False), "preload": (63072000, True, True)}


def _secret(value: str) -> str:
    if value and len(value) < 50:
        raise ValueError
    return value


def _secrets(value: str) -> list[str]:
    return [_secret(key) for key in _list(value)]


DEBUG = _setting("DEBUG", "off", _flag, "on or off")
PORT = _setting("PORT", "8000", _number(1, 65535), "a port number from 1 to 65535")
SITE_URL = _setting(
    "SITE_URL", f"http://127.0.0.1:{PORT}", _url, "an address such as https://codes.example.org, no path"
)
SITE_NAME = _setting("SITE_NAME", "Open Dental Code Reference", str, "a name")
# Where the editors' desk is. Another place than usual keeps robots out that try passwords everywhere; it is no secret.
ADMIN_PATH = _setting(
    "ADMIN_PATH", "admin", _admin_path, "a path such as desk: letters, digits, - and _, no / around it"
)
SITE_DESCRIPTION = "An independent reference for CDT dental procedure codes, that its readers correct."
# Where a day begins and ends: validity, editions, promised days and months, and the times that readers are shown.
TIME_ZONE = _setting(
    "TIME_ZONE",
    "America/New_York",
    ZoneInfo,
    f"the name of a time zone, such as America/Chicago; there is no {os.environ.get('TIME_ZONE')}",
).key
# How many reverse proxies of your own stand in front; each adds one address to X-Forwarded-For.
PROXIES = _setting("PROXIES", "0", _number(0, 10), "a number, 0 or more, at most 10")
# By how many days after it was sent a correction should be decided: what receipts and the queue promise.
TARGET_DAYS = _setting("TARGET_DAYS", "7", _number(0, 3650), "a number of days from 0 to 3650")
# How long a decision can be taken back as if it had not been; its mail waits as long.
UNDO_MINUTES = _setting("UNDO_MINUTES", "10", _number(0, 10080), "a number of minutes from 0 to 10080, a week")
# How many days after the decision an e-mail address is erased.
PERSONAL_DATA_DAYS = _setting("PERSONAL_DATA_DAYS", "30", _number(1, 3650), "a number of days, 1 or more, at most 3650")
# The items that two editors decide: names such as validity, which holds the successors; empty for none.
TWO_EDITORS_FOR = _setting(
    "TWO_EDITORS_FOR", "", _items, f"names of items with commas between; they are {', '.join(_ITEMS)}"
)
# Whether every account at the desk needs a second factor; the first login sets one up.
REQUIRE_MFA = _setting("REQUIRE_MFA", "off" if DEBUG else "on", _flag, "on or off")
_host = urlsplit(SITE_URL).hostname or ""
ALLOWED_HOSTS = _setting(
    "ALLOWED_HOSTS", ",".join({"localhost", "127.0.0.1", "[::1]", _host}), _hosts, "host names with commas between"
)
SECRET_KEY = _setting("SECRET_KEY", "", _secret, "at least 50 characters")
# Keys that were in use before: a planned change ends no session.
SECRET_KEY_FALLBACKS = _setting("SECRET_KEY_FALLBACKS", "", _secrets, "earlier keys with commas between")
# What private links and access codes are made with, and what people who want no mail are known by. The first one makes;
# what was made with one of the others still counts. They are apart so that a SECRET_KEY that leaked can be dropped.
LINK_KEYS = _setting("LINK_KEYS", "", _secrets, "keys of at least 50 characters with commas between")
ADDRESS_KEYS = _setting("ADDRESS_KEYS", "", _secrets, "keys of at least 50 characters with commas between")
DATABASES = {
    "default": _setting(
        "DATABASE_URL",
        f"sqlite:///{quote(str(VAR / 'cdt.sqlite3'))}",
        _database_at,
        "sqlite:////path/to/file or postgres://user:password@host:port/name",
    )
}
_mail = _setting(
    "EMAIL_URL",
    f"filemail://{VAR / 'mail'}",
    _email,
    "filemail:///path/to/folder, smtp://… or smtp+tls://user:password@host:port",
)
# Whom mails are from. Their answers are read by nobody, unless this is an address that somebody reads.
DEFAULT_FROM_EMAIL = _setting(
    "FROM_EMAIL",
    f"no-reply@{_host if '.' in _host and not _host[-1].isdigit() else 'localhost.localdomain'}",
    _sender,
    "an address such as codes@example.org or Dental codes <codes@example.org>",
)
METRICS_TOKEN = _setting("METRICS_TOKEN", "", _metrics_token, "16 or more letters and digits")
ERRORS_TO = _setting("ERRORS_TO", "", _errors_to, "an e-mail address, or the https address (DSN) of a Sentry project")
_log_format = _setting("LOG_FORMAT", "line", {"line": "line", "json": "json"}.__getitem__, "line or json")
_hsts = _setting("HSTS", "host", _HSTS.__getitem__, "off, host, subdomains or preload")
if _wrong:
    sys.exit("\n".join(["The site cannot start. Wrong settings in the environment:", *(f"  {w}" for w in _wrong)]))

VAR.mkdir(mode=0o700, exist_ok=True)
if METRICS_TOKEN:
    # Where the workers of this machine count; the library looks for it when it is imported.
    folders.make(VAR / "metrics")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(VAR / "metrics")
_held = {} if SECRET_KEY else keys.held()
SECRET_KEY = SECRET_KEY or _held["SECRET_KEY"]
# Before they were apart SECRET_KEY did the work of all.
LINK_KEYS = LINK_KEYS or _list(_held.get("LINK_KEYS", "")) or [SECRET_KEY, *SECRET_KEY_FALLBACKS]
ADDRESS_KEYS = ADDRESS_KEYS or _list(_held.get("ADDRESS_KEYS", "")) or [SECRET_KEY, *SECRET_KEY_FALLBACKS]
vars().update(_mail)
if _folder := _mail.get("EMAIL_FILE_PATH"):
    folders.make(Path(_folder))
EMAIL_TIMEOUT = 10

_database = DATABASES["default"]
_database["CONN_MAX_AGE"] = 600
if _database["ENGINE"].endswith("sqlite3"):
    if _database["NAME"] != ":memory:":
        folders.make(Path(_database["NAME"]).parent)
        for _end in ("", "-wal", "-shm"):
            folders.usable(Path(_database["NAME"] + _end))
    # IMMEDIATE takes the write lock at the start of a transaction, so that none fails in its middle.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA journal_size_limit=27103364;"
        # What is deleted is overwritten, however SQLite was built.
        "PRAGMA secure_delete=ON;",
    }
else:
    _database["CONN_HEALTH_CHECKS"] = True
    # What stands in DATABASE_URL goes before. None of it is sent to the server, so that pgbouncer takes it too.
    _database["OPTIONS"] = {
        "connect_timeout": 3,
        # A network that swallows everything is noticed in half a minute, also in the middle of a long command.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 4,
        "tcp_user_timeout": 30_000,
        **_database.get("OPTIONS", {}),
    }
# How long a visitor's page waits for one answer of PostgreSQL; commands wait as long as it takes.
DATABASE_SECONDS = 5

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django_filters",
    "taggit",
    "csp",
    "cdtsite",
    "codes",
    "comments",
]
# Sessions, logins and messages exist in the admin; a public page sets no cookie because nothing on it asks for one.
MIDDLEWARE = [
    *(["cdtsite.metrics.routed"] if METRICS_TOKEN else []),
    "cdtsite.logs.numbered",
    "cdtsite.headers.everywhere",
    "codes.fhir.door.outcomes",
    "cdtsite.health.patience",
    "cdtsite.kept.door.MadeOnce",
    "codes.api.door.same_for_all",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "cdtsite.uploads.Bounded",
    "cdtsite.health.probes",
    "cdtsite.uploads.counted",
    "cdtsite.caching.revalidated",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cdtsite.login.not_lost",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "cdtsite.urls"
WSGI_APPLICATION = "cdtsite.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cdtsite.context.site",
                "codes.forms.service_date.context",
            ],
        },
    }
]
# Parts that are the same on all pages are made once by each process; while somebody writes templates, each time.
CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{'dummy.DummyCache' if DEBUG else 'locmem.LocMemCache'}"}}
FORM_RENDERER = "cdtsite.widgets.Widgets"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TAGGIT_CASE_INSENSITIVE = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

AUTHENTICATION_BACKENDS = ["cdtsite.factor.Backend"]
# A link that sets a new password works for so many seconds from when its mail was sent.
PASSWORD_RESET_TIMEOUT = 3600

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = "cdtsite.formats"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns about a folder that is not there yet.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "cdtsite.storage.JoinedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}


def WHITENOISE_ADD_HEADERS_FUNCTION(headers: Headers, path: str, url: str) -> None:  # noqa: N802 - WhiteNoise's name
    """Files go out before the CSP middleware, so they bring their own."""
    headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    # The one file that other sites load.
    if url.startswith(f"{STATIC_URL}cdt/cards."):
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"


PERMISSIONS_POLICY: dict[str, list[str]] = dict.fromkeys(("camera", "geolocation", "microphone", "payment", "usb"), [])
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# In seconds: a session ends when it was not used for so long, and at the latest so long after the login.
SESSION_ENGINE = "cdtsite.sessions"
SESSION_COOKIE_AGE, SESSION_LONGEST = 2 * 3600, 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if SITE_URL.startswith("https://"):
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_HSTS_SECONDS, SECURE_HSTS_INCLUDE_SUBDOMAINS, SECURE_HSTS_PRELOAD = _hsts
    # That HSTS is for this host alone is a choice.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    CSRF_TRUSTED_ORIGINS = [SITE_URL]
    if PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# A correction form holds the whole page's text; one million typed characters come back with a message, not an error.
LARGEST_FORM = 1_250_000
# The check of a list takes more, and a file beside it; cdtsite.uploads keeps every other view at LARGEST_FORM.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["cdtsite.uploads.NoFiles"]
# The form of the longest page has two hundred fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# In an hour. From one network address: posts of each public form, different e-mail addresses given, and tries of one
# receipt's access code. From all: addresses given at one domain, tries of one code, and links mailed for one receipt.
RATE_LIMITS = {"correction": 20, "comment": 10, "contact": 5, "check": 60, "follow": 20, "addresses": 5, "access": 5}
RATE_LIMITS |= {"domain": 30, "provider": 300, "access_all": 50, "link": 1, "lost": 5, "receipts": 1, "reset": 5}
MIN_FILL_SECONDS = 3
# Reads of code pages that a process may hold, and for how long, before it writes them down; and how long it then waits
# at least, for each writing has the stamps of kept pages read anew.
READS_HELD = 100
READS_HELD_SECONDS = 60
READS_APART_SECONDS = 1

# Whoever has the address of a receipt can read it: no log holds one.
LOGGING_CONFIG = "cdtsite.logs.configure"
_handlers = ["stderr", *(["mail"] if "@" in ERRORS_TO and not ERRORS_TO.startswith("https:") else [])]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s", "datefmt": "%Y-%m-%d %H:%M:%S %Z"},
        "json": {"()": "cdtsite.logs.Json"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": _log_format},
        "mail": {"class": "cdtsite.errors.Mailed", "level": "ERROR"},
    },
    "root": {"handlers": _handlers, "level": "INFO"},
    # The mail that Django sends to ADMINS on an error would carry what people typed; cdtsite.errors sends none of it.
    "loggers": {"django": {"handlers": _handlers, "level": "WARNING", "propagate": False}},
}
