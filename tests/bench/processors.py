"""Which processor a process keeps to: of processes that are compared none has the one that a neighbor slows more."""

import os
from contextlib import suppress
from pathlib import Path


def first(pids: list[int]) -> None:
    """These processes stay on the first, with all the threads that they have or will have."""
    for pid in pids:
        for thread in Path("/proc").glob(f"{pid}/task/*"):
            with suppress(ProcessLookupError):  # It has ended meanwhile.
                os.sched_setaffinity(int(thread.name), {min(os.sched_getaffinity(0))})


def on_last() -> list[str]:
    """What stands before a command that runs on the last."""
    return ["taskset", "-c", str(max(os.sched_getaffinity(0)))]
