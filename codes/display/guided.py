"""Codes as choosing pages and episodes show them, in the words of their live pages. Reads, never writes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from codes.display import quotes
from codes.display.quotes import Needs, Quotable, Quote
from codes.editorial import choosing, episodes
from codes.editorial.choosing import Choice, Option
from codes.editorial.episodes import Episode, Step, Visit
from codes.editorial.outside import OUTSIDE
from codes.page import Validity


@dataclass(frozen=True)
class Told:
    """A code on a day; `quotable` is its page, None if it has none, and `item` the key of what backs the code.

    `until` is the last year for which it is meant here, None for as long as it is valid.
    """

    code: str
    item: str
    quotable: Quotable | None
    day: date
    until: int | None = None

    @property
    def title(self) -> str:
        return self.quotable.page.title if self.quotable else OUTSIDE.get(self.code, "")

    @property
    def validity(self) -> Validity:
        return self.quotable.page.validity if self.quotable else Validity()

    @property
    def status(self) -> str:
        """ "active", "deleted" or "future"; "" without a page."""
        return self.validity.on(self.day) if self.quotable else ""

    @property
    def offered(self) -> bool:
        """Whether it may be reported here on the day; without a page nothing says that it may not."""
        return self.status in ("active", "") and not (self.until and self.day.year > self.until)

    @cached_property
    def answer(self) -> Quote | None:
        return self.quotable.quote("answer") if self.quotable else None

    @cached_property
    def because(self) -> Quote | None:
        """The item that backs it, None if the page does not have it."""
        live = self.quotable
        return live.quote(self.item) if live and self.item and live.page.item(self.item) else None

    @cached_property
    def needs(self) -> Needs | None:
        return quotes.needs(self.quotable) if self.quotable else None


@dataclass(frozen=True)
class Branch:
    """An option with the codes that it reports and what follows from it."""

    option: Option
    told: list[Told]
    branches: list["Branch"]

    @property
    def now(self) -> list[Told]:
        """The codes to report on the day."""
        return [told for told in self.told if told.offered]

    @property
    def otherwise(self) -> list[Told]:
        """The codes for other days."""
        return [told for told in self.told if not told.offered]

    @property
    def below(self) -> list[Told]:
        """The codes of the day in all that follows, each once."""
        found = self.now + [told for branch in self.branches for told in branch.below]
        return list({told.code: told for told in found}.values())


@dataclass(frozen=True)
class Conflict:
    """Two codes that may not share a date, and the item that says so."""

    code: str
    other: str
    quote: Quote


@dataclass(frozen=True)
class Stage:
    """A visit of an episode; `conflicts` are those between its own codes."""

    visit: Visit
    steps: list[tuple[Step, Told]]
    conflicts: list[Conflict]

    @property
    def together(self) -> list[str]:
        """The codes that may share its date, "D7140 or D7210" where one stands instead of the other; [] if there is
        but one."""
        either: dict[str, list[str]] = {}
        for step in self.visit.steps:
            either.setdefault(step.instead or step.code, []).append(step.code)
        return [" or ".join(codes) for codes in either.values()] if len(either) > 1 else []


def branches(options: Iterable[Option], day: date) -> list[Branch]:
    """These options with all that they may end in, on a date of service. A fixed number of queries."""
    options = tuple(options)
    return _branches(options, _quotable(choosing.ends(options)), day)


def _branches(options: Iterable[Option], found: Mapping[str, Quotable], day: date) -> list[Branch]:
    return [
        Branch(
            option,
            [Told(report.code, report.item, found.get(report.code), day, report.until) for report in option.reports],
            _branches(option.question.options, found, day) if option.question else [],
        )
        for option in options
    ]


def stages(episode: Episode, day: date) -> tuple[list[Stage], list[Conflict]]:
    """The visits of an episode on a date of service, and what may not share a date across them.

    A fixed number of queries.
    """
    found = _quotable(episode.codes)
    apart = episodes.conflicts(episode.codes, {code: quotable.page for code, quotable in found.items()})
    conflicts = [Conflict(code, other, found[code].quote(key)) for code, other, key in apart]
    made = []
    for visit in episode.visits:
        steps = [(step, Told(step.code, step.item, found.get(step.code), day)) for step in visit.steps]
        codes = {step.code for step in visit.steps}
        made.append(Stage(visit, steps, [c for c in conflicts if {c.code, c.other} <= codes]))
    within = [conflict for stage in made for conflict in stage.conflicts]
    return made, [conflict for conflict in conflicts if conflict not in within]


def _quotable(codes: Iterable[str]) -> dict[str, Quotable]:
    return quotes.quotable(codes)


@dataclass(frozen=True)
class Ways:
    """Where a code is chosen, and which treatments it is part of."""

    choices: list[Choice]
    episodes: list[Episode]


def ways(code: str) -> Ways:
    return Ways(choosing.naming(code), episodes.naming(code))
