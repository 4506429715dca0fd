"""Runs a command with DATABASE_URL naming a PostgreSQL of its own: made for this run, on a free port, gone afterwards.

python tests/private_postgres.py pytest -q

Each database that the command makes there is a copy of one that has every migration.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]
OLDEST = 15
# Set for the command: what it makes a database from has every migration.
TEMPLATE = "TEMPLATE_IS_MIGRATED"


def binaries() -> Path:
    """The folder of the newest PostgreSQL server on the machine; exits with a message if there is none new enough."""
    found = list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve())
    versions = {}
    for initdb in found:
        text = subprocess.run([initdb, "--version"], capture_output=True, text=True).stdout
        if version := re.search(r"\(PostgreSQL\) (\d+)", text):
            versions[int(version[1])] = initdb.parent
    if not versions or max(versions) < OLDEST:
        sys.exit(f"The tests need PostgreSQL {OLDEST} or newer; found: {sorted(versions) or 'none'}.")
    return versions[max(versions)]


@contextmanager
def cluster():
    """A running server; gives its DATABASE_URL. PostgreSQL refuses to run as root, so root hands it to `postgres`."""
    server = binaries()
    folder = Path(tempfile.mkdtemp(prefix="cdt-postgres-"))
    as_owner = []
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_owner = ["runuser", "-u", "postgres", "--"]
    data = folder / "data"

    def run(*command, check: bool = True) -> bool:
        done = subprocess.run([*as_owner, *map(str, command)], check=check, stdout=subprocess.DEVNULL, cwd=folder)
        return done.returncode == 0

    def start() -> int:
        """Gives the port, which was free a moment before: if somebody else was quicker, another one is tried."""
        for attempt in range(5):
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            options = " ".join(f"-c {name}={value}" for name, value in {**given, "port": port}.items())
            if run(
                server / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start", check=attempt == 4
            ):
                break
        return port

    # It need not outlive a power cut, and writes nothing that only a recovery would read.
    quick = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_level": "minimal"}
    quick |= {"max_wal_senders": "0", "autovacuum": "off", "shared_buffers": "256MB", "jit": "off"}
    given = {"listen_addresses": "127.0.0.1", "unix_socket_directories": folder, **quick}
    try:
        run(server / "initdb", "-D", data, "-A", "trust", "-U", "cdt", "-E", "UTF8", "--locale=C.UTF-8")
        port = start()
        try:
            yield f"postgres://cdt@127.0.0.1:{port}/postgres"
        finally:
            run(server / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def migrate(url: str) -> None:
    """Bring the database that all others are copied from up to date."""
    template = os.environ | {"DATABASE_URL": urlsplit(url)._replace(path="/template1").geturl()}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=template, check=True)


if __name__ == "__main__":
    with cluster() as url:
        migrate(url)
        # Ctrl-C reaches the command too, which ends by itself; the server goes when it has.
        with subprocess.Popen(sys.argv[1:], env=os.environ | {"DATABASE_URL": url, TEMPLATE: "yes"}) as command:
            signal.signal(signal.SIGINT, lambda *_: None)
            signal.signal(signal.SIGTERM, lambda *_: command.send_signal(signal.SIGINT))
    sys.exit(command.returncode)
