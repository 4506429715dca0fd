"""Making things for tests, through the acts that the product uses."""

from dataclasses import replace
from functools import cache
from itertools import count

from django.apps import apps
from django.contrib.auth.models import Group, User

from cdtsite import roles
from codes.acts import corrections, imports
from codes.acts.publishing import latest, publish
from codes.acts.registering import latest_version, publish_document
from codes.editorial import entry
from codes.models import Correction, DocumentRevision, Edition, ProcedureCode, Revision
from codes.page import Document, Page, Relation, Source, Statement
from codes.page.merge import replaced
from tests import worlds

_numbers = count(1)
# What a page with something of everything holds beside the rest.
RICH = {
    "statements": (
        Statement("use_when.done", "The thing was done.", sources=("book",)),
        Statement("use_when.twice", "It was done twice."),
        Statement("faq.why", "Because.", "Why?"),
    ),
    "related": (Relation("confused_with", "D6011", "That uncovers."),),
    "sources": (Source("book", "The book"),),
}
# A record of the register of sources.
BOOK = Document(
    slug="book",
    title="The book",
    publisher="A press",
    kind="government",
    dated="2014-03",
    seen="2026-11-21",
    url="https://example.org/book",
    attests=("first year", "meaning"),
)


def document(**changes) -> DocumentRevision:
    """A published record: BOOK, with `changes`."""
    made = replace(BOOK, **changes)
    source = DocumentRevision.Source.IMPORT
    published = publish_document(made.slug, made, base=None, by=None, source=source, reason="")
    assert published
    return published


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


def codes(pages: dict[str, dict]) -> None:
    """Published codes, each with `page(**changes)`: number -> changes."""

    def make() -> None:
        for number, changes in pages.items():
            code(number, **changes)

    worlds.again(repr(pages), make)


@cache
def entry_of(number: str) -> tuple[str, Page]:
    """Number and page of a content file."""
    return entry.read(entry.CONTENT / f"{number}.yaml")


def load(*numbers: str) -> ProcedureCode:
    """The codes with the real content of their files; returns the first."""
    worlds.again(numbers, lambda: load_each(*map(entry_of, numbers)))
    return ProcedureCode.objects.get(number=numbers[0])


def load_each(*entries: tuple[str, Page]) -> None:
    for number, made in entries:
        load_one(number, made)


def load_one(number: str, made: Page) -> imports.Outcome:
    """Load a page of the content files, and the records of the documents that it cites."""
    register = entry.register()
    imports.load_register({s.document: register[s.document] for s in made.sources if s.document})
    return imports.load(number, made)


def written(number: str) -> Page:
    """The page of a content file, with sources of its own instead of those of the register."""
    _, made = entry.read(entry.CONTENT / f"{number}.yaml")
    return replace(made, sources=tuple(Source(s.key, s.title, s.url) for s in made.sources))


def account(name: str, *given: str, **about) -> User:
    """An account that may log in at the desk, with these roles; its password is the name and "-password"."""
    if not Group.objects.exists():  # A test that emptied the database took away what the migration made.
        roles.make(apps)
    made = User.objects.create_user(name, password=f"{name}-password", is_staff=True, **about)
    if given:
        made.groups.set(Group.objects.filter(name__in=given))
    return made


def editor() -> User:
    """Edith Tor, who has the role Editor: made when first asked for."""
    known = User.objects.filter(username="ed").first()
    return known or account("ed", roles.EDITOR, first_name="Edith", last_name="Tor")


def ticket() -> str:
    return f"test-{next(_numbers)}"


def correction(
    number: str = "D6010", *, proposed: Page | None = None, base: Revision | None = None, **about
) -> Correction:
    """A waiting correction; by default it changes the answer."""
    base = base or latest(number)
    proposed = proposed or replace(base.page, answer=f"Report it otherwise, {next(_numbers)}.")
    return corrections.submit(base, proposed, ticket=ticket(), **about)


def source_correction(slug: str = "book", about: dict | None = None, **fields) -> Correction:
    """A waiting correction of the record of a source, of these fields."""
    base = latest_version(slug)
    return corrections.submit(base, replace(base.record, **fields), ticket=ticket(), **(about or {}))


def propose(number: str, items: dict, **about) -> Correction:
    """A waiting correction that puts these items' contents in place."""
    return correction(number, proposed=replaced(latest(number).page, items), **about)


def in_every_state(number: str, by: User, year: int) -> dict[str, Correction]:
    """A correction in each state, named by it; each proposes an answer with its state in it and has an address."""
    sent = {}
    for state in Correction.State.values:
        proposed = replace(latest(number).page, answer=f"Canary {state}.")
        about = {"edition": Edition.objects.get_or_create(year=year)[0]} if state == "scheduled" else {}
        sent[state] = correction(number, proposed=proposed, email=f"{state}@example.org", **about)
    corrections.ask(sent["needs_answer"], by=by, text="Canary question?")
    corrections.reject(sent["rejected"], by=by, reason="Canary reason.")
    corrections.withdraw(sent["withdrawn"])
    for state in ("scheduled", "accepted"):
        corrections.accept(sent[state], by=by, items=dict.fromkeys(sent[state].items), seen=sent[state].live())
    assert {state: Correction.objects.get(pk=one.pk).state for state, one in sent.items()} == {s: s for s in sent}
    return sent


def proved(sent: Correction) -> dict[str, str]:
    """For `accept`: the contributor's sources, if there are any, prove every item."""
    given = {key: sent.evidence_of(key).source_title for key in sent.items}
    return {key: title for key, title in given.items() if title}
