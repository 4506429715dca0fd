"""tests/machine.sh: a program counts if it runs; what is missing is installed by root on Debian, and else named."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "machine.sh"
ALL = {
    "python3": "",
    "initdb": "echo 'initdb (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)'",
    "chromium": "",
    "npm": "",
    "java": "",
    "nginx": "",
    "pgbouncer": "",
    "systemd-analyze": "",
    "openssl": "",
    "curl": "",
}
PACKAGES = {
    "python3": "python3-venv",
    "initdb": "postgresql",
    "chromium": "chromium",
    "npm": "npm",
    "java": "default-jre-headless",
    "nginx": "nginx",
    "pgbouncer": "pgbouncer",
    "systemd-analyze": "systemd",
    "openssl": "openssl",
    "curl": "curl",
}


@pytest.fixture
def machine(tmp_path):
    """machine(programs, user=0, apt="") -> what the script says on a machine that has these programs, tmp_path/lib, and
    nothing else.

    `apt` is what `apt-get install` does, None if there is no apt-get; what it was asked for stands in tmp_path/asked.
    """
    (tmp_path / "bin").mkdir()
    (tmp_path / "lib/any").mkdir(parents=True)
    (tmp_path / "lib/any/libatomic.so.1").touch()
    # The servers and libraries of the machine that runs the tests are not on this one.
    script = tmp_path / "machine.sh"
    text = SCRIPT.read_text().replace("/usr/lib/postgresql/*/bin", str(tmp_path / "servers/*/bin"))
    script.write_text(text.replace("/usr/sbin/", f"{tmp_path}/bin/").replace("/usr/lib/", f"{tmp_path}/lib/"))

    def program(name: str, body: str) -> None:
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / "bin" / name).chmod(0o755)

    def run(programs: dict[str, str], *words: str, user: int = 0, apt: str | None = "") -> subprocess.CompletedProcess:
        shutil.rmtree(tmp_path / "bin")
        (tmp_path / "bin").mkdir()
        for name, body in programs.items():
            program(name, body)
        program("id", f"echo {user}")
        if apt is not None:
            program("apt-get", f'echo "$*" >>{tmp_path}/asked\n{apt}')
        env = {"PATH": str(tmp_path / "bin")}
        return subprocess.run(["/bin/sh", script, *words], env=env, cwd=tmp_path, capture_output=True, text=True)

    return run


def asked(tmp_path) -> list[str]:
    file = tmp_path / "asked"
    return file.read_text().splitlines() if file.exists() else []


def arrives(tmp_path, name: str) -> str:
    """A line for apt-get: the program is there afterwards."""
    (tmp_path / name).write_text(f"#!/bin/sh\n{ALL[name]}\n")
    (tmp_path / name).chmod(0o755)
    return f"/bin/cp {tmp_path / name} {tmp_path}/bin/"


def test_machine_that_has_all_is_left_alone(machine, tmp_path):
    done = machine(ALL)
    assert (done.returncode, done.stdout, done.stderr, asked(tmp_path)) == (0, "", "", [])


@pytest.mark.parametrize("name", ALL)
def test_root_on_debian_gets_what_is_missing_and_nothing_else(machine, tmp_path, name):
    done = machine({n: body for n, body in ALL.items() if n != name}, apt=arrives(tmp_path, name))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"Installing: {PACKAGES[name]}\n", "")
    assert asked(tmp_path) == ["update -qq", f"install -y -qq --no-install-recommends {PACKAGES[name]}"]


@pytest.mark.parametrize("name", ALL)
def test_program_that_is_there_and_does_not_run_is_missing(machine, tmp_path, name):
    done = machine(ALL | {name: "exit 10"}, apt=arrives(tmp_path, name))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"Installing: {PACKAGES[name]}\n", "")


def test_library_that_is_missing_is_installed(machine, tmp_path):
    (library := tmp_path / "lib/any/libatomic.so.1").rename(tmp_path / "library")
    done = machine(ALL, apt=f"/bin/cp {tmp_path / 'library'} {library}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Installing: libatomic1\n", "")


def test_attacks_need_two_programs_more(machine, tmp_path):
    done = machine(ALL | {"sqlmap": ""}, "torture", user=1000)
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        1,
        "These programs are missing, too old or do not run: faketime.",
    )
    assert machine(ALL | {"sqlmap": "", "faketime": ""}, "torture").returncode == 0


@pytest.mark.parametrize("name", ["chromium-browser", "google-chrome"])
def test_chromium_goes_by_other_names_too(machine, tmp_path, name):
    done = machine({n: body for n, body in ALL.items() if n != "chromium"} | {name: ""})
    assert (done.returncode, asked(tmp_path)) == (0, [])


def test_server_too_old_is_missing_and_a_newer_one_beside_it_counts(machine, tmp_path):
    old = {"initdb": "echo 'initdb (PostgreSQL) 13.21 (Debian 13.21-0+deb11u1)'"}
    done = machine(ALL | old, user=1000)
    assert (done.returncode, "postgresql" in done.stderr) == (1, True)
    (tmp_path / "servers/16/bin").mkdir(parents=True)
    newer = tmp_path / "servers/16/bin/initdb"
    newer.write_text("#!/bin/sh\necho 'initdb (PostgreSQL) 16beta1'\n")
    newer.chmod(0o755)
    assert machine(ALL | old, user=1000).returncode == 0


def test_what_is_missing_after_the_installation_is_a_failure_in_words(machine):
    done = machine(ALL | {"npm": "exit 1"})
    assert done.returncode == 1
    assert done.stderr == (
        "These were installed, and still are too old or do not run: npm.\n"
        "The oldest Debian that has all of them is 12.\n"
    )


def test_installation_that_fails_is_a_failure_in_words(machine):
    done = machine({n: body for n, body in ALL.items() if n != "npm"}, apt="exit 100")
    assert (done.returncode, done.stderr) == (1, "apt-get could not install: npm.\n")


def test_plain_user_on_debian_is_told_the_command(machine, tmp_path):
    (tmp_path / "lib/any/libatomic.so.1").unlink()
    done = machine({}, user=1000)
    assert (done.returncode, asked(tmp_path)) == (1, [])
    names = "python3-venv postgresql chromium npm default-jre-headless nginx pgbouncer systemd openssl curl libatomic1"
    assert done.stderr == (
        f"These programs are missing, too old or do not run: {names}.\n"
        "Install them as root, then run make again:\n"
        f"    apt-get update && apt-get install --no-install-recommends {names}\n"
    )


def test_root_elsewhere_is_told_the_names(machine):
    done = machine({n: body for n, body in ALL.items() if n not in ("npm", "java")}, apt=None)
    assert done.returncode == 1
    assert done.stderr == (
        "These programs are missing, too old or do not run: npm default-jre-headless.\n"
        "They are named as in Debian. Install them with your system's package manager, then run make again.\n"
    )


def test_site_alone_needs_python3_venv_alone(machine):
    assert machine({"python3": ""}, "venv", user=1000).returncode == 0
    done = machine({"python3": "exit 1"}, "venv", user=1000)
    assert (done.returncode, done.stderr.splitlines()[-1].split()[-1]) == (1, "python3-venv")


def test_made_venv_needs_nothing_to_make_it(machine, tmp_path):
    (tmp_path / ".venv/bin").mkdir(parents=True)
    os.symlink("/bin/sh", tmp_path / ".venv/bin/python")
    assert machine({n: body for n, body in ALL.items() if n != "python3"}).returncode == 0
