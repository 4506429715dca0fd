"""The editors' page that acts on many rows of the queue at once: what is listed, and what became of it."""

from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from codes.acts import batches
from codes.desk import queue
from codes.desk.editor import Editors, editor
from codes.desk.queue import Row
from codes.desk.queue_page import QueueForm
from codes.forms.guard import paragraph
from codes.models import Batch, BatchRow, Reason

# Rows of a list on one page.
SHOWN = 50


class BatchForm(forms.Form):
    """What to do to all that is listed."""

    reason = forms.ModelChoiceField(
        queryset=Reason.objects.none(),
        required=False,
        empty_label="Choose",
        label="Insert a canned reply, then edit it",
    )
    reply = paragraph(1000, 4, label="Reason")
    assignee = Editors(label="Editor")

    def __init__(self, *args: Any, batch: Batch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.told = batch.rows.filter(kind="correction").exists()
        usual = Reason.objects.filter(use=Reason.Use.REJECT)
        self.starters = {one.pk: one.text for one in usual}
        cast("forms.ModelChoiceField[Reason]", self.fields["reason"]).queryset = usual
        self.fields["reply"].required = False

    def clean(self) -> dict[str, Any]:
        super().clean()
        said = self.cleaned_data.get("reply", "").strip()
        if "reject" in self.data and self.told and not said and not self.errors.get("reply"):
            self.add_error("reply", "Write the reason: everybody whose correction is rejected reads it.")
        if "assign" in self.data and not self.cleaned_data.get("assignee"):
            self.add_error("assignee", "Choose an editor, or press “Assign to nobody”.")
        return self.cleaned_data


@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Stores the rows whose boxes are checked, or all that the filters find, and shows the list. Nothing is done."""
    if not queue.counts(request.user):
        raise PermissionDenied
    chosen = QueueForm(request.POST).chosen()
    back = f"{reverse('queue')}?{urlencode(chosen)}" if chosen else reverse("queue")
    whole = "all" in request.POST
    rows = queue.rows(request.user, **(chosen if whole else {}))
    ticked = dict(tick.rpartition(".")[::2] for tick in request.POST.getlist("rows"))
    if not whole:
        rows = [row for row in rows if ticked.get(row.key) == row.digest]
        if gone := len(ticked) - len(rows):
            messages.warning(request, f"{gone} of the {len(ticked)} rows have changed since the queue was shown.")
    members = [(row.kind.name, pk, version) for row in rows if row.kind.acts for pk, version in row.members]
    if not members:
        messages.warning(request, "No row is selected. Check the box of each row that you mean.")
        return redirect(back)
    batch = batches.make(editor(request), members, {**chosen, "all": True} if whole else {})
    return redirect("batch", batch.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows what is listed, or what became of it; POST does it to all of it, or what is left of it."""
    made = _mine(request, pk)
    if request.method != "POST":
        return _show(request, made, BatchForm(batch=made))
    form = BatchForm(request.POST, batch=made)
    try:
        if "go_on" in request.POST:
            _go_on(made)
        elif not form.is_valid():
            return _show(request, made, form, status=422)
        elif "reject" in request.POST:
            said = {"reason": form.cleaned_data["reply"], "template": form.cleaned_data["reason"]}
            batches.reject(made, queue.acts(), **said)
        elif "assign" in request.POST or "free" in request.POST:
            batches.assign(made, queue.acts(), to=None if "free" in request.POST else form.cleaned_data["assignee"])
    except batches.AlreadyDone:
        messages.warning(request, "This list was worked off already. Nothing was changed.")
    return redirect(made)


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes all of it back, as far as nobody changed it since."""
    made = _mine(request, pk)
    try:
        batches.undo(made, queue.acts())
    except batches.AlreadyDone:
        messages.warning(request, "The time to undo this is over. Nothing was changed.")
    return redirect(made)


def _go_on(made: Batch) -> None:
    if made.undone_at:
        batches.undo(made, queue.acts())
    elif made.act:
        batches.carry_out(made, queue.acts())


def _mine(request: HttpRequest, pk: int) -> Batch:
    """The editor's own list, of what the account may decide."""
    made = get_object_or_404(Batch.objects.select_related("assignee", "by"), pk=pk, by=request.user.pk)
    kinds = set(made.rows.values_list("kind", flat=True).distinct())
    if not all(name in queue.kinds and queue.kinds[name].is_for(request.user) for name in kinds):
        raise PermissionDenied
    return made


def _show(request: HttpRequest, made: Batch, form: BatchForm, status: int = 200) -> HttpResponse:
    counted = _counted(made)
    listed = made.rows.all() if not made.act else made.rows.exclude(outcome__in=_fine(made))
    paged = Paginator(listed.order_by("kind", "subject"), SHOWN).get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": f"{'Decide together' if not made.act else 'Decided together'}: {_number(made.rows.count())}",
        "batch": made,
        "form": form,
        "starters": form.starters,
        "kinds": _kinds(made),
        "found_by": _found_by(made),
        "remaining": counted.get(BatchRow.Outcome.DONE if made.undone_at else "", 0),
        "done": sum(counted.get(name, 0) for name in _fine(made)),
        "left": [(BatchRow.Outcome(name).label, n) for name, n in counted.items() if name not in ("", *_fine(made))],
        "newer": _newer(request, made),
        "query": urlencode({name: value for name, value in made.query.items() if name != "all"}),
        "listing": paged,
        "rows": _rows(request, paged.object_list),
    }
    return render(request, "admin/queue/batch.html", context, status=status)


def _fine(made: Batch) -> list[str]:
    """The outcomes of rows to which was done what was asked for."""
    return [BatchRow.Outcome.UNDONE] if made.undone_at else [BatchRow.Outcome.DONE]


def _counted(made: Batch) -> dict[str, int]:
    """Outcome -> how many rows have it."""
    return dict(made.rows.order_by().values_list("outcome").annotate(Count("pk")))


def _kinds(made: Batch) -> list[tuple[str, int]]:
    """The titles of the kinds, and how many of each are listed."""
    found = made.rows.order_by("kind").values_list("kind").annotate(Count("pk"))
    return [(queue.kinds[name].title, number) for name, number in found]


def _newer(request: HttpRequest, made: Batch) -> int:
    """How many rows the same filters find that are not listed: they came, or were changed, meanwhile."""
    if not made.query or not made.act:
        return 0
    chosen = {name: value for name, value in made.query.items() if name != "all"}
    known = set(made.rows.values_list("kind", "subject"))
    found = queue.rows(request.user, **chosen)
    return sum((row.kind.name, pk) not in known for row in found if row.kind.acts for pk, _ in row.members)


def _found_by(made: Batch) -> list[str]:
    """The filters that found the rows, in words."""
    form = QueueForm(made.query)
    chosen = form.chosen()
    sender = chosen.pop("sender", "")
    words = [
        f"{form[name].label}: {dict(getattr(form.fields[name], 'choices', ())).get(value, value)}"
        for name, value in chosen.items()
    ]
    return [*words, *([f"Sender of {sender.replace('-', ' ')}"] if sender else [])]


def _rows(request: HttpRequest, found: Iterable[BatchRow]) -> list[tuple[Row, str]]:
    """What is listed, as the queue shows it, with what became of it. One query a kind."""
    now = timezone.now()
    made = [(Row(queue.kinds[one.kind], one.subject, 1, now), one.get_outcome_display()) for one in found]
    queue.describe([row for row, _ in made], request.user)
    return made


def _number(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
