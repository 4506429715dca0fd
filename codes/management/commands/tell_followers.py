"""Make the mails to followers that are due. Safe to run at any time, also twice at once; says nothing if there was
nothing to do.
"""

from typing import Any

from django.core.management.base import BaseCommand

from codes.acts import following


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        if count := following.tell():
            self.stdout.write(f"Mails to followers: {count}")
