"""Publish entry files: what the files changed since the last load, beside what readers corrected."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from codes import entry, imports
from codes.page import Malformed


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("folder", nargs="?", type=Path, default=entry.CONTENT, help="another folder of entry files")

    def handle(self, *args, folder, **options):
        entries = []
        for path in tqdm(entry.paths(folder), desc="Reading", unit="code", ascii=True):
            try:
                entries.append(entry.read(path))
            except Malformed as error:
                raise CommandError(str(error)) from error
        counts = imports.load_all(tqdm(entries, desc="Loading", unit="code", ascii=True))
        self.stdout.write(", ".join(f"{counts[outcome]} {outcome.value}" for outcome in imports.Outcome))
