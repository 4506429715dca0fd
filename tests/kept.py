"""Beside the invariant: the tests' clients go through the door, and each page that it keeps is what is made anew."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.signals import setting_changed
from django.db import connection
from django.test.client import Client, ClientHandler
from django.test.signals import template_rendered

from cdtsite.kept import door, stamps
from cdtsite.kept.store import Kept, Page

_django = ClientHandler.get_response


def fresh(address: str, **headers: str):
    """The answer as it is made anew, by nobody's store, for a site that is asked under another of its names."""
    return Client(headers={"host": "localhost", **headers}).get(address, headers={}, **{door._KEPT: None})


class Watched(Kept):
    """Knows what was written since each page was made."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.writes = 0
        self._made_after: dict[str, int] = {}
        # Address -> the templates and contexts that made it: a test may look at them on the second answer too.
        self.rendered: dict[str, list[dict]] = {}

    def keep(self, address: str, page: Page) -> None:
        super().keep(address, page)
        self._made_after[address] = self.writes

    def pages(self) -> dict[str, Page]:
        """Address -> page of what is in memory."""
        return dict(self._held)

    def clear(self) -> None:
        """Keep nothing."""
        self._held, self._size, self.hosts = {}, 0, {"testserver"}
        for file in [*self._folder.glob("plain/*"), *self._folder.glob("asked/*")]:
            file.unlink()

    def listen(self, execute, sql, params, many, context):
        self.writes += not sql.startswith(("SELECT", "SAVEPOINT", "RELEASE", "BEGIN"))
        return execute(sql, params, many, context)

    def lies(self) -> list[str]:
        """The addresses of pages that would be handed out now and are not what is made anew."""
        changed = [pair for pair in self.pages().items() if self._made_after[pair[0]] < self.writes]
        return [address for address, page in changed if page.is_true() and not is_fresh(page, address)]


def _seen(names: tuple[str, ...]) -> int | None:
    """The sum of stamps as the test sees it, in its transaction."""
    connection.ensure_connection()
    return stamps.within(connection, names)


def is_fresh(page: Page, address: str) -> bool:
    made = fresh(address)
    status, headers, body = page.answer("GET", "", "")
    if isinstance(body, Path):
        return body.read_bytes() == made.getvalue()
    return (status, dict(headers), body) == (made.status_code, dict(made.headers), made.content)


@contextmanager
def doors(folder: Path) -> Iterator[Watched]:
    """Each test client asks a door first, as a server does; it sees what the test wrote, also in a transaction."""
    kept = Watched(folder)
    kept.clear()
    here = door.Door(lambda environ, start: [], kept)

    def get_response(handler: ClientHandler, request):
        environ = request.META
        environ.setdefault("HTTP_HOST", "testserver")
        if door._KEPT in environ:
            return _django(handler, request)
        address = door.address(environ)
        if page := here.found(environ):
            for seen in kept.rendered[address]:
                template_rendered.send(sender=None, **seen)
            return door._response(*door._answered(page, environ))
        environ[door._KEPT] = kept
        kept.rendered[address] = made = []

        def note(signal, sender, **seen):
            made.append(seen)

        template_rendered.connect(note)
        try:
            return _django(handler, request)
        finally:
            template_rendered.disconnect(note)

    def renew(**changed):
        kept.clear()

    setting_changed.connect(renew)
    with pytest.MonkeyPatch.context() as patch, connection.execute_wrapper(kept.listen):
        patch.setattr(ClientHandler, "get_response", get_response)
        patch.setattr(stamps, "total", _seen)
        yield kept
    setting_changed.disconnect(renew)
