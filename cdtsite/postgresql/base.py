"""Django's PostgreSQL, with a patience: one that hangs must not keep the threads that answer readers.

A time-out of the server's own does not run while the server hangs, and pgbouncer refuses to pass it on in transaction
mode. So the waiting ends here.
"""

import time
from functools import partial

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError, errors

# So many seconds after one that hung, who has no patience does not even try.
PAUSE = 5


class DatabaseWrapper(base.DatabaseWrapper):
    """`patience`: how many seconds to wait for each answer; None, as for commands, waits as long as it takes.

    Whoever waits longer gets an OperationalError, the server is told to stop, and the connection is given up.
    """

    patience: float | None = None
    _not_before = 0.0

    def get_new_connection(self, conn_params):
        wrapper = type(self)
        if self.patience and time.monotonic() < wrapper._not_before:
            raise OperationalError("The database did not answer a moment ago.")
        try:
            made = super().get_new_connection(conn_params)
        except errors.ConnectionTimeout:
            wrapper._not_before = time.monotonic() + PAUSE
            raise
        made.wait = partial(self._wait, made, made.wait)
        return made

    def _wait(self, made: Connection, wait, gen, *given, timeout: float | None = None, **named):
        try:
            return wait(gen, *given, timeout=timeout or self.patience, **named)
        except errors._WaitTimeout as error:
            try:
                made.cancel_safe(timeout=1)
            except OperationalError:  # Not one slow statement or a lock: the whole server hangs.
                type(self)._not_before = time.monotonic() + PAUSE
            made.pgconn.finish()
            raise OperationalError("The database did not answer in time.") from error
