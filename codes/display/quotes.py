"""Single items of several pages as they are quoted beside something else: their words, their mark, a way to dispute.

Reads, never writes; a fixed number of queries however many codes and items it is.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString

from codes import page as pages
from codes.acts.publishing import latest_pages
from codes.display.marks import Mark, Marks, marks_of
from codes.display.page import FACTS, fact_words
from codes.models import ProcedureCode
from codes.page import Page
from codes.page.wording import own_words
from codes.text.markup import to_html


@dataclass(frozen=True)
class Quote:
    """One item: `url` is where it stands, `dispute_url` the correction of just this item."""

    code: str
    key: str
    label: str
    html: SafeString
    mark: Mark
    sources: tuple[str, ...]
    url: str
    dispute_url: str


@dataclass(frozen=True)
class Quotable:
    """The live page of a code; `links` gives the address of each code that is spoken of and known, by its number."""

    number: str
    page: Page
    links: dict[str, str]
    marks: Marks

    def quote(self, key: str) -> Quote:
        """The item with this key, which the page has."""
        place = reverse("code", args=[self.number])
        correct = reverse("correct", args=[self.number])
        return Quote(
            code=self.number,
            key=key,
            label=pages.label(key),
            # to_html's result is safe (codes.text).
            html=SafeString(to_html(own_words(self.page, key), self.links)),
            mark=self.marks.of(key),
            sources=tuple(source.named for source in self.page.cited(key)),
            url=f"{place}#{key}",
            dispute_url=f"{correct}?{urlencode({'item': key})}",
        )


@dataclass(frozen=True)
class Needs:
    """What the claim of a code needs: what it is to hold, its claim facts (label, words, item), what is attached."""

    sites: list[str]
    site: Quote
    facts: list[tuple[str, str, Quote]]
    attached: tuple[str, ...]
    attachments: Quote


def needs(quotable: Quotable) -> Needs:
    page = quotable.page
    stated = ((name, fact_words(page, name)) for name in FACTS)
    return Needs(
        sites=[pages.SITES[site] for site in page.site],
        site=quotable.quote("site"),
        facts=[(pages.FIELDS[name].title, words, quotable.quote(name)) for name, words in stated if words],
        attached=page.attachments,
        attachments=quotable.quote("attachments"),
    )


def known(numbers: Iterable[str] | None = None) -> dict[str, str]:
    """Number -> title of those of these codes, or of all, that have a page. One query."""
    codes = ProcedureCode.objects.all() if numbers is None else ProcedureCode.objects.filter(number__in=numbers)
    return dict(codes.values_list("number", "title"))


def linked(numbers: Iterable[str], known: Container[str]) -> dict[str, str]:
    """Number -> address of those that are known."""
    return {number: reverse("code", args=[number]) for number in numbers if number in known}


def quotable(numbers: Iterable[str]) -> dict[str, Quotable]:
    """Number -> page of those of `numbers` that have one, in their order.

    Two queries, and those of `marks_of`.
    """
    wanted = list(dict.fromkeys(numbers))
    live = latest_pages(wanted)
    spoken_of = {number for page in live.values() for number in pages.references(page)}
    links = linked(spoken_of, known(spoken_of))
    marks = marks_of(live)
    return {number: Quotable(number, live[number], links, marks[number]) for number in wanted if number in live}
