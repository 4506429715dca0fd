"""Django's PostgreSQL, with a patience: one that hangs must not keep the threads that answer readers.

A time-out of the server's own does not run while the server hangs, and pgbouncer refuses to pass it on in transaction
mode. So the waiting ends here.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError, errors, generators, pq
from psycopg.abc import PQGen

_Answer = TypeVar("_Answer")

# So many seconds after one that hung, who has no patience does not even try.
PAUSE = 5


class DatabaseWrapper(base.DatabaseWrapper):
    """`patience`: how many seconds to wait for each answer; None, as for commands, waits as long as it takes.

    Whoever waits longer gets an OperationalError, the server is told to stop, and the connection is given up.
    """

    patience: float | None = None
    _not_before = 0.0

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection[Any]:
        wrapper = type(self)
        if self.patience and time.monotonic() < wrapper._not_before:
            raise OperationalError("The database did not answer a moment ago.")
        try:
            made: Connection[Any] = super().get_new_connection(conn_params)
        except errors.ConnectionTimeout:
            wrapper._not_before = time.monotonic() + PAUSE
            raise
        made.wait = partial(self._wait, made, made.wait)  # type: ignore[method-assign] # Django makes the connection.
        return made

    def first(self, sql: str) -> bytes | None:
        """The first value that a statement gives, in an open connection; raises psycopg's errors.

        For what is asked at each request: a cursor, Django's or psycopg's, takes three times as long.
        """
        made = self.connection
        made.pgconn.send_query(sql.encode())
        *_, answer = made.wait(generators.execute(made.pgconn))
        if answer.status != pq.ExecStatus.TUPLES_OK:
            raise OperationalError(answer.error_message.decode(errors="replace"))
        value: bytes | None = answer.get_value(0, 0)
        return value

    def _wait(
        self,
        made: Connection[Any],
        wait: Callable[..., _Answer],
        gen: PQGen[_Answer],
        *given: Any,
        timeout: float | None = None,
        **named: Any,
    ) -> _Answer:
        try:
            return wait(gen, *given, timeout=timeout or self.patience, **named)
        except errors._WaitTimeout as error:
            try:
                made.cancel_safe(timeout=1)
            except OperationalError:  # Not one slow statement or a lock: the whole server hangs.
                type(self)._not_before = time.monotonic() + PAUSE
            made.pgconn.finish()
            raise OperationalError("The database did not answer in time.") from error
