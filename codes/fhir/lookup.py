"""$lookup: what is known of one code, as properties and other names. No Django."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from codes.fhir.outcome import Resource, quoted, unknown
from codes.fhir.properties import BY_DEFAULT, DEFINED, Property, prop, short
from codes.fhir.terms import SLUGS, Site, When, parameter, parameters, span, written
from codes.page import KINDS, Page, Validity
from codes.page.wording import own_words
from codes.text.markup import plain

EVERYTHING = "*"
_FACTS = ("site", "teeth", "surfaces", "per", "attachments")


@dataclass(frozen=True)
class State:
    """What is known of an item of a page: how far it is verified, and whether it is disputed."""

    verification: str
    disputed: bool


@dataclass(frozen=True)
class Known:
    """A code with its live page, the address of that, how far it is verified as a whole, and each of its items."""

    number: str
    page: Page
    url: str
    verification: str
    items: Mapping[str, State]

    @property
    def title(self) -> str:
        return self.page.title

    @property
    def category(self) -> str:
        return self.page.category

    @property
    def validity(self) -> Validity:
        return self.page.validity


def looked_up(site: Site, known: Known, when: When, asked: Iterable[str]) -> Resource:
    """The answer on a code; `asked` are the properties that were asked for, of which it gives those that it knows."""
    first = known.validity.first_day
    if first and not when.knows(known.validity):
        raise unknown(f"{known.number} is not in CDT {when.day.year}: its first date of service is {written(first)}.")
    wanted = tuple(asked) or (*BY_DEFAULT, "designation")
    everything = EVERYTHING in wanted
    said = [parameter("name", "String", "CDT (a fragment, with titles of our own)")]
    said += [parameter("version", "String", when.version)] if when.version else []
    said.append(parameter("display", "String", known.title))
    if everything or "designation" in wanted:
        said += [_designation(words) for words in known.page.aliases]
    found = [*short(site, known, when, known.verification), *_own(known)]
    said += [_part(one) for one in found if everything or one.code in wanted]
    for name in KINDS:
        if everything or name in wanted:
            said += [_statement(known, key, words) for key, words in _statements(known.page, name)]
    return parameters(*said)


def category_looked_up(code: str) -> Resource:
    """The answer on a category."""
    if code not in SLUGS:
        raise unknown(f"There is no category {quoted(code)}. There are {', '.join(SLUGS)}.")
    return parameters(
        parameter("name", "String", "Categories of CDT codes"),
        parameter("version", "String", "1"),
        parameter("display", "String", SLUGS[code].capitalize()),
        _part(Property("definition", "string", f"{span(SLUGS[code])}.")),
    )


def _own(known: Known) -> list[Property]:
    """What the page says in its fields, and of itself."""
    page = known.page
    found = [prop("disputed", any(state.disputed for state in known.items.values())), prop("page", known.url)]
    found += [prop("subcategory", page.subcategory)] if page.subcategory else []
    found.append(prop("answer", plain(page.answer)))
    return found + [prop(name, words) for name in _FACTS if (words := own_words(page, name).replace("\n", ", "))]


def _statements(page: Page, kind: str) -> list[tuple[str, str]]:
    """Key and words of each statement of a kind."""
    return [(s.key, "\n".join(filter(None, [s.heading, plain(s.text)]))) for s in page.of_kind(kind)]


def _statement(known: Known, key: str, words: str) -> Resource:
    """A statement, with its key, how far it is verified, whether it is disputed, and its sources."""
    state = known.items[key]
    about = [("key", "String", key), ("verification", "Code", state.verification)]
    made = _part(prop(key.partition(".")[0], words))
    made["part"] += [_sub(name, kind, value) for name, kind, value in about]
    made["part"].append(_sub("disputed", "Boolean", state.disputed))
    made["part"] += [_sub("source", "String", source.named) for source in known.page.cited(key)]
    return made


def _sub(name: str, kind: str, value: object) -> Resource:
    return {"name": "subproperty", "part": [parameter("code", "Code", name), parameter("value", kind, value)]}


def _part(one: Property) -> Resource:
    said: list[Resource] = [parameter("code", "Code", one.code), {"name": "value", **one.valued}]
    if one.code in DEFINED:
        said.append(parameter("description", "String", DEFINED[one.code].description))
    return {"name": "property", "part": said}


def _designation(words: str) -> Resource:
    return {"name": "designation", "part": [parameter("language", "Code", "en"), parameter("value", "String", words)]}
