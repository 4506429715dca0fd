"""The episodes: a treatment from its first visit to its last, from the files of `content/episodes/`. No Django.

An episode has visits in their order, a visit codes, each with the key of the item of its page that says when it is
reported; "" for a code without an entry. What a code needs, and what may not share its date, its page says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from codes.editorial import choosing, entry
from codes.editorial.lint import Finding
from codes.page import Malformed, Page

FOLDER = entry.CONTENT / "episodes"


@dataclass(frozen=True)
class Step:
    """A code of a visit. `condition` says when it is reported, "" for always; `instead` of which code, "" for none."""

    code: str
    item: str
    condition: str = ""
    instead: str = ""


@dataclass(frozen=True)
class Visit:
    slug: str
    title: str
    when: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Episode:
    """One episode, "Single implant, from extraction to crown"."""

    slug: str
    title: str
    lead: str
    visits: tuple[Visit, ...]

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Every code of it, each once, in the order of the visits."""
        return tuple(dict.fromkeys(step.code for visit in self.visits for step in visit.steps))


@cache
def read_all(folder: Path = FOLDER) -> tuple[Episode, ...]:
    """The episodes, in the order of their titles; raises Malformed with the file's name in front."""
    return tuple(sorted((entry.loaded(path, _episode) for path in folder.glob("*.yaml")), key=lambda e: e.title))


def naming(code: str) -> list[Episode]:
    """The episodes that a code is part of."""
    return [episode for episode in read_all() if code in episode.codes]


def conflicts(codes: tuple[str, ...], pages: Mapping[str, Page]) -> list[tuple[str, str, str]]:
    """Which of these codes may not share a date: (code, other code, key of the item that says so), each pair once."""
    found: dict[frozenset[str], tuple[str, str, str]] = {}
    for code in codes:
        for relation in pages[code].related if code in pages else ():
            if relation.kind == "same_day_conflict" and relation.code in codes:
                found.setdefault(frozenset((code, relation.code)), (code, relation.code, relation.key))
    return list(found.values())


def _episode(slug: str, data: dict[str, Any]) -> Episode:
    title, lead, visits = (data.pop(part) for part in ("title", "lead", "visits"))
    if data:
        raise Malformed(f"knows no {', '.join(data)}")
    return Episode(slug, title, lead.strip(), tuple(_visit(key, dict(visit)) for key, visit in visits.items()))


def _visit(slug: str, data: dict[str, Any]) -> Visit:
    title, when, codes = (data.pop(part) for part in ("title", "when", "codes"))
    if data or not codes:
        raise Malformed(f"{slug}: needs codes" if not codes else f"{slug}: knows no {', '.join(data)}")
    return Visit(slug, title, when, tuple(_step(code, said) for code, said in codes.items()))


def _step(code: str, said: str | dict[str, str] | None) -> Step:
    data = dict(said) if isinstance(said, dict) else {"item": said or ""}
    made = Step(code, data.pop("item") or "", data.pop("if", ""), data.pop("instead", ""))
    if data:
        raise Malformed(f"{code}: knows no {', '.join(data)}")
    return made


def check(episodes: tuple[Episode, ...], pages: Mapping[str, Page]) -> list[Finding]:
    """What is wrong in the episodes, beside the entries whose items they refer to."""
    found: list[Finding] = []
    for episode in episodes:
        where = f"{FOLDER.name}/{episode.slug}"
        for visit in episode.visits:
            for step in visit.steps:
                found += [Finding(where, visit.slug, *wrong) for wrong in choosing.refers(step.code, step.item, pages)]
                if choosing.deleted(step.code, pages):
                    found.append(Finding(where, visit.slug, "deleted code", f"{step.code} was deleted"))
            codes = {step.code for step in visit.steps}
            for step in visit.steps:
                if step.instead and (step.instead == step.code or step.instead not in codes or not step.condition):
                    why = f"{step.code} is instead of {step.instead}: needs another code of the visit and a condition"
                    found.append(Finding(where, visit.slug, "instead", why))
            always = tuple(step.code for step in visit.steps if not step.condition)
            for code, other, _ in conflicts(always, pages):
                found.append(Finding(where, visit.slug, "same date", f"{code} and {other} may not share a date"))
        found += [Finding(where, *wrong) for wrong in _order(episode, pages)]
    return found


def _order(episode: Episode, pages: Mapping[str, Page]) -> list[tuple[str, str, str]]:
    """Item, rule and why for each code that the entry of another sets before it, and the episode in a later visit."""
    first: dict[str, int] = {}
    for place, visit in enumerate(episode.visits):
        for step in visit.steps:
            first.setdefault(step.code, place)
    return [
        (episode.visits[place].slug, "order", f"the entry of {code} says that {relation.code} comes before it")
        for code, place in first.items()
        for relation in (pages[code].related if code in pages else ())
        if relation.kind == "precedes" and first.get(relation.code, place) > place
    ]
