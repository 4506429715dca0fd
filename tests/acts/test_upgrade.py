"""While a release is rolled out, the release before still runs on the migrated database: what it writes must fit."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from codes.acts.publishing import latest
from codes.models import Correction, Mail
from comments.models import Comment, Message
from tests import factories

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
