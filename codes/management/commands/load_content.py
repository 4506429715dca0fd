"""Publish the register of sources and the entry files: what they changed since the last load, beside corrections."""

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from codes.acts import imports
from codes.acts.imports import Outcome
from codes.editorial import choosing, entry, episodes
from codes.management.progress import bar
from codes.page import Malformed


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=entry.CONTENT, help="another folder of entry files")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            records = entry.register(folder)
            entries = [entry.read(path) for path in bar(entry.paths(folder), desc="Reading", unit="code")]
        except Malformed as error:
            raise CommandError(str(error)) from error
        guided = {choosing.FOLDER.name, episodes.FOLDER.name}
        named = {entry.REGISTER, *guided, *(f"{code}.yaml" for code, _ in entries)}
        if left := sorted(path.name for path in folder.iterdir() if path.name not in named):
            self.stdout.write(f"Skipped, because they are not named like D6011.yaml: {', '.join(left)}")
        sources = imports.load_register(records)
        self.stdout.write(f"Sources: {_told(sources, Outcome.KEPT)}")
        counts = imports.load_all(bar(entries, desc="Loading", unit="code"))
        self.stdout.write(f"Codes: {_told(counts, Outcome.CLASHED)}")


def _told(counts: Counter[Outcome], refused: Outcome) -> str:
    outcomes = (Outcome.PUBLISHED, Outcome.UNCHANGED, refused)
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in outcomes)
