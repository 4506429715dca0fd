"""The editors' verification pages: which codes have something left, and one code's items beside their sources."""

import re
from dataclasses import dataclass
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
from codes import verifying
from codes.display import own_words
from codes.guard import Text
from codes.models import ProcedureCode, Revision, Verification
from codes.number import PATTERN
from codes.page import Page, Source
from codes.publishing import latest
from codes.verifying import Changed, Survey, current_edition

PER_PAGE = 50


@dataclass(frozen=True)
class Card:
    """One item to verify; `tick` is what its box sends, `changed` whether it is not what the editor had ticked."""

    key: str
    label: str
    text: str
    sources: list[Source]
    outdated: Verification | None
    tick: str
    ticked: bool
    changed: bool


class Ticks(forms.MultipleChoiceField):
    """The boxes that are ticked; cleans to item key -> digest of the item as it was shown."""

    widget = forms.CheckboxSelectMultiple

    def valid_value(self, value) -> bool:
        return True  # Whether it is still so is decided under the lock, by verify().

    def clean(self, value) -> dict[str, str]:
        return self.read(super().clean(value))

    @staticmethod
    def read(ticks: list[str]) -> dict[str, str]:
        return {key: digest for key, _, digest in (tick.partition(" ") for tick in ticks)}


class VerifyForm(forms.Form):
    """What the editor checked against, once for all items that are ticked. `against` is the source, when valid."""

    source = forms.ChoiceField(required=False, label="Checked against")
    typed = Text(required=False, max_length=pages.MAX_SOURCE, label="or a source typed here: title, page, edition")
    items = Ticks(error_messages={"required": "No item is ticked. Tick those that you have checked."})

    def __init__(self, *args, page: Page, **kwargs):
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        titles = dict.fromkeys(source.title for source in page.sources)
        self.fields["source"].choices = [("", "choose"), *((title, title) for title in titles)]
        self.fields["edition"] = forms.IntegerField(
            label="Edition, CDT", min_value=pages.FIRST_EDITION, max_value=current_edition(), initial=current_edition()
        )

    def clean(self):
        cleaned = super().clean()
        chosen, typed = cleaned.get("source"), cleaned.get("typed")
        if chosen and typed:
            self.add_error("typed", "Choose a source or type one, not both.")
        elif not chosen and not typed and not {"source", "typed"} & set(self.errors):
            self.add_error("source", "Name the source that you checked against.")
        self.against = chosen or typed
        return cleaned

    def ticked(self) -> dict[str, str]:
        """The boxes as they were sent, valid or not: item key -> digest."""
        return Ticks.read(self["items"].value() or [])


def listing(request: HttpRequest) -> HttpResponse:
    """The codes with something left to verify, by number; ?category= shows one category."""
    _allow(request)
    category = _category(request)
    found = Paginator(verifying.unfinished(category), PER_PAGE).get_page(request.GET.get("page"))
    codes, surveys = ProcedureCode.objects.in_bulk(found.object_list), verifying.surveys(found.object_list)
    context = {
        **admin.site.each_context(request),
        "title": "Verify the items of a code",
        "listing": found,
        "rows": [(codes[number], surveys[number], _address(number, category)) for number in found],
        "categories": list(pages.CATEGORIES),
        "category": category,
        "kept": urlencode({"category": category}) if category else "",
        "edition": current_edition(),
    }
    return render(request, "admin/codes/procedurecode/verify_list.html", context)


def one(request: HttpRequest, number: str) -> HttpResponse:
    """GET shows what is left of one code; POST verifies the items that are ticked, then goes to the next code."""
    _allow(request)
    live = _live(number)
    if request.method != "POST":
        return _show(request, live, VerifyForm(page=live.page))
    form = VerifyForm(request.POST, page=live.page)
    if not form.is_valid():
        return _show(request, live, form, status=422)
    edition = form.cleaned_data["edition"]
    try:
        done = verifying.verify(
            number, form.cleaned_data["items"], by=request.user, source=form.against, edition=edition
        )
    except Changed:
        live = latest(number)
        form = VerifyForm(request.POST, page=live.page)
        form.add_error(None, "The page has changed since you opened it. Nothing was verified; look again.")
        return _show(request, live, form, status=409)
    category = _category(request)
    following = verifying.following(number, category)
    messages.success(
        request,
        f"{done} item{pluralize(done)} of {number} verified against CDT {edition}."
        + ("" if following else " No code after it has anything left."),
    )
    return redirect(_address(following, category))


def _show(request: HttpRequest, live: Revision, form: VerifyForm, status: int = 200) -> HttpResponse:
    page, category = live.page, _category(request)
    found = Verification.objects.select_related("by", "edition").filter(code=live.code)
    survey = verifying.survey(page, found)
    ticked = form.ticked() if form.is_bound else {}
    changed = [key for key, digest in ticked.items() if survey.digests.get(key) != digest]
    context = {
        **admin.site.each_context(request),
        "title": f"Verify {live.code}",
        "live": live,
        "page": page,
        "form": form,
        "cards": [_card(page, survey, key, ticked, key in changed) for key in survey.left],
        "gone": [pages.label(key) for key in changed if key not in survey.left],
        "total": len(survey.digests),
        "edition": current_edition(),
        "next": _address(verifying.following(live.code_id, category), category),
        "list": _address(None, category),
    }
    return render(request, "admin/codes/procedurecode/verify.html", context, status=status)


def _card(page: Page, survey: Survey, key: str, ticked: dict[str, str], changed: bool) -> Card:
    digest = survey.digests[key]
    cited = pages.items(page)[key]["sources"]
    return Card(
        key=key,
        label=pages.label(key),
        text=own_words(page, key),
        sources=[source for source in page.sources if source.key in cited],
        outdated=survey.standing.get(key),
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


def _category(request: HttpRequest) -> str:
    """The category that the editor walks through, "" for all."""
    asked = request.GET.get("category", "")
    return asked if asked in pages.CATEGORIES else ""


def _address(number: str | None, category: str) -> str:
    """The verification page of a code, or the list, in the same category."""
    query = f"?{urlencode({'category': category})}" if category else ""
    return reverse("admin:codes_procedurecode_verify", args=[number] if number else []) + query
