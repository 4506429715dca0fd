"""backup and restore: a drill on both databases, and what is left by one that is killed."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit
from zipfile import ZipFile

import psycopg
import pytest
import time_machine
from django.apps import apps
from django.conf import settings as product
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from cdtsite.backups import numbers
from tests import factories
from tests.acts.conftest import Track
from tests.web.test_settings import NAMES, ROOT

CODES = ["D6010", "D6012", "D6013"]
CANARY = "D6020"


@pytest.fixture
def elsewhere(tmp_path):
    """The site in another folder, with a database of its own that is empty; gives the folder and its environment."""
    site = tmp_path / "elsewhere"
    for name in ("cdtsite", "codes", "comments", "templates"):
        shutil.copytree(ROOT / name, site / name, ignore=shutil.ignore_patterns("__pycache__", "content", "static"))
    (site / "codes/content").symlink_to(ROOT / "codes/content")
    shutil.copy(ROOT / "manage.py", site)
    given = {name: value for name, value in os.environ.items() if name not in NAMES}
    if connection.vendor == "sqlite":
        yield site, given
        return
    name = f"{connection.settings_dict['NAME']}_elsewhere"
    with closing(psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield site, given | {"DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()}
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


_LOOK = """
import django; django.setup()
import base64, json, sys
from django_otp.oath import TOTP
from django.conf import settings
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
from django.db import connection
from django.test import Client
from codes.acts import corrections
from codes.acts.invariant import broken
from codes.mail import outbox, proof
from codes.models import Address, Correction, Mail
from tests import factories

sent = json.loads(sys.argv[1])
desk, client = Client(headers={"host": "127.0.0.1"}), Client(headers={"host": "127.0.0.1"})
desk.post("/admin/login/", {"username": "ed", "password": "ed-password"})
desk.post("/admin/login/code/", {"code": f"{TOTP(base64.b32decode(sys.argv[2])).token():06}"})
queue = desk.get("/admin/queue/")
rows = Correction.objects.in_bulk([pk for pk, *_ in sent.values()])
page = client.get("/codes/D6020/").content.decode()
mails = Mail.objects.count()
factories.correction("D6020", email="Pending@example.org")
print(json.dumps({
    "broken": broken(),
    "states": {state: rows[pk].state for state, (pk, *_) in sent.items()},
    "receipts": {state: client.get(f"/corrections/{token}/").status_code for state, (pk, token, _) in sent.items()},
    "acts": all(proof.is_code(rows[pk], code) for pk, _, code in sent.values()),
    "queue": queue.status_code,
    "canaries": ["Canary title" in page, "Canary accepted." in page, rows[sent["rejected"][0]].reply],
    "mailed": Mail.objects.count() - mails,
}))
"""


def run(site: Path, environment: dict, *command: str) -> str:
    environment = environment | {"DJANGO_SETTINGS_MODULE": "cdtsite.settings", "PYTHONPATH": f"{site}:{ROOT}"}
    done = subprocess.run([sys.executable, *command], cwd=site, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_drill_while_four_write_then_elsewhere_where_every_link_and_login_works(track, elsewhere, tmp_path):
    editors = track.run("stage", CODES, 4, 4)
    sent = track.run("settle", CANARY)
    app = track.run("protect", "ed")[2]
    file = tmp_path / "backup.zip"
    with track.ready(*(("write", CODES, editor, 3) for editor in editors), ("back_up", str(file))) as racers:
        for racer in racers:
            racer.go()
        *done, said = [racer.result() for racer in racers]
    assert said.endswith(" MB, audited and read back.\n")
    assert all(min(counts.values()) > 0 for counts in done)
    assert (stat.S_IMODE(file.stat().st_mode), sorted(tmp_path.glob("backup*"))) == (0o600, [file])

    site, environment = elsewhere
    assert "The site is as it was on " in run(site, environment, "manage.py", "restore", str(file))
    assert json.loads(run(site, environment, "-c", _LOOK, json.dumps(sent), app)) == {
        "broken": [],
        "states": {state: state for state in sent},
        "receipts": dict.fromkeys(sent, 200),
        "acts": True,
        "queue": 200,
        "canaries": [True, True, "Canary reason."],
        "mailed": 0,
    }
    keys = {f.name: f.read_text() for f in (site / "var").glob("*_key*")}
    assert keys == dict.fromkeys(("secret_key", "link_keys", "address_keys"), product.SECRET_KEY)
    assert {stat.S_IMODE(f.stat().st_mode) for f in (site / "var").glob("*_key*")} == {0o600}


def name(track: Track) -> str:
    """What the database of the track is called by whoever wants to lose it."""
    url = urlsplit(track.environment["DATABASE_URL"])
    return url.path.removeprefix("/")


@pytest.fixture
def backed_up(track, tmp_path):
    """A backup of a site, whose page was changed since."""
    track.run("stage", CODES, 4, 0)
    track.run("back_up", str(tmp_path / "backup.zip"))
    track.run("reword", CODES[0], 3)
    return str(tmp_path / "backup.zip")


def killed(track: Track, *command: str, doing: str) -> None:
    with track.ready(("die", command, doing)) as [racer]:
        racer.go()
        assert racer.result() is None
        assert racer.process.exitcode == -9, racer.errors.read_text()


def title(track: Track) -> str:
    return track.outcome(CODES[0])["pages"][CODES[0]]["title"]


@pytest.mark.parametrize("doing", ["Restoring", "reindex"])
def test_restore_that_is_killed_leaves_one_state_whole_and_the_next_one_ends_well(track, backed_up, doing):
    before, after = title(track), "A thing that is done"
    assert before != after
    killed(track, "restore", backed_up, f"--replace={name(track)}", doing=doing)
    # On PostgreSQL that of the backup is in its place before it is audited.
    in_place = doing == "reindex" and connection.vendor == "postgresql"
    assert title(track) == (after if in_place else before)
    assert track.run("restore", backed_up, name(track)).startswith("0 of ")
    assert title(track) == after


def test_nothing_that_was_mailed_since_the_backup_opens_what_is_sent_after_restore(track, tmp_path):
    file = str(tmp_path / "backup.zip")
    track.run("stage", CODES[:1], 1, 0)
    track.run("back_up", file)  # Nobody has written yet: these tables have never given a number.
    given = []
    for reader in ("anna", "berta", "carl"):
        given.append(track.run("correspond", CODES[0], f"{reader}@example.org"))
        assert track.run("restore", file, name(track)).startswith("0 of ")
    assert {len(made) for made in given} == {8}
    assert len(set().union(*given)) == 3 * 8


def test_numbers_that_tokens_are_made_from_are_left_behind_and_never_lowered(db):
    factories.code("D6010")
    factories.correction("D6010", email="anna@example.org")
    assert {model.__name__ for model in apps.get_models() if hasattr(model, "token")} == {
        model.__name__ for model in numbers.PROVED
    }
    with time_machine.travel("2026-03-04 12:00:00Z", tick=False):
        numbers.leave_behind()
    first = factories.correction("D6010", email="berta@example.org")
    with time_machine.travel("2025-03-04 12:00:00Z", tick=False):
        numbers.leave_behind()
    second = factories.correction("D6010", email="carl@example.org")
    noon = 1_772_625_600_000
    assert 0 < first.pk - noon < second.pk - noon < 5


def test_backup_that_is_killed_leaves_nothing_that_looks_like_one_and_the_next_one_ends_well(track, backed_up):
    file = Path(backed_up)
    before, before_it = file.read_bytes(), title(track)
    killed(track, "backup", backed_up, doing="Writing")
    assert file.read_bytes() == before
    [part] = set(file.parent.glob("backup*")) - {file, *file.parent.glob("*.copy")}
    assert (part.name, stat.S_IMODE(part.stat().st_mode)) == ("backup.zip.part", 0o600)
    assert "is not a whole backup" in track.run("restore", str(part), name(track))
    track.run("back_up", backed_up)
    assert sorted(file.parent.glob("backup*")) == [file]
    track.run("spoil", CODES[0])
    assert track.run("restore", backed_up, name(track)).startswith("0 of ")
    assert title(track) == before_it


def cramped(track: Track, room: int, *command: str) -> str:
    """What a command says that fails, as it may write no file of more bytes."""
    bound = f"import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))"
    bound += "; from django.core.management import execute_from_command_line; execute_from_command_line(sys.argv)"
    done = subprocess.run(
        [sys.executable, "-c", bound, *command], cwd=ROOT, env=track.environment, capture_output=True, text=True
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_backup_that_finds_no_room_says_so_and_leaves_what_was_there(track, backed_up):
    file = Path(backed_up)
    before = file.read_bytes()
    with ZipFile(file) as made:
        largest = max(info.file_size for info in made.infolist())
    for room in (100, largest // 2):  # Not even to look into the database; for a part of it.
        said = cramped(track, room, "backup", backed_up)
        assert ("The database says: disk I/O error." in said) == (connection.vendor == "sqlite")
        assert said.endswith(". There is no backup.\n")
        assert (sorted(file.parent.glob("backup*")), file.read_bytes()) == ([file], before)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the files of PostgreSQL are its server's")
def test_restore_that_finds_no_room_says_so_and_leaves_the_site_as_it_was(track, backed_up):
    before = title(track)
    with ZipFile(backed_up) as made:
        whole = made.getinfo("database.sqlite3").file_size
    # The log that it is written into needs a little more.
    said = cramped(track, whole + 4096, "restore", backed_up, f"--replace={name(track)}")
    assert said.endswith("The database says: disk I/O error. The restore did not end: run it again.\n")
    assert title(track) == before
    assert track.run("restore", backed_up, name(track)).startswith("0 of ")


def test_restore_says_what_it_does_not_do_and_changes_nothing(track, backed_up, tmp_path):
    before = title(track)

    def changed(member: str, change) -> str:
        file = tmp_path / "changed.zip"
        with ZipFile(backed_up) as made, ZipFile(file, "w") as other:
            for info in made.infolist():
                data = made.read(info)
                other.writestr(info, json.dumps(change(json.loads(data))) if info.filename == member else data)
        return str(file)

    def refused(file: str, database: str = name(track)) -> str:
        with track.ready(("restore", file, database)) as [racer]:  # Its programs may say something too.
            racer.go()
            said = racer.result()
        assert said.endswith(" Nothing was changed.")
        return said

    assert f"There is a database already. To lose it, stop the site and say which: --replace {name(track)}." in refused(
        backed_up, ""
    )
    assert "say which: --replace " in refused(backed_up, "another")
    newer = changed("about.json", lambda about: about | {"migrations": [*about["migrations"], "codes.9999_later"]})
    assert "made by a newer release: this one does not know codes.9999_later. Install the release" in refused(newer)
    other = changed(
        "about.json", lambda about: about | {"database": {"sqlite": "postgresql"}.get(connection.vendor, "sqlite")}
    )
    assert "The backup is one of " in refused(other)
    lost = changed("keys.json", lambda keys: keys | {"LINK_KEYS": "k" * 50})
    assert "LINK_KEYS in the environment is not that of the backup: links in mails would not work" in refused(lost)
    rotten = tmp_path / "rotten.zip"
    data = bytearray(Path(backed_up).read_bytes())
    data[len(data) // 2] ^= 1
    rotten.write_bytes(data)
    assert "is not a whole backup" in refused(str(rotten)) or "failed; what it said is above" in refused(str(rotten))
    assert title(track) == before


def test_backup_of_what_the_audit_finds_wrong_is_named_so_and_replaces_none(track, backed_up):
    before = Path(backed_up).read_bytes()
    track.run("spoil", CODES[1])
    with track.ready(("back_up", backed_up)) as [racer]:
        racer.go()
        assert racer.result() is None
        assert f"1 differences; the backup is {backed_up}.unsound:\nD6012: title is" in racer.errors.read_text()
    assert Path(backed_up).read_bytes() == before
    assert "The audit finds differences in the backup:\nD6012: title is" in track.run(
        "restore", f"{backed_up}.unsound", name(track)
    )
    assert track.run("restore", backed_up, name(track)).startswith("0 of ")


@pytest.mark.django_db
def test_a_database_of_another_release_is_not_backed_up_by_this_one(tmp_path):
    applied = MigrationRecorder.Migration.objects.filter(app="codes").order_by("name")
    applied.get(pk=applied.last().pk).delete()
    with pytest.raises(CommandError) as refused:
        call_command("backup", str(tmp_path / "backup.zip"))
    assert str(refused.value).endswith("A backup is made by the release that the database belongs to.")
    assert list(tmp_path.glob("backup*")) == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="of the write-ahead log of SQLite")
def test_a_file_that_was_merely_copied_lacks_what_is_in_the_log_and_the_backup_has_it(track, tmp_path):
    track.run("stage", CODES, 1, 0)
    file = urlsplit(track.environment["DATABASE_URL"]).path.removeprefix("/")
    title = "SELECT title FROM codes_procedurecode WHERE number = 'D6010'"
    # As long as somebody reads what was there before, the log is not emptied into the file.
    with closing(sqlite3.connect(file, isolation_level=None)) as reader, closing(sqlite3.connect(file)) as later:
        reader.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        reader.execute("BEGIN")
        before = reader.execute(title).fetchone()
        track.run("reword", CODES[0], 3)
        after = later.execute(title).fetchone()
        copied = shutil.copy(file, tmp_path / "copied.sqlite3")
        track.run("back_up", str(tmp_path / "backup.zip"))
    with ZipFile(tmp_path / "backup.zip") as made:
        kept = made.extract("database.sqlite3", tmp_path)
    assert before != after
    for path, said in ((copied, before), (kept, after)):
        with closing(sqlite3.connect(path)) as database:
            assert database.execute(title).fetchone() == said
