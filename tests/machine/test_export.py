"""manage.py export as a process: one that is killed leaves no half file, and two do not write to one folder."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path
from time import sleep

import pytest

from cdtsite.settings import BASE_DIR
from codes.downloads import files
from codes.editorial import entry


@pytest.fixture
def environment(tmp_path, migrated):
    """Of a site with some codes."""
    content = tmp_path / "entries"
    content.mkdir()
    for name in (entry.REGISTER, *(path.name for path in entry.paths()[:20])):
        shutil.copy(entry.CONTENT / name, content / name)
    shutil.copy(migrated, tmp_path / "site.sqlite3")
    made = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/site.sqlite3"}
    subprocess.run([sys.executable, "manage.py", "load_content", content], cwd=BASE_DIR, env=made, check=True)
    return made


def started(folder: Path, environment) -> subprocess.Popen:
    """An export that writes by now."""
    command = [sys.executable, "manage.py", "export", str(folder)]
    process = subprocess.Popen(command, cwd=BASE_DIR, env=environment, stderr=subprocess.PIPE, text=True)
    while not (folder / ".export").exists() and process.poll() is None:
        sleep(0.001)
    return process


def test_killed_export_leaves_no_half_file_and_the_next_one_does_it_all(tmp_path, environment):
    folder = tmp_path / "out"
    with started(folder, environment) as killed:
        with started(folder, environment) as second:
            said = second.stderr.read()
            # Unless the first has ended by then, it has the folder for itself.
            assert (second.wait(), said) in ((0, ""), (1, f"CommandError: Another export writes to {folder} now.\n"))
        killed.send_signal(signal.SIGKILL)
    check(folder)
    subprocess.run([sys.executable, "manage.py", "export", folder], cwd=BASE_DIR, env=environment, check=True)
    check(folder)
    assert {path.name for path in folder.iterdir()} == files.FILES.keys()


def check(folder: Path) -> None:
    """Each file that is there is whole."""
    for path in folder.glob("[a-z]*"):
        if path.suffix == ".xlsx":
            assert zipfile.ZipFile(path).testzip() is None
        elif path.suffix == ".sqlite":
            with closing(sqlite3.connect(path)) as database:
                assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert database.execute("SELECT count(*) FROM codes").fetchall() == [(20,)]
        else:
            assert path.read_text(encoding="utf-8").endswith("\n")
