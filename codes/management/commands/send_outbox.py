"""Send the mails that are due, for about a minute at most.

Safe to run at any time, also twice at once; says nothing if there was nothing to do.
"""

import time
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand

from codes.mail import outbox

# So long after the first one another hundred may begin.
SECONDS = 50


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        outbox.find_receipts()
        done: Counter[str] = Counter()
        end = time.monotonic() + SECONDS
        while more := outbox.send_due():
            done += more
            if more.total() < outbox.MOST or time.monotonic() > end:
                break
        if done:
            self.stdout.write("Mails: " + ", ".join(f"{count} {result}" for result, count in done.items()))
