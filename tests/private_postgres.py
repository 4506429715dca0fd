"""Runs a command with DATABASE_URL naming a PostgreSQL of its own: made for this run, on a free port, gone afterwards.

python tests/private_postgres.py pytest -q
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

OLDEST = 15


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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(*command) -> None:
        subprocess.run([*as_owner, *map(str, command)], check=True, stdout=subprocess.DEVNULL, cwd=folder)

    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
    try:
        run(server / "initdb", "-D", data, "-A", "trust", "-U", "cdt", "-E", "UTF8", "--locale=C.UTF-8")
        run(server / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        try:
            yield f"postgres://cdt@127.0.0.1:{port}/postgres"
        finally:
            run(server / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    with cluster() as url:
        code = subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": url}).returncode
    sys.exit(code)
