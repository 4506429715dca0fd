"""Which table touches which stamps: triggers that count what is written, and how the sums are read."""

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, Error, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from codes.models import Stamp


@dataclass(frozen=True)
class Shown:
    """A table that kept pages may show.

    `code` is the field with the number of the code that a row belongs to. `apart` are the fields that no kept page
    shows: a row in which only these change is not touched. Where the rows are the codes themselves, `named` are the
    fields that pages show of a code that they only name.
    """

    code: str = ""
    apart: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


# What all pages hang on.
SITE = "site"
# Which codes there are; a page about one links to others only if they are there.
NUMBERS = "numbers"
# Behind the number of a code: what a page shows of it that only names it.
_NAMED = " named"

# What editors alone see of a correction.
_DESK = ("reserved_by", "reserved_until", "kept", "agreed_by", "agreed", "assigned_to", "network")

# The one list. A model stands here or in NEVER_SHOWN; tests/web/test_kept_stamps.py asks for it.
SHOWN = {
    "auth.Group": Shown(),
    "auth.Group_permissions": Shown(),
    "auth.Permission": Shown(),
    "auth.User": Shown(apart=("password", "last_login", "email", "date_joined")),
    "auth.User_groups": Shown(),
    "auth.User_user_permissions": Shown(),
    "codes.AnnouncedChange": Shown(),
    "codes.AuditEntry": Shown(code="code", apart=("by", "act", "subject", "detail")),
    "codes.ChangeFile": Shown(apart=("by", "added")),
    "codes.CitedDocument": Shown(code="code"),
    "codes.CodeSpecialty": Shown(code="content_object"),
    "codes.CodeTag": Shown(code="content_object"),
    "codes.Correction": Shown(code="code", apart=_DESK),
    "codes.Document": Shown(),
    "codes.DocumentRevision": Shown(),
    "codes.Edition": Shown(apart=("opened_by", "touches")),
    "codes.Facet": Shown(),
    "codes.Fee": Shown(code="code"),
    "codes.LicensedWords": Shown(code="code"),
    "codes.ProcedureCode": Shown(code="number", named=("number", "title", "since", "until", "replaced_by")),
    "codes.RelatedCode": Shown(code="code"),
    "codes.RelativeValue": Shown(code="code"),
    "codes.Reason": Shown(),
    "codes.Revision": Shown(code="code"),
    "codes.SearchEntry": Shown(code="code"),
    "codes.SearchStamp": Shown(),
    "codes.Specialty": Shown(),
    "codes.Tally": Shown(),
    "codes.Verification": Shown(code="code"),
    "comments.Comment": Shown(code="code", apart=("email", "tell", "correction", "assigned_to", "network")),
    "contenttypes.ContentType": Shown(),
    "taggit.Tag": Shown(),
}
# What no kept page reads. One that does is not kept.
NEVER_SHOWN = {
    "admin.LogEntry",
    "cdtsite.RecoveryCode",
    "cdtsite.SecondFactor",
    "codes.Address",
    "codes.Batch",
    "codes.BatchRow",
    "codes.Exchange",
    "codes.Follow",
    "codes.ImportRow",
    "codes.ImportRun",
    "codes.ImportedDocument",
    "codes.ImportedPage",
    "codes.LostReceipts",
    "codes.Mail",
    "codes.News",
    "codes.Note",
    "codes.Pulse",
    "codes.RateCount",
    "codes.ReadCount",
    "codes.Stamp",
    "codes.TryCount",
    "codes.Untold",
    "comments.Answer",
    "comments.Message",
    "comments.Told",
    "sessions.Session",
    "taggit.TaggedItem",
}
_PREFIX = "stamp_"
_CLOSE = "DELETE FROM codes_stamp WHERE name LIKE 'open %'"
_WORD = re.compile(r"\w+")
# A state of the database: as long as it is the same, so is everything that can be read.
_STATE = {"sqlite": "PRAGMA data_version", "postgresql": "SELECT pg_current_snapshot()::text"}
# How a driver marks the place of a value.
_VALUE = {"sqlite": "?", "postgresql": "%s"}
# One state of the database for all that is read; nothing that could be written.
_BEGIN = {"sqlite": "BEGIN", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}


class Reads:
    """Listens to SQL: the tables that were read, and whether all of them are in SHOWN."""

    def __init__(self) -> None:
        self.tables: set[str] = set()

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.tables |= _tables().keys() & set(_WORD.findall(sql))
        return execute(sql, params, many, context)

    def names(self, about: Iterable[str] | None = None, named: Iterable[str] = ()) -> tuple[str, ...] | None:
        """The stamps of what was read: of each table; or, of what belongs to codes, of all of the codes `about`, and of
        what names those that are `named`. None if something was read that has no stamp.
        """
        tables = {name: _tables()[name] for name in self.tables}
        if not all(tables.values()):
            return None
        if about is None:
            return tuple(sorted({SITE, *tables}))
        whole = {name for name, shown in tables.items() if shown and not shown.code}
        return tuple(sorted({SITE, NUMBERS, *whole, *about, *(f"{code}{_NAMED}" for code in named)}))


_MOST_SUMS = 2000
# Seconds to wait for the database; then Django is asked, which waits longer and tells the reader.
_PATIENCE = 1


class _Own(threading.local):
    """A connection of this thread that reads stamps and does nothing else, and the sums of one state."""

    def __init__(self) -> None:
        self.database = connections.create_connection(DEFAULT_DB_ALIAS)
        self.state: object = None
        self.sums: dict[tuple[str, ...], int | None] = {}


_own = _Own()


def total(names: tuple[str, ...]) -> int | None:
    """The sum of these stamps, as it is committed now; None if they do not count now, or cannot be read.

    As long as nobody has written anything to the database, it costs no more than asking whether somebody has.
    """
    try:
        state = _state(_own.database)
        if state != _own.state or len(_own.sums) > _MOST_SUMS:
            _own.state, _own.sums = state, {}
        if names not in _own.sums:
            _own.sums[names] = within(_own.database, names)
        return _own.sums[names]
    except Error:
        _own.state = None
        with suppress(Error):
            _own.database.close()
        return None


def within(database: BaseDatabaseWrapper, names: tuple[str, ...]) -> int | None:
    """The same as this connection, which is open, sees it, in its transaction if there is one; raises database errors.

    By the driver: readers wait for it after each change, and a cursor of Django's takes twice as long.
    """
    one = _VALUE[database.vendor]
    sql = (
        f"SELECT sum(n) FROM codes_stamp WHERE name IN ({', '.join([one] * len(names))}) "  # noqa: S608 - only marks
        f"AND EXISTS (SELECT 1 FROM codes_stamp WHERE name = {one})"
    )
    with database.wrap_database_errors:
        found = database.connection.execute(sql, [*names, _open()]).fetchone()[0]
    return None if found is None else int(found)


@contextmanager
def one_state(database: BaseDatabaseWrapper) -> Iterator[None]:
    """All that this connection reads here is of one state of the database, and it writes nothing.

    Not by `atomic`, which would take the write lock of SQLite.
    """
    if database.in_atomic_block:  # It sees one state anyhow.
        yield
        return
    with database.cursor() as cursor:
        cursor.execute(_BEGIN[database.vendor])
    try:
        yield
    finally:
        try:
            with database.cursor() as cursor:
                cursor.execute("ROLLBACK")
        except Error:
            database.close()


@cache
def _open() -> str:
    """The name of the row that is there while the triggers are those of this release."""
    said = "\n".join(sql for vendor in _STATE for sql in _triggers(vendor))
    return f"open {hashlib.sha256(said.encode()).hexdigest()[:16]}"


def close(using: str, plan: list[Any], **signal: Any) -> None:
    """Before `migrate` changes anything: from now on no page is kept or handed out, and nothing is counted.

    SQLite drops the triggers of a table with it when a migration makes the table anew, and takes no column away that a
    trigger names.
    """
    database = connections[using]
    if plan and Stamp._meta.db_table in database.introspection.table_names():
        with transaction.atomic(using), database.cursor() as cursor:
            cursor.execute(_CLOSE)
            for sql in _others(cursor, database.vendor):
                cursor.execute(sql)


def install(using: str, **signal: Any) -> None:
    """At the end of `migrate`: the triggers of this release and no others, and all pages that were kept are old."""
    database = connections[using]
    there = set(database.introspection.table_names())
    if not {Stamp._meta.db_table, *(table for table, shown in _tables().items() if shown)} <= there:
        return  # It was not migrated to the end.
    with transaction.atomic(using), database.cursor() as cursor:
        cursor.execute("SELECT 1 FROM codes_stamp WHERE name = %s", [_open()])
        if cursor.fetchone():
            return
        cursor.execute(_CLOSE)
        for sql in (*_others(cursor, database.vendor), *_triggers(database.vendor)):
            cursor.execute(sql)
        cursor.execute(_count(database.vendor, [f"'{SITE}'", f"'{_open()}'"]))


def outdate() -> None:
    """All pages that are kept now, here or elsewhere, are old: after the database was put back to an earlier state."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(_count(connections[DEFAULT_DB_ALIAS].vendor, [f"'{SITE}'"]))


@cache
def _tables() -> dict[str, Shown | None]:
    """Table -> how it is shown, None for one that never is."""
    models = apps.get_models(include_auto_created=True)
    return {model._meta.db_table: SHOWN.get(model._meta.label) for model in models if not model._meta.proxy}


def _state(database: BaseDatabaseWrapper) -> object:
    if database.connection is None:
        # Of cdtsite.postgresql; SQLite passes it over.
        database.patience = _PATIENCE  # type: ignore[attr-defined]
        database.ensure_connection()
    asked = _STATE[database.vendor]
    # Of the driver, without Django's cursor around it: this is all that most requests do.
    with database.wrap_database_errors:
        if database.vendor == "postgresql":
            return database.first(asked)  # type: ignore[attr-defined] # of cdtsite.postgresql
        return database.connection.execute(asked).fetchone()[0]


def _triggers(vendor: str) -> list[str]:
    """The SQL that makes all triggers. What they do, in words: count what changed, by the table and by the code."""
    made: list[str] = []
    models = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}
    for label, shown in sorted(SHOWN.items()):
        made += _of_sqlite(models[label], shown) if vendor == "sqlite" else _of_postgresql(models[label], shown)
    return made


def _of_sqlite(model: type[Model], shown: Shown) -> list[str]:
    table, code = model._meta.db_table, _code(model, shown)
    made = []
    for event, sides in (("INSERT", ["NEW"]), ("UPDATE", ["OLD", "NEW"]), ("DELETE", ["OLD"])):
        names = [f"'{table}'", *(f"{side}.{code}" for side in sides if code)]
        when = ""
        if event == "UPDATE":
            when = f" WHEN {_differs(model, _not_apart(model, shown), 'IS NOT')}"
        if shown.named:
            otherwise = _differs(model, shown.named, "IS NOT") if event == "UPDATE" else "true"
            names += [f"CASE WHEN {otherwise} THEN {side}.{code} || '{_NAMED}' END" for side in sides]
            names += [f"'{NUMBERS}'"] if event != "UPDATE" else []
        made.append(
            f"CREATE TRIGGER {_PREFIX}{table}_{event.lower()} AFTER {event} ON {table}{when} "
            f"BEGIN {_count('sqlite', names)}; END"
        )
    return made


def _of_postgresql(model: type[Model], shown: Shown) -> list[str]:
    table, code = model._meta.db_table, _code(model, shown)
    name = f"{_PREFIX}{table}"
    names = [f"'{table}'", *([f"OLD.{code}", f"NEW.{code}"] if code else [])]
    if shown.named:
        otherwise = f"TG_OP <> 'UPDATE' OR {_differs(model, shown.named, 'IS DISTINCT FROM')}"
        names += [f"CASE WHEN {otherwise} THEN {side}.{code} || '{_NAMED}' END" for side in ("OLD", "NEW")]
        names += [f"CASE WHEN TG_OP <> 'UPDATE' THEN '{NUMBERS}' END"]
    body = "LANGUAGE plpgsql AS $$ BEGIN {}; RETURN NULL; END $$"
    everything = _count("postgresql", [f"'{SITE}'"])
    differs = _differs(model, _not_apart(model, shown), "IS DISTINCT FROM")
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger {body.format(_count('postgresql', names))}",
        f"CREATE FUNCTION {name}_all() RETURNS trigger {body.format(everything)}",
        f"CREATE TRIGGER {name} AFTER INSERT OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        f"CREATE TRIGGER {name}_update AFTER UPDATE ON {table} FOR EACH ROW WHEN ({differs}) EXECUTE FUNCTION {name}()",
        f"CREATE TRIGGER {name}_all AFTER TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}_all()",
    ]


def _code(model: type[Model], shown: Shown) -> str:
    return str(model._meta.get_field(shown.code).column) if shown.code else ""  # type: ignore[union-attr]


def _not_apart(model: type[Model], shown: Shown) -> list[str]:
    return [field.name for field in model._meta.local_concrete_fields if field.name not in shown.apart]


def _differs(model: type[Model], fields: Iterable[str], operator: str) -> str:
    columns = [model._meta.get_field(name).column for name in fields]  # type: ignore[union-attr]
    return " OR ".join(f"OLD.{column} {operator} NEW.{column}" for column in columns)


def _count(vendor: str, names: list[str]) -> str:
    """The statement that counts under these names, each an expression of SQL that gives a name, or nothing."""
    if vendor == "sqlite":
        rows = ", ".join(f"({name})" for name in names)
        return (
            "INSERT INTO codes_stamp (name, writer, n) "  # noqa: S608 - ours
            f"SELECT column1, 0, 1 + (random() & 4294967295) FROM (VALUES {rows}) WHERE column1 IS NOT NULL "
            "ON CONFLICT (name, writer) DO UPDATE SET n = n + excluded.n"
        )
    return (
        "INSERT INTO codes_stamp AS kept (name, writer, n) "  # noqa: S608 - ours
        "SELECT name, pg_backend_pid(), 1 + floor(random() * 4294967296)::bigint "
        f"FROM (SELECT DISTINCT unnest(ARRAY[{', '.join(f'({name})::text' for name in names)}]) AS name) AS touched "
        "WHERE name IS NOT NULL ORDER BY name ON CONFLICT (name, writer) DO UPDATE SET n = kept.n + excluded.n"
    )


def _others(cursor: Any, vendor: str) -> list[str]:
    """The SQL that drops all triggers of ours that are there."""
    if vendor == "sqlite":
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        drop = "DROP TRIGGER {}"
    else:
        cursor.execute("SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace")
        drop = "DROP FUNCTION {} CASCADE"
    return [drop.format(name) for (name,) in cursor.fetchall() if name.startswith(_PREFIX)]
