"""Making things for tests, through the acts that the product uses."""

from dataclasses import replace
from itertools import count

from codes import corrections, entry, imports
from codes.guard import new_ticket
from codes.merge import replaced
from codes.models import Correction, ProcedureCode, Revision
from codes.page import Page, Statement
from codes.publishing import latest, publish

_numbers = count(1)


def page(**changes) -> Page:
    """A small whole page."""
    base = Page(
        title="A thing that is done",
        answer="Report it when it is done.",
        category="implant services",
        subcategory="Things",
        aliases=("doing a thing",),
        specialties=("general-dentistry",),
        tags=("thing",),
        site=("tooth",),
        statements=(Statement("use_when.done", "The thing was done."), Statement("faq.why", "Because.", "Why?")),
    )
    return replace(base, **changes)


def code(number: str = "D6010", **changes) -> ProcedureCode:
    """A published code with `page(**changes)`."""
    publish(number, page(**changes), base=None, by=None, source=Revision.Source.IMPORT, reason="")
    return ProcedureCode.objects.get(number=number)


def load(*numbers: str) -> ProcedureCode:
    """The codes with the real content of their files; returns the first."""
    for number in numbers:
        imports.load(*entry.read(entry.CONTENT / f"{number}.yaml"))
    return ProcedureCode.objects.get(number=numbers[0])


def ticket() -> str:
    return f"test-{next(_numbers)}"


def correction(
    number: str = "D6010", *, proposed: Page | None = None, base: Revision | None = None, **about
) -> Correction:
    """A waiting correction; by default it changes the answer."""
    base = base or latest(number)
    proposed = proposed or replace(base.page, answer=f"Report it otherwise, {next(_numbers)}.")
    return corrections.submit(base, proposed, ticket=ticket(), **about)


def propose(number: str, items: dict, **about) -> Correction:
    """A waiting correction that puts these items' contents in place."""
    return correction(number, proposed=replaced(latest(number).page, items), **about)


def post_data(form, **changes) -> dict:
    """What a browser would send for a form as it is shown, with some fields filled otherwise ("" clears one).

    A field name holds dots and a colon, so changes are given as {"fields": {...}} or by plain keyword.
    """
    typed = {**changes.pop("fields", {}), **changes}
    data = {}
    for bound in form:
        value = typed.get(bound.name, bound.value())
        if value is True:
            value = "on"
        if value not in (None, False):
            data[bound.name] = value
    data["ticket"] = typed.get("ticket", new_ticket())
    return data
