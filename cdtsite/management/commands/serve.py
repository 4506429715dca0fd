"""Serve the site, by granian: workers of several threads each, until a signal.

TERM and INT let the answers under way be finished; HUP starts the workers anew, one after the other, with the code that
is there then. A worker that is killed is replaced.
"""

import multiprocessing
import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from granian import Granian
from granian.constants import Interfaces

# How long a worker may take to finish its answers.
_FINISH_SECONDS = 30
# At HUP the old worker listens so much longer, until the new one does.
_START_SECONDS = 10
# As long as its thread lives, so does a connection to the database (CONN_MAX_AGE).
_IDLE_SECONDS = 600


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (127.0.0.1)")
        parser.add_argument("--port", type=int, default=settings.PORT, help="the port (PORT in the environment)")
        parser.add_argument("--workers", type=int, default=2, help="processes (2)")
        parser.add_argument("--threads", type=int, default=4, help="threads of each (4)")

    def handle(self, *args: Any, host: str, port: int, workers: int, threads: int, **options: Any) -> None:
        for counted in (settings.VAR / "metrics").glob("*.db"):  # By the workers of the time before.
            counted.unlink()
        # Else glibc gives each thread a heap of its own, where what pages needed for a moment stays.
        os.environ.setdefault("MALLOC_ARENA_MAX", "2")
        # Workers begin as new interpreters: one that is forked would have the code of now for ever.
        multiprocessing.set_start_method("spawn", force=True)
        Granian(
            "cdtsite.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            websockets=False,
            workers=workers,
            blocking_threads=threads,
            blocking_threads_idle_timeout=_IDLE_SECONDS,
            respawn_failed_workers=True,
            respawn_interval=_START_SECONDS,
            workers_kill_timeout=_FINISH_SECONDS,
        ).serve()
