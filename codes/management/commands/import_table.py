"""Read a table (CSV or XLSX), show what it would change and what is wrong with it, and with --apply do it."""

import hashlib
from io import BufferedReader
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from codes.acts import tables
from codes.checks import table_apart
from codes.checks.sheet import Unreadable
from codes.checks.table_apart import LONG
from codes.desk import reading
from codes.management.progress import bar
from codes.models import ImportRun

_SHOWN = 50


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=sorted(tables.KINDS), help="what the table is")
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--mapping",
            action="append",
            default=[],
            metavar="COLUMN=HEADING",
            help="a column and its heading in the file, where it is not found by its name",
        )
        parser.add_argument(
            "--answer", action="append", default=[], metavar="QUESTION=ANSWER", help="what the kind asks, once for each"
        )
        parser.add_argument("--apply", action="store_true", help="do what is shown")

    def handle(self, *args: Any, **options: Any) -> None:
        kind = tables.KINDS[options["kind"]]
        try:
            with options["file"].open("rb") as file:
                run = self._shown(kind, file, _pairs(options["mapping"]), _pairs(options["answer"]))
        except OSError as error:
            raise CommandError(str(error)) from error
        self._tell(run)
        if run.stops:
            raise CommandError("Nothing was applied: correct the file, and bring it in again.")
        if options["apply"]:
            self._apply(run, kind)
        else:
            self.stdout.write(f"Nothing was applied. With --apply it is done; the desk shows it as {run}.")

    def _shown(
        self, kind: tables.Kind, file: BufferedReader, mapping: dict[str, str], said: dict[str, str]
    ) -> ImportRun:
        if wrong := reading.wrong_answers(kind.table, said):
            raise CommandError(wrong)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        run = tables.begin(kind, file_name=Path(file.name).name, digest=digest, by=None)
        try:
            head = table_apart.head(file, kind.table.name, seconds=LONG)
            chosen = {**(tables.last_mapping(kind, head.names) or head.guess), **mapping}
            if missing := [column.title for column in kind.table.needed if column.name not in chosen]:
                raise Unreadable(f"Name the heading with --mapping: {', '.join(missing)}. Headings: {head.names}.")
            with bar(desc="Reading", unit="row") as shown:
                reading.preview(run, kind, file, chosen, said, seconds=LONG, told=shown.update)
        except Unreadable as error:
            tables.discard(run)
            raise CommandError(str(error)) from error
        return run

    def _apply(self, run: ImportRun, kind: tables.Kind) -> None:
        try:
            tables.apply(run, kind, by=None, seconds=0)
        except tables.Changed as error:
            raise CommandError("The database has just been changed. Nothing was applied; show it again.") from error
        with bar(total=run.rows.count(), desc="Applying", unit="row") as shown:
            while run.state == ImportRun.State.APPLYING:
                tables.carry_out(run, kind, told=shown.update)
        left = run.rows.filter(outcome="left")
        for row in left[:_SHOWN]:
            self.stdout.write(f"Left: {row.key}, {row.why}.")
        self.stdout.write(f"Applied: {run.rows.filter(outcome='done').count()}. Left: {left.count()}.")

    def _tell(self, run: ImportRun) -> None:
        for row, column, said, stops in run.findings[:_SHOWN]:
            where = ", ".join(filter(None, [f"row {row}" if row else "", column]))
            self.stdout.write(f"{'Wrong' if stops else 'Note'}: {where}: {said}")
        if len(run.findings) > _SHOWN:
            self.stdout.write(f"And {len(run.findings) - _SHOWN} more.")
        self.stdout.write(", ".join(f"{count} {name}" for name, count in run.counts.items()) + ".")


def _pairs(given: list[str]) -> dict[str, str]:
    made = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise CommandError(f"{one}: write a name, an equals sign, and what it is.")
        made[name.strip()] = value.strip()
    return made
