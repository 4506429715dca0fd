"""Finding and reading codes."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from codes import linked_data, paging, search
from codes import number as numbers
from codes import page as pages
from codes.display import code_page
from codes.filters import CodeFilter
from codes.models import Correction, ProcedureCode, Revision
from codes.search.words import MAX_QUERY
from codes.views import live


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
    return render(request, "codes/browse.html", {"filter": chosen, **paging.listing(request, chosen.qs)})


@require_safe
def code(request: HttpRequest, code: str) -> HttpResponse:
    shown = code_page(live(code))
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


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 404 page: names the nearest codes when the address holds something like a number."""
    typed = next((part for part in reversed(request.path.split("/")) if any(c.isdigit() for c in part)), "")[:20]
    return render(request, "404.html", {"typed": numbers.parse(typed) or typed, "near": _nearest(typed)}, status=404)


def _nearest(typed: str) -> list[ProcedureCode]:
    if not any(c.isdigit() for c in typed):
        return [hit.code for hit in search.find(typed, limit=6)]
    near = numbers.nearest(typed, list(ProcedureCode.objects.values_list("number", flat=True)))
    found = ProcedureCode.objects.in_bulk(near)
    return [found[n] for n in near]
