"""What was changed, by whom, and how long it took: open to everybody."""

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from codes import page as pages
from codes.display import decided, paging
from codes.display import ledger as ledgers
from codes.forms.filters import ChangeCount, ChangeFilter
from codes.models import Correction, ProcedureCode, Revision
from codes.page.wording import differences
from codes.views import with_last_modified


@require_safe
def history(request: HttpRequest, code: str) -> HttpResponse:
    row = get_object_or_404(ProcedureCode, number=code)
    made = Revision.objects.filter(code=row).order_by("-number")
    # The numbers of a code's revisions have no gap: a page of them is known without passing over the newer ones.
    paged = paging.listing(request, range(made.values_list("number", flat=True).first() or 0, 0, -1))
    paged["listing"].object_list = made.told().filter(number__in=paged["listing"].object_list)
    context = {"code": row, **paged}
    return with_last_modified(render(request, "codes/history.html", context), row.changed_at)


@require_safe
def choose_revisions(request: HttpRequest, code: str) -> HttpResponse:
    """The history's form asks for two revisions by query; each pair has one address."""
    try:
        first, second = sorted((int(request.GET["from"]), int(request.GET["to"])))
    except (KeyError, ValueError) as error:
        raise Http404("two revision numbers") from error
    if first < 1:
        raise Http404("revisions are counted from 1")
    return redirect("compare_revisions", code, first, second)


@require_safe
def revision(request: HttpRequest, code: str, number: int) -> HttpResponse:
    shown = get_object_or_404(_revisions(), code=code, number=number)
    before = shown.page_before
    whole: dict[str, list[str]] = {}
    for key, text in pages.texts(shown.page).items():
        whole.setdefault(pages.label(key), []).append(text)
    context = {
        "revision": shown,
        "differences": differences(before, shown.page),
        "first": before is None,
        "whole": whole,
    }
    return with_last_modified(render(request, "codes/revision.html", context), shown.created_at)


@require_safe
def compare_revisions(request: HttpRequest, code: str, first: int, second: int) -> HttpResponse:
    old = get_object_or_404(_revisions(), code=code, number=first)
    new = get_object_or_404(_revisions(), code=code, number=second)
    return render(
        request,
        "codes/compare_revisions.html",
        {"old": old, "new": new, "code": new.code, "differences": differences(old.page, new.page)},
    )


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Every published change, newest first; ?source=, ?category= and ?code= choose some of them, ?before= the older."""
    chosen = ChangeFilter(request.GET, queryset=Revision.objects.told().prefetch_related("code"))
    counted = ChangeCount(request.GET, queryset=Revision.objects.all()).qs
    context = {"filter": chosen, "sources": Revision.Source.choices}
    context |= paging.newest_first(request, chosen.qs, counted)
    return render(request, "codes/changes.html", context)


@require_safe
def correction(request: HttpRequest, number: int) -> HttpResponse:
    """A correction that everybody may read; any other is not there, as if nobody had sent it."""
    of_it = ("code", "base", "revision", "document", "document_base", "document_revision")
    found = Correction.objects.public().select_related(*of_it, "decided_by", "edition")
    shown = get_object_or_404(found, pk=number)
    context = {"correction": shown, "items": decided.items(shown, shown.live())}
    return render(request, "codes/correction.html", context)


@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    return render(request, "codes/ledger.html", {"ledger": ledgers.read(timezone.now())})


def _revisions() -> QuerySet[Revision]:
    of_correction = ("proposed", "evidence", "earlier", "chosen")
    found = Revision.objects.select_related("code", "correction", "by")
    return found.defer(*(f"correction__{name}" for name in of_correction))
