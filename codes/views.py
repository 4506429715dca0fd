"""The public pages: load, clean, act, redirect. A page that anybody may cache sets no cookie and asks for none."""

from django.conf import settings
from django.core.paginator import Paginator
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from codes import corrections, limits, linked_data, search
from codes import ledger as ledgers
from codes import number as numbers
from codes import page as pages
from codes.display import code_page, differences
from codes.filters import ChangeFilter, CodeFilter
from codes.forms import CorrectionForm
from codes.merge import Change
from codes.merge import changes as changes_between
from codes.models import Correction, ProcedureCode, Revision
from codes.publishing import latest, seen
from codes.search.words import MAX_QUERY

PER_PAGE = 50


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    recent = Revision.objects.defer("data").exclude(source=Revision.Source.IMPORT)
    return render(
        request,
        "codes/home.html",
        {
            "total": ProcedureCode.objects.count(),
            "categories": [(name, *span) for name, span in pages.CATEGORIES.items()],
            "recent": recent.select_related("code", "correction", "by")[:5],
            "waiting": Correction.objects.filter(state=Correction.State.PENDING).count(),
        },
    )


@require_safe
def browse(request: HttpRequest) -> HttpResponse:
    chosen = CodeFilter(request.GET, queryset=ProcedureCode.objects.all())
    listing = Paginator(chosen.qs, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "codes/browse.html", {"filter": chosen, "listing": listing, "kept": _kept(request)})


@require_safe
def code(request: HttpRequest, code: str) -> HttpResponse:
    shown = code_page(_live(code))
    linked = linked_data.of_code(shown, site_url=settings.SITE_URL, site_name=settings.SITE_NAME)
    return render(request, "codes/code.html", {"shown": shown, "linked": linked})


@require_safe
def shortcut(request: HttpRequest, typed: str) -> HttpResponse:
    """/D6011, /6011, /codes/6011: wherever a number is typed, it leads to its one address."""
    wanted = numbers.parse(typed)
    if wanted is None:
        raise Http404(typed)
    return redirect("code", wanted, permanent=True)


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "")[:MAX_QUERY]
    hits = search.find(query)
    near = [] if hits else _nearest(query)
    return render(request, "codes/search.html", {"query": query.replace("\x00", ""), "hits": hits, "near": near})


@require_safe
def suggest(request: HttpRequest) -> JsonResponse:
    hits = search.find(request.GET.get("q", ""), limit=8)
    found = [{"code": h.code.number, "title": h.code.title, "url": h.code.get_absolute_url()} for h in hits]
    return JsonResponse(found, safe=False)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def correct(request: HttpRequest, code: str) -> HttpResponse:
    """The correction form; it may be opened for one item with ?item=KEY."""
    live = _live(code)
    item = request.GET.get("item")
    only = item if item in pages.items(live.page) else None
    if request.method != "POST":
        return _correction(request, CorrectionForm(revision=live, only=only))
    base = seen(live, request.POST.get("base", ""))
    only = item if item in pages.items(base.page) else None
    posted = request.POST.copy()
    posted["base"] = str(base.number)
    form = CorrectionForm(posted, revision=base, only=only)
    if not form.is_valid():
        return _correction(request, form, status=422)
    preview = differences(base.page, form.proposed)
    if "preview" in request.POST:
        return _correction(request, form, preview=preview)
    sent = Correction.objects.filter(ticket=form.ticket_number).first()
    if sent is None:
        if clash := form.rebased(live):
            return _correction(request, clash, status=409)
        if not limits.allow(request, "correction"):
            form.add_error(
                None,
                "Too many corrections from your network in this hour. Your text is still here: send it again later.",
            )
            return _correction(request, form, status=429)
        about = {name: form.cleaned_data[name] for name in form.ABOUT}
        sent = corrections.submit(base, form.proposed, ticket=form.ticket_number, **about)
    return redirect("receipt", sent.token)


@require_safe
@never_cache
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    correction = get_object_or_404(Correction.objects.select_related("code", "base", "revision"), token=token)
    seen, live = correction.base.page, latest(correction.code_id).page
    # What waits is shown against the live page; what is decided, against what the contributor saw.
    against = live if correction.state == Correction.State.PENDING else seen
    had, wanted = pages.items(against), pages.items(correction.page)
    found = [Change(key, had.get(key), wanted.get(key)) for key in correction.items]
    shown = differences(against, correction.page, found)
    outcomes = {key: Correction.Outcome(outcome).label for key, outcome in correction.outcomes.items()}
    moved = {change.key for change in changes_between(seen, live)}
    context = {
        "correction": correction,
        "rows": [{"difference": d, "moved": d.key in moved, "outcome": outcomes.get(d.key, "")} for d in shown],
        "applied": differences(_before(correction.revision), correction.revision.page) if correction.revision else [],
    }
    response = render(request, "codes/receipt.html", context)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def history(request: HttpRequest, code: str) -> HttpResponse:
    row = get_object_or_404(ProcedureCode, number=code)
    found = Revision.objects.defer("data").select_related("correction", "by").filter(code=row).order_by("-number")
    listing = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "codes/history.html", {"code": row, "listing": listing, "kept": _kept(request)})


@require_safe
def compare_chosen(request: HttpRequest, code: str) -> HttpResponse:
    """The history's form asks for two revisions by query; each pair has one address."""
    try:
        first, second = sorted((int(request.GET["from"]), int(request.GET["to"])))
    except (KeyError, ValueError) as error:
        raise Http404("two revision numbers") from error
    if first < 1:
        raise Http404("revisions are counted from 1")
    return redirect("compare", code, first, second)


@require_safe
def revision(request: HttpRequest, code: str, number: int) -> HttpResponse:
    shown = get_object_or_404(_revisions(), code=code, number=number)
    before = _before(shown)
    whole = [(pages.label(key), text) for key, text in pages.texts(shown.page).items()]
    context = {
        "revision": shown,
        "differences": differences(before, shown.page),
        "first": before is None,
        "whole": whole,
    }
    return render(request, "codes/revision.html", context)


@require_safe
def compare(request: HttpRequest, code: str, first: int, second: int) -> HttpResponse:
    old = get_object_or_404(_revisions(), code=code, number=first)
    new = get_object_or_404(_revisions(), code=code, number=second)
    return render(
        request,
        "codes/compare.html",
        {"old": old, "new": new, "code": new.code, "differences": differences(old.page, new.page)},
    )


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Every published change, newest first; ?source=, ?category= and ?code= choose some of them."""
    found = Revision.objects.defer("data").select_related("code", "correction", "by")
    chosen = ChangeFilter(request.GET, queryset=found)
    listing = Paginator(chosen.qs, PER_PAGE).get_page(request.GET.get("page"))
    context = {"filter": chosen, "listing": listing, "sources": Revision.Source.choices, "kept": _kept(request)}
    return render(request, "codes/changes.html", context)


@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    return render(request, "codes/ledger.html", {"ledger": ledgers.read(timezone.now())})


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """How corrections are decided, with the limits that the settings set."""
    return render(request, "guides/policy.html", {"limits": settings.RATE_LIMITS})


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """Claim advice that holds for every code, so that no code's page has to say it."""
    return render(request, "guides/claims.html")


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 and what was checked, or 503 with what is wrong."""
    checks = {"database": False, "migrations": False, "search_index": False}
    try:
        executor = MigrationExecutor(connection)
        checks["database"] = True
        checks["migrations"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        checks["search_index"] = checks["migrations"] and search.is_complete()
    except (DatabaseError, InterfaceError):
        pass
    ok = all(checks.values())
    return JsonResponse({"ok": ok, **checks}, status=200 if ok else 503)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 404 page: names the nearest codes when the address holds something like a number."""
    typed = next((part for part in reversed(request.path.split("/")) if any(c.isdigit() for c in part)), "")[:20]
    return render(request, "404.html", {"typed": numbers.parse(typed) or typed, "near": _nearest(typed)}, status=404)


def _live(code: str) -> Revision:
    try:
        return latest(code)
    except Revision.DoesNotExist as error:
        raise Http404(code) from error


def _correction(request, form: CorrectionForm, status: int = 200, preview=()) -> HttpResponse:
    context = {"form": form, "code": form.revision.code, "preview": preview}
    return render(request, "codes/correct.html", context, status=status)


def _revisions():
    return Revision.objects.select_related("code", "correction", "by")


def _before(revision: Revision):
    """The page that a revision replaced, None for the first."""
    old = Revision.objects.filter(code=revision.code_id, number=revision.number - 1).first()
    return old.page if old else None


def _nearest(typed: str) -> list[ProcedureCode]:
    if not any(c.isdigit() for c in typed):
        return [hit.code for hit in search.find(typed, limit=6)]
    near = numbers.nearest(typed, list(ProcedureCode.objects.values_list("number", flat=True)))
    found = ProcedureCode.objects.in_bulk(near)
    return [found[n] for n in near]


def _kept(request: HttpRequest) -> str:
    """The query string without its page number, for the links of a paginator."""
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()
