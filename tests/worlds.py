"""Rows that were once made through the front door, to be put again into a database without codes."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.apps import apps
from django.db import connection, transaction
from django.db.models import DateTimeField, F, Model
from django.utils import timezone

from codes.models import Document, ProcedureCode, Stamp

_Rows = dict[type[Model], list]
# Name -> when it had been made, and the rows of each table that it wrote to.
_kept: dict[object, tuple[datetime, _Rows]] = {}


def again(name: object, make: Callable[[], None]) -> None:
    """What `make` does to a database without codes and documents; it is called where this process has not kept it yet.

    Afterwards the same rows are there, as old as they were when they had been made.
    """
    if ProcedureCode.objects.exists() or Document.objects.exists():
        make()
    elif name in _kept:
        _put(*_kept[name])
    else:
        before = _rows()
        make()
        now, after = timezone.now(), _rows()
        if not any(before[model] for model in after if after[model] != before[model]):
            _kept[name] = now, {model: rows for model, rows in after.items() if rows != before[model]}


def _rows() -> _Rows:
    """Of each table what it holds, in the database's own words; the stamps count by themselves."""
    found: _Rows = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if model is not Stamp and not model._meta.proxy:
                rows = "*" if connection.vendor == "sqlite" else "to_json(t)::text"
                cursor.execute(f"SELECT {rows} FROM {model._meta.db_table} t")  # noqa: S608 - our own tables' names
                found[model] = cursor.fetchall()
    return found


@transaction.atomic
def _put(made: datetime, kept: _Rows) -> None:
    since = timezone.now() - made
    with connection.cursor() as cursor:
        for model, rows in kept.items():
            table = model._meta.db_table
            if connection.vendor == "sqlite":
                marks = ", ".join(["%s"] * len(rows[0]))
                cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own
            else:
                said = f"[{', '.join(row for (row,) in rows)}]"
                cursor.execute(f"INSERT INTO {table} SELECT * FROM json_populate_recordset(null::{table}, %s)", [said])  # noqa: S608 - our own
    for model in kept:
        _later(model, since)


def _later(model: type[Model], by: timedelta) -> None:
    times = [field.name for field in model._meta.local_fields if isinstance(field, DateTimeField)]
    if times:
        model._base_manager.update(**{name: F(name) + by for name in times})
