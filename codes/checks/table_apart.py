"""Reading an operator's table in a process of its own, so that no file costs the site more than this process may.

No Django. The process gets the file as its standard input and answers with a line of JSON a record, a finding, or the
end; whoever reads them holds one at a time. The system ends it after its seconds of processor time, and gives it no
more than MAX_MEMORY.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import IO, Any, BinaryIO

from codes.checks import apart, table_reader
from codes.checks.sheet import Unreadable
from codes.checks.table_reader import End, Head
from codes.tables import TABLES, Finding, Record, Said

MAX_BYTES = 50 * 1024 * 1024  # Of what is uploaded; a command reads larger ones.
SECONDS = 10  # Of processor time, for what is uploaded.
LONG = 600  # For a command.
MAX_MEMORY = 192 * 1024 * 1024  # Of addresses, so it uses less.
_WALL = 12  # Times the seconds, where the machine has much else to do.
_TOO_MUCH_MEMORY = 3
_TOO_MUCH = "This takes too much time or memory to read. Keep only the rows and columns that count."
_MADE = {"record": Record, "finding": Finding, "end": End, "head": Head}


def head(file: BinaryIO, kind: str, *, seconds: int = SECONDS) -> Head:
    """The heading of a file, as `table_reader.head`. Raises Unreadable."""
    with _answers(file, {"kind": kind, "seconds": seconds}) as lines:
        found = list(lines)
    assert isinstance(found[0], Head)  # noqa: S101 - or the process has failed
    return found[0]


@contextmanager
def reading(
    file: BinaryIO, kind: str, mapping: Mapping[str, str], said: Said, *, seconds: int = SECONDS
) -> Iterator[Iterator[Record | Finding | End]]:
    """What `table_reader.read` gives of a file, as it comes; the process ends with the block. Raises Unreadable."""
    with _answers(file, {"kind": kind, "mapping": mapping, "said": said, "seconds": seconds}) as lines:
        yield lines


@contextmanager
def _answers(file: BinaryIO, job: Mapping[str, Any]) -> Iterator[Iterator[Any]]:
    process = apart.start("codes.checks.table_apart", json.dumps(job), stdin=file)
    try:
        assert process.stdout  # noqa: S101 - it is a pipe
        yield _made(process.stdout, process)
    finally:
        process.kill()
        with process:
            pass


def _made(lines: IO[bytes], process: "subprocess.Popen[bytes]") -> Iterator[Any]:
    """What each line holds; raises Unreadable where the process says so, or was ended."""
    row = 0
    for line in lines:
        [(name, data)] = json.loads(line).items()
        row = data["row"] if name in ("record", "finding") else row
        if name == "unreadable":
            raise Unreadable(data)
        yield _MADE[name](**data)
    status = process.wait()
    if status == 1:
        raise RuntimeError("The process that reads tables has failed.")
    if status:
        raise Unreadable(f"{_TOO_MUCH} What was read ends behind row {row}." if row else _TOO_MUCH)


def _answer(job: Mapping[str, Any], file: BinaryIO) -> Iterator[tuple[str, Any]]:
    table = TABLES[job["kind"]]
    if "mapping" not in job:
        yield "head", asdict(table_reader.head(file, table))
        return
    names = {made: name for name, made in _MADE.items()}
    for one in table_reader.read(file, table, job["mapping"], job["said"]):
        yield names[type(one)], vars(one)


def _main() -> int:
    job = json.loads(sys.argv[1])
    apart.bound(seconds=job["seconds"], wall=_WALL * job["seconds"], memory=MAX_MEMORY)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.lseek(0, 0, os.SEEK_SET)  # Others may have read of the open file.
    try:
        for name, data in _answer(job, sys.stdin.buffer):
            print(json.dumps({name: data}, ensure_ascii=False))  # noqa: T201 - this is the answer
    except Unreadable as error:
        print(json.dumps({"unreadable": str(error)}))  # noqa: T201
    except MemoryError:
        return _TOO_MUCH_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(_main())
