"""From a file to what a run would change: what the desk and the command do alike."""

from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

from codes.acts import tables
from codes.checks import table_apart
from codes.checks.sheet import Unreadable
from codes.checks.table_reader import End
from codes.models import ImportRun
from codes.tables import Finding, Record, Table


def preview(
    run: ImportRun,
    kind: tables.Kind,
    file: BinaryIO,
    mapping: dict[str, str],
    said: Mapping[str, str],
    *,
    seconds: int = table_apart.SECONDS,
    told: Callable[[int], object] = lambda rows: None,
) -> None:
    """Read a file, and store what it would change. Raises Unreadable and tables.AlreadyBegun."""
    ends: list[End] = []

    def records(lines: Iterator[Record | Finding | End]) -> Iterator[Record | Finding]:
        for one in lines:
            if isinstance(one, End):
                ends.append(one)
            else:
                told(1)
                yield one

    def ended() -> tuple[dict[str, int], dict[str, str]]:
        if not ends:
            raise Unreadable("The file was not read to its end.")
        return {"rows": ends[0].rows, "passed": ends[0].passed}, ends[0].said

    with table_apart.reading(file, kind.table.name, mapping, said, seconds=seconds) as lines:
        tables.preview(run, kind, records(lines), mapping=mapping, ended=ended)


def wrong_answers(table: Table, said: Mapping[str, str]) -> str:
    """What is wrong with the answers to what a table asks, as a sentence, or ""."""
    if unknown := sorted(said.keys() - {one.name for one in table.questions}):
        return f"Nothing asks for {', '.join(unknown)}."
    for one in table.questions:
        given, choices = said.get(one.name, ""), [value for value, _ in one.choices]
        if (one.required and not given) or (given and choices and given not in choices):
            answers = f" ({' or '.join(choices)})" if choices else ""
            return f"{one.title} Answer it as {one.name}{answers}."
    return ""
