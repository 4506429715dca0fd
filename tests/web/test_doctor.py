"""doctor: each thing that a deployment can get wrong is told, with what to do; and what is right, as that."""

import os
import socket
import ssl
import subprocess
import threading
import zoneinfo
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from cdtsite import doctor
from cdtsite.doctor import LOOK, OK, WRONG
from codes.models import Correction, Stamp
from tests import factories

KEY = "another secret of at least fifty characters, for this test"


def said(found, level: str, *words: str) -> bool:
    """Whether a finding has this level and these words."""
    assert (found.level, [word for word in words if word not in found.said]) == (level, []), found
    return True


def test_a_site_without_https_is_told_and_one_for_oneself_more_gently(settings):
    settings.SITE_URL = "http://codes.example.org"
    assert said(
        doctor.address(), WRONG, "passwords and private links go over the line as plain text", "a proxy with TLS"
    )
    settings.SITE_URL = "http://127.0.0.1:8000"
    assert said(doctor.address(), LOOK)
    settings.SITE_URL = "https://codes.example.org"
    assert said(doctor.address(), OK, "https://codes.example.org")


def test_debug_is_told(settings):
    assert said(doctor.debug(), OK)
    settings.DEBUG = True
    assert said(doctor.debug(), WRONG, "Set it off")


def test_what_the_checks_of_django_and_the_site_find_is_told_once(settings):
    [found] = doctor.setup()
    assert said(found, OK)
    settings.X_FRAME_OPTIONS, settings.SILENCED_SYSTEM_CHECKS = "SAMEORIGIN", ["security.W019"]
    [found] = doctor.setup()
    assert said(found, OK), "what the settings silence is a choice"
    settings.SITE_URL, settings.SILENCED_SYSTEM_CHECKS = "https://codes.example.org", []
    [frames] = [one for one in doctor.setup() if "X_FRAME_OPTIONS" in one.said]
    [proxies] = [one for one in doctor.setup() if "PROXIES is 0" in one.said]
    assert said(frames, LOOK, "X_FRAME_OPTIONS")
    assert said(proxies, WRONG, "PROXIES is 0", "Set PROXIES to the number of your proxies in front")


def test_a_secret_key_that_does_the_work_of_the_others_is_told(settings):
    settings.LINK_KEYS = settings.ADDRESS_KEYS = [KEY, settings.SECRET_KEY]
    assert said(doctor.secrets(), OK)
    settings.LINK_KEYS = [settings.SECRET_KEY]
    assert said(doctor.secrets(), LOOK, "Put a new key in front in LINK_KEYS and ADDRESS_KEYS")


def test_what_others_can_read_is_named(settings, tmp_path):
    settings.VAR = tmp_path / "open" / "var"
    settings.VAR.mkdir(parents=True, mode=0o755)
    settings.VAR.parent.chmod(0o755)
    (settings.VAR / "secret_key").write_text(KEY)
    (settings.VAR / "link_keys").touch(0o600)
    settings.EMAIL_FILE_PATH = str(settings.VAR)
    found = doctor.files()
    assert said(found, WRONG, str(settings.VAR), str(settings.VAR / "secret_key"), "chmod -R go=")
    assert "link_keys" not in found.said
    settings.VAR.chmod(0o700)
    assert said(doctor.files(), OK)


def test_a_disk_that_is_nearly_full_is_told(monkeypatch):
    assert [found.level for found in doctor.disks()][-1] == OK
    monkeypatch.setattr(doctor, "LITTLE", 10**18)
    assert {found.level for found in doctor.disks()} == {LOOK}
    monkeypatch.setattr(doctor, "TOO_LITTLE", 10**18)
    assert all(said(found, WRONG, "GB are free at", "Make room") for found in doctor.disks())


def test_static_files_that_are_missing_or_older_than_what_they_were_made_of_are_told(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    assert said(doctor.static(), WRONG, "They are not there", "manage.py collectstatic")
    collected = tmp_path / "staticfiles.json"
    collected.touch()
    assert said(doctor.static(), OK)
    os.utime(collected, (0, 0))
    assert said(doctor.static(), WRONG, "were changed after they were collected", "manage.py collectstatic")
    settings.DEBUG = True
    assert said(doctor.static(), OK)


def test_time_zones_of_another_year_are_told(settings, tmp_path):
    settings.TIME_ZONE = "America/Denver"
    before = zoneinfo.TZPATH
    try:
        zoneinfo.reset_tzpath([str(tmp_path)])
        assert said(doctor.zone(), OK, "America/Denver")
        (tmp_path / "tzdata.zi").write_text("# version 2019a\n# This zic input file …\n")
        assert said(doctor.zone(), LOOK, "2019a", "Update the machine's package tzdata")
    finally:
        zoneinfo.reset_tzpath(before)


def test_mail_that_goes_to_a_folder_is_told(settings, tmp_path):
    settings.EMAIL_FILE_PATH = str(tmp_path)
    settings.SITE_URL = "https://codes.example.org"
    assert said(doctor.mailing(), WRONG, f"to the folder {tmp_path}, and nobody gets it", "Set EMAIL_URL")
    settings.SITE_URL = "http://127.0.0.1:8000"
    assert said(doctor.mailing(), LOOK)


def test_a_mail_server_that_takes_none_is_told(settings):
    if hasattr(settings, "EMAIL_FILE_PATH"):
        del settings.EMAIL_FILE_PATH
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings.EMAIL_HOST, settings.EMAIL_PORT = free.getsockname()
    server = Controller(None, hostname="127.0.0.1", port=settings.EMAIL_PORT)
    server.start()
    try:
        assert said(doctor.mailing(), OK)
    finally:
        server.stop()
    assert said(doctor.mailing(), WRONG, f"127.0.0.1:{settings.EMAIL_PORT} takes none", "See EMAIL_URL")


@pytest.mark.django_db
def test_an_old_sqlite_and_time_outs_of_the_server_are_told(monkeypatch):
    if connection.vendor == "sqlite":
        monkeypatch.setattr(doctor, "_SQLITE", (99, 1, 0))
        assert said(doctor.database(), LOOK, "could, rarely, damage the file", "Use 99.1.0 or newer", "PostgreSQL")
        monkeypatch.setattr(doctor, "_SQLITE", (3, 0, 0))
    assert said(doctor.database(), OK)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '7s'")
        assert said(doctor.database(), LOOK, "statement_timeout is 7s", "set it to 0")


@pytest.mark.django_db
def test_a_clock_that_is_off_is_told(time_machine):
    assert said(doctor.clock(), OK)
    assert said(
        doctor._compared("clock", timezone.now() - timedelta(minutes=2), "another"), WRONG, "120 s off", "chrony"
    )
    if connection.vendor == "postgresql":
        time_machine.move_to(timezone.now() + timedelta(hours=1))
        assert said(doctor.clock(), WRONG, "The clock of the database is ")


@pytest.mark.django_db
def test_senders_who_all_seem_to_be_one_are_told(settings):
    factories.code("D6010")
    for _ in range(10):
        factories.correction(network="0123456789abcdef")
    settings.PROXIES = 1
    assert said(doctor.senders(), LOOK, "seem to have one address", "PROXIES (1) is too low")
    Correction.objects.filter(pk=Correction.objects.first().pk).update(network="f" * 16)
    assert said(doctor.senders(), OK, "told apart")


@pytest.mark.django_db
def test_a_desk_that_nobody_can_log_in_to_is_told(settings):
    factories.account("ghost").set_unusable_password()
    user = factories.account("gone")
    user.is_active = False
    user.save()
    settings.REQUIRE_MFA = True
    assert said(doctor.editors(), OK, "1 can log in")
    settings.REQUIRE_MFA = False
    assert said(doctor.editors(), LOOK, "REQUIRE_MFA=on asks all for a second factor")
    type(user).objects.filter(username="ghost").update(password="!")
    assert said(doctor.editors(), WRONG, "manage.py first_editor")


@pytest.mark.django_db(transaction=True)
def test_pages_that_are_not_kept_are_told():
    assert said(doctor.kept(), OK)
    opened = Stamp.objects.filter(name__startswith="open ").values_list("name", flat=True).get()
    Stamp.objects.filter(name=opened).update(name="closed")
    try:
        assert said(doctor.kept(), WRONG, "No page is kept", "manage.py migrate")
    finally:
        Stamp.objects.filter(name="closed").update(name=opened)


@contextmanager
def served(status: int, tls: Path | None = None, **headers: str):
    """A server that answers everything so, over TLS with the certificate and key in a file; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value.format(self.server.server_port))
            self.end_headers()

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls:
            offering = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            offering.load_cert_chain(tls)
            server.socket = offering.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def dated(**by: float) -> str:
    return format_datetime(timezone.now() + timedelta(**by), usegmt=True)


def test_what_the_public_address_answers_is_told(settings):
    with served(200, Date=dated()) as settings.SITE_URL:
        assert said(doctor.public(), OK)
    assert said(doctor.public(), LOOK, "gives no answer: ConnectionRefusedError")
    with served(200, Date=dated(hours=-2)) as settings.SITE_URL:
        assert said(doctor.public(), WRONG, "s off that of this machine")
    with served(301, Location="http://127.0.0.1:{}/robots.txt") as settings.SITE_URL:
        assert said(doctor.public(), WRONG, "leads back to itself", "X-Forwarded-Proto, or PROXIES is 0")
    with served(502) as settings.SITE_URL:
        assert said(doctor.public(), WRONG, "/robots.txt answers 502, not 200")


def test_a_certificate_that_nobody_trusts_or_that_ends_soon_is_told(settings, tmp_path, monkeypatch):
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for days, level, words in ((10, LOOK, "see why it was not renewed"), (30, OK, "is that of this machine")):
        file = tmp_path / f"{days}.pem"
        named = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", f"{days}"]
        subprocess.run([*new, *named, "-keyout", file, "-out", tmp_path / "cert"], check=True, capture_output=True)
        with file.open("a") as both:
            both.write((tmp_path / "cert").read_text())
        with served(200, tls=file, Date=dated()) as settings.SITE_URL:
            monkeypatch.delenv("SSL_CERT_FILE", raising=False)
            assert said(doctor.public(), WRONG, "does not trust the certificate", "self-signed", "nginx and TLS")
            monkeypatch.setenv("SSL_CERT_FILE", str(file))
            assert said(doctor.public(), level, words)


@pytest.mark.django_db
def test_command_says_all_of_it_a_line_each_and_ends_with_1_where_something_is_wrong(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    told = StringIO()
    with pytest.raises(CommandError, match=r"^\d things are wrong\.$"):
        call_command("doctor", stdout=told)
    lines = [(line[:6].strip(), *line[6:].split(": ", 1)) for line in told.getvalue().splitlines()]
    assert {level for level, *_ in lines} == {OK, LOOK, WRONG}
    wrong = {about: words for level, about, words in lines if level == WRONG}
    assert wrong["tick"] == "tick has never run: start manage.py tick --forever."
    assert wrong["static files"] == "They are not there, and no page can be made: manage.py collectstatic."
    assert {"database", "migrations", "search index", "mail", "https", "public address", "senders"} <= {
        a for _, a, _ in lines
    }


def test_command_says_so_where_nothing_is_wrong(monkeypatch):
    monkeypatch.setattr(doctor, "examined", lambda: iter([doctor.Finding(OK, "debug", "off")]))
    told = StringIO()
    call_command("doctor", stdout=told)
    assert told.getvalue() == "ok    debug: off\nNothing is wrong.\n"
