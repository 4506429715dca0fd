"""manage.py export as a process: one that is killed leaves no half file, and two do not write to one folder."""

import fcntl
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
from django.core.management import CommandError, call_command

from cdtsite.settings import BASE_DIR
from codes.downloads import files

pytestmark = pytest.mark.django_db


def test_killed_export_leaves_no_half_file_and_the_next_one_does_it_all(tmp_path, migrated):
    folder = tmp_path / "out"
    shutil.copy(migrated, tmp_path / "site.sqlite3")
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/site.sqlite3"}
    command = [sys.executable, "manage.py", "export", folder]
    with subprocess.Popen(command, cwd=BASE_DIR, env=environment, stdout=subprocess.DEVNULL) as process:
        while not (folder / ".export").exists() and process.poll() is None:
            sleep(0.001)
        process.send_signal(signal.SIGKILL)
    check(folder)
    call_command("export", folder)
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
                assert database.execute("SELECT count(*) FROM codes").fetchall() == [(0,)]
        else:
            assert path.suffix == ".jsonl" or path.read_text(encoding="utf-8").endswith(",as_of_edition\n")


def test_folder_that_another_export_writes_to_is_left_alone(tmp_path):
    folder = tmp_path / "out"
    (folder / ".export").mkdir(parents=True)
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        with pytest.raises(CommandError, match=f"^Another export writes to {folder} now.$"):
            call_command("export", folder)
    finally:
        os.close(lock)
    assert [path.name for path in folder.iterdir()] == [".export"]
