"""Put together the counters of changes that each connection of PostgreSQL has written; their sums stay the same."""

from typing import Any

from django.core.management.base import BaseCommand

from codes.models import Stamp


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        Stamp.fold()
