"""Make the search index and the counts of lists say what there is; writes only where they do not."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from codes.acts import facets, tallies
from codes.acts.publishing import extent, latest
from codes.management.progress import bar
from codes.models import ProcedureCode, checked_at
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
        beside = extent(live.data, live.number), checked_at(number)
        if (code.extent, code.checked_at) != beside:
            code.extent, code.checked_at = beside
            code.save(update_fields=["extent", "checked_at"])
        return reindex(code, live.page)
