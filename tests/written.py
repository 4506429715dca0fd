"""What is written to the database, as far as the invariant reads it: of tables that nobody touched it is asked once."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.apps import apps
from django.db import connection

from codes.acts.invariant import broken
from codes.models import AuditEntry, Mail, Pulse, RateCount, ReadCount, Stamp, TryCount

_WORD = re.compile(r"\w+")
_APART = (AuditEntry, Mail, Pulse, RateCount, ReadCount, Stamp, TryCount)


@cache
def _tables() -> tuple[frozenset[str], frozenset[str]]:
    """The tables that the invariant may read, and the others."""
    models = apps.get_models(include_auto_created=True)
    read = {m._meta.db_table for m in models if m._meta.app_label in ("codes", "taggit") and m not in _APART}
    return frozenset(read), frozenset(m._meta.db_table for m in models) - read


class Written:
    """Counts the statements that write to a table which the invariant may read."""

    def __init__(self):
        self._count = 0
        self._asked: object = None

    def listen(self, execute, sql, params, many, context):
        if not sql.startswith(("SELECT", "SAVEPOINT", "RELEASE", "BEGIN")):
            self._count += not _tables()[0].isdisjoint(_WORD.findall(sql))
        return execute(sql, params, many, context)

    @contextmanager
    def upheld(self, world: object, alone: bool) -> Iterator[None]:
        """Asserts the invariant in the end. Where nothing is written in between, the tables are those that `world` was
        left in before, and it is asked once of these; `alone`: nobody else can commit meanwhile.
        """
        before = (world, self._count)
        yield
        as_before = alone and before == (world, self._count)
        if not as_before or before != self._asked:
            with connection.execute_wrapper(_only_these):
                found = broken()
            assert found == [], found
            self._asked = before if as_before else None


def _only_these(execute, sql, params, many, context):
    assert _tables()[1].isdisjoint(_WORD.findall(sql)), f"What is written there counts too: {sql}"
    return execute(sql, params, many, context)
