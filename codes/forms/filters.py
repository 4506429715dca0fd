"""Which codes the list of codes shows, and which changes the list of changes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce
from operator import and_
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from codes import page as pages
from codes.acts import corrections, facets
from codes.acts.facets import Facets
from codes.acts.verifying import current_edition
from codes.display.results import Result
from codes.forms import service_date
from codes.models import Document, ProcedureCode, Revision, RevisionQuerySet
from codes.text import bits
from codes.text import number as numbers

STATUSES = [("active", "Valid"), ("deleted", "Deleted"), ("future", "Not yet valid")]
VERIFICATIONS = [
    ("wholly", "Every item verified"),
    ("partly", "Some items verified"),
    ("none", "Nothing verified yet"),
    ("outdated", "Verified against an older edition"),
    ("disputed", "Disputed: correction open"),
]
_CATEGORIES = [(c, c.capitalize()) for c in pages.CATEGORIES]
_NOUNS = {
    "category": "category",
    "subcategory": "subcategory",
    "status": "validity",
    "verification": "state of verification",
    "site": "site information",
    "specialty": "specialty",
    "tag": "tag",
}
# There are hundreds of tags: so many are offered at once, the most used ones.
MOST = 30

# Filter name -> value -> the codes that have it, as of `facets`.
Having = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Option:
    """A value that may be chosen: how many codes it would give beside the other choices, and the address of that.

    `url` of a chosen one is that of the list without it.
    """

    label: str
    count: int
    chosen: bool
    url: str


@dataclass(frozen=True)
class Facet:
    """What can be chosen in one filter; `left_out` counts the values that are not offered, because they are many."""

    name: str
    label: str
    options: list[Option]
    left_out: int = 0

    @property
    def chosen(self) -> Option | None:
        return next((option for option in self.options if option.chosen), None)

    @property
    def is_open(self) -> bool:
        """Whether it is shown unfolded: the next step down, to a category or in it to a subcategory."""
        return self.name in ("category", "subcategory") and not self.chosen


@dataclass(frozen=True)
class Refused:
    """A value that no code can have: what is wrong, and the address of the list without it."""

    message: str
    url: str


class CodeFilter(django_filters.FilterSet):
    """Combinable choices of codes; each state is a link. Validity is that on the request's date of service.

    A value that there is not gives no code at all, and `refused` says so. Everything that is shown of the filters
    takes three queries that read no page.
    """

    category = django_filters.ChoiceFilter(label="Category", choices=_CATEGORIES)
    subcategory = django_filters.ChoiceFilter(label="Subcategory")
    status = django_filters.ChoiceFilter(label="Validity", choices=STATUSES)
    verification = django_filters.ChoiceFilter(label="Verification", choices=VERIFICATIONS)
    site = django_filters.ChoiceFilter(label="Required on the claim", choices=[*pages.SITES.items()])
    specialty = django_filters.ChoiceFilter(label="Specialties", choices=[*pages.SPECIALTIES.items()])
    tag = django_filters.ChoiceFilter(label="Tag")

    class Meta:
        model = ProcedureCode
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._service = service_date.lens(self.request)
        found = facets.read()
        self._every, self._having, tags = found.every, _having(found, self._service.day), found.names()
        within = self._having["category"].get(self.data.get("category"), 0)
        self.filters["subcategory"].extra["choices"] = [(s, s) for s, _ in self._sections(within) if s]
        self.filters["tag"].extra["choices"] = sorted(tags.items(), key=lambda tag: tag[1])

    @property
    def taken(self) -> dict[str, str]:
        """The choices that count, in one order."""
        return {name: value for name in self.filters if (value := self.form.cleaned_data.get(name))}

    @property
    def query(self) -> str:
        """The choices that count as a query string: two ways of asking for one list give one."""
        return urlencode(self.taken, quote_via=quote)

    @cached_property
    def codes(self) -> int:
        """The codes that have all of the choices, as of `bits`."""
        return 0 if self.form.errors else self._matching(self.taken)

    @cached_property
    def numbers(self) -> Sequence[str]:
        """Their numbers; of one category, section by section."""
        found = self.codes
        if "category" not in self.taken:
            return bits.Numbers(found)
        return [number for _, codes in self._sections(found) for number in bits.Numbers(codes)]

    @cached_property
    def facets(self) -> list[Facet]:
        """The filters with what can still be chosen; what would give nothing is left out, unless it is chosen."""
        return [facet for name in self.filters if (facet := self._facet(name)).options]

    @property
    def chosen(self) -> list[tuple[str, Option]]:
        """Each choice with the label of its filter."""
        return [(facet.label, facet.chosen) for facet in self.facets if facet.chosen]

    @property
    def refused(self) -> list[Refused]:
        return [self._refused(name) for name in self.form.errors]

    def _facet(self, name: str) -> Facet:
        others, mine = _without(self.taken, name), self.taken.get(name)
        within, having = self._matching(others), self._having[name]
        labels = dict(self.filters[name].extra["choices"])
        counts = {value: (within & having.get(value, 0)).bit_count() for value in labels}
        worth = [value for value in labels if counts[value] or value == mine]
        most = set(sorted(worth, key=lambda value: (value != mine, -counts[value]))[:MOST])
        options = [
            Option(label, counts[value], value == mine, self._url(others if value == mine else {**others, name: value}))
            for value, label in labels.items()
            if value in most
        ]
        return Facet(name, self.filters[name].label, options, len(worth) - len(options))

    def _refused(self, name: str) -> Refused:
        seen = "".join(c for c in self.data[name] if c.isprintable())
        typed = f"{seen[:40]}…" if len(seen) > 40 else seen
        message = f"There is no {_NOUNS[name]} “{typed}”."
        if name == "subcategory":
            category = self.taken.get("category")
            message = f"{message[:-1]} in {category}." if category else f"“{typed}” needs its category chosen too."
        return Refused(message, self._url(self.taken))

    def _matching(self, choices: Mapping[str, str]) -> int:
        """The codes that have all of these."""
        return reduce(and_, (self._having[name].get(value, 0) for name, value in choices.items()), self._every)

    def _sections(self, within: int) -> list[tuple[str, int]]:
        """The sub-categories of these codes, "" for none, with their codes; in the order of their first codes."""
        found = {name: within & codes for name, codes in self._having["subcategory"].items()}
        # The lowest bit of a set is that of its first code.
        return sorted(((n, codes) for n, codes in found.items() if codes), key=lambda found: found[1] & -found[1])

    def _url(self, choices: Mapping[str, str]) -> str:
        ordered = {name: choices[name] for name in self.filters if name in choices}
        plain = f"{reverse('browse')}?{urlencode(ordered, quote_via=quote)}" if ordered else reverse("browse")
        return plain + (self._service.more if ordered else self._service.query)


def narrowed(request: HttpRequest, found: Sequence[Result]) -> tuple[list[Facet], list[Result]]:
    """What narrows the results of a search, each option with what it would leave of them, and the results that the
    request's choices leave. A choice that none of them has is none. No query.
    """
    day = service_date.of(request)
    having: dict[str, dict[str, Collection[str]]] = {
        "category": {result.code.number: (result.code.category,) for result in found},
        "status": {result.code.number: (result.code.validity.on(day),) for result in found},
        "site": {result.code.number: result.code.site for result in found},
    }

    def left(choices: Mapping[str, str]) -> list[Result]:
        return [r for r in found if all(value in having[name][r.code.number] for name, value in choices.items())]

    def url(name: str, value: str) -> str:
        query = request.GET.copy()
        query.pop(name, None)
        if taken.get(name) != value:
            query[name] = value
        return f"?{query.urlencode()}"

    taken: dict[str, str] = {}
    for name in having:
        if left(asked := {**taken, name: request.GET.get(name, "")}):
            taken = asked
    facets = []
    for name in having:
        declared = CodeFilter.base_filters[name]
        options = [
            Option(label, count, taken.get(name) == value, url(name, value))
            for value, label in declared.extra["choices"]
            if (count := len(left({**taken, name: value})))
        ]
        if len(options) > 1 or name in taken:
            facets.append(Facet(name, declared.label, options))
    return facets, left(taken)


def _without(choices: Mapping[str, str], name: str) -> dict[str, str]:
    """The choices without one; the subcategory goes with its category."""
    gone = {name, "subcategory"} if name == "category" else {name}
    return {other: value for other, value in choices.items() if other not in gone}


def _having(found: Facets, day: date) -> Having:
    """What the codes have on this day."""
    disputed = {number for number, waiting in corrections.disputes().items() if waiting.disputed}
    return {name: found.values(name) for name in ("category", "subcategory", "site", "specialty", "tag")} | {
        "status": found.status(day),
        "verification": found.verification(current_edition()) | {"disputed": bits.bits_of(disputed)},
    }


class CodeNumberField(forms.CharField):
    """A code number in any shape that people type; cleans to its one shape, D6011."""

    def to_python(self, value: str | None) -> str:
        typed = super().to_python(value) or ""
        number = numbers.parse(typed)
        if typed and number is None:
            raise ValidationError("This is not a code number. Type it like 6011 or D6011.")
        return number or ""


class CodeNumberFilter(django_filters.Filter):
    field_class = CodeNumberField


class ChangeFilter(django_filters.FilterSet):
    """source, category and code, combinable; a value that none has chooses nothing, and the form says so."""

    source = django_filters.ChoiceFilter(choices=Revision.Source.choices, widget=forms.HiddenInput)
    category = django_filters.ChoiceFilter(
        choices=_CATEGORIES, method="in_category", label="Category", empty_label="All categories"
    )
    code = CodeNumberFilter(label="Code number", max_length=20)

    class Meta:
        model = Revision
        fields: ClassVar[list[str]] = []

    def in_category(self, found: RevisionQuerySet, name: str, category: str) -> RevisionQuerySet:
        return found.in_category(category)


class ChangeCount(ChangeFilter):
    """The same changes in no order, as they are counted fastest: by the codes of a category, not from one end."""

    def in_category(self, found: RevisionQuerySet, name: str, category: str) -> RevisionQuerySet:
        return found.filter(code__category=category)


class SourceFilter(django_filters.FilterSet):
    """kind and publisher of a document, combinable."""

    kind = django_filters.ChoiceFilter(label="Kind", choices=[*pages.SOURCE_KINDS.items()], empty_label="All kinds")
    publisher = django_filters.ChoiceFilter(label="Publisher", empty_label="All publishers")

    class Meta:
        model = Document
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Document.objects.order_by("publisher").values_list("publisher", flat=True).distinct()
        self.filters["publisher"].extra["choices"] = [(name, name) for name in found]

    def filter_queryset(self, queryset: QuerySet[Document]) -> QuerySet[Document]:
        return queryset.none() if self.form.errors else super().filter_queryset(queryset)
