"""Programs that others wrote to read what the site gives to machines, against the site itself."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest

from cdtsite.settings import BASE_DIR

BIN = BASE_DIR / "node_modules" / ".bin"
PROGRAMS = Path(sys.executable).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.clients)


@pytest.fixture(scope="session")
def site(tmp_path_factory, migrated):
    """The address of a running site."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(migrated, folder / "site.sqlite3")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{folder}/site.sqlite3", "DEBUG": "off", "SITE_URL": address}
    for command in (["load_content"], ["collectstatic", "--noinput", "-v0"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=BASE_DIR, env=environment, check=True)
    serve = ["--interface", "wsgi", "--port", str(port), "--blocking-threads", "4"]
    serve += ["--workers-kill-timeout", "10"]  # See tests/web/conftest.py.
    command = [sys.executable, "-m", "granian", *serve, "tests.clients.unlimited:application"]
    with (
        open(folder / "log", "wb") as log,
        subprocess.Popen(command, cwd=BASE_DIR, env=environment, stdout=log, stderr=log) as process,
    ):
        try:
            for _ in range(600):
                with socket.socket() as asked:
                    if asked.connect_ex(("127.0.0.1", port)) == 0:
                        break
                sleep(0.1)
            yield address
            assert b"Internal Server Error" not in (folder / "log").read_bytes()
        finally:
            process.terminate()
