"""Make the search index anew from the live pages."""

from django.core.management.base import BaseCommand
from django.db import transaction
from tqdm import tqdm

from codes.models import ProcedureCode
from codes.publishing import latest
from codes.search import index


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options):
        for number in tqdm(list(ProcedureCode.objects.values_list("number", flat=True)), unit="code", ascii=True):
            with transaction.atomic():
                code = ProcedureCode.objects.select_for_update().get(number=number)
                index(code, latest(number).page)
