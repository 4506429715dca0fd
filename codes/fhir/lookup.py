"""$lookup: what is known of one code, as properties and other names. No Django."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from codes.fhir.outcome import Resource, quoted, unknown
from codes.fhir.properties import BY_DEFAULT, FACTS, WORDS, Property, prop, short
from codes.fhir.terms import SLUGS, Site, When, parameter, parameters, span, written
from codes.page import KINDS, Page, Validity
from codes.page.wording import own_words
from codes.text.markup import plain

EVERYTHING = "*"


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
    about = [*short(site, known, when, known.verification), *_about(known)]
    said += [_part(one) for one in about if everything or one.code in wanted]
    said += [_item(known, *one) for one in _items(known.page) if everything or one[0] in wanted]
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


def _about(known: Known) -> list[Property]:
    """What is said of the page."""
    found = [prop("validityVerification", known.items["validity"].verification)]
    found += [prop("disputed", any(state.disputed for state in known.items.values())), prop("page", known.url)]
    return found + ([prop("subcategory", known.page.subcategory)] if known.page.subcategory else [])


def _items(page: Page) -> Iterator[tuple[str, str, str]]:
    """Property, key of the item and words of what the page says: its fields, and its statements kind by kind."""
    yield "answer", "answer", plain(page.answer)
    for name in FACTS:
        if words := own_words(page, name).replace("\n", ", "):
            yield name, name, words
    for kind in KINDS:
        for s in page.of_kind(kind):
            yield kind, s.key, "\n".join(filter(None, [s.heading, plain(s.text)]))


def _item(known: Known, code: str, key: str, words: str) -> Resource:
    """An item, with its key, how far it is verified, whether it is disputed, and its sources."""
    state = known.items[key]
    made = _part(prop(code, words))
    made["part"] += [
        _sub("key", "String", key),
        _sub("verification", "Code", state.verification),
        _sub("disputed", "Boolean", state.disputed),
        *(_sub("source", "String", source.named) for source in known.page.cited(key)),
    ]
    return made


def _sub(name: str, kind: str, value: object) -> Resource:
    return {"name": "subproperty", "part": [parameter("code", "Code", name), parameter("value", kind, value)]}


def _part(one: Property) -> Resource:
    said: list[Resource] = [parameter("code", "Code", one.code), {"name": "value", **one.valued}]
    if one.code in WORDS:
        said.append(parameter("description", "String", WORDS[one.code][one.value]))
    return {"name": "property", "part": said}


def _designation(words: str) -> Resource:
    return {"name": "designation", "part": [parameter("language", "Code", "en"), parameter("value", "String", words)]}
