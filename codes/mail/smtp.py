"""Sending by SMTP in bounded time: Django's time-out is that of each byte, and a server may send one now and then."""

import smtplib
import socket
from collections.abc import Callable
from typing import Any

from django.core.mail.backends import smtp

from codes.mail.deadline import Deadline

# Seconds that one connection may last, whatever the server does meanwhile; then it is cut.
LONGEST = 60.0


class _Line(smtplib.SMTP):
    _deadline: Deadline | None = None

    def connect(self, *where: Any, **more: Any) -> tuple[int, bytes]:
        try:
            return super().connect(*where, **more)
        except BaseException:
            self.close()
            raise

    def _get_socket(self, *where: Any) -> socket.socket:
        self._deadline = Deadline(LONGEST)
        line: socket.socket = super()._get_socket(*where)  # type: ignore[misc]
        self._deadline.will_cut(line)
        return line

    def close(self) -> None:
        if self._deadline:
            self._deadline.close()
        super().close()


# In this order SMTP_SSL begins TLS on the socket that _Line has made.
class _SecureLine(smtplib.SMTP_SSL, _Line):
    """The same with TLS from the first byte on."""


class EmailBackend(smtp.EmailBackend):
    """Django's, over a line that ends."""

    @property
    def connection_class(self) -> Callable[..., smtplib.SMTP]:
        return _SecureLine if self.use_ssl else _Line
