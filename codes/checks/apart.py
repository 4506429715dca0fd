"""Reading a list in a process of its own, so that no file costs the site more than this process may. No Django.

The process inherits no connection, no file and no setting of the site. It gets the list on its standard input and
answers with what was found, as JSON; it writes no file. The system ends it after MAX_SECONDS of processor time or
MAX_WALL seconds, and gives it no more than MAX_MEMORY. On one machine AT_ONCE of them run, whatever the number of web
processes: each holds the lock of a file, which the system gives back when the process is gone, however it went.
"""

import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from threading import BoundedSemaphore
from time import sleep
from typing import IO, Any

from codes.checks import list_reader, person, sheet

AT_ONCE = 2
MAX_WAIT = 2  # Seconds, for others to end.
MAX_WALL = 3
MAX_MEMORY = 192 * 1024 * 1024  # Of addresses, so it uses less.
_STEP = 0.05
_TOO_MUCH_MEMORY = 3  # The status of a process that had not enough.
_TOO_MUCH = "This takes too long to read. Keep the columns with codes and descriptions, or check the list in parts."
_ROOT = Path(__file__).resolve().parents[2]
# Whoever waits for a list holds a thread of its web process: the other threads are for readers.
_threads = BoundedSemaphore(AT_ONCE)


class Busy(Exception):
    """Others are checking lists. Nothing was read; it may be tried again in some seconds."""


@contextmanager
def turn(folder: Path) -> Iterator[int]:
    """One of the turns of this machine, to read a list and to answer it; `folder` is where the locks lie.

    Raises Busy after MAX_WAIT seconds, or at once if AT_ONCE threads of this web process have a turn or wait for one.
    """
    if not _threads.acquire(blocking=False):
        raise Busy
    try:
        lock = _locked(folder)
        try:
            yield lock
        finally:
            os.close(lock)
    finally:
        _threads.release()


def read(text: str, file: bytes | None, lock: int) -> tuple[list_reader.Found | None, dict[str, str]]:
    """What is found in a pasted text, "" for none, and a file; or why it cannot be read, by "text" and "file".

    `lock` is the turn. Raises Busy after MAX_WALL seconds: then the machine has too much to do.
    """
    pasted = text.encode(errors="replace")
    head = json.dumps({"text": len(pasted), "file": None if file is None else len(file)})
    status, answer = _run(head.encode() + b"\n" + pasted + (file or b""), lock)
    if status == 0:
        said = json.loads(answer)
        return said["found"] and list_reader.Found(**said["found"]), said["wrong"]
    if status == -signal.SIGALRM:
        raise Busy
    if status == 1:
        raise RuntimeError("The process that reads lists has failed.")
    # Processor time, memory, or a parser that broke on it.
    return None, {"text" if file is None else "file": _TOO_MUCH}


def _locked(folder: Path) -> int:
    for _ in range(round(MAX_WAIT / _STEP)):
        for place in range(AT_ONCE):
            lock = os.open(folder / f"list-check.{place}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return lock
            except BlockingIOError:
                os.close(lock)
        sleep(_STEP)
    raise Busy


def _run(sent: bytes, lock: int) -> tuple[int, bytes]:
    """The status and the answer of the process. It holds the lock too, should the web process be killed."""
    try:
        process = start("codes.checks.apart", str(MAX_WALL), stdin=subprocess.PIPE, pass_fds=[lock])
    except OSError as error:
        raise Busy from error
    with process:
        try:
            answer, _ = process.communicate(sent, timeout=MAX_WALL + 1)
        except subprocess.TimeoutExpired:
            process.kill()
            return -signal.SIGALRM, b""
    return process.returncode, answer


def start(module: str, *job: str, stdin: int | IO[bytes], pass_fds: Collection[int] = ()) -> "subprocess.Popen[bytes]":
    """A process that runs this module of ours, with nothing of the site but the job, its standard input and the open
    files `pass_fds`; what it writes is in a pipe. Raises OSError.
    """
    return subprocess.Popen(  # noqa: S603 - our own program, nothing typed in its name
        [sys.executable, "-S", "-m", module, *job],
        cwd=_ROOT,
        env={"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
        pass_fds=pass_fds,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # A traceback could quote the list.
    )


def bound(*, seconds: int, wall: int, memory: int) -> None:
    """Bound this process for good: seconds of processor time and on the wall, bytes. Readers go before it."""
    os.nice(5)
    signal.setitimer(signal.ITIMER_REAL, wall)
    limits = {"CPU": seconds, "AS": memory, "FSIZE": 0, "CORE": 0}
    for name, most in limits.items():
        with suppress(ValueError, OSError):  # macOS has no bound on addresses.
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))


def _answer(text: bytes, file: bytes | None) -> dict[str, Any]:
    tables: list[sheet.Table] = []
    wrong: dict[str, str] = {}
    lists: dict[str, Callable[[], list[sheet.Table]]] = {}
    if text:
        lists["text"] = lambda: [sheet.from_text(text.decode())]
    if file is not None:
        lists["file"] = lambda: sheet.from_file(file)
    for field, tabled in lists.items():
        try:
            read = tabled()
        except sheet.Unreadable as error:
            wrong[field] = str(error)
            continue
        # A list that names patients is not read at all.
        if what := next(filter(None, map(list_reader.identity, read)), None):
            wrong[field] = person.REFUSED.format(what)
        tables += read
    return {"found": None if wrong else asdict(list_reader.find(tables)), "wrong": wrong}


def _main(wall: int) -> int:
    bound(seconds=sheet.MAX_SECONDS, wall=wall, memory=MAX_MEMORY)
    try:
        sizes = json.loads(sys.stdin.buffer.readline())
        text = sys.stdin.buffer.read(sizes["text"])
        file = None if sizes["file"] is None else sys.stdin.buffer.read(sizes["file"])
        answer = json.dumps(_answer(text, file), ensure_ascii=False).encode()
    except MemoryError:
        return _TOO_MUCH_MEMORY
    sys.stdout.buffer.write(answer)
    return 0


if __name__ == "__main__":
    sys.exit(_main(int(sys.argv[1])))
