"""The choosing pages: questions that lead to a code, from the files of `content/choosing/`. No Django.

A question has options; an option asks on, reports codes, or says in a sentence why there is none. It reports a code
with the key of the item that backs the choice, of which the live page has the words; without one, if the code has no
entry (codes/editorial/outside.py).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

from codes.editorial import entry, glossary
from codes.editorial.lint import Finding
from codes.editorial.outside import OUTSIDE
from codes.page import SLUG, Malformed, Page
from codes.text.number import mentioned

FOLDER = entry.CONTENT / "choosing"
# Where the chart stands among the steps.
CHART = "chart"


@dataclass(frozen=True)
class Report:
    """A code, and the key of the item of its page that backs the choice; "" for a code without an entry.

    `until` is the last edition in which this choice ended in the code, None for as long as the code is valid.
    """

    code: str
    item: str
    until: int | None = None


@dataclass(frozen=True)
class Option:
    """An answer to a question; it has a `question`, `reports` or a sentence that it `says`, and of these one."""

    slug: str
    text: str
    question: "Question | None" = None
    reports: tuple[Report, ...] = ()
    says: str = ""


@dataclass(frozen=True)
class Question:
    ask: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Choice:
    """One choosing page, "Which cleaning code?"; `name` is what it is called in a list."""

    slug: str
    title: str
    name: str
    lead: str
    question: Question

    @cached_property
    def steps(self) -> dict[str, tuple[Option, ...]]:
        """The slug of each option -> the options from the first question to it."""
        return {path[-1].slug: path for path in _paths(self.question)}

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Every code that it may end in, each once."""
        return tuple(dict.fromkeys(ends(self.question.options)))


def ends(options: Iterable[Option]) -> Iterator[str]:
    """The codes that these options may end in."""
    for option in options:
        yield from (report.code for report in option.reports)
        if option.question:
            yield from ends(option.question.options)


def _paths(question: Question, before: tuple[Option, ...] = ()) -> Iterator[tuple[Option, ...]]:
    for option in question.options:
        path = (*before, option)
        yield path
        if option.question:
            yield from _paths(option.question, path)


@cache
def read_all(folder: Path = FOLDER) -> tuple[Choice, ...]:
    """The choosing pages, in the order of their names; raises Malformed with the file's name in front."""
    return tuple(sorted((entry.loaded(path, _choice) for path in folder.glob("*.yaml")), key=lambda c: c.name.lower()))


def naming(code: str) -> list[Choice]:
    """The choosing pages that may end in a code."""
    return [choice for choice in read_all() if code in choice.codes]


def _choice(slug: str, data: dict[str, Any]) -> Choice:
    title, name, lead = (str(data.pop(part)).strip() for part in ("title", "name", "lead"))
    made = Choice(slug, title, name, lead, _question(data))
    slugs = [path[-1].slug for path in _paths(made.question)]
    if wrong := {one for one in slugs if slugs.count(one) > 1 or one == CHART or not re.fullmatch(SLUG, one)}:
        raise Malformed(f"{', '.join(sorted(wrong))}: is there twice, or no name for an address")
    return made


def _question(data: dict[str, Any]) -> Question:
    ask, options = data.pop("ask"), data.pop("options")
    if data:
        raise Malformed(f"{ask}: knows no {', '.join(data)}")
    return Question(ask.strip(), tuple(_option(slug, dict(option)) for slug, option in options.items()))


def _option(slug: str, data: dict[str, Any]) -> Option:
    text = str(data.pop("text")).strip()
    reports = tuple(_report(code, said) for code, said in (data.pop("report", None) or {}).items())
    says = str(data.pop("say", "")).strip()
    question = _question(data) if data else None
    if [bool(question), bool(reports), bool(says)].count(True) != 1:
        raise Malformed(f"{slug}: needs one of report, say and a question with options")
    return Option(slug, text, question, reports, says)


def _report(code: str, said: str | dict[str, Any] | None) -> Report:
    data = dict(said) if isinstance(said, dict) else {"item": said or ""}
    made = Report(code, data.pop("item"), data.pop("until", None))
    if data:
        raise Malformed(f"{code}: knows no {', '.join(data)}")
    return made


def check(choices: tuple[Choice, ...], pages: Mapping[str, Page]) -> list[Finding]:
    """What is wrong in the choosing pages, beside the entries whose items they refer to."""
    found: list[Finding] = []
    for choice in choices:
        where = f"{FOLDER.name}/{choice.slug}"
        for option in (path[-1] for path in choice.steps.values()):
            found += [Finding(where, option.slug, rule, why) for rule, why in _wrong(option, pages)]
        for question in _questions(choice.question):
            for one, other in combinations(question.options, 2):
                if glossary.likeness(one.text) == glossary.likeness(other.text):
                    found.append(Finding(where, other.slug, "options alike", f"reads like {one.slug}: “{one.text}”"))
    return found


def _questions(question: Question) -> Iterator[Question]:
    yield question
    for option in question.options:
        if option.question:
            yield from _questions(option.question)


def _wrong(option: Option, pages: Mapping[str, Page]) -> Iterator[tuple[str, str]]:
    """The rule and the why of each fault of an option."""
    for report in option.reports:
        yield from refers(report.code, report.item, pages)
    if option.reports and all(report.until or deleted(report.code, pages) for report in option.reports):
        yield "deleted code", "ends in no code that is still current"
    for code in mentioned(option.says):
        if code not in pages and code not in OUTSIDE:
            yield "unknown code", f"{code} is not in the set, nor in codes/editorial/outside.py"
        elif deleted(code, pages):
            yield "deleted code", f"{code} was deleted"


def deleted(code: str, pages: Mapping[str, Page]) -> bool:
    return code in pages and pages[code].validity.until is not None


def refers(code: str, item: str, pages: Mapping[str, Page]) -> Iterator[tuple[str, str]]:
    """The rule and the why of what is wrong with a reference to an item of a code, "" for a code without an entry."""
    page = pages.get(code)
    if page is None and (item or code not in OUTSIDE):
        yield "unknown code", f"{code} has no entry" + ("" if item else ", nor is it in codes/editorial/outside.py")
    elif page and not item:
        yield "no item", f"{code} has an entry: name the item that backs it"
    elif page and page.item(item) is None:
        yield "no item", f"the entry of {code} does not have this item: {item}"
