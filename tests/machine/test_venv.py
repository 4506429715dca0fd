"""make and .venv: one that was interrupted, or made without pip, never stays; a whole one is left alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A python3 whose venv is made at once, with a pip that writes down what it was asked for.
PYTHON = """#!/bin/sh
case "$*" in
-c*) exit 0 ;;
"-m venv"*)
    rm -rf .venv && mkdir -p .venv/bin && cp made .venv/bin/python ;;
esac
"""
MADE = """#!/bin/sh
case "$*" in
"-m pip"*) echo "$@" >>asked ;;
esac
"""
# As Debian's without python3-venv: the folder is there, with its python, and no pip in it.
HALF = """#!/bin/sh
case "$*" in
-c*) exit 0 ;;
"-m venv"*)
    mkdir -p .venv/bin && printf '#!/bin/sh\\nexit 1\\n' >.venv/bin/python && chmod +x .venv/bin/python
    echo "ensurepip is not available" >&2
    exit 1 ;;
esac
"""


@pytest.fixture
def tree(tmp_path):
    """A folder with the parts of this project that make .venv."""
    (tmp_path / "tests").mkdir()
    for name in ("Makefile", "tests/venv.sh", "tests/machine.sh"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("requirements.lock", "requirements-dev.lock"):
        (tmp_path / name).write_text(f"# {name}\n")
    for name, text in {"python": PYTHON, "made": MADE, "half": HALF}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return tmp_path


def make(tree: Path, python: str = "./python", what: str = "run") -> subprocess.CompletedProcess:
    goal = [f".venv/{what}-installed", f"PYTHON={python}"]
    env = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    return subprocess.run(["make", "--no-print-directory", *goal], cwd=tree, env=env, capture_output=True, text=True)


def asked(tree: Path) -> list[str]:
    file = tree / "asked"
    found = file.read_text().splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return [line.split()[-1] for line in found]


def test_venv_that_python_cannot_make_is_taken_away_and_told_and_the_next_run_makes_it(tree):
    done = make(tree, "./half")
    assert done.returncode != 0
    assert "If it misses ensurepip or pip: apt-get install python3-venv, as root." in " ".join(done.stderr.split())
    assert not (tree / ".venv").exists()
    assert make(tree).returncode == 0
    assert asked(tree) == ["requirements.lock"]


def test_venv_left_without_pip_is_made_anew(tree):
    subprocess.run(["./half", "-m", "venv"], cwd=tree, stderr=subprocess.DEVNULL)
    assert (tree / ".venv/bin/python").exists()
    done = make(tree)
    assert (done.returncode, asked(tree)) == (0, ["requirements.lock"])


@pytest.mark.parametrize("what", ["run", "dev"])
def test_venv_whose_packages_did_not_arrive_is_made_anew(tree, what):
    (tree / "made").write_text(MADE.replace('echo "$@" >>asked', "kill -9 $PPID"))
    assert make(tree, what=what).returncode != 0
    (tree / ".venv/half-a-package").touch()
    (tree / "made").write_text(MADE)
    assert make(tree, what=what).returncode == 0
    assert not (tree / ".venv/half-a-package").exists()


def test_venv_whose_python_is_gone_is_made_anew(tree):
    make(tree)
    asked(tree)
    (tree / ".venv/bin/python").unlink()
    assert (make(tree).returncode, asked(tree)) == (0, ["requirements.lock"])


def test_whole_venv_is_left_alone_until_the_lists_change(tree):
    make(tree)
    (tree / ".venv/a-package").touch()
    asked(tree)
    assert (make(tree).stdout, asked(tree)) == ("", [])
    (tree / "requirements.lock").write_text("# other\n")
    assert (make(tree).returncode, asked(tree)) == (0, ["requirements.lock"])
    assert (tree / ".venv/a-package").exists()


def test_list_of_the_tests_includes_that_of_the_site_and_follows_both(tree):
    assert (make(tree, what="dev").returncode, asked(tree)) == (0, ["requirements-dev.lock"])
    assert (make(tree, what="run").returncode, asked(tree)) == (0, [])
    (tree / "requirements.lock").write_text("# other\n")
    make(tree, what="run")
    assert asked(tree) == ["requirements.lock"]
    assert (make(tree, what="dev").returncode, asked(tree)) == (0, ["requirements-dev.lock"])


def test_real_venv_that_was_left_half_made_works_afterwards(tree):
    """With this Python: its files without pip, as an interrupted ensurepip leaves them."""
    for name in ("requirements.lock", "requirements-dev.lock"):
        (tree / name).write_text("")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tree / ".venv"], check=True)
    done = make(tree, sys.executable)
    assert (done.returncode, done.stderr) == (0, "")
    assert subprocess.run([tree / ".venv/bin/pip", "--version"], capture_output=True).returncode == 0
