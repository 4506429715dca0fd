"""How often the page of each code is read, so that what most people read is verified first.

Each GET that a code page answers counts: from a person or a robot, with the whole page or with "not modified". Each
process counts for itself and writes down what it holds, in a thread of its own and in one statement: after READS_HELD
reads, though not twice in READS_APART_SECONDS, or at the first read once READS_HELD_SECONDS are over. So reading never
waits for the writing, and a site that is read very much does not write all the time. A server that is stopped or
started anew writes down the rest, by `flush`.

What is lost, exactly: when a process is killed (kill -9, no memory, no power), all that it holds, which is less than
READS_HELD reads or what READS_APART_SECONDS brought, or, while it writes, what it writes and what came since that
began; when a write fails, its reads, and the log says how many. Nothing is counted twice.
"""

import logging
import os
import threading
import time
from collections import Counter
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from codes.models import ProcedureCode, ReadCount

_log = logging.getLogger(__name__)


class Tally:
    """The reads that one process holds; safe for its threads."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Hold nothing, as in the beginning."""
        self._lock = threading.Lock()
        self._writer: threading.Thread | None = None
        self._held: Counter[str] = Counter()
        self._take()

    def add(self, number: str) -> None:
        """Count one read of the page of an existing code; raises nothing."""
        with self._lock:
            self._held[number] += 1
            self._reads += 1
            passed = time.monotonic() - self._since
            full = self._reads >= settings.READS_HELD and passed >= settings.READS_APART_SECONDS
            if self._writer or not (full or passed >= settings.READS_HELD_SECONDS):
                return
            held = self._take()
            self._writer = threading.Thread(target=self._write, args=[held], name="reads", daemon=True)
        try:
            self._writer.start()
        except RuntimeError:  # The system gives no more threads.
            self._writer = None
            _lost(held)

    def flush(self) -> None:
        """Write down what is held, at the end of the process; raises nothing."""
        with self._lock:
            writer, held = self._writer, self._take()
        if writer:
            writer.join()
        if held:
            self._write(held)

    def _take(self) -> Counter[str]:
        held, self._held = self._held, Counter()
        self._reads, self._since = 0, time.monotonic()
        return held

    def _write(self, held: Counter[str]) -> None:
        connection.patience = settings.DATABASE_SECONDS  # type: ignore[attr-defined]
        try:
            _add_up(held)
        except Error:
            _lost(held)
        finally:
            connection.close()
            self._writer = None


_tally = Tally()
add, flush = _tally.add, _tally.flush
# A process that splits off, to read a hostile file for one, has read nothing.
os.register_at_fork(after_in_child=_tally.forget)


def most_read(codes: QuerySet[ProcedureCode]) -> QuerySet[Any]:
    """These codes, the most read first, then by number; `read` is how often each was."""
    return codes.annotate(read=Coalesce(F("reads__count"), 0)).order_by("-read", "number")


def _add_up(held: Counter[str]) -> None:
    table = connection.ops.quote_name(ReadCount._meta.db_table)
    rows = sorted(held.items())  # In one order, so that two processes never wait for each other.
    with connection.cursor() as cursor:
        # The ORM's upsert can only put one count in the place of another.
        cursor.execute(
            f"INSERT INTO {table} (code_id, count) VALUES {', '.join(['(%s, %s)'] * len(rows))} "  # noqa: S608 - ours
            f"ON CONFLICT (code_id) DO UPDATE SET count = {table}.count + excluded.count",
            [value for row in rows for value in row],
        )


def _lost(held: Counter[str]) -> None:
    _log.exception("%d reads of %d codes could not be written down and are lost", held.total(), len(held))
