"""cdtsite/kept/stamps.py: every write to what pages show is counted, by the table and by the code; nothing else is."""

import re
from dataclasses import replace

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils import timezone

from cdtsite.kept import stamps
from codes.acts import announcing, auditlog, corrections, editions, verifying
from codes.acts.publishing import latest, publish
from codes.mail import outbox
from codes.models import Correction, Edition, LicensedWords, Pulse, RateCount, ReadCount, Specialty, Stamp
from codes.page import Statement, Validity
from comments import moderation
from comments.models import Comment
from tests import factories, fee_files

# As it is; for the clients of the tests a connection of its own would not see what a test wrote.
total = stamps.total
MODELS = {model._meta.label: model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy}


def counts() -> dict[str, int]:
    """Name -> counter of all stamps."""
    found: dict[str, int] = {}
    for name, n in Stamp.objects.values_list("name", "n"):
        found[name] = found.get(name, 0) + n
    return found


@pytest.fixture
def touched(db):
    """Does something and gives the names of the stamps that it touched."""

    def do(act, *given, **named):
        before = counts()
        act(*given, **named)
        return {name for name, n in counts().items() if n != before.get(name)}

    return do


@pytest.fixture
def world(db, editor):
    """A row or more in each table that is shown."""
    book = factories.document().record
    cites = Statement("use_when.booked", "The book says so.", sources=("bound",))
    statements, sources = (*factories.RICH["statements"], cites), (*factories.RICH["sources"], book.cited("bound", 1))
    factories.code("D6010", **{**factories.RICH, "statements": statements, "sources": sources})
    factories.code("D6011")
    digest = verifying.verifiable(latest("D6010").page)["answer"]
    verifying.verify("D6010", {"answer": digest}, by=editor, source="The manual", edition=verifying.current_edition())
    factories.correction(email="r@example.org")
    said = moderation.post(
        latest("D6010").code, ticket=factories.ticket(), name="A Reader", email="r@example.org", body="A remark."
    )
    moderation.approve(said, by=editor)
    coming = editions.open_edition(verifying.current_edition() + 1, [], by=editor)
    new = announcing.Line(2, "D9999", announcing.Change.ADDED, "")
    announcing.put_in(coming, [new], by=editor, source_title="A list")
    fee_files.figures("D6010")
    LicensedWords.objects.create(code="D6010", nomenclature="Words")
    editor.user_permissions.add(*editor.groups.get().permissions.all()[:1])
    return editor


def test_every_model_is_shown_or_never_shown():
    assert {*stamps.SHOWN, *stamps.NEVER_SHOWN} == MODELS.keys()
    assert stamps.SHOWN.keys() & stamps.NEVER_SHOWN == set()


def definition(table: str) -> str:
    """The trigger for rows of a table that change, as the database holds it."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [f"stamp_{table}_update"])
        else:
            cursor.execute("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = %s", [f"stamp_{table}_update"])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("label", sorted(stamps.SHOWN))
def test_trigger_compares_each_column_but_those_that_no_page_shows(db, label):
    model = MODELS[label]
    compared = set(re.findall(r"old\.(\w+)", definition(model._meta.db_table), flags=re.IGNORECASE))
    apart = {model._meta.get_field(name).column for name in stamps.SHOWN[label].apart}
    assert compared == {field.column for field in model._meta.local_concrete_fields} - apart


@pytest.mark.parametrize("label", sorted(stamps.SHOWN))
def test_raw_delete_and_insert_touch_too(world, touched, label):
    shown = stamps.SHOWN[label]
    model = MODELS[label]
    table, key = model._meta.db_table, model._meta.pk.column
    row = model._base_manager.order_by("-pk").values().first()
    fields = [field.column for field in model._meta.local_concrete_fields]
    code = row[model._meta.get_field(shown.code).attname] if shown.code else None
    expected = {table, *([] if code is None else [code]), *([stamps.NUMBERS, f"{code} named"] if shown.named else [])}

    def run(*sql):
        with connection.cursor() as cursor, connection.constraint_checks_disabled():
            cursor.execute(*sql)

    with transaction.atomic():
        here, names = [row[model._meta.pk.attname]], ", ".join(fields)
        run(f"CREATE TEMPORARY TABLE aside AS SELECT * FROM {table} WHERE {key} = %s", here)  # noqa: S608 - our own tables
        if connection.vendor == "postgresql":
            run("SET CONSTRAINTS ALL DEFERRED")
        assert touched(run, f"DELETE FROM {table} WHERE {key} = %s", here) == expected  # noqa: S608 - our own tables
        assert touched(run, f"INSERT INTO {table} ({names}) SELECT {names} FROM aside") == expected  # noqa: S608 - our own tables
        run("DROP TABLE aside")


def test_publishing_touches_its_own_code_and_no_other(world, touched):
    page = latest("D6010").page
    changed = replace(page, answer="Otherwise.", tags=("new",))
    names = touched(publish, "D6010", changed, base=page, by=None, source="import", reason="")
    assert {name for name in names if name.startswith("D")} == {"D6010"}
    assert {"codes_revision", "codes_procedurecode", "codes_codetag", "taggit_tag"} < names
    assert stamps.NUMBERS not in names


@pytest.mark.parametrize(
    "said",
    [
        {"title": "Another"},
        {"validity": Validity(since=2019)},
        {"validity": Validity(until=2027)},
        {"validity": Validity(until=2027, replaced_by=("D6011",))},
    ],
    ids=["title", "since", "until", "replaced"],
)
def test_what_pages_say_of_a_code_that_they_only_name_touches_them_too(world, touched, said):
    page = latest("D6010").page
    names = touched(publish, "D6010", replace(page, **said), base=page, by=None, source="import", reason="")
    assert {name for name in names if name.startswith("D")} == {"D6010", "D6010 named"}


def test_new_code_is_counted_among_the_codes_that_there_are(touched):
    assert {"D6019", "D6019 named", stamps.NUMBERS} < touched(factories.code, "D6019")


@pytest.mark.parametrize(
    "act",
    [
        lambda editor: get_user_model().objects.filter(pk=editor.pk).update(last_login=timezone.now(), password="x"),
        lambda editor: RateCount.add_one("key", timezone.now()),
        lambda editor: ReadCount.objects.update_or_create(code_id="D6010", defaults={"count": 7}),
        lambda editor: Pulse.objects.update_or_create(name="tick", defaults={"at": timezone.now()}),
        lambda editor: corrections.look(Correction.objects.get(), editor),
        lambda editor: editor.save(),
        lambda editor: Edition.objects.update(touches=["D6010"]),
        lambda editor: Comment.objects.update(email=""),
        lambda editor: moderation.write(ticket="t", name="N", email="", body="B") and None,
    ],
    ids=["login", "rate", "reads", "tick", "look", "saved_unchanged", "edition", "forgotten", "message"],
)
def test_what_no_page_shows_touches_nothing_but_the_log(world, touched, act):
    assert touched(act, world) <= {"codes_auditentry", ""}


def test_correction_touches_the_pages_of_its_own_code_only(world, touched):
    names = touched(factories.correction, "D6011", email="new@example.org")
    assert names == {"D6011", "codes_correction", "codes_auditentry", "codes_tally"}


def test_vouched_correction_touches_its_code_and_a_confirmed_address_nothing_but_the_log(world, touched):
    sent = Correction.objects.get()
    assert touched(outbox.confirm, sent.mails.get().recipient) <= {"codes_auditentry", ""}
    assert (
        {"D6010", "codes_correction"}
        <= touched(corrections.vouch, sent)
        <= {"D6010", "codes_correction", "codes_tally"}
    )


def test_what_is_rolled_back_was_never_touched(world, touched):
    def half_done():
        with transaction.atomic():
            factories.code("D6019")
            transaction.set_rollback(True)

    assert touched(half_done) == set()


def test_ignored_conflict_breaks_nothing(world, touched):
    tag = apps.get_model("taggit.Tag")
    made = [tag(name=name, slug=name) for name in ("thing", "quite-new")]
    assert touched(tag.objects.bulk_create, made, ignore_conflicts=True) == {"taggit_tag"}


class TestMigrate:
    """While the database is migrated no page is kept or handed out, and no page from before is handed out after."""

    def test_closes_where_there_is_something_to_do(self, db):
        names = (stamps.SITE,)
        before = stamps.within(connection, names)
        stamps.close("default", plan=[])
        assert stamps.within(connection, names) == before
        stamps.close("default", plan=["a migration"])
        assert stamps.within(connection, names) is None

    def test_opens_again_with_all_pages_old(self, db):
        before = stamps.within(connection, (stamps.SITE,))
        stamps.close("default", plan=["a migration"])
        stamps.install("default")
        after = stamps.within(connection, (stamps.SITE,))
        assert before < after
        stamps.install("default")
        assert stamps.within(connection, (stamps.SITE,)) == after

    def test_makes_triggers_anew_that_a_migration_dropped(self, world, touched):
        drop = "DROP TRIGGER stamp_codes_specialty_update" + " ON codes_specialty" * (connection.vendor == "postgresql")
        with connection.cursor() as cursor:
            cursor.execute(drop)
        assert touched(Specialty.objects.update, name="One") == set()
        stamps.close("default", plan=["a migration"])
        stamps.install("default")
        assert touched(Specialty.objects.update, name="Another") == {"codes_specialty"}


def test_page_that_reads_what_has_no_stamp_is_not_kept(db):
    listening = stamps.Reads()
    with connection.execute_wrapper(listening):
        list(Edition.objects.all())
        assert listening.names() == ("codes_edition", stamps.SITE)
        list(Pulse.objects.all())
        assert listening.names() is None


def test_page_about_codes_hangs_on_those_codes_and_on_all_people(world):
    listening = stamps.Reads()
    with connection.execute_wrapper(listening):
        list(Comment.objects.select_related("decided_by"))
    assert listening.names() == ("auth_user", "comments_comment", stamps.SITE)
    assert listening.names({"D6010"}, {"D6011"}) == ("D6010", "D6011 named", "auth_user", stamps.NUMBERS, stamps.SITE)


def test_audit_log_alone_changes_the_time_that_a_page_tells(world, touched):
    assert touched(auditlog.note, "said", "it", code="D6010") == {"D6010", "codes_auditentry"}


def test_connection_that_broke_says_nothing_once_and_is_made_anew(transactional_db):
    """As after a restart of the database: what cannot be asked is not handed out, and the next request asks again."""
    there = total((stamps.SITE,))
    assert there == counts()[stamps.SITE]
    broken = stamps._own.database.connection
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [broken.info.backend_pid])
    else:
        broken.close()
    assert total((stamps.SITE,)) is None
    if connection.vendor == "sqlite":
        stamps._own.database.connection = None  # Django gives up none to a database in memory.
    assert total((stamps.SITE,)) == there
    stamps._own.database.close()
