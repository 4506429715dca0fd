"""Send the mails that are due. Safe to run at any time, also twice at once; says nothing if there was nothing to do."""

from typing import Any

from django.core.management.base import BaseCommand

from codes.mail import outbox


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        outbox.find_receipts()
        if done := outbox.send_due():
            self.stdout.write("Mails: " + ", ".join(f"{count} {result}" for result, count in done.items()))
