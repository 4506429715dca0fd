"""Servers of one worker, what they burn, and who asks them: wrk, which burns less than they do; readers who pause."""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench import processors
from tests.private_postgres import ROOT

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
# Where Debian has programs of root's.
_PATH = f"{os.environ['PATH']}:/usr/sbin"
_CONNECTIONS = 64
# What a reader of `felt` waits before the next page, in seconds.
_PAUSE = 0.01


class Server:
    """A running server, asked over connections that stay open."""

    def __init__(self, process: subprocess.Popen[bytes], port: int):
        self.process, self.port = process, port

    def per_cpu_second(self, path: str, headers: dict[str, str], seconds: int) -> float:
        """Answers to this request in a second of its own time on a processor, however busy the machine is.

        By many connections at once, so that it is never idle: one that has to be woken for each request spends as much
        on waking up as on answering.
        """
        said = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
        load = [
            *processors.on_last(),
            "wrk",
            "-t1",
            f"-c{_CONNECTIONS}",
            f"-d{seconds}s",
            *said,
            f"http://127.0.0.1:{self.port}{path}",
        ]
        before = self.cpu()
        told = subprocess.run(load, capture_output=True, text=True, check=True).stdout
        burnt = self.cpu() - before
        if "Non-2xx" in told or "Socket errors" in told:
            raise AssertionError(told)
        return int(re.findall(r"(\d+) requests in", told)[0]) / max(burnt, 0.01)

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
        parents = {int(p.name): int(_stat(int(p.name))[1]) for p in Path("/proc").glob("[0-9]*")}
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found


@contextmanager
def site(url: str) -> Iterator[Server]:
    """The site as it is deployed, with this database and one worker."""
    port = _free_port()
    command = [sys.executable, "manage.py", "serve", "--workers", "1", "--port", str(port)]
    with _running(command, port, os.environ | {"DATABASE_URL": url, "PORT": str(port), "SITE_URL": ""}) as server:
        yield server


@contextmanager
def bare(size: int) -> Iterator[Server]:
    """Django with one constant view of so many bytes, under gunicorn, as most sites serve theirs."""
    port = _free_port()
    options = ["--no-control-socket", "--bind", f"127.0.0.1:{port}", "--threads", "4"]
    command = [sys.executable, "-m", "gunicorn", "tests.bench.bare", *options]
    with _running(command, port, os.environ | {"BYTES": str(size)}) as server:
        yield server


@contextmanager
def nginx(folder: Path) -> Iterator[Server]:
    """nginx with the files of a folder."""
    port = _free_port()
    config = folder / "nginx.conf"
    config.write_text(("user root;" if os.getuid() == 0 else "") + _NGINX.format(folder=folder, port=port))
    program = shutil.which("nginx", path=_PATH)
    with _running([str(program), "-c", str(config)], port, dict(os.environ)) as server:
        yield server


def answer(port: int, path: str, headers: dict[str, str]) -> tuple[dict[str, str], bytes]:
    """The headers, in small letters, and the body of an answer as it is sent."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as one:
        return _answer(one, _request(port, path, headers))


def felt(port: int, path: str, seconds: float, readers: int) -> list[float]:
    """The milliseconds that so many readers, each with a connection that stays open, waited for each page, with a pause
    after it. For a process of its own.
    """
    took: list[float] = []
    end, asked = time.monotonic() + seconds, _request(port, path, {"Accept-Encoding": "br"})

    def read() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as one:
            while time.monotonic() < end:
                begun = time.perf_counter()
                _answer(one, asked)
                took.append(1000 * (time.perf_counter() - begun))
                time.sleep(_PAUSE)

    threads = [threading.Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def _request(port: int, path: str, headers: dict[str, str]) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *(f"{name}: {said}" for name, said in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def _answer(one: socket.socket, request: bytes) -> tuple[dict[str, str], bytes]:
    one.sendall(request)
    got = b""
    while b"\r\n\r\n" not in got:
        got += _received(one)
    head, _, body = got.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:])
    headers = {name.lower(): value for name, value in headers.items()}
    while not _is_whole(headers, body):
        body += _received(one)
    return headers, body


def _is_whole(headers: dict[str, str], body: bytes) -> bool:
    """Whether it is as long as its headers say; what is made while it is sent comes in chunks, the last one empty."""
    if "content-length" in headers:
        return len(body) >= int(headers["content-length"])
    return body.endswith(b"0\r\n\r\n")


def _received(one: socket.socket) -> bytes:
    piece = one.recv(262_144)
    if not piece:
        raise ConnectionError("The server closed a connection.")
    return piece


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
    said = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
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
