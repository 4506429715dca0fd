"""The editors' decision page: one correction, live against proposed, item by item, and the next one."""

from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from codes import corrections, lint, publishing
from codes import page as pages
from codes.display import Difference, differences, wording
from codes.forms import item_content, item_fields
from codes.guard import paragraph
from codes.merge import Change, Conflict, changes, pick
from codes.models import Correction, Revision, SearchTerm
from codes.page import LISTS, Malformed, Page
from codes.publishing import latest, latest_pages
from codes.search.words import tokens, whole

ACCEPT, AMEND, LEAVE = "accept", "amend", "leave"


@dataclass
class Card:
    """One proposed item: against what the contributor saw, against the live page, and the editor's choice."""

    key: str
    label: str
    difference: Difference
    live: str
    moved: Difference | None
    clash: bool
    choice: forms.BoundField
    amendment: list[forms.BoundField]
    findings: list[lint.Finding]


class ReviewForm(forms.Form):
    """A choice for every item, the editor's own words where wanted, and a reply; `live` is what the editor saw."""

    reply = paragraph(2000, 2, required=False, label="Reply to the contributor (the reason, if you reject)")
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, correction: Correction, live: Revision, **kwargs):
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.correction, self.live = correction, live
        self.fields["seen"].initial = live.number
        self._proposed = pages.items(correction.page)
        self._live = pages.items(live.page)
        self._base = pages.items(correction.base.page)
        for key in correction.items:
            clash = self.clashes(key)
            choices = [(LEAVE, "Leave")] if clash else [(ACCEPT, "Accept"), (LEAVE, "Leave")]
            if key in self._proposed:
                choices.insert(1 if not clash else 0, (AMEND, "Amend"))
                for part, made in item_fields(key, self._proposed[key]).items():
                    self.fields[f"{key}:{part}"] = made
            self.fields[f"{key}:choice"] = forms.ChoiceField(
                choices=choices, widget=forms.RadioSelect, initial=LEAVE if clash else ACCEPT, label="Decision"
            )

    def clashes(self, key: str) -> bool:
        """Whether the live item changed since the contributor looked, otherwise than the contributor proposes."""
        was, live, wanted = self._base.get(key), self._live.get(key), self._proposed.get(key)
        if was == live or live == wanted:
            return False
        try:
            corrections.merge_item(self.correction, self.live, key)
        except Conflict:
            return True
        return False

    def amendment(self, key: str) -> list[forms.BoundField]:
        return [self[f] for f in self.fields if f.startswith(f"{key}:") and not f.endswith(":choice")]

    def clean(self):
        cleaned = super().clean()
        self._forget_what_is_not_used(cleaned)
        if self.errors or self.rejects:
            return cleaned
        if "accept" not in self.data:
            raise ValidationError("Nothing was decided: publish the chosen items, or reject the correction.")
        self.chosen: dict[str, dict | None] = {}
        for key in self.correction.items:
            choice = cleaned[f"{key}:choice"]
            if choice == ACCEPT:
                self.chosen[key] = None
            elif choice == AMEND:
                parts = {f.name.partition(":")[2]: cleaned[f.name] for f in self.amendment(key)}
                try:
                    content = item_content(key, parts, self._live.get(key) or self._proposed[key])
                except ValidationError as error:
                    self.add_error(self.amendment(key)[-1].name, error)
                    continue
                may_be_empty = key in (*LISTS, "validity", "subcategory")
                if empty := next((p for p in parts if parts[p] == "" and p != "url" and not may_be_empty), None):
                    self.add_error(f"{key}:{empty}", "This is empty. Choose “Leave” to change nothing here.")
                    continue
                self.chosen[key] = content
        return cleaned

    @property
    def rejects(self) -> bool:
        return "reject" in self.data

    def _forget_what_is_not_used(self, cleaned: dict) -> None:
        """Words that are not going to be published stop nobody: those of an item that is not amended, or rejected."""
        for key in self.correction.items:
            if self.rejects or cleaned.get(f"{key}:choice") != AMEND:
                for field in self.amendment(key):
                    self.errors.pop(field.name, None)
            if self.rejects:
                self.errors.pop(f"{key}:choice", None)


def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the correction; POST publishes the chosen items or rejects it, then goes to the next one."""
    correction = get_object_or_404(
        Correction.objects.select_related("code", "base", "revision__by", "decided_by"), pk=pk
    )
    live = latest(correction.code_id)
    if request.method != "POST" or correction.state != Correction.State.PENDING:
        if request.method == "POST":
            messages.warning(request, f"{corrections.AlreadyDecided(correction)}. Nothing was changed.")
        return _show(request, correction, live, ReviewForm(correction=correction, live=live))
    seen = publishing.seen(live, request.POST.get("seen", ""))
    form = ReviewForm(request.POST, correction=correction, live=seen)
    if not form.is_valid():
        return _show(request, correction, seen, form, status=422)
    try:
        if form.rejects:
            corrections.reject(correction, by=request.user, reason=form.cleaned_data["reply"])
            messages.success(request, f"{correction} rejected.")
        else:
            reply = form.cleaned_data["reply"]
            made = corrections.accept(correction, by=request.user, items=form.chosen, seen=seen, reply=reply)
            messages.success(
                request,
                f"{correction} published as {made}." if made else f"{correction} accepted; the page said so already.",
            )
    except corrections.AlreadyDecided as error:
        messages.warning(request, f"{error}. Nothing was changed.")
    except corrections.NothingChosen:
        form.add_error(None, "No item is chosen. Accept or amend at least one, or reject the correction with a reason.")
        return _show(request, correction, seen, form, status=422)
    except ValueError as error:
        if isinstance(error, Malformed):
            form.add_error(None, f"The page would not be well formed: {error}.")
        else:
            form.add_error("reply", "A rejection needs a reason: the contributor reads it.")
        return _show(request, correction, seen, form, status=422)
    except Conflict as conflict:
        # Built anew on the live page: the clash is shown, what the editor wrote stays.
        live = latest(correction.code_id)
        data = request.POST.copy()
        data["seen"] = str(live.number)
        for key in conflict.items:
            if data.get(f"{key}:choice") == ACCEPT:
                data[f"{key}:choice"] = LEAVE
        form = ReviewForm(data, correction=correction, live=live)
        names = ", ".join(pages.label(key) for key in conflict.items)
        form.add_error(None, f"Somebody else has just changed: {names}. Nothing was published; look again.")
        return _show(request, correction, live, form, status=409)
    return redirect(_next(correction))


def _show(request, correction: Correction, live: Revision, form: ReviewForm, status: int = 200) -> HttpResponse:
    base, proposed = correction.base.page, correction.page
    waiting = correction.state == Correction.State.PENDING
    findings = _findings(correction) if waiting else []
    by_key = {change.key: change for change in changes(base, proposed)}
    cards = []
    for key in correction.items:
        change = by_key[key]
        live_text, base_text = wording(live.page, key), wording(base, key)
        moved = (
            differences(base, live.page, [Change(key, change.before, pages.items(live.page).get(key))])[0]
            if waiting and live_text != base_text
            else None
        )
        cards.append(
            Card(
                key=key,
                label=pages.label(key),
                difference=differences(base, proposed, [change])[0],
                live=live_text,
                moved=moved,
                clash=waiting and form.clashes(key),
                choice=form[f"{key}:choice"],
                amendment=form.amendment(key) if key in pages.items(proposed) else [],
                findings=[f for f in findings if f.item == key],
            )
        )
    queue = Correction.objects.filter(state=Correction.State.PENDING)
    context = {
        **admin.site.each_context(request),
        "title": f"{correction}: {correction.code.title}",
        "correction": correction,
        "waiting": waiting,
        "live": live,
        "form": form,
        "cards": cards,
        "findings": [f for f in findings if f.item not in correction.items],
        "others": queue.filter(code=correction.code).exclude(pk=correction.pk),
        "left": queue.count(),
        "outcomes": [(pages.label(k), Correction.Outcome(o).label) for k, o in correction.outcomes.items()],
        "next": _next(correction),
    }
    return render(request, "admin/codes/correction/review.html", context, status=status)


def _findings(correction: Correction) -> list[lint.Finding]:
    """What the lint would newly say if all of it were published on the page as the contributor saw it."""
    base, proposed = correction.base.page, pick(correction.base.page, correction.page, correction.items)
    return lint.before_and_after(correction.code_id, base, proposed, _pages_beside(correction.code_id, proposed))


def _pages_beside(code: str, proposed: Page) -> dict[str, Page]:
    """The live pages that `proposed` speaks of or shares an alias with: what the lint reads beside it."""
    aliases = [whole(words) for alias in proposed.aliases if (words := tokens(alias))]
    sharing = SearchTerm.objects.filter(term__in=aliases).values_list("code_id", flat=True)
    return latest_pages({*pages.references(proposed), *sharing} - {code})


def _next(correction: Correction) -> str:
    """The review page of the one that waits longest, else the queue."""
    waiting = Correction.objects.filter(state=Correction.State.PENDING).exclude(pk=correction.pk).first()
    return (
        reverse("admin:codes_correction_change", args=[waiting.pk])
        if waiting
        else reverse("admin:codes_correction_changelist")
    )
