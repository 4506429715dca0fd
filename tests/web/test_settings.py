"""Settings come from the environment: a wrong one stops the start in words, and https turns everything safe on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codes import page as pages
from tests import factories

ROOT = Path(__file__).resolve().parents[2]
NAMES = [
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "FROM_EMAIL",
    "ADMIN_PATH",
    "HSTS",
    "METRICS_TOKEN",
    "ERRORS_TO",
    "LOG_FORMAT",
    "LINK_KEYS",
    "ADDRESS_KEYS",
    "DEBUG",
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "EMAIL_URL",
    "SITE_URL",
    "SITE_NAME",
    "PORT",
    "PROXIES",
    "TIME_ZONE",
    "PERSONAL_DATA_DAYS",
    "TARGET_DAYS",
    "UNDO_MINUTES",
    "TWO_EDITORS_FOR",
]
SECRET = "a-secret-of-the-tests-that-is-long-enough-0123456789-and-varied"
BEFORE = "a-secret-of-the-year-before-that-is-as-long-9876543210-and-varied"


def run(arguments: list[str], tmp_path, **given: str) -> subprocess.CompletedProcess:
    """Python with exactly these settings in its environment."""
    # The browser tests set the last one, in their own process, for as long as the browser is open.
    left_out = [*NAMES, "DJANGO_ALLOW_ASYNC_UNSAFE"]
    env = {name: value for name, value in os.environ.items() if name not in left_out}
    env |= {"SECRET_KEY": SECRET, "DATABASE_URL": f"sqlite:///{tmp_path}/cdt.sqlite3"}
    env |= {"EMAIL_URL": f"filemail://{tmp_path}/mail", "DJANGO_SETTINGS_MODULE": "cdtsite.settings"} | given
    return subprocess.run([sys.executable, *arguments], env=env, cwd=ROOT, capture_output=True, text=True, timeout=300)


def settings_of(tmp_path, names: list[str], **given: str) -> list:
    """The values of some settings of a site with this environment."""
    ask = f"import json; from django.conf import settings; print(json.dumps([getattr(settings, n) for n in {names!r}]))"
    done = run(["-c", ask], tmp_path, **given)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("name", "value", "must"),
    [
        ("SECRET_KEY", "short", "at least 50 characters"),
        ("FROM_EMAIL", "codes.example.org", "an address such as codes@example.org"),
        ("FROM_EMAIL", "Codes <codes@example.org> x", "an address such as codes@example.org"),
        ("FROM_EMAIL", "a@example.org, b@example.org", "an address such as codes@example.org"),
        ("FROM_EMAIL", "a@example.org\nBcc: b@example.org", "an address such as codes@example.org"),
        ("ADMIN_PATH", "/desk/", "a path such as desk: letters, digits, - and _, no / around it"),
        ("ADMIN_PATH", "desk/<int:x>", "a path such as desk: letters, digits, - and _, no / around it"),
        ("METRICS_TOKEN", "a secret", "16 or more letters and digits"),
        ("ERRORS_TO", "the operator", "an e-mail address, or the https address (DSN) of a Sentry project"),
        ("LOG_FORMAT", "xml", "line or json"),
        ("HSTS", "on", "off, host, subdomains or preload"),
        ("LINK_KEYS", f"{'k' * 50}, short", "keys of at least 50 characters with commas between"),
        ("ADDRESS_KEYS", "short", "keys of at least 50 characters with commas between"),
        ("DEBUG", "maybe", "on or off"),
        ("ALLOWED_HOSTS", "https://codes.example.org", "host names with commas between"),
        ("ALLOWED_HOSTS", "one.example.org two.example.org", "host names with commas between"),
        ("DATABASE_URL", "nonsense", "sqlite:////path/to/file or postgres://user:password@host:port/name"),
        ("DATABASE_URL", "mysql://u:p@host/name", "sqlite:////path/to/file or postgres://user:password@host:port/name"),
        ("DATABASE_URL", "postgres://u:p@host:port/name", "sqlite:////path/to/file or postgres://user:password@host"),
        ("DATABASE_URL", "postgres://u:p@host", "sqlite:////path/to/file or postgres://user:password@host:port/name"),
        ("EMAIL_URL", "nonsense", "filemail:///path/to/folder, smtp://"),
        ("EMAIL_URL", "carrier://pigeon", "filemail:///path/to/folder, smtp://"),
        ("EMAIL_URL", "filemail:folder", "filemail:///path/to/folder, smtp://"),
        ("EMAIL_URL", "filemail://", "filemail:///path/to/folder, smtp://"),
        ("PERSONAL_DATA_DAYS", "0", "a number of days, 1 or more"),
        # Taken in silence they broke a page later, or kept or lost what they should not.
        ("PERSONAL_DATA_DAYS", "99999999999", "a number of days, 1 or more, at most 3650"),
        ("TARGET_DAYS", "99999999999", "a number of days from 0 to 3650"),
        ("UNDO_MINUTES", "99999999999", "a number of minutes from 0 to 10080, a week"),
        ("PROXIES", "99", "a number, 0 or more, at most 10"),
        ("EMAIL_URL", "dummymail://", "filemail:///path/to/folder, smtp://"),
        ("EMAIL_URL", "memorymail://", "filemail:///path/to/folder, smtp://"),
        ("EMAIL_URL", "smtp://", "filemail:///path/to/folder, smtp://"),
        ("ALLOWED_HOSTS", ",", "host names with commas between"),
        ("ALLOWED_HOSTS", "codes.example.org:8000", "host names with commas between"),
        ("TWO_EDITORS_FOR", "validty,nonsense", "nonsense, validty: no such item; names of items with commas between"),
        ("TWO_EDITORS_FOR", "validity,site;related", "site;related: no such item; names of items with commas between"),
        ("TWO_EDITORS_FOR", "Validity", "Validity: no such item; names of items with commas between"),
        ("SITE_URL", "codes.example.org", "an address such as https://codes.example.org, no path"),
        ("SITE_URL", "ftp://codes.example.org", "an address such as https://codes.example.org, no path"),
        ("SITE_URL", "https://codes.example.org/codes", "an address such as https://codes.example.org, no path"),
        ("SITE_URL", "https://codes.example.org:port", "an address such as https://codes.example.org, no path"),
        ("SITE_URL", "https://codes.example.org/#top", "an address such as https://codes.example.org, no path"),
        ("PORT", "http", "a port number from 1 to 65535"),
        ("PORT", "0", "a port number from 1 to 65535"),
        ("PORT", "65536", "a port number from 1 to 65535"),
        ("PROXIES", "two", "a number, 0 or more"),
        ("PROXIES", "-1", "a number, 0 or more"),
        (
            "TIME_ZONE",
            "America/New_Jork",
            "the name of a time zone, such as America/Chicago; there is no America/New_Jork",
        ),
        ("TIME_ZONE", "America", "the name of a time zone, such as America/Chicago; there is no America"),
        ("TIME_ZONE", "/etc/localtime", "the name of a time zone, such as America/Chicago; there is no /etc/localtime"),
    ],
)
def test_wrong_value_stops_the_start_with_its_name_and_what_it_may_be(tmp_path, name, value, must):
    done = run(["manage.py", "check"], tmp_path, **{name: value})
    assert done.returncode != 0
    assert f"  {name}: {must}" in done.stderr
    assert "Traceback" not in done.stderr
    assert [n for n in NAMES if f"  {n}: " in done.stderr] == [name]


def test_every_kind_of_item_can_be_for_two_editors_and_a_wrong_name_is_told_all_of_them(tmp_path):
    kinds = {key.partition(".")[0] for key in pages.items(factories.page(**factories.RICH))} | {
        *pages.FIELDS,
        *pages.KINDS,
        "document",
    }
    done = run(["manage.py", "check"], tmp_path, TWO_EDITORS_FOR=", ".join(sorted(kinds)))
    assert done.returncode == 0, done.stderr
    done = run(["manage.py", "check"], tmp_path, TWO_EDITORS_FOR="validty")
    told = done.stderr.partition("they are ")[2].strip().split(", ")
    assert set(told) == kinds


def test_several_wrong_values_are_all_named_at_once_and_a_secret_is_not_shown(tmp_path):
    done = run(["manage.py", "check"], tmp_path, PORT="http", DEBUG="maybe", SECRET_KEY="hunter2")
    assert done.returncode != 0
    assert [n for n in NAMES if f"  {n}: " in done.stderr] == ["SECRET_KEY", "DEBUG", "PORT"]
    assert "hunter2" not in done.stderr + done.stdout


def test_site_without_any_setting_but_its_database_passes_the_checks(tmp_path):
    done = run(["manage.py", "check"], tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "System check identified no issues (0 silenced).")


def test_empty_value_is_no_value(tmp_path):
    empty = dict.fromkeys(("DEBUG", "PORT", "PROXIES", "SITE_URL", "ALLOWED_HOSTS"), "")
    assert settings_of(tmp_path, ["DEBUG", "PROXIES", "SITE_URL"], **empty) == [False, 0, "http://127.0.0.1:8000"]


def test_value_that_begins_with_a_dollar_is_not_the_name_of_another_setting(tmp_path):
    assert settings_of(tmp_path, ["SITE_NAME"], SITE_NAME="$PORT", PORT="8001") == ["$PORT"]


def test_links_and_addresses_have_the_secret_key_and_those_before_it_unless_they_are_given_their_own(tmp_path):
    names = ["LINK_KEYS", "ADDRESS_KEYS"]
    assert settings_of(tmp_path, names, SECRET_KEY_FALLBACKS=BEFORE) == [[SECRET, BEFORE]] * 2
    given = {"LINK_KEYS": SECRET, "ADDRESS_KEYS": f"{BEFORE}, {SECRET}"}
    assert settings_of(tmp_path, names, **given) == [[SECRET], [BEFORE, SECRET]]


_IN_VAR = """
import pathlib; from cdtsite import folders; folders.VAR = pathlib.Path({!r})
import json; from django.conf import settings as s; print(json.dumps([[s.SECRET_KEY], s.LINK_KEYS, s.ADDRESS_KEYS]))
"""


def keys_of(var, **given: str) -> list[list[str]]:
    done = run(["-c", _IN_VAR.format(str(var))], var, SECRET_KEY="", **given)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_first_start_makes_three_keys_for_their_owner_alone_and_one_that_is_dropped_takes_no_other_along(tmp_path):
    [[secret], [links], [addresses]] = made = keys_of(tmp_path)
    assert len({secret, links, addresses}) == 3
    assert {(f.name, oct(f.stat().st_mode & 0o777)) for f in tmp_path.glob("*_key*")} == {
        (name, "0o600") for name in ("secret_key", "link_keys", "address_keys")
    }
    assert keys_of(tmp_path) == made
    (tmp_path / "secret_key").unlink()
    [[new], *others] = keys_of(tmp_path)
    assert (new != secret, others) == (True, [[links], [addresses]])


def test_a_secret_key_from_before_the_others_does_the_work_of_all(tmp_path):
    (tmp_path / "secret_key").write_text(SECRET)
    assert keys_of(tmp_path, SECRET_KEY_FALLBACKS=BEFORE) == [[SECRET], [SECRET, BEFORE], [SECRET, BEFORE]]


def test_folders_are_taken_by_letter_whatever_signs_they_hold(tmp_path):
    folder = tmp_path / "a+b %20"
    move = f"import pathlib; from cdtsite import folders; folders.VAR = pathlib.Path({str(folder)!r}); "
    ask = "from django.conf import settings; print(settings.DATABASES['default']['NAME'], settings.EMAIL_FILE_PATH)"
    done = run(["-c", move + ask], tmp_path, DATABASE_URL="", EMAIL_URL="")
    assert (done.stdout.strip(), done.stderr) == (f"{folder}/cdt.sqlite3 {folder}/mail", "")


def test_debug_is_off_unless_it_is_turned_on(tmp_path):
    assert settings_of(tmp_path, ["DEBUG"]) == [False]
    assert settings_of(tmp_path, ["DEBUG"], DEBUG="on") == [True]


_TODAY = """
import django; django.setup()
import time_machine
from codes.models import today
with time_machine.travel("2027-01-01T00:30:00Z", tick=False):
    print(today())
"""


@pytest.mark.parametrize(
    ("given", "day"),
    [({}, "2026-12-31"), ({"TIME_ZONE": "Europe/London"}, "2027-01-01"), ({"TIME_ZONE": "UTC"}, "2027-01-01")],
)
def test_day_is_that_of_new_york_unless_another_zone_is_set(tmp_path, given, day):
    done = run(["-c", _TODAY], tmp_path, **given)
    assert (done.stdout.strip(), done.stderr) == (day, "")


_DEPLOY = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]
_NO_PROXY = "SITE_URL begins with https, so a proxy of yours stands in front, but PROXIES is 0"


def test_https_site_behind_its_proxy_passes_the_checks_for_deployment(tmp_path):
    done = run(_DEPLOY, tmp_path, SITE_URL="https://codes.example.org", PROXIES="1")
    assert (done.returncode, done.stderr) == (0, "")
    # Those two want HSTS for more than this host.
    assert done.stdout.strip() == "System check identified no issues (2 silenced)."


def test_https_site_without_a_proxy_does_not_pass_them_and_says_so_as_it_starts(tmp_path):
    done = run(_DEPLOY, tmp_path, SITE_URL="https://codes.example.org")
    assert done.returncode != 0
    assert f"(site.W001) {_NO_PROXY}" in done.stderr
    started = run(["-c", "import cdtsite.wsgi"], tmp_path, SITE_URL="https://codes.example.org")
    assert (started.returncode, started.stderr.count(_NO_PROXY)) == (0, 1)
    assert "Set PROXIES to the number of your proxies in front" in started.stderr


@pytest.mark.parametrize("given", [{}, {"SITE_URL": "https://codes.example.org", "PROXIES": "2"}])
def test_start_says_nothing_where_nothing_is_wrong(tmp_path, given):
    started = run(["-c", "import cdtsite.wsgi"], tmp_path, **given)
    assert (started.returncode, started.stderr) == (0, "")


def test_http_site_does_not_pass_the_checks_for_deployment(tmp_path):
    done = run(["manage.py", "check", "--deploy", "--fail-level", "WARNING"], tmp_path)
    assert done.returncode != 0
    assert "SECURE_HSTS_SECONDS" in done.stderr


def test_mail_is_from_an_address_of_the_site_or_the_one_that_is_set_with_its_name(tmp_path):
    names = ["DEFAULT_FROM_EMAIL"]
    assert settings_of(tmp_path, names, SITE_URL="https://codes.example.org") == ["no-reply@codes.example.org"]
    for sender in ("codes@example.org", "Dental codes <codes@example.org>"):
        assert settings_of(tmp_path, names, FROM_EMAIL=sender) == [sender]


@pytest.mark.parametrize(
    ("chosen", "sent"),
    [
        ("off", None),
        ("subdomains", "max-age=63072000; includeSubDomains"),
        ("preload", "max-age=63072000; includeSubDomains; preload"),
    ],
)
def test_no_more_of_hsts_is_sent_than_is_chosen(tmp_path, chosen, sent):
    assert asked(tmp_path, SITE_URL="https://codes.example.org", HSTS=chosen)["hsts"] == sent


_DESK = """
import json, re
from django.conf import settings
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
import django; django.setup()
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
call_command("first_editor")
from django.contrib.auth import get_user_model
client = Client(headers={"host": "127.0.0.1"})
found = {path: client.get(path).status_code for path in ("/admin/", "/admin/login/", "/staff/desk/login/")}
found["login"] = client.get("/staff/desk/").headers["Location"]
found["robots"] = "desk" in client.get("/robots.txt").text or "admin" in client.get("/robots.txt").text
from tests.entering import enter
enter(client, get_user_model().objects.get())
pages = ["/staff/desk/", "/staff/desk/queue/", "/staff/desk/auth/user/", "/staff/desk/codes/edition/"]
links = [link for page in pages for link in re.findall(r'(?:href|action|src)="(/[^"]*)"', client.get(page).text)]
found["elsewhere"] = [link for link in links if link.startswith("/admin")]
found["desk"] = len([link for link in links if link.startswith("/staff/desk/")]) > 20
print(json.dumps(found))
"""


def test_desk_at_another_path_is_there_and_nowhere_else_and_no_robot_is_told(tmp_path):
    done = run(["-c", _DESK], tmp_path, ADMIN_PATH="staff/desk")
    assert done.returncode == 0, done.stderr
    first, found = done.stdout.strip().splitlines()[0], json.loads(done.stdout.strip().splitlines()[-1])
    assert first.startswith("Editor's login at http://127.0.0.1:8000/staff/desk/  name: editor")
    assert found == {
        "/admin/": 404,
        "/admin/login/": 404,
        "/staff/desk/login/": 200,
        "login": "/staff/desk/login/?next=/staff/desk/",
        "robots": False,
        "elsewhere": [],
        "desk": True,
    }


def test_desk_stands_in_the_way_of_no_page(tmp_path):
    done = run(["manage.py", "check"], tmp_path, ADMIN_PATH="codes/desk")
    assert done.returncode != 0
    assert "(site.E001) ADMIN_PATH is codes/desk, where the site's own pages are." in done.stderr


_ASK = """
import json
from django.conf import settings
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
import django; django.setup()
from django.test import Client
client = Client(headers={"host": "codes.example.org"})
plain, proxied = client.get("/contact/"), client.get("/contact/", headers=%r)
page = client.get("/contact/", secure=True)
print(json.dumps({
    "plain": [plain.status_code, plain.headers.get("Location")],
    "proxied": proxied.status_code,
    "page": page.status_code,
    "hsts": page.headers.get("Strict-Transport-Security"),
    "cookies": {
        name: [cookie[n] for n in ("secure", "httponly", "samesite", "path", "domain")]
        for name, cookie in page.cookies.items()
    },
}))
"""


def asked(tmp_path, **given) -> dict:
    done = run(["-c", _ASK % {"X-Forwarded-Proto": "https"}], tmp_path, **given)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_https_site_insists_on_https_and_its_cookies_go_nowhere_else(tmp_path):
    assert asked(tmp_path, SITE_URL="https://codes.example.org") == {
        "plain": [301, "https://codes.example.org/contact/"],
        "proxied": 301,
        "page": 200,
        "hsts": "max-age=63072000",
        "cookies": {"__Host-csrftoken": [True, True, "Lax", "/", ""]},
    }


def test_proxy_is_believed_about_https_only_if_it_is_our_own(tmp_path):
    assert asked(tmp_path, SITE_URL="https://codes.example.org", PROXIES="1")["proxied"] == 200


def test_session_of_an_https_site_is_as_safe_as_its_forms(tmp_path):
    names = ["SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE"]
    found = settings_of(tmp_path, names, SITE_URL="https://codes.example.org")
    assert found == ["__Host-sessionid", True, True, "Lax"]


def test_http_site_has_no_hsts_and_cookies_that_work_without_https(tmp_path):
    found = asked(tmp_path, SITE_URL="http://codes.example.org")
    assert (found["plain"], found["hsts"]) == ([200, None], None)
    assert found["cookies"] == {"csrftoken": ["", True, "Lax", "/", ""]}


def test_site_answers_only_to_its_own_name(tmp_path):
    names = ["ALLOWED_HOSTS"]
    [hosts] = settings_of(tmp_path, names, SITE_URL="https://codes.example.org")
    assert set(hosts) == {"codes.example.org", "localhost", "127.0.0.1", "[::1]"}
    assert settings_of(tmp_path, names, ALLOWED_HOSTS="a.example.org, b.example.org") == [
        ["a.example.org", "b.example.org"]
    ]
