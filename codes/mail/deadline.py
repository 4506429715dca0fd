"""A limit of time for all of a connection: the time-out of a socket is that of each byte, and a server may send one now
and then. No Django.
"""

import socket
import threading
import time
from contextlib import suppress
from typing import Self


class Deadline:
    """So many seconds from now on, for all that is done with one server. To be closed, or used by `with`."""

    def __init__(self, seconds: float):
        self._end = time.monotonic() + seconds
        self._line: socket.socket | None = None
        self._timer: threading.Timer | None = None

    def left(self) -> float:
        """How many seconds are left, more than 0. Raises TimeoutError if none are."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    def will_cut(self, line: socket.socket) -> None:
        """Have a connection cut when the time is over, at once if it is: whoever reads or writes then gets an OSError,
        or the end of what the server sent. `line` is the socket as it was connected, before TLS.
        """
        # A descriptor of our own: TLS takes that of `line` for itself while it still shakes hands, and http.client
        # forgets its socket while the body is still to be read.
        self._line = line.dup()
        self._timer = threading.Timer(self._end - time.monotonic(), _cut, [self._line])
        self._timer.daemon = True
        self._timer.start()

    def close(self) -> None:
        """Cut nothing any more; twice is once."""
        if self._timer and self._line:
            self._timer.cancel()
            # Else it could cut another connection, which has got the number of this one.
            self._timer.join()
            self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


def _cut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
