"""Make the search index and the counts of lists say what there is; writes only where they do not."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from codes.acts import facets, tallies
from codes.acts.publishing import extent, latest
from codes.management.progress import bar
from codes.models import ProcedureCode
from codes.search import reindex


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        numbers = list(ProcedureCode.objects.values_list("number", flat=True))
        made = sum(_index(number) for number in bar(numbers, desc="Index", unit="code"))
        counted = [facets.rebuild(), tallies.rebuild()]
        self.stdout.write(f"{made} of {len(numbers)} codes reindexed{', lists counted anew' if any(counted) else ''}")


def _index(number: str) -> bool:
    with transaction.atomic():
        code = ProcedureCode.objects.select_for_update(no_key=True).get(number=number)
        live = latest(number)
        if code.extent != (size := extent(live.data, live.number)):
            code.extent = size
            code.save(update_fields=["extent"])
        return reindex(code, live.page)
