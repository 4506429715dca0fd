"""The editors' page that takes a list of an edition's changes: what each would do, then all of them, or none."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from codes.acts import announcing
from codes.acts.announcing import Planned
from codes.desk.editor import editor
from codes.forms.change_file import MAX_BYTES, ChangesForm
from codes.models import ChangeFile, Edition
from codes.page import digest


def changes(request: HttpRequest, year: int) -> HttpResponse:
    """GET shows the form; POST shows what each line would do, and does all of it once that was shown."""
    edition = _coming(request, year)
    if request.method != "POST":
        return _show(request, edition, ChangesForm(), [])
    form = ChangesForm(request.POST, request.FILES)
    planned = announcing.plan(edition, form.lines) if form.is_valid() else []
    if not form.is_valid() or form.wrong or any(one.wrong for one in planned):
        return _show(request, edition, form, planned, status=422)
    shown = _digest(planned)
    if "apply" not in request.POST or request.POST.get("shown") != shown:
        if "apply" in request.POST:
            form.add_error(None, "What the list would do has changed since it was shown. Read it again.")
        return _show(request, edition, form, planned, shown)
    said = {name: form.cleaned_data[name] for name in ("source_title", "source_url")}
    try:
        file = announcing.put_in(edition, form.lines, by=editor(request), **said)
    except announcing.Wrong:
        form.add_error(None, "Somebody else has just changed what this list rests on. Nothing was done.")
        return _show(request, edition, form, announcing.plan(edition, form.lines), status=409)
    staged = file.changes.exclude(correction=None).count()
    messages.success(request, f"Announced: {len(planned)}. Staged, and waiting in the queue: {staged}.")
    return redirect("admin:codes_edition_change", year)


vars(changes).update(largest_body=3 * MAX_BYTES, largest_upload=MAX_BYTES + 1)


@require_POST
def undo(request: HttpRequest, year: int, pk: int) -> HttpResponse:
    """Takes a list back with all that it staged, then shows the workbench."""
    edition = _coming(request, year)
    try:
        announcing.take_out(get_object_or_404(ChangeFile, pk=pk, edition=edition), by=editor(request))
        messages.success(request, "Undone: nothing of the list is announced or staged any more.")
    except announcing.InUse as error:
        messages.warning(request, f"Nothing was undone. Decided already: {error}.")
    return redirect("admin:codes_edition_change", year)


def _coming(request: HttpRequest, year: int) -> Edition:
    """An opened edition whose first day is still to come, for who may extend it and decide corrections."""
    if not request.user.has_perms(["codes.change_edition", "codes.change_correction"]):
        raise PermissionDenied("Senior editors put in the changes of an edition.")
    edition = get_object_or_404(Edition, pk=year, opened_at__isnull=False)
    if edition.in_force:
        raise PermissionDenied("The edition is in force: correct the pages of its codes.")
    return edition


def _digest(planned: list[Planned]) -> str:
    """The same as long as the lines are the same and would do the same."""
    return digest({"lines": [[one.line.code, one.line.change, one.line.note, one.said] for one in planned]})


def _show(
    request: HttpRequest,
    edition: Edition,
    form: ChangesForm,
    planned: list[Planned],
    shown: str = "",
    status: int = 200,
) -> HttpResponse:
    wrong = [*form.wrong, *((one.line.row, f"{one.line.code}: {one.wrong}") for one in planned if one.wrong)]
    if form.is_bound and form.is_valid():
        # A file cannot be sent again: its lines stand in the field.
        form.data = {**request.POST.dict(), "listed": form.text}
    context = {
        **admin.site.each_context(request),
        "title": f"Changes of {edition} from a list",
        "edition": edition,
        "form": form,
        "planned": planned,
        "wrong": sorted(wrong),
        "shown": shown,
    }
    return render(request, "admin/codes/edition/changes.html", context, status=status)
