"""Do what is due: publish for a new edition, tell followers, send mails, forget addresses.

Once, or for ever as a service. Safe to run at any time, also twice at once. A job that fails is logged, and the others
are done.
"""

import logging
import signal
import threading
import traceback
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from codes.models import Pulse

JOBS = ("publish_due", "tell_followers", "send_outbox", "forget", "fold_stamps")
PAUSE = 30

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = __doc__
    # They load every view, which takes longer than what is due every minute; `doctor` does them.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--forever", action="store_true", help=f"again every {PAUSE} seconds, until a signal")

    def handle(self, *args: Any, forever: bool, **options: Any) -> None:
        if not forever:
            if failed := [job for job in JOBS if not self._done(job)]:
                raise CommandError(f"failed: {', '.join(failed)}")
            return
        ended = threading.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: ended.set())
        while not ended.is_set():
            for job in JOBS:
                if not ended.is_set():
                    # As a request does: one that the database has dropped is made anew.
                    close_old_connections()
                    self._done(job)
            # Into a journal Python writes only what fills a page.
            self.stdout.flush()
            ended.wait(PAUSE)

    def _done(self, job: str) -> bool:
        try:
            Pulse.objects.update_or_create(name=Pulse.Name.TICK, defaults={"at": timezone.now()})
            call_command(job, stdout=self.stdout, stderr=self.stderr)
        except Exception as error:
            # Without the error's own words, which may hold somebody's address.
            where = "".join(traceback.format_tb(error.__traceback__))
            logger.error("%s failed: %s\n%s", job, type(error).__name__, where)
            return False
        return True
