"""What keeps the site from starting is told in words, before anything is served: a port in use, a folder not ours."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.web.test_settings import NAMES

ROOT = Path(__file__).parents[2]
# Root may write anywhere; the tests' root gives that up and is the owner of its own files only.
NOT_OVERRIDING = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else []
COMMANDS = [
    ["manage.py", "check"],
    ["manage.py", "migrate"],
    ["manage.py", "load_content"],
    ["manage.py", "collectstatic", "--noinput"],
    ["manage.py", "tick"],
    ["manage.py", "serve", "--port", "0"],
]


# --- Ports


@pytest.fixture
def taken():
    """A port that somebody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def tree(tmp_path):
    """A folder with what make needs before it starts the site, and no site."""
    (tmp_path / "tests").mkdir()
    for name in ("Makefile", "requirements.lock", "tests/venv.sh", "tests/machine.sh", "tests/port.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    shutil.copy(ROOT / "requirements.lock", tmp_path / ".venv/run-installed")
    (tmp_path / ".venv/bin/python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (tmp_path / ".venv/bin/python").chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("goal", ["run", "dev"])
def test_port_in_use_is_told_in_one_line_before_anything_starts(tree, taken, goal):
    command = ["env", "--unset=MAKEFLAGS", "make", "--no-print-directory", goal, f"PORT={taken}"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    first, *rest = done.stderr.splitlines()
    assert first.startswith(f"Port {taken} is in use, by this site or by another program.")
    assert [line for line in rest if not line.startswith("make")] == []


def port(number) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "tests/port.py", str(number)], cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stderr.strip()


def test_the_port_that_is_named_instead_is_free(taken):
    code, said = port(taken)
    assert code == 1
    assert port(said.rpartition("PORT=")[2].rstrip(".")) == (0, "")


@pytest.mark.parametrize("wrong", ["http", "70000", "-1"])
def test_what_is_no_port_is_told_as_the_settings_do(wrong):
    assert port(wrong) == (1, "PORT: a port number from 1 to 65535")


def test_port_just_left_is_free(taken):
    """Closed connections linger for a minute; a site that was stopped can be started at once."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", number)):
            server.accept()[0].close()
    assert port(number) == (0, "")


# --- Folders


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site in a folder of its own, without a var."""
    folder = tmp_path_factory.mktemp("site")
    for name in ("cdtsite", "codes", "comments", "templates"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", folder / "manage.py")
    return folder


@pytest.fixture
def var(site):
    """The site's var, which the test makes."""
    yield site / "var"
    subprocess.run(["chmod", "-R", "u+rwX", site])
    subprocess.run(["rm", "-rf", site / "var"])


def start(site: Path, command: list[str], **given: str) -> subprocess.CompletedProcess:
    env = {
        n: v for n, v in os.environ.items() if n not in [*NAMES, "DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE"]
    }
    run = [*NOT_OVERRIDING, sys.executable, *command]
    return subprocess.run(run, env=env | given, cwd=site, capture_output=True, text=True, timeout=300)


def told(done: subprocess.CompletedProcess, path: Path) -> str:
    """What it said of the path, or of a file in it; there is no traceback, and it has ended."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if "[INFO]" not in line]
    assert f" may not use {path}" in lines[0], done.stderr
    return "\n".join(lines)


def give(var: Path) -> str:
    return f"    mkdir -p {var} && chown -R "


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[1])
def test_read_only_var_is_told_with_what_to_do(site, var, command):
    var.mkdir(mode=0o500)
    said = told(start(site, command), var)
    assert ", dr-x------." in said
    assert said.splitlines()[-1].startswith(give(var))


@pytest.mark.parametrize("command", [COMMANDS[0], COMMANDS[-1]], ids=lambda c: c[1])
def test_var_that_cannot_be_made_is_told_with_whose_the_folder_is(site, var, command):
    site.chmod(0o500)
    said = told(start(site, command), var)
    assert f": {site} belongs to " in said


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("command", [COMMANDS[0], COMMANDS[-1]], ids=lambda c: c[1])
def test_var_of_another_user_is_told_with_that_user(site, var, command):
    var.mkdir(mode=0o700)
    shutil.chown(var, "nobody")
    assert f": {var} belongs to nobody, drwx------." in told(start(site, command), var)


@pytest.mark.parametrize("name", ["secret_key", "cdt.sqlite3", "mail", "static"])
def test_what_another_user_left_in_var_is_told_by_its_path(site, var, name, migrated):
    assert start(site, ["manage.py", "check"]).returncode == 0
    shutil.copy(migrated, var / "cdt.sqlite3")
    (var / name).chmod(0)
    told(start(site, ["manage.py", "collectstatic", "--noinput"]), var / name)


def test_database_elsewhere_is_not_given_away_with_its_whole_folder(site, var, tmp_path):
    tmp_path.chmod(0o500)
    said = told(start(site, ["manage.py", "check"], DATABASE_URL=f"sqlite:///{tmp_path}/cdt.sqlite3"), tmp_path)
    assert said.splitlines()[-1].startswith("Run this as its owner, or name a place that ")
    tmp_path.chmod(0o700)


def test_var_that_is_a_file_is_told(site, var):
    var.touch()
    done = start(site, ["manage.py", "check"])
    assert (done.returncode, done.stderr) == (1, f"{var} has to be a folder, and is none.\n")


def test_site_that_writes_nothing_starts_in_a_folder_that_it_only_reads(site, var):
    (var / "static").mkdir(parents=True)
    (var / "static").chmod(0o500)
    var.chmod(0o500)
    given = {"SECRET_KEY": "s" * 20 + "e" * 20 + "cret12345!", "DATABASE_URL": "postgres://cdt@localhost:5432/cdt"}
    done = start(site, ["manage.py", "check"], EMAIL_URL="smtp://localhost:25", **given)
    assert (done.returncode, done.stderr) == (0, "")


def test_var_is_for_its_owner_alone_with_a_secret_key_from_the_environment_too(site, var):
    assert start(site, ["manage.py", "check"], SECRET_KEY="s" * 20 + "e" * 20 + "cret12345!").returncode == 0
    assert [oct((var / name).stat().st_mode & 0o777) for name in ("", "mail")] == ["0o700", "0o700"]


def test_wrong_setting_ends_the_server_instead_of_one_worker_after_the_other(site, var):
    done = start(site, COMMANDS[-1], PROXIES="two")
    assert done.returncode == 1
    assert done.stderr.count("PROXIES: a number, 0 or more") == 1
    assert "worker" not in done.stdout + done.stderr
