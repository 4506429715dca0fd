"""From one release to the next: the one before still runs on the migrated database while this one is rolled out; what
it has left there is found, and its tables come back.
"""

import gzip
import re
import sqlite3
from contextlib import closing
from io import StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from cdtsite.backups import archive
from codes.acts.publishing import latest
from codes.editorial import entry
from codes.models import Correction, Mail
from comments.models import Comment, Message
from tests import factories
from tests.acts.conftest import Track

# The last migrations of the release before this one; each release moves them on.
BEFORE = [("cdtsite", "0001_roles"), ("codes", "0004_first_reasons"), ("comments", "0001_initial")]


@pytest.fixture
def old(db):
    """The models of the release before, which write exactly its columns."""
    return MigrationLoader(connection).project_state(BEFORE).apps


def columns(cursor, table: str) -> dict:
    return {column.name: column for column in connection.introspection.get_table_description(cursor, table)}


def test_columns_of_the_release_before_are_there_and_new_ones_can_be_left_out(old):
    ours = [model for model in old.get_models() if model._meta.app_label in dict(BEFORE)]
    assert len(ours) > 15
    wrong = []
    with connection.cursor() as cursor:
        for model in ours:
            now = columns(cursor, model._meta.db_table)
            then = {field.column: field for field in model._meta.local_fields}
            wrong += [f"{model._meta.db_table}.{name} is gone" for name in then.keys() - now.keys()]
            wrong += [
                f"{model._meta.db_table}.{name} needs a value"
                for name, column in now.items()
                if not column.null_ok and (then[name].null if name in then else column.default is None)
            ]
    assert wrong == []


def test_release_before_can_send_everything_and_this_one_reads_it(old):
    factories.code("D6010")
    base = latest("D6010")
    sent = old.get_model("codes", "Correction").objects.create(
        code_id="D6010",
        base_id=base.pk,
        proposed=base.data,
        items=["answer"],
        severity=1,
        topic="old",
        ticket="old-1",
        email="r@example.org",
    )
    old.get_model("codes", "Exchange").objects.create(correction=sent, kind="answer", text="In the manual.")
    known = old.get_model("codes", "Address").objects.create(digest="0" * 64)
    written = {"kind": "confirm", "recipient": known, "to": "r@example.org", "subject": "S", "body": "B"}
    old.get_model("codes", "Mail").objects.create(correction=sent, message_id="<1@example.org>", **written)
    old.get_model("codes", "AuditEntry").objects.create(act="sent", subject="Correction 1 of D6010")
    said = {"name": "A reader", "email": "r@example.org", "body": "A remark."}
    old.get_model("comments", "Comment").objects.create(code_id="D6010", ticket="old-2", **said)
    old.get_model("comments", "Message").objects.create(ticket="old-3", **said)

    read = Correction.objects.get()
    assert (read.items, read.evidence, read.replies, read.late) == (["answer"], {}, {}, False)
    assert read.evidence_of("answer").note == ""
    assert [line.text for line in read.exchanges.all()] == ["In the manual."]
    assert Mail.objects.get().to == "r@example.org"
    assert Comment.objects.get().body == Message.objects.get().body == "A remark."
    # As an upgrade does: the release before counts nothing.
    call_command("reindex", stdout=StringIO())


# What a site of the release before has dumped: a correction in each state and one of a source, each proposing "Canary"
# and its state, a comment, somebody who follows, somebody who wants no mail. Each release makes it anew.
DUMP = Path(__file__).with_name("before.sql.gz")
SECRET = "the-secret-key-of-the-release-before-in-tests-0123456789"
LINKS = {
    "pending": [1, "vMQFxVEq_jE1TwyeQWHY0bUQ0yoJeB14", "4H49E-7N9TC"],
    "needs_answer": [2, "vPpPS6euO654Cot-bGBP1XpkinDr_zvD", "J3D4H-DGQMC"],
    "scheduled": [3, "7oW62BO--CGUywBAkOCroOrOKKRaKt00", "TCEED-R7DKX"],
    "accepted": [4, "AjpYupQ59ILnQ3Ae1wu4xSFHPHqDyslB", "7GE3H-9GPAR"],
    "rejected": [5, "-0HC_Mt5NRFX5qDXSt18dFh_xg9ykoUj", "THTMY-J39PA"],
    "withdrawn": [6, "re2q_osTxlmDgu4WKN3C8uZItwPrlDwl", "KP6CF-4GKMR"],
}


@pytest.fixture
def before(tmp_path):
    """A database of the release before, as SQLite has it."""
    file = tmp_path / "before.sqlite3"
    with closing(sqlite3.connect(file)) as database:
        database.create_function("regexp", 2, lambda pattern, text: re.search(pattern, text) is not None)
        database.executescript(gzip.decompress(DUMP.read_bytes()).decode())
    return file


def shape(file: Path) -> dict[str, list]:
    """Table -> its columns, in any order."""
    with closing(sqlite3.connect(file)) as database:
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        ours = [name for name in names if name.startswith(("codes_", "comments_"))]
        return {name: sorted(row[1:4] for row in database.execute(f"PRAGMA table_info({name})")) for name in ours}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the dump is one of SQLite")
def test_what_the_release_before_has_left_is_found_after_the_upgrade_and_its_tables_after_the_way_back(
    before, tmp_path
):
    _, page = factories.entry_of("D0999")
    content = tmp_path / "content"
    content.mkdir()
    (content / "D0999.yaml").write_text((entry.CONTENT / "D0999.yaml").read_text())
    records = yaml.safe_load((entry.CONTENT / entry.REGISTER).read_text())
    cited = {source.document for source in page.sources}
    (content / entry.REGISTER).write_text(yaml.safe_dump({slug: records[slug] for slug in cited if slug}))
    was = shape(before)
    with closing(sqlite3.connect(before)) as database:
        applied = dict(database.execute("SELECT app, max(name) FROM django_migrations GROUP BY app"))

    track = Track(f"sqlite:///{before}", tmp_path)
    for name in ("SECRET_KEY", "LINK_KEYS", "ADDRESS_KEYS"):
        track.environment[name] = SECRET
    assert track.run("upgrade", str(content)) == {
        "broken": [],
        "complete": True,
        "states": {state: [*link, f"Canary {state}."] for state, link in LINKS.items()},
        "said": ["Canary reason.", "Canary question?"],
        "source": "Canary record",
        "comment": "Canary comment.",
        "unwanted": True,
        "follows": 1,
        "found": ["D6010"],
        "loaded": True,
    }

    track.run("migrate", {app: applied[app] for app in ("cdtsite", "comments", "codes")})
    assert shape(before) == was
    with closing(sqlite3.connect(before)) as database:
        states = dict(database.execute("SELECT id, state FROM codes_correction WHERE code_id IS NOT NULL"))
    assert states == {pk: state for state, (pk, *_) in LINKS.items()}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the dump is one of SQLite")
def test_backup_of_the_release_before_is_migrated_as_it_is_restored(before, tmp_path):
    with closing(sqlite3.connect(before)) as database:
        applied = [".".join(row) for row in database.execute("SELECT app, name FROM django_migrations")]
    file = tmp_path / "backup.zip"
    keys = dict.fromkeys(("SECRET_KEY", "LINK_KEYS", "ADDRESS_KEYS"), SECRET)
    with ZipFile(file, "w") as made:
        archive.describe(made, {"made": "then", "database": "sqlite", "migrations": applied}, keys)
        made.write(before, "database.sqlite3")
    track = Track(f"sqlite:///{tmp_path / 'restored.sqlite3'}", tmp_path)
    track.environment |= keys
    assert track.run("restore", str(file), "").endswith("The site is as it was on then. Start it.\n")
    states = {pk: state for state, (pk, *_) in LINKS.items()}
    found = {int(pk): state for pk, state in track.outcome("D6010")["corrections"].items()}
    assert {pk: found[pk] for pk in states} == states
