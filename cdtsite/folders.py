"""Where the site writes, and what to say when it may not: a start, or a command, then ends in words. No Django."""

import errno
import os
import pwd
import shlex
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VAR = Path(__file__).resolve().parent.parent / "var"
_BARRED = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_FOLDER = {errno.EEXIST, errno.ENOTDIR}


def make(folder: Path) -> None:
    """The folder is there, made for this user alone if it was missing, and can be written to; raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    usable(folder, os.R_OK | os.W_OK | os.X_OK)


def usable(path: Path, ways: int = os.R_OK | os.W_OK) -> None:
    """Raises OSError if the path is there and this user may not use it in these ways."""
    if path.exists() and not os.access(path, ways):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


@contextmanager
def in_words() -> Iterator[None]:
    """Ends the process, with the path and what to do, where a file or folder may not be used inside."""
    try:
        yield
    except OSError as error:
        if error.filename is None or error.errno not in _BARRED | _NO_FOLDER | {errno.ENOSPC}:
            raise
        sys.exit(_words(error, Path(os.path.abspath(os.fsdecode(error.filename)))))


def _words(error: OSError, path: Path) -> str:
    if error.errno in _NO_FOLDER:
        return f"{path} has to be a folder, and is none."
    if error.errno not in _BARRED:
        return f"{path}: {error.strerror}."
    user = _name(os.geteuid())
    held = next(p for p in (path, *path.parents) if os.path.exists(p))
    if error.errno == errno.EROFS or os.statvfs(held).f_flag & os.ST_RDONLY:
        return f"The user {user} cannot write to {path}: its file system is mounted read-only."
    found, what = held.stat(), "it" if held == path else held
    said = (
        f"The user {user} may not use {path}: {what} belongs to {_name(found.st_uid)}, {stat.filemode(found.st_mode)}."
    )
    if not path.is_relative_to(VAR):
        return f"{said}\nRun this as its owner, or name a place that {user} may write to."
    var = shlex.quote(str(VAR))
    give = f"mkdir -p {var} && chown -R {user} {var} && chmod -R u+rwX {var}"
    return f"{said}\nRun this as its owner, or give {VAR} to {user}, as root:\n    {give}"


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
