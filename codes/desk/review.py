"""The editors' decision page: one correction, live against proposed, item by item, and the next one."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.paginator import Page as PageOfList
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from codes import page as pages
from codes.acts import corrections, publishing
from codes.acts.publishing import latest_pages
from codes.acts.registering import latest_versions
from codes.desk import queue
from codes.desk.editor import editor
from codes.desk.names import names
from codes.desk.review_form import ACCEPT, ACCEPT_ALL, ALONG, AMEND, ASK, REJECT, ReviewForm, tick
from codes.editorial import choosing, episodes, lint, register
from codes.models import Correction, Evidence, Published, RelatedCode, Revision
from codes.page import Document, Itemized, Malformed, Page
from codes.page.merge import Change, Conflict, pick
from codes.page.wording import Difference, differences, own_words, wording
from codes.search import held
from codes.search.words import wholes

# So many other corrections of the code are linked; the queue's search has them all.
BESIDE = 20


@dataclass
class Card:
    """One proposed item: what it would change on the live page, how the contributor knows, and the editor's choice.

    `difference` is what accepting it does; in a clash it is from the live words to the proposed ones, and of one that
    is decided, from what the contributor saw. `moved` is what others changed since then. `unsourced` says that its new
    words would have no source, `sure` is there when the editor has been asked once more, `wrong` says what is not
    right yet.
    """

    key: str
    label: str
    name: str
    difference: Difference
    live: str
    moved: Difference | None
    clash: bool
    unsourced: bool
    evidence: Evidence
    choice: forms.BoundField
    amendment: list[forms.BoundField]
    proved: forms.BoundField | None
    own: forms.BoundField | None
    sure: forms.BoundField | None
    reply: forms.BoundField
    wrong: list[str]
    findings: list[lint.Finding]

    @property
    def nothing_new(self) -> bool:
        """Whether the live page says it already."""
        return self.difference.before == self.difference.after

    @property
    def more(self) -> bool:
        """Whether something is written in what is folded away."""
        return bool(self.reply.value() or self.own and self.own.value() or self.proved and self.proved.errors)


@dataclass
class Report:
    """Another correction of the same items: whether it proposes exactly the same, else what it proposes.

    `evidence` is what its contributor said of single items alone, with their labels.
    """

    correction: Correction
    same: bool
    tick: str
    ticked: bool
    answer: forms.BoundField
    differences: list[Difference]

    @property
    def evidence(self) -> list[tuple[str, Evidence]]:
        return [(pages.label(key), self.correction.evidence_of(key)) for key in self.correction.evidence]


def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the correction; POST publishes the chosen items, rejects it or asks, then goes to the next one."""
    of = ("code", "base", "revision__by", "document", "document_base", "document_revision__by")
    correction = get_object_or_404(Correction.objects.select_related(*of, "decided_by", "edition"), pk=pk)
    live = correction.live()
    if not correction.is_open:
        return _decided(request, correction)
    others = _others(request, correction)
    if request.method != "POST":
        corrections.look(correction, editor(request))
        correction.refresh_from_db(fields=["reserved_by", "reserved_until"])
        return _show(request, correction, live, ReviewForm(correction=correction, live=live, others=others), others)
    if request.POST.get("version", "") != str(correction.version):
        return _edited(request, correction, live, others)
    seen = publishing.seen(live, request.POST.get("seen", ""), may_be_none=correction.base_id is None)
    if verb := next((verb for verb in _ASIDE if verb in request.POST), None):
        return _aside(request, correction, seen, others, verb)
    form = ReviewForm(request.POST, correction=correction, live=seen, others=others)
    if form.verb == ACCEPT_ALL:
        return _show(request, correction, seen, form.all_accepted(), others)
    if not form.is_valid():
        return _show(request, correction, seen, form, others, status=422)
    try:
        with transaction.atomic():
            told = _act(request, correction, form, seen)
        messages.success(request, told)
    except corrections.AlreadyDecided:
        correction.refresh_from_db()
        return _decided(request, correction)
    except corrections.Edited:
        correction.refresh_from_db()
        return _edited(request, correction, live, others)
    except (*_REFUSED, Malformed) as error:
        said = _REFUSED.get(type(error)) or f"The page would not be well formed: {pages.labelled(str(error))}."
        form.add_error(None, said)
        return _show(request, correction, seen, form, others, status=422)
    except Conflict as conflict:
        return _clash(request, correction, conflict, others)
    return redirect("queue_next")


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a decision back, then shows the correction, which waits again."""
    correction = get_object_or_404(Correction, pk=pk)
    try:
        corrections.undo(correction, by=editor(request))
        messages.success(request, f"Undone. {correction} is in the queue again; no mail was sent.")
    except corrections.NotNow as error:
        messages.warning(request, str(error))
    except corrections.OwnCorrection:
        messages.warning(request, "You sent this correction yourself. Another editor undoes its decision.")
    except Conflict as conflict:
        names = pages.in_words(conflict.items)
        messages.warning(
            request, f"Changed by somebody since: {names}. Nothing was undone; a senior editor can revert it."
        )
    return redirect("admin:codes_correction_change", pk)


@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows a rejected correction to everybody, or takes that back; then the correction again."""
    correction = get_object_or_404(Correction, pk=pk)
    try:
        if "conceal" in request.POST:
            corrections.conceal(correction, by=editor(request))
            messages.success(request, f"{correction} is no longer public.")
        else:
            corrections.release(correction, by=editor(request))
            messages.success(request, f"{correction} is public now.")
    except corrections.NotNow as error:
        messages.warning(request, f"{error} Nothing was changed.")
    except corrections.OwnCorrection:
        messages.warning(request, "You sent this correction yourself. Another editor decides whether to show it.")
    return redirect("admin:codes_correction_change", pk)


# What the acts refuse, in words for the editor.
_REFUSED = {
    corrections.NothingChosen: "No item is chosen. Accept or amend one, or reject the correction with a reason.",
    corrections.OwnCorrection: "You sent this correction yourself. Another editor decides it.",
    corrections.NotNow: "The contributor has been asked already and has not answered yet.",
}


def _annotate(correction: Correction, by: User, form: ReviewForm) -> None:
    if not form.cleaned_data.get("private", "").strip():
        form.add_error("private", "Write the note first.")
        return
    corrections.annotate(correction, by=by, text=form.cleaned_data["private"])
    form.data = {name: value for name, value in form.data.items() if name != "private"}


# The buttons that decide nothing: the public mark, a note to the other editors, who is to decide.
_ASIDE: dict[str, Callable[[Correction, User, ReviewForm], object]] = {
    "dispute": lambda correction, by, form: corrections.dispute(correction, by=by),
    "undispute": lambda correction, by, form: corrections.undispute(correction, by=by),
    "annotate": _annotate,
    "assign": lambda correction, by, form: corrections.assign(correction, by=by, to=form.cleaned_data.get("assignee")),
}


def _aside(
    request: HttpRequest, correction: Correction, seen: Published, others: Sequence[Correction], verb: str
) -> HttpResponse:
    """Does what decides nothing; what the editor chose and wrote stays."""
    form = ReviewForm(request.POST, correction=correction, live=seen, others=others)
    form.is_valid()
    wrong = {name: form.errors[name] for name in ("private", "assignee") if name in form.errors}
    form.errors.clear()
    form.errors.update(wrong if verb in ("annotate", "assign") else {})
    try:
        if not form.errors:
            _ASIDE[verb](correction, editor(request), form)
        correction.refresh_from_db(fields=["disputed_by", "assigned_to"])
    except corrections.AlreadyDecided as error:
        messages.warning(request, f"{error}. Nothing was changed.")
        return redirect("admin:codes_correction_change", correction.pk)
    except corrections.OwnCorrection:
        messages.warning(request, "You sent this correction yourself. Another editor marks its items as disputed.")
    return _show(request, correction, seen, form, others, status=422 if form.errors else 200)


def _act(request: HttpRequest, correction: Correction, form: ReviewForm, seen: Published) -> str:
    """Does what the button says; returns what happened, in words."""
    by, version = editor(request), correction.version
    if form.cleaned_data["private"].strip():  # Written, and not kept by its own button.
        corrections.annotate(correction, by=by, text=form.cleaned_data["private"])
    if form.verb == ASK:
        corrections.ask(correction, by=by, text=form.said, version=version)
        return f"{correction}: the contributor was asked. It comes back to you with the answer."
    starter, replies, along = form.cleaned_data["reason"], form.replies, form.along
    if form.verb == REJECT:
        corrections.reject(
            correction, by=by, reason=form.said, template=starter, version=version, replies=replies, along=along
        )
        return f"{correction} rejected.{_with_it(correction)}"
    became = corrections.accept_or_agree(
        correction,
        by=by,
        items=form.chosen,
        seen=seen,
        version=version,
        reply=form.said,
        reason=starter,
        replies=replies,
        proofs=form.proofs,
        along=along,
    )
    return _became(became)


def _became(correction: Correction) -> str:
    """What the items that an editor chose made of a correction, in words."""
    if correction.is_open:
        return f"{correction}: you agree. It is published when a second editor chooses the same words."
    if correction.state == Correction.State.SCHEDULED:
        return f"{correction} accepted; it is published on the first day of {correction.edition}."
    if correction.published:
        return f"{correction} published as {correction.published}.{_with_it(correction)}"
    return f"{correction} accepted; the page already said so.{_with_it(correction)}"


def _with_it(correction: Correction) -> str:
    along = correction.along.count()
    return f" With it: {along} more." if along else ""


def _edited(
    request: HttpRequest, correction: Correction, live: Published, others: Sequence[Correction]
) -> HttpResponse:
    """The contributor has sent another version meanwhile: shown anew, with what the editor typed and no choice."""
    form = ReviewForm(request.POST, correction=correction, live=live, others=others).only_typed(live)
    messages.warning(request, "The contributor has sent another version since you opened it. Nothing was decided.")
    return _show(request, correction, live, form, others, status=409)


def _clash(
    request: HttpRequest, correction: Correction, conflict: Conflict, others: Sequence[Correction]
) -> HttpResponse:
    """Built anew on the live page: the clash is shown, what the editor wrote stays, what clashes waits for a choice."""
    live = correction.live()
    data = request.POST.copy()
    data["seen"] = str(live.number)
    for key in conflict.items:
        if data.get(f"{key}:choice") == ACCEPT:
            del data[f"{key}:choice"]
    form = ReviewForm(data, correction=correction, live=live, others=others)
    names = pages.in_words(conflict.items)
    form.add_error(None, f"Somebody else has just changed: {names}. Nothing was published. Check it again.")
    return _show(request, correction, live, form, others, status=409)


def _decided(request: HttpRequest, correction: Correction) -> HttpResponse:
    """A correction that waits no more; whoever was too late finds what they had typed."""
    typed = []
    if request.method == "POST":
        messages.warning(request, f"{corrections.AlreadyDecided(correction)}. Nothing was changed.")
        typed = _typed(request.POST, correction)
    live = correction.live()
    return _show(request, correction, live, ReviewForm(correction=correction, live=live), typed=typed)


def _typed(post: Mapping[str, str], correction: Correction) -> list[tuple[str, str]]:
    """What an editor had written on the review page: the name of its place, and the words."""
    whole = {"reply": "Reply to the contributor", "source": "Your own source", "private": "Note to the other editors"}
    found = [(where, post.get(name, "")) for name, where in whole.items()]
    for key in correction.items:
        # The words of an amendment were there before, unless the editor chose to amend.
        names = [n for n in post if n.startswith(f"{key}:") and post.get(f"{key}:choice") == AMEND]
        names = [n for n in names if n.rpartition(":")[2] not in ("choice", "proved", "sure", "reply", "own")]
        names += [f"{key}:reply", f"{key}:own"]
        found += [(pages.label(key), post.get(name, "")) for name in names]
    found += [(f"Answer to correction {n.partition('-')[2]}", post[n]) for n in post if n.startswith("answer-")]
    return [(where, words) for where, words in found if words.strip()]


def _show(
    request: HttpRequest,
    correction: Correction,
    live: Published,
    form: ReviewForm,
    others: Sequence[Correction] = (),
    status: int = 200,
    typed: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    waiting = correction.is_open
    fixed, findings, elsewhere = _lint(correction, live) if waiting else ([], [], [])
    cards, reports = _cards(correction, live, form, findings), _reports(live, form, others)
    context = {
        **admin.site.each_context(request),
        **_known(correction, others),
        "title": f"{correction}: {correction.title}",
        "waiting": waiting,
        "typed": typed,
        "live": live,
        "form": form,
        "cards": cards,
        "unsourced": [card.name for card in cards if card.unsourced],
        "wrong": _wrong(form, cards, reports),
        "findings": [f for f in findings if f.item not in correction.items],
        "fixed": fixed,
        "elsewhere": elsewhere,
        "listing": others,
        "same": [report for report in reports if report.same],
        "alike": len(form.alike) if len(form.alike) < ALONG else correction.alike().count(),
        "different": [report for report in reports if not report.same],
        "own": corrections.is_own(correction, editor(request)),
        "sole": corrections.sole_editor(),
        "starters": {pk: reason.text for pk, reason in form.starters.items()},
        "next": f"{reverse('queue_next')}?skip=correction-{correction.pk}",
    }
    return render(request, "admin/codes/correction/review.html", context, status=status)


def _known(correction: Correction, others: Sequence[Correction]) -> dict[str, Any]:
    """What the page tells of a correction whatever the form holds: its history, its sender, what waits beside it."""
    same = Correction.objects.filter(code=correction.code_id, document=correction.document_id)
    beside = same.filter(state__in=Correction.OPEN).exclude(pk=correction.pk)
    return {
        "correction": correction,
        "scheduled": correction.edition and not correction.edition.in_force,
        "others": beside.exclude(pk__in=[other.pk for other in others]).defer("proposed", "earlier")[:BESIDE],
        "left": correction.waiting,
        "outcomes": [
            (pages.label(key), Correction.Outcome(outcome).label, correction.replies.get(key, ""))
            for key, outcome in correction.outcomes.items()
        ],
        "exchanges": correction.exchanges.select_related("by"),
        "notes": correction.notes.select_related("by"),
        "earlier": _earlier(correction),
        "sender": _sender(correction),
    }


def _cards(correction: Correction, live: Published, form: ReviewForm, findings: list[lint.Finding]) -> list[Card]:
    base, proposed = correction.before, correction.page
    waiting = correction.is_open
    called = names({key: own_words(proposed, key) or own_words(base, key) for key in correction.items})
    cards = []
    for key in correction.items:
        live_text, clash = wording(live.page, key), waiting and form.clashes(key)
        moved = _change(base, live.page, key) if waiting and live_text != wording(base, key) else None
        after = corrections.merge_item(correction, live, key) if moved and not clash else proposed
        evidence = correction.evidence_of(key)
        said = pages.items(after).get(key)
        cards.append(
            Card(
                key=key,
                label=pages.label(key),
                name=called[key],
                difference=_change(live.page if waiting else base, after, key),
                live=live_text,
                moved=moved,
                clash=clash,
                unsourced=bool(waiting and said and not evidence.source_title and said.get("sources") == []),
                evidence=evidence,
                choice=form[f"{key}:choice"],
                amendment=form.amendment(key),
                proved=form.beside(key, "proved"),
                own=form.beside(key, "own"),
                sure=form.beside(key, "sure") if form.asks_once_more(key) else None,
                reply=form[f"{key}:reply"],
                wrong=form.wrong(key),
                findings=[f for f in findings if f.item == key],
            )
        )
    return cards


def _change(old: Itemized, new: Itemized, key: str) -> Difference:
    """One item of two pages."""
    return differences(old, new, [Change(key, pages.items(old).get(key), pages.items(new).get(key))])[0]


def _others(request: HttpRequest, correction: Correction) -> PageOfList[Correction]:
    """The page that ?page= asks for of those with other words for the very same items, the oldest first."""
    topic = Correction.objects.filter(topic=correction.topic, state__in=Correction.OPEN).exclude(pk=correction.pk)
    other = topic.exclude(same=correction.same) if correction.same else topic
    found = other.select_related("base", "document_base").defer("earlier")
    return Paginator(found, ALONG).get_page(request.GET.get("page"))


def _reports(live: Published, form: ReviewForm, others: Sequence[Correction]) -> list[Report]:
    ticked = form["also"].value() or []
    found = pages.items(live.page)
    reports = []
    for other in others:
        wanted = pages.items(other.page)
        changed = [Change(key, found.get(key), wanted.get(key)) for key in other.items]
        shown = differences(live.page, other.page, changed)
        reports.append(Report(other, False, tick(other), tick(other) in ticked, form[f"answer-{other.pk}"], shown))
    return [*reports, *(Report(one, True, "", False, form[f"answer-{one.pk}"], []) for one in form.alike)]


def _wrong(form: ReviewForm, cards: list[Card], reports: list[Report]) -> list[tuple[str, str]]:
    """Where something has to be put right before anything is decided: the anchor of the place, and its name."""
    places: list[tuple[str, str, Sequence[object]]] = [(f"item-{card.key}", card.name, card.wrong) for card in cards]
    places += [(f"report-{r.correction.pk}", str(r.correction), r.answer.errors) for r in reports]
    places += [("id_source", "Your own source", form["source"].errors), ("id_reply", "Reply", form["reply"].errors)]
    places += [("id_private", "Note to the other editors", form["private"].errors)]
    return [(anchor, name) for anchor, name, why in places if why]


def _earlier(correction: Correction) -> list[tuple[dict[str, str], dict[str, Any]]]:
    """What its earlier versions proposed: words by item key, and the version as `Correction.earlier` keeps it."""
    found = [(pages.restored(version["proposed"]), version) for version in reversed(correction.earlier)]
    return [({key: own_words(said, key) for key in version["items"]}, version) for said, version in found]


def _sender(correction: Correction) -> dict[str, Any]:
    """What became of the other corrections of who sent it, as far as an account, a confirmed address, or its network on
    that day tells: counts alone; {} where nothing does.
    """
    sender = queue.kinds["correction"].sender(correction.pk)
    theirs = sender.sent
    if correction.sent_by_id:
        theirs |= Q(sent_by=correction.sent_by_id)
    elif not (sender.email or sender.network):
        return {}
    sent = Correction.objects.filter(theirs).exclude(pk=correction.pk)
    states = Counter(sent.order_by().values_list("state", flat=True))
    counted = [f"{states[state]} {state.label.lower()}" for state in Correction.State if states[state]]
    if back := _reverted(sent):
        counted.append(f"{back} published and later changed by a revert")
    return {
        "told": f"{states.total()}: {', '.join(counted)}" if counted else "none",
        "known_by": [
            *(["the same account"] if correction.sent_by_id else []),
            *(["the same confirmed address"] if sender.email else []),
            *(["the same network on the same day"] if sender.network else []),
        ],
    }


def _reverted(sent: QuerySet[Correction]) -> int:
    """How many of these were published, and one of their items changed again by a revert."""
    published = list(sent.exclude(revision=None).order_by().values_list("code", "revision__number", "items"))
    back = Revision.objects.filter(source=Revision.Source.REVERT, code__in={code for code, _, _ in published})
    later = list(back.order_by().values_list("code", "number", "items"))
    return sum(
        any(other == code and after > number and set(changed) & set(items) for other, after, changed in later)
        for code, number, items in published
    )


def _lint(correction: Correction, live: Published) -> tuple[list[lint.Finding], list[lint.Finding], list[lint.Finding]]:
    """What all of it together would fix, what it would newly break here, and what on the pages that speak of it."""
    base = correction.before
    proposed = pick(base, correction.page, correction.items)
    if isinstance(base, Document) and isinstance(proposed, Document):
        return (*_lint_record(base, proposed), [])
    code, base, proposed = str(correction.code_id), cast(Page, base), cast(Page, proposed)
    beside = _pages_beside(code, proposed)
    fixed, brought = lint.before_and_after(code, base, proposed, beside)
    elsewhere = lint.elsewhere(code, base, proposed, _pages_that_refer(code)) + _guided(code, base, proposed)
    return fixed, brought, elsewhere


def _guided(code: str, old: Page, new: Page) -> list[lint.Finding]:
    """What is newly wrong in the choosing pages and treatments that show lines of the page."""
    choices, treatments = choosing.naming(code), tuple(episodes.naming(code))
    before, after = (
        choosing.check(tuple(choices), beside) + episodes.check(treatments, beside)
        for beside in ({code: old}, {code: new})
    )
    return [finding for finding in after if finding not in before]


def _lint_record(old: Document, new: Document) -> tuple[list[lint.Finding], list[lint.Finding]]:
    """What the new record of a source has no more, and newly, wrong."""
    named = latest_versions({old.replaced_by, new.replaced_by})
    others = {slug: version.record for slug, version in named.items()}
    before, after = list(register.alone(old, others)), list(register.alone(new, others))
    return [f for f in before if f not in after], [f for f in after if f not in before]


def _pages_that_refer(code: str) -> dict[str, Page]:
    """The live pages that have a relation to a code or name it in their text."""
    named = held.index().saying(code[1:])
    related = RelatedCode.objects.filter(other=code).values_list("code_id", flat=True)
    return latest_pages({*named, *related} - {code})


def _pages_beside(code: str, proposed: Page) -> dict[str, Page]:
    """The live pages that `proposed` speaks of or shares an alias with: what the lint reads beside it."""
    sharing = held.index().sharing(wholes(proposed.aliases))
    return latest_pages({*pages.references(proposed), *sharing} - {code})
