"""Servers of one worker, what they burn, and a client that asks them over connections that stay open."""

import os
import selectors
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

_NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.error;
events {{ worker_connections 512; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type text/html;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


class Server:
    """A running server; `asked` counts the answers it gave to `ask`."""

    def __init__(self, process: subprocess.Popen[bytes], port: int):
        self.process, self.port = process, port

    def per_cpu_second(self, request: bytes, seconds: float, connections: int = 16) -> float:
        """Answers to this request in a second of its own time on a processor, however busy the machine is."""
        before = self.cpu()
        return ask(self.port, request, seconds, connections) / max(self.cpu() - before, 0.01)

    def cpu(self) -> float:
        """Seconds on a processor that it and its workers have had."""
        found = [_stat(pid) for pid in self.processes()]
        return sum(int(stat[11]) + int(stat[12]) for stat in found) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """MB of the largest of its processes."""
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.processes()]
        return max(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def processes(self) -> list[int]:
        found = [self.process.pid]
        parents = {int(p.name): int(_stat(int(p.name))[1]) for p in Path("/proc").glob("[0-9]*") if p.exists()}
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found


@contextmanager
def site(environment: dict[str, str]) -> Iterator[Server]:
    """The site as it is deployed, with one worker."""
    port = _free_port()
    command = [sys.executable, "manage.py", "serve", "--workers", "1", "--port", str(port)]
    with _running(command, port, environment | {"PORT": str(port), "SITE_URL": ""}) as server:
        yield server


@contextmanager
def bare(size: int) -> Iterator[Server]:
    """Django with one constant view, as most sites serve theirs."""
    port = _free_port()
    options = ["--no-control-socket", "--bind", f"127.0.0.1:{port}", "--threads", "4"]
    command = [sys.executable, "-m", "gunicorn", "tests.bench.bare", *options]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    with _running(command, port, environment | {"BYTES": str(size)}) as server:
        yield server


@contextmanager
def nginx(folder: Path) -> Iterator[Server | None]:
    """nginx with the files of a folder; None where there is none on the machine."""
    if not (program := shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")):
        yield None
        return
    port = _free_port()
    config = folder / "nginx.conf"
    config.write_text(("user root;" if os.getuid() == 0 else "") + _NGINX.format(folder=folder, port=port))
    with _running([program, "-c", str(config)], port, dict(os.environ)) as server:
        yield server


def ask(port: int, request: bytes, seconds: float, connections: int) -> int:
    """Ask the same again and again; how many whole answers came. The first answer tells how long all are."""
    length = len(answer(port, request))
    waiting = selectors.DefaultSelector()
    for _ in range(connections):
        one = socket.create_connection(("127.0.0.1", port), timeout=30)
        one.sendall(request)
        waiting.register(one, selectors.EVENT_READ, [0])
    end, answers = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        for key, _ in waiting.select(1):
            one, got = key.fileobj, key.data
            assert isinstance(one, socket.socket)
            received = len(one.recv(262_144))
            got[0] += received
            if got[0] >= length:
                got[0], answers = 0, answers + 1
                one.sendall(request)
            assert received, "The server closed a connection."
    for key in list(waiting.get_map().values()):
        assert isinstance(key.fileobj, socket.socket)
        key.fileobj.close()
    return answers


def answer(port: int, request: bytes) -> bytes:
    """One whole answer, head and body."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
        one.sendall(request)
        got = b""
        while b"\r\n\r\n" not in got:
            got += one.recv(65_536)
        head, _, body = got.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        left = int(lengths[0].split(b":")[1]) - len(body) if lengths else 0
        while left > 0:
            got += (piece := one.recv(65_536))
            left -= len(piece)
        return got


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # It has ended meanwhile.
        return ["0"] * 20


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@contextmanager
def _running(command: list[str], port: int, environment: dict[str, str]) -> Iterator[Server]:
    process = subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield Server(process, port)
    finally:
        process.terminate()
        process.wait()
