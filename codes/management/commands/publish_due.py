"""Publish the corrections that were accepted for an edition that is in force by now, one line for each.

Safe to run at any time, also twice at once; says nothing if there was nothing to do.
"""

from typing import Any

from django.core.management.base import BaseCommand

from codes.acts import corrections


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        for correction in corrections.publish_due():
            if correction.is_open:
                self.stdout.write(f"{correction} conflicts with the page as it is now and is back in the queue")
            elif correction.revision:
                self.stdout.write(f"{correction} published as {correction.revision}")
            else:
                self.stdout.write(f"{correction}: the page already says so")
