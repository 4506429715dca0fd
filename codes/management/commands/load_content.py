"""Publish the register of sources and the entry files: what they changed since the last load, beside corrections; and
put in the figures of Medicare that come with them, where there are none.
"""

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from codes.acts import imports
from codes.acts.imports import Outcome
from codes.acts.tables.figures import RelativeValues
from codes.checks import table_reader
from codes.editorial import choosing, entry, episodes
from codes.management.progress import bar
from codes.page import Malformed
from codes.tables import Finding, Record, medicare
from codes.tables.medicare import MEDICARE


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
        others = {choosing.FOLDER.name, episodes.FOLDER.name, medicare.FOLDER}
        named = {entry.REGISTER, *others, *(f"{code}.yaml" for code, _ in entries)}
        if left := sorted(path.name for path in folder.iterdir() if path.name not in named):
            self.stdout.write(f"Skipped, because they are not named like D6011.yaml: {', '.join(left)}")
        sources = imports.load_register(records)
        self.stdout.write(f"Sources: {_told(sources, Outcome.KEPT)}")
        counts = imports.load_all(bar(entries, desc="Loading", unit="code"))
        self.stdout.write(f"Codes: {_told(counts, Outcome.CLASHED)}")
        for path in sorted((folder / medicare.FOLDER).glob("*.csv")):
            self.stdout.write(f"Medicare {path.stem}: {RelativeValues().fill(_figures(path))} figures put in")


def _figures(path: Path) -> list[Record]:
    """The records of a relative value file that comes with the content. Raises CommandError."""
    with path.open("rb") as file:
        guess = table_reader.head(file, MEDICARE).guess
        file.seek(0)
        read = list(table_reader.read(file, MEDICARE, guess, {}))
    if wrong := [one for one in read if isinstance(one, Finding)]:
        raise CommandError(f"{path.name}, row {wrong[0].row}: {wrong[0].said}")
    return [one for one in read if isinstance(one, Record)]


def _told(counts: Counter[Outcome], refused: Outcome) -> str:
    outcomes = (Outcome.PUBLISHED, Outcome.UNCHANGED, refused)
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in outcomes)
