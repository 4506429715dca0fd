"""Sending by SMTP in bounded time: Django's time-out is that of each byte, and a server may send one now and then."""

import smtplib
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.core.mail.backends import smtp

# Seconds that one connection may last, whatever the server does meanwhile; then it is cut.
LONGEST = 60.0


def _cut(line: smtplib.SMTP) -> None:
    with suppress(OSError):
        if line.sock:
            # Not by the method of TLS, which would pull the session from under who reads.
            socket.socket.shutdown(line.sock, socket.SHUT_RDWR)


class _Line(smtplib.SMTP):
    _over: threading.Timer | None = None

    def connect(self, *where: Any, **more: Any) -> tuple[int, bytes]:
        self._over = threading.Timer(LONGEST, _cut, [self])
        self._over.daemon = True
        self._over.start()
        try:
            return super().connect(*where, **more)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._over:
            self._over.cancel()
        super().close()


class _SecureLine(_Line, smtplib.SMTP_SSL):
    """The same with TLS from the first byte on."""


class EmailBackend(smtp.EmailBackend):
    """Django's, over a line that ends."""

    @property
    def connection_class(self) -> Callable[..., smtplib.SMTP]:
        return _SecureLine if self.use_ssl else _Line
