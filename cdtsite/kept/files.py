"""Large answers, which lie in files of their own: one for each address and coding, so that they push out no page."""

import gzip
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import BinaryIO

# Coding -> path and length.
Files = dict[str, tuple[str, int]]
PIECE = 64 * 1024


def lay(shelf: Path, name: str, body: BinaryIO, *, packed: bool) -> tuple[str, Files]:
    """Copy a file to the shelf, and with `packed` a compressed one beside it; what lay there by this name goes.

    Returns the digest of its bytes, and the files. Each is there whole or not at all. Raises OSError.
    """
    codings = ("identity", "gzip") if packed else ("identity",)
    with tempfile.TemporaryDirectory(dir=shelf, prefix="new-") as new:
        digests = [_copy(body, Path(new) / coding, coding) for coding in codings]
        files = {}
        for coding in codings:
            place = shelf / f"{name}.{digests[0]}.{coding}"
            os.replace(Path(new) / coding, place)
            files[coding] = (str(place), place.stat().st_size)
    for old in shelf.glob(f"{name}.*"):
        if str(old) not in {path for path, _ in files.values()}:
            with suppress(OSError):
                old.unlink()
    return digests[0], files


def are_there(files: Files) -> bool:
    """Whether nobody has taken them away, as a newer release does."""
    return all(os.path.exists(path) for path, _ in files.values())


class Pieces:
    """A file as a server sends it; it is closed at its end, and when the server is told that nobody wants the rest."""

    def __init__(self, path: Path):
        self._file = path.open("rb")
        self.close = self._file.close

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if piece := self._file.read(PIECE):
            return piece
        self.close()
        raise StopIteration


def _copy(body: BinaryIO, path: Path, coding: str) -> str:
    digest = hashlib.sha256()
    body.seek(0)
    with path.open("wb") as raw, _coder(raw) if coding == "gzip" else nullcontext(raw) as out:
        while piece := body.read(PIECE):
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()[:32]


def _coder(raw: BinaryIO) -> gzip.GzipFile:
    # Neither a name nor a time: the same bytes each time.
    return gzip.GzipFile("", "wb", 6, raw, mtime=0)
