"""A connection to the public web that leads where it was found to lead, and to no network behind a wall. No Django."""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable
from urllib.parse import SplitResult

# Global by their numbers: protocols (RFC 6890), among them Oracle's metadata; and Azure's host of each machine.
_OF_PROVIDERS = [ipaddress.IPv4Network(network) for network in ("192.0.0.0/24", "168.63.129.16/32")]


class NotAsked(Exception):
    """The address is none of the public web; the message says why."""


class Pinned(http.client.HTTPConnection):
    """A connection to the very IP address that `may_ask` allowed: a name can lead elsewhere the next time.

    Raises NotAsked for one that it does not allow, and OSError for a name that leads nowhere.
    """

    def __init__(self, parts: SplitResult, may_ask: Callable[[str], bool], seconds: float):
        secure = parts.scheme == "https"
        super().__init__(parts.hostname or "", parts.port or (443 if secure else 80), timeout=seconds)
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        self._address = str(found[0][4][0])
        if not may_ask(self._address):
            raise NotAsked(f"{self.host} is no public host")
        self._secure = ssl.create_default_context() if secure else None

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            self.sock = self._secure.wrap_socket(self.sock, server_hostname=self.host)


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
