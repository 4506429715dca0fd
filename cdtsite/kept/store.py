"""Where finished pages are kept: in a folder that all processes of a machine share, the newest also in memory."""

import fcntl
import gzip
import hashlib
import json
import logging
import os
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import brotli
from django.conf import settings

from cdtsite.kept import stamps
from cdtsite.kept.files import Files, are_there, lay

_log = logging.getLogger(__name__)

# The codings that we send, the best first; "identity" is none.
CODINGS = ("br", "gzip", "identity")
_TEXT = re.compile(r"text/|application/(?:json|xml|[\w.-]+\+(?:json|xml))|image/svg")
# Of what is laid here, these are worth compressing too.
_PACKED = {"application/jsonl", "application/vnd.sqlite3"}
_WORTH_IT = 500
_OFFER = re.compile(r"\s*([\w.*-]+)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?")

# Bytes in memory of each process, and on disk: of addresses without a query, and of those with one, of which there are
# more than anybody wants to keep.
IN_MEMORY = 16_000_000
ON_DISK = {"plain": 1_000_000_000, "asked": 100_000_000}
# After so many pages a process looks whether the disk holds too much.
_SWEEP_AFTER = 200
# Who waits for somebody else's rendering looks so often, and for so long, and then renders too.
_LOOK_AGAIN, _PATIENCE, _PATIENCE_FOR_FILES = 0.002, 5, 60
_LOCKS = 256


@dataclass(frozen=True)
class Page:
    """The finished answer to an address. `bodies`: coding -> bytes; `headers` are those that all codings share. A large
    one has `files` in their place: coding -> path and length.

    It is good from `since` to `until`, in seconds since 1970, and while the stamps `names` add up to `total`.
    """

    headers: tuple[tuple[str, str], ...]
    tag: str
    bodies: Mapping[str, bytes]
    files: Files = field(default_factory=dict)
    names: tuple[str, ...] = ()
    total: int | None = None
    since: float = 0
    until: float = 0

    @property
    def size(self) -> int:
        return sum(map(len, self.bodies.values()))

    def is_true(self) -> bool:
        """Whether making it anew, now, would give the same."""
        return self.since <= time.time() < self.until and stamps.total(self.names) == self.total is not None

    def answer(self, method: str, accepts: str, held: str) -> tuple[int, list[tuple[str, str]], bytes | Path]:
        """Status, headers and body, or the file that it lies in, for a GET or HEAD with these values of Accept-Encoding
        and If-None-Match.
        """
        coding = preferred(accepts, self._codings)
        whole, unchanged = self._heads[coding]
        if held and _holds(held, self.tag):
            return 304, [*unchanged], b""
        if method == "HEAD":
            return 200, [*whole], b""
        return 200, [*whole], Path(self.files[coding][0]) if self.files else self.bodies[coding]

    @cached_property
    def _codings(self) -> tuple[str, ...]:
        return tuple(self.files or self.bodies)

    @cached_property
    def _heads(self) -> dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]]]]:
        """Coding -> the headers of the whole page, and of a 304 to who holds it."""
        return {coding: self._head(coding) for coding in self._codings}

    def _head(self, coding: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        shared = [*self.headers, ("ETag", self.tag if coding == "identity" else f"W/{self.tag}")]
        length = self.files[coding][1] if self.files else len(self.bodies[coding])
        coded = [] if coding == "identity" else [("Content-Encoding", coding)]
        # Of the entity itself nothing is said again (RFC 9110, 15.4.5).
        unchanged = [pair for pair in shared if pair[0] != "Content-Type"]
        return [*shared, ("Content-Length", str(length)), *coded], unchanged


def finished(body: bytes, headers: Mapping[str, str], codings: tuple[str, ...] = CODINGS, **about: Any) -> Page:
    """A page of these bytes in these codings, if they are text and long enough to be worth it, with its tag.

    Two codings of the same bytes are not byte for byte the same: the tag of a compressed one is weak, and either tag
    stands for all.
    """
    said = {name: value for name, value in headers.items() if name not in ("Content-Length", "ETag")}
    bodies = {"identity": body}
    if _TEXT.match(said["Content-Type"]) and len(body) > _WORTH_IT and "Content-Encoding" not in said:
        said["Vary"] = ", ".join([*filter(None, [said.get("Vary")]), "Accept-Encoding"])
        bodies = {coding: _coded(body, coding) for coding in dict.fromkeys((*codings, "identity"))}
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Page(tuple(said.items()), tag, bodies, **about)


@lru_cache(maxsize=256)
def preferred(accepts: str, codings: tuple[str, ...] = CODINGS) -> str:
    """The coding to send to a value of Accept-Encoding (RFC 9110, 12.5.3): of those it likes most, our best.

    Of `codings` alone, among which "identity" is.
    """
    asked = {}
    for offer in accepts.lower().split(","):
        if read := _OFFER.fullmatch(offer):
            asked[read[1]] = float(read[2] or 1)
    liked = {coding: asked.get(coding, asked.get("*", 0)) for coding in ("br", "gzip")}
    # Without a word about it, the page is still taken as it is, but after whatever is named.
    liked["identity"] = asked.get("identity", asked.get("*", 0.0001))
    ours = [coding for coding in CODINGS if coding in codings]
    return max(ours, key=lambda coding: liked[coding]) if any(liked.values()) else "identity"


def _coded(body: bytes, coding: str) -> bytes:
    if coding == "br":
        return bytes(brotli.compress(body, quality=5))
    return gzip.compress(body, 5, mtime=0) if coding == "gzip" else body


def _holds(held: str, tag: str) -> bool:
    """Whether a value of If-None-Match names this tag, strong or weak (RFC 9110, 13.1.2)."""
    return held == f"W/{tag}" or tag in re.findall(r'"[^"]*"', held) or held.strip() == "*"


class Kept:
    """Pages in a folder, and no others beside it; safe for threads and for the processes of one machine."""

    def __init__(self, folder: Path):
        self._folder = folder
        # Values of Host that Django has let through.
        self.hosts: set[str] = set()
        self._held: dict[str, Page] = {}
        self._size = self._since_sweep = 0
        self._lock = threading.Lock()
        try:
            for shelf in (*ON_DISK, "files", "locks"):
                (folder / shelf).mkdir(mode=0o700, parents=True, exist_ok=True)
            for other in folder.parent.iterdir():
                if other != folder:
                    shutil.rmtree(other, ignore_errors=True)
        except OSError as error:
            _log.warning("Each process keeps pages for itself: %s", error)

    def find(self, address: str) -> Page | None:
        """The page of an address (path and query) if there is one that is true now."""
        page = self._held.get(address)
        if page and page.is_true() and are_there(page.files):
            return page
        page = self._read(address)
        if page and page.is_true() and are_there(page.files):
            self._hold(address, page)
            return page
        return None

    def holds(self, address: str) -> bool:
        """Whether this process has a page of the address in memory, true or not."""
        return address in self._held

    def keep(self, address: str, page: Page) -> None:
        """Keep a page for all processes; where the disk cannot, for this one."""
        self._hold(address, page)
        said = {**asdict(page), "bodies": {coding: len(body) for coding, body in page.bodies.items()}}
        file = self._file(address)
        head = json.dumps({"address": address, **said}).encode()
        try:
            # Whole or not at all: a process that is killed leaves a file that nobody reads.
            made, name = tempfile.mkstemp(dir=file.parent, prefix="new-")
            with os.fdopen(made, "wb") as new:
                new.write(b"\n".join([head, b"".join(page.bodies.values())]))
            os.replace(name, file)
        except (FileNotFoundError, NotADirectoryError):
            pass  # There never was a folder, or a newer release has cleared it away.
        except OSError as error:
            _log.warning("A page could not be kept in %s: %s", self._folder, error.strerror)
        self._since_sweep += 1
        if self._since_sweep >= _SWEEP_AFTER:
            self._since_sweep = 0
            self._sweep()

    def laid(self, address: str, body: BinaryIO, headers: Mapping[str, str]) -> Page:
        """A page of what is in a file, which from now on lies here too, in the place of what lay there for the address.

        There are no more of them than addresses, so none pushes out a page. Raises OSError if it cannot lie here.
        """
        said = {name: value for name, value in headers.items() if name not in ("Content-Length", "ETag")}
        packed = said["Content-Type"] in _PACKED or _TEXT.match(said["Content-Type"]) is not None
        digest, laid = lay(self._folder / "files", _digest(address), body, packed=packed)
        if packed:
            said["Vary"] = "Accept-Encoding"
        return Page(tuple(said.items()), f'"{digest}"', {}, laid)

    def turn(self, address: str) -> AbstractContextManager[None]:
        """One at a time, of all threads and processes, for an address; after a while everybody.

        A process that is killed gives its turn back.
        """
        return self._turn(str(int(_digest(address), 16) % _LOCKS), _PATIENCE)

    def turn_of_files(self) -> AbstractContextManager[None]:
        """The same for all that is laid here."""
        return self._turn("files", _PATIENCE_FOR_FILES)

    @contextmanager
    def _turn(self, name: str, patience: float) -> Iterator[None]:
        try:
            lock = os.open(self._folder / "locks" / name, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:  # As above.
            yield
            return
        try:
            end = time.monotonic() + patience
            while not _locked(lock) and time.monotonic() < end:
                time.sleep(_LOOK_AGAIN)
            yield
        finally:
            os.close(lock)

    def _hold(self, address: str, page: Page) -> None:
        with self._lock:
            old = self._held.pop(address, None)
            self._held[address] = page
            self._size += page.size - (old.size if old else 0)
            while self._size > IN_MEMORY:
                self._size -= self._held.pop(next(iter(self._held))).size

    def _read(self, address: str) -> Page | None:
        try:
            head, _, rest = self._file(address).read_bytes().partition(b"\n")
            said = json.loads(head)
        except (OSError, ValueError):  # Not there, or cut by a power cut.
            return None
        if said.pop("address") != address or sum(said["bodies"].values()) != len(rest):
            return None
        bodies, begin = {}, 0
        for coding, length in said["bodies"].items():
            bodies[coding], begin = rest[begin : begin + length], begin + length
        said["files"] = {coding: (path, length) for coding, (path, length) in said["files"].items()}
        said["headers"] = tuple((name, value) for name, value in said["headers"])
        return Page(**{**said, "bodies": bodies, "names": tuple(said["names"])})

    def _file(self, address: str) -> Path:
        return self._folder / ("asked" if "?" in address else "plain") / _digest(address)

    def _sweep(self) -> None:
        """Remove the oldest pages of a shelf that holds too much."""
        for shelf, most in ON_DISK.items():
            found = []
            with suppress(OSError), os.scandir(self._folder / shelf) as files:
                for file in files:
                    with suppress(OSError):
                        found.append((file.stat().st_mtime, file.stat().st_size, file.path))
            size = sum(size for _, size, _ in found)
            for _, bytes_, path in sorted(found):
                if size <= most:
                    break
                with suppress(OSError):
                    os.unlink(path)
                size -= bytes_


def release() -> str:
    """A digest of what makes pages beside the database: code, templates, settings, collected static files, Python."""
    base = settings.BASE_DIR
    files = [*(file for room in ("cdtsite", "codes", "comments", "templates") for file in (base / room).rglob("*.*"))]
    digest = hashlib.sha256(sys.version.encode())
    static = Path(settings.STATIC_ROOT) / "staticfiles.json"
    for file in sorted(f for f in files if f.suffix in (".py", ".html", ".txt", ".xml")) + [base / "requirements.lock"]:
        digest.update(f"\n{file.relative_to(base)}\n".encode() + file.read_bytes())
    digest.update(static.read_bytes() if static.exists() else b"")
    said = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
    digest.update(json.dumps(said, default=_named, sort_keys=True).encode())
    return digest.hexdigest()[:32]


def _named(value: object) -> object:
    if isinstance(value, set | frozenset | tuple):
        return sorted(map(str, value))
    return str(value) if isinstance(value, Path) else getattr(value, "__qualname__", type(value).__qualname__)


def _digest(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:32]


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
