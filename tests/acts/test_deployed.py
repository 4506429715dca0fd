"""docs/deploying/: the site behind the nginx of the docs, on one machine and on two; its services, read by systemd."""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings as product
from django.db import connection

from codes.models import Correction
from tests.acts.test_server import Server, serving, wait_for
from tests.web.reading import fields

CODE = "D6010"
DOCS = product.BASE_DIR / "docs" / "deploying"
HOST = "codes.example.org"
BOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
RECEIPT = "/corrections/" + "Ab3_-xYz" * 4 + "/"


class Front:
    """The running nginx: answers under its name, over TLS."""

    def __init__(self, port: int, folder: Path):
        self.port, self.folder = port, folder

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str):
        """Status, headers and body of an answer."""
        trusting = ssl.create_default_context(cafile=self.folder / "cert.pem")
        trusting.check_hostname = False
        with closing(http.client.HTTPSConnection("127.0.0.1", self.port, timeout=120, context=trusting)) as asked:
            asked.request(method, path, body, {"Host": HOST, **headers})
            answer = asked.getresponse()
            return answer.status, answer.headers, answer.read()

    def log(self) -> str:
        return (self.folder / "cdt.log").read_text()


def free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


@contextmanager
def nginx(folder: Path, upstreams: list[int]) -> Iterator[Front]:
    """The file of the docs with other ports and folders, and nothing else changed."""
    secure, plain = free_ports(2)
    subject = ["-subj", f"/CN={HOST}", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject], check=True, capture_output=True
    )
    text = (DOCS / "nginx.conf").read_text()
    lines = "\n".join(f"server 127.0.0.1:{port};" for port in upstreams)
    for old, new in {
        "server 127.0.0.1:8000;": lines,
        "listen 443": f"listen 127.0.0.1:{secure}",
        "listen 80": f"listen 127.0.0.1:{plain}",
        "/etc/ssl/cdt/": f"{folder}/",
        "/var/cache/nginx/cdt": f"{folder}/seen",
        "/var/log/nginx/": f"{folder}/",
    }.items():
        assert old in text
        text = text.replace(old, new)
    text = re.sub(r"listen \[::\].*", "", text)
    (folder / "site.conf").write_text(text)
    bodies = "".join(
        f"{name}_temp_path {folder}/{name}; " for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root; " if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ {bodies} include {folder}/site.conf; }}\n"
    )
    command = [NGINX, "-e", folder / "error.log", "-c", folder / "nginx.conf"]
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert tried.returncode == 0, tried.stderr
    assert "warn" not in tried.stderr
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_for(secure)
        yield Front(secure, folder)
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def site(track):
    """The environment of a site with one code, as the docs set one up."""
    track.run("stage", [CODE], 1, 0)
    environment = track.environment | {"SITE_URL": f"https://{HOST}", "PROXIES": "1"}
    collected(environment)
    return environment


def collected(environment: dict[str, str]) -> None:
    """Without DEBUG static files are read where they were collected."""
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    subprocess.run(command, cwd=product.BASE_DIR, env=environment, check=True)


def test_site_is_served_over_tls_and_its_last_pages_while_it_is_down(track, site, tmp_path):
    with serving(site, tmp_path / "log", "--workers", "1") as server, nginx(tmp_path, [server.port]) as front:
        status, headers, page = front.ask(f"/codes/{CODE}/")
        assert (status, b"<h1" in page, headers["Cache-Control"]) == (200, True, "no-cache")
        assert headers["Strict-Transport-Security"]
        assert front.ask(f"/codes/{CODE}/", **{"If-None-Match": headers["ETag"]})[0] == 304
        track.run("reword", CODE, 1)
        old, page = page, front.ask(f"/codes/{CODE}/")[2]
        assert page != old, "a change is seen at once"
        assert front.ask(RECEIPT)[0] == 404
        assert front.ask("/search/?q=a+name")[0] == 200
        assert front.ask("/check/", "POST", b"x" * (13 * 2**20))[0] == 413
        form = front.ask("/contact/")
        assert "no-store" in form[1]["Cache-Control"]

        server.stop()
        assert front.ask(f"/codes/{CODE}/")[::2] == (200, page)
        down = front.ask("/contact/")
        assert (down[0], down[1]["Retry-After"], down[1]["Cache-Control"]) == (503, "60", "no-store")
        assert down[2].startswith(b"This site does not answer at the moment.")
        assert front.ask(f"/codes/{CODE}/", "POST", b"body=typed")[0] == 503
        assert front.ask(RECEIPT)[0] == 503
        logged = front.log()
    assert f"GET /codes/{CODE}/ 200" in logged
    assert "GET /corrections/* 404" in logged
    for secret in (RECEIPT[13:30], "127.0.0.1", "name", "typed"):
        assert secret not in logged, secret


def test_systemd_finds_nothing_wrong_with_the_services_and_the_timer(tmp_path):
    units = [file.name for file in DOCS.glob("cdt*.*")]
    assert sorted(units) == ["cdt-backup.service", "cdt-backup.timer", "cdt-tick.service", "cdt.service"]
    for unit in units:
        text = (DOCS / unit).read_text().replace("/srv/cdt/.venv/bin/python", sys.executable)
        (tmp_path / unit).write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", *(tmp_path / unit for unit in units)]
    told = subprocess.run(command, capture_output=True, text=True)
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


@contextmanager
def pgbouncer(url: str) -> Iterator[str]:
    """The address of a database through pgbouncer in transaction mode."""
    server, (port,) = urlsplit(url), free_ports(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "users").write_text(f'"{server.username}" ""\n')
        (folder / "ini").write_text(
            f"[databases]\n* = host=127.0.0.1 port={server.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {folder}/users\npool_mode = transaction\ndefault_pool_size = 4\n"
        )
        user = ["--user", "postgres"] if os.getuid() == 0 else []
        command = [BOUNCER, "--quiet", *user, folder / "ini"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(port)
            yield server._replace(netloc=f"{server.username}@127.0.0.1:{port}").geturl()
        finally:
            process.terminate()
            process.wait()


def seen_by(server: Server) -> bytes:
    """The page of the code as one of the machines has it, asked as nginx asks."""
    headers = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "::1"}
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)) as asked:
        asked.request("GET", f"/codes/{CODE}/", headers=headers)
        answer = asked.getresponse()
        assert answer.status == 200
        return answer.read()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="two machines do not share a file")
def test_two_machines_and_a_pool_of_connections_say_the_same(track, site, tmp_path):
    """What a reader sends to one is in the queue of both; what is published is seen on both at once."""
    with ExitStack() as ends:
        pooled = site | {"DATABASE_URL": ends.enter_context(pgbouncer(site["DATABASE_URL"]))}
        one, other = (
            ends.enter_context(serving(pooled, tmp_path / name, "--workers", "1")) for name in ("one.log", "other.log")
        )
        front = ends.enter_context(nginx(tmp_path, [one.port, other.port]))
        ends.callback(other.stop)
        ends.callback(one.stop)
        before = seen_by(one)
        assert seen_by(other) == before

        address = f"/codes/{CODE}/correct/?item=use_when.line-0"
        _, headers, form = front.ask(address)
        typed = fields(SimpleNamespace(content=form)) | {"use_when.line-0:text": "As a reader has it.", "send": "1"}
        told = {"Cookie": headers["Set-Cookie"].partition(";")[0], "Referer": f"https://{HOST}{address}"}
        told["Content-Type"] = "application/x-www-form-urlencoded"
        time.sleep(4)  # Who sends it faster than a person reads it is refused.
        sent = front.ask(address, "POST", urlencode(typed, doseq=True).encode(), **told)
        assert sent[0] == 302, sent[2].decode()
        assert seen_by(one) == seen_by(other) != before, "both say that a correction waits"
        (editor,) = track.run("stage", [], 0, 1)
        (waiting,) = Correction.objects.values_list("pk", flat=True)
        assert track.run("accept", editor, [waiting]) == ["published"]
        for server in (one, other):
            assert b"As a reader has it." in seen_by(server)
        assert b"As a reader has it." in front.ask(f"/codes/{CODE}/")[2]
