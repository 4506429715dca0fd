"""The editors' verification pages: which codes have something left, and one code's items beside their sources."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import pluralize
from django.urls import reverse

from codes import page as pages
from codes.acts import editions, verifying
from codes.acts.publishing import latest
from codes.acts.reads import most_read
from codes.acts.verifying import Changed, Survey, current_edition
from codes.desk.editor import editor
from codes.desk.names import names
from codes.forms.guard import Text
from codes.models import Correction, Document, Edition, ProcedureCode, Revision, Verification
from codes.page import ItemKey, Page, Source, risk
from codes.page.wording import own_words
from codes.text.number import PATTERN

PER_PAGE = 50
# So many sources that an editor used last are at hand, found in so many of the last verifications.
AT_HAND, LOOKED_BACK = 5, 200


@dataclass(frozen=True)
class Card:
    """One item to verify: what is known of it already, and the open corrections that change it; its sources with their
    records in the register.

    `tick` is what its box sends, `changed` whether it is not what the editor had ticked.
    """

    key: str
    name: str
    text: str
    risk: int
    sources: list[tuple[Source, Document | None]]
    outdated: Verification | None
    ahead: Verification | None
    disputes: list[Correction]
    tick: str
    ticked: bool
    changed: bool


class Ticks(forms.MultipleChoiceField):
    """The boxes that are ticked; cleans to item key -> digest of the item as it was shown."""

    widget = forms.CheckboxSelectMultiple

    def valid_value(self, value: str) -> bool:
        return True  # Whether it is still so is decided under the lock, by verify().

    def clean(self, value: list[str]) -> dict[str, str]:
        return self.read(super().clean(value))

    @staticmethod
    def read(ticks: list[str]) -> dict[str, str]:
        return {key: digest for key, _, digest in (tick.partition(" ") for tick in ticks)}


class VerifyForm(forms.Form):
    """What the editor checked against, once for all items that are ticked. `against` is the source, when valid."""

    source = forms.ChoiceField(required=False, label="Checked against")
    recent = forms.ChoiceField(required=False, widget=forms.RadioSelect, label="or one that you used last")
    typed = Text(required=False, max_length=pages.MAX_SOURCE, label="or type a source: title, page, edition")
    items = Ticks(
        error_messages={"required": "No item is selected. Check the box of each item that you have verified."}
    )

    def __init__(self, *args: Any, page: Page, against: int, recent: Iterable[str] = (), **kwargs: Any) -> None:
        """`against` is the year of the edition to begin with; `recent` are sources that the editor used last."""
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        titles = dict.fromkeys(source.title for source in page.sources)
        used = [title for title in recent if title not in titles]
        cast(forms.ChoiceField, self.fields["recent"]).choices = [(title, title) for title in used]
        if not used:
            del self.fields["recent"]
        cast(forms.ChoiceField, self.fields["source"]).choices = [("", "Choose"), *((title, title) for title in titles)]
        self.coming = [edition.year for edition in editions.opened()]
        last = max([current_edition(), *self.coming])
        self.fields["edition"] = forms.IntegerField(
            label="Edition, CDT", min_value=pages.FIRST_EDITION, max_value=last, initial=against
        )

    def clean_edition(self) -> int:
        year: int = self.cleaned_data["edition"]
        if year > current_edition() and year not in self.coming:
            raise forms.ValidationError(f"CDT {year} is not opened yet.")
        return year

    def clean(self) -> dict[str, Any]:
        super().clean()
        given = [said for name in ("source", "recent", "typed") if (said := self.cleaned_data.get(name, ""))]
        if len(given) > 1:
            self.add_error("typed", "Choose a source or type one, not both.")
        elif not given and not {"source", "recent", "typed"} & set(self.errors):
            self.add_error("source", "Name the source that you checked against.")
        self.against: str = "".join(given[:1])
        return self.cleaned_data

    def ticked(self) -> dict[str, str]:
        """The boxes as they were sent, valid or not: item key -> digest."""
        return Ticks.read(self["items"].value() or [])


@dataclass(frozen=True)
class Walk:
    """Which codes an editor walks: those of a category, "" for all; or those that an opened edition touches."""

    category: str
    edition: Edition | None

    @property
    def against(self) -> int:
        """The year of the edition to verify against."""
        return self.edition.year if self.edition else current_edition()

    @property
    def query(self) -> str:
        """What keeps an address in this walk, without its "?"."""
        chosen = {"edition": self.edition and self.edition.year, "category": self.category}
        return urlencode({name: value for name, value in chosen.items() if value})

    def unfinished(self) -> list[str]:
        return verifying.unfinished(self.category, self.edition)

    def url(self, number: str | None = None) -> str:
        """The verification page of a code, or the list."""
        place = reverse("admin:codes_procedurecode_verify", args=[number] if number else [])
        return f"{place}?{self.query}" if self.query else place

    def following(self, number: str, left: list[str]) -> str | None:
        """The code after this one, of which these items were left."""
        return verifying.following(number, self.category, self.edition, verifying.gravest(left) if left else risk.MUCH)

    def left(self, survey: Survey) -> list[str]:
        """The items to verify, what an error may cost most in first: for a coming edition those that were verified
        against an older one.
        """
        return sorted(survey.outdated if self.edition else survey.left, key=lambda key: -ItemKey(key).risk)


def listing(request: HttpRequest) -> HttpResponse:
    """The codes with something left to verify, highest risk first; ?category= and ?edition= say which walk."""
    _allow(request)
    walk = _walk(request)
    found = Paginator(walk.unfinished(), PER_PAGE).get_page(request.GET.get("page"))
    codes = most_read(ProcedureCode.objects.all()).in_bulk(found.object_list)
    surveys = verifying.surveys(found.object_list, walk.against)
    context = {
        **admin.site.each_context(request),
        "title": "Verify the items of a code",
        "listing": found,
        "rows": [
            (codes[n], surveys[n], len(left), verifying.gravest(left), walk.url(n))
            for n in found
            for left in [walk.left(surveys[n])]
        ],
        "categories": list(pages.CATEGORIES),
        "walk": walk,
        "kept": walk.query,
        "coming": editions.opened(),
    }
    return render(request, "admin/codes/procedurecode/verify_list.html", context)


def one(request: HttpRequest, number: str) -> HttpResponse:
    """GET shows what is left of one code; POST verifies the items that are ticked, then goes to the next code."""
    _allow(request)
    live, walk = _live(number), _walk(request)
    if request.method != "POST":
        return _show(request, live, walk, VerifyForm(**_held(request, live, walk)))
    form = VerifyForm(request.POST, **_held(request, live, walk))
    if not form.is_valid():
        return _show(request, live, walk, form, status=422)
    edition, left = form.cleaned_data["edition"], walk.left(_survey(live, walk))
    try:
        done = verifying.verify(
            number, form.cleaned_data["items"], by=editor(request), source=form.against, edition=edition
        )
    except Changed:
        live = latest(number)
        form = VerifyForm(request.POST, **_held(request, live, walk))
        form.add_error(None, "The page has changed since you opened it. Nothing was verified. Check it again.")
        return _show(request, live, walk, form, status=409)
    following = walk.following(number, left)
    messages.success(
        request,
        f"{done} item{pluralize(done)} of {number} verified against CDT {edition}."
        + ("" if following else " No code after it has items left to verify."),
    )
    return redirect(walk.url(following))


def _show(request: HttpRequest, live: Revision, walk: Walk, form: VerifyForm, status: int = 200) -> HttpResponse:
    page = live.page
    survey = _survey(live, walk)
    left, disputes = walk.left(survey), _disputes(live)
    ticked = form.ticked() if form.is_bound else {}
    called = names({key: own_words(page, key) for key in left})
    changed = [key for key, digest in ticked.items() if survey.digests.get(key) != digest]
    records = Document.objects.in_bulk({source.document for source in page.sources if source.document})
    context = {
        **admin.site.each_context(request),
        "title": f"Verify {live.code}",
        "live": live,
        "page": page,
        "form": form,
        "cards": [
            _card(page, survey, key, name, disputes[key], ticked, key in changed, records)
            for key, name in called.items()
        ],
        "gone": [pages.label(key) for key in changed if key not in left],
        "total": len(survey.digests),
        "walk": walk,
        "next": walk.url(walk.following(live.code_id, left)),
        "list": walk.url(),
    }
    return render(request, "admin/codes/procedurecode/verify.html", context, status=status)


def _held(request: HttpRequest, live: Revision, walk: Walk) -> dict[str, Any]:
    """What the form is made of."""
    mine = Verification.objects.filter(by=editor(request), correction=None).order_by("-at", "-pk")
    last = mine.values_list("source", flat=True)[:LOOKED_BACK]
    return {"page": live.page, "against": walk.against, "recent": list(dict.fromkeys(last))[:AT_HAND]}


def _survey(live: Revision, walk: Walk) -> Survey:
    found = Verification.objects.select_related("by", "edition").filter(code=live.code)
    return verifying.survey(live.page, found, walk.against)


def _disputes(live: Revision) -> dict[str, list[Correction]]:
    """Item key -> the open corrections that change it, those for a coming edition too."""
    disputes: dict[str, list[Correction]] = defaultdict(list)
    waiting = Correction.objects.filter(code=live.code, state__in=Correction.OPEN)
    for correction in waiting.select_related("edition").defer("proposed", "earlier"):
        for key in correction.items:
            disputes[key].append(correction)
    return disputes


def _card(
    page: Page,
    survey: Survey,
    key: str,
    name: str,
    disputes: list[Correction],
    ticked: dict[str, str],
    changed: bool,
    records: dict[str, Document],
) -> Card:
    digest = survey.digests[key]
    cited = pages.items(page)[key]["sources"]
    return Card(
        key=key,
        name=name,
        text=own_words(page, key),
        risk=ItemKey(key).risk,
        sources=[(source, records.get(source.document)) for source in page.sources if source.key in cited],
        outdated=survey.standing.get(key),
        ahead=survey.ahead.get(key),
        disputes=disputes,
        tick=f"{key} {digest}",
        ticked=ticked.get(key) == digest,
        changed=changed,
    )


def _allow(request: HttpRequest) -> None:
    if not request.user.has_perm("codes.add_verification"):
        raise PermissionDenied


def _live(number: str) -> Revision:
    if not re.fullmatch(PATTERN, number):
        raise Http404("no code number")
    try:
        return latest(number)
    except Revision.DoesNotExist as error:
        raise Http404(number) from error


def _walk(request: HttpRequest) -> Walk:
    """The walk that the address asks for; what is no category and no opened, coming edition is as if not asked."""
    category, year = request.GET.get("category", ""), request.GET.get("edition", "")
    opened = {str(edition.year): edition for edition in editions.opened()} if year else {}
    return Walk(category if category in pages.CATEGORIES else "", opened.get(year))
