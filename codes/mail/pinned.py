"""A connection to the public web that leads where it was found to lead, and to no network behind a wall. No Django."""

import http.client
import ipaddress
import socket
import ssl
import string
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any
from urllib.parse import quote, urlsplit

from codes.mail.deadline import Deadline
from codes.text import web

# Global by their numbers: protocols (RFC 6890), among them Oracle's metadata; and Azure's host of each machine.
_OF_PROVIDERS = [ipaddress.IPv4Network(network) for network in ("192.0.0.0/24", "168.63.129.16/32")]


class NotAsked(Exception):
    """The address is none of the public web; the message says why."""


class Pinned(http.client.HTTPConnection):
    """A connection to the very IP address that `may_ask` allowed: a name can lead elsewhere the next time. It is cut
    when the time of `deadline` is over. `target` is what to ask for: path and query.

    Raises NotAsked for an IP address that is not allowed, OSError for a name that leads nowhere, or not in time, and
    ValueError for what is no address.
    """

    def __init__(self, url: str, may_ask: Callable[[str], bool], deadline: Deadline):
        parts = urlsplit(quoted(url))
        if host := web.host(url):
            parts = parts._replace(netloc=host)
        secure = parts.scheme == "https"
        super().__init__(parts.hostname or "", parts.port or (443 if secure else 80))
        self.target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._deadline = deadline
        self._address = _looked_up(self.host, self.port, deadline.left())
        if not may_ask(self._address):
            raise NotAsked(f"{self.host} is no public host")
        self._secure = ssl.create_default_context() if secure else None

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self._deadline.left())
        self._deadline.will_cut(self.sock)
        if self._secure:
            self.sock = self._secure.wrap_socket(self.sock, server_hostname=self.host)


def quoted(url: str | bytes) -> str:
    """An address, or a part of one, as it is sent: what is not ASCII, and each blank, in its "%" form."""
    return quote(url, safe=string.punctuation)


def _looked_up(host: str, port: int, seconds: float) -> str:
    found: Future[list[Any]] = Future()

    def look() -> None:
        try:
            found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as error:
            found.set_exception(error)

    # A look-up has no limit of time that could be set, and cannot be broken off.
    threading.Thread(target=look, daemon=True).start()
    return str(found.result(seconds)[0][4][0])


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet: not of this machine, nor of a network behind a wall, nor one
    that carries such an address in it.
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.is_reserved or ip.is_site_local or ip.sixtofour:
            return False
    elif any(ip in network for network in _OF_PROVIDERS):
        return False
    return ip.is_global and not ip.is_multicast
