"""Finding and reading codes."""

from collections.abc import Iterator
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from codes import page as pages
from codes import search
from codes.acts import auditlog, facets, reads
from codes.acts.corrections import reports
from codes.display import editions, guided, linked_data, paging
from codes.display.comparison import MAX_CODES, MIN_CODES
from codes.display.fees import fees_of
from codes.display.page import CodePage, Item, code_page
from codes.display.results import denied, ranked, results, speaking_of
from codes.editorial import outside
from codes.forms import service_date
from codes.forms.filters import CodeFilter, narrowed
from codes.models import Correction, LicensedWords, ProcedureCode, Revision
from codes.page import ItemKey
from codes.page.wording import own_words
from codes.search.excerpts import marked
from codes.search.words import MAX_QUERY
from codes.text import number as numbers
from codes.views import live, with_last_modified

SUGGESTED = 8
RECENT = 3
# What a suggestion says of a code beside its title.
_WORDS = {"active": "", "deleted": "deleted", "future": "not yet valid"}


@require_safe
@service_date.applies
def home(request: HttpRequest) -> HttpResponse:
    found = facets.read()
    counts = {name: codes.bit_count() for name, codes in found.values("category").items()}
    return render(
        request,
        "codes/home.html",
        {
            "total": sum(counts.values()),
            "categories": [(name, *span, counts.get(name, 0)) for name, span in pages.CATEGORIES.items()],
            "recent": Revision.objects.news(RECENT),
            "waiting": Correction.objects.filter(state=Correction.State.PENDING).count(),
            "coming": editions.coming(found),
        },
    )


@require_safe
@service_date.applies
def browse(request: HttpRequest) -> HttpResponse:
    chosen = CodeFilter(request.GET, queryset=ProcedureCode.objects.all(), request=request)
    paged = paging.listing(request, chosen.numbers)
    shown: list[str] = paged["listing"].object_list
    codes = ProcedureCode.objects.in_bulk(shown)
    paged["listing"].object_list = [codes[number] for number in shown]
    return render(request, "codes/browse.html", {"filter": chosen, **paged})


@require_safe
@service_date.applies
def code(request: HttpRequest, code: str) -> HttpResponse:
    revision = live(code)
    day = service_date.of(request)
    shown = code_page(revision, day)
    linked = linked_data.of_code(shown, site_url=settings.SITE_URL, site_name=settings.SITE_NAME)
    if request.method == "GET":
        reads.add(code)
    licensed = LicensedWords.objects.filter(pk=code, shown=True).first()
    context = {"shown": shown, "linked": linked, "ways": guided.ways(code), "licensed": licensed}
    context["fees"] = fees_of(code, day)
    response = render(request, "codes/code.html", context)
    return with_last_modified(response, auditlog.last_act(revision))


@require_safe
def check_page(request: HttpRequest, code: str) -> HttpResponse:
    """Every item of a code page with its whole proof: sources, verification, last correction, a way to report it."""
    revision = live(code)
    shown = code_page(revision, history=Revision.objects.filter(code=code).last_changes())
    fields = [(pages.FIELDS[key].title, own_words(shown.page, key), item) for key, item in shown.fields.items()]
    context = {"shown": shown, "fields": [field for field in fields if field[1]], "sections": list(_sections(shown))}
    return with_last_modified(render(request, "codes/check_page.html", context), auditlog.last_act(revision))


def _sections(shown: CodePage) -> Iterator[tuple[str, str, list[Item]]]:
    """The id, the title and the items of each section; each kind of relation has its own."""
    for section in shown.sections:
        if section.kind.name == "related":
            for title, items in shown.related:
                yield ItemKey.of("related", items[0].key.relation), title, items
        else:
            yield section.kind.name, section.kind.title, section.items


@require_safe
@csp_update(  # type: ignore[arg-type]  # Its types know no view with arguments.
    {"frame-src": ["https://www.youtube-nocookie.com", "https://player.vimeo.com"]}
)
def video(request: HttpRequest, code: str, source: str) -> HttpResponse:
    """The player of a video that the page of a code cites. Only this page, which the reader asks for, loads it."""
    revision = live(code)
    cited = revision.page.source(source)
    if cited is None or cited.video is None:
        raise Http404(source)
    return render(request, "codes/video.html", {"code": revision.code, "source": cited, "video": cited.video})


@require_safe
def shortcut(request: HttpRequest, typed: str) -> HttpResponse:
    """/D6011, /6011, /codes/6011: wherever a number is typed, it leads to its one address."""
    wanted = numbers.parse(typed)
    if wanted is None:
        raise Http404(typed)
    return redirect("code", wanted, permanent=True)


@require_safe
@service_date.applies
def find(request: HttpRequest) -> HttpResponse:
    """What was found for ?q=, narrowed by ?category=, ?status= and ?site=.

    A whole number leads to its page, several lead to their comparison; with ?all= to every page that names it.
    """
    query = request.GET.get("q", "")[:MAX_QUERY].replace("\x00", "")
    number, day, everything = numbers.parse(query), service_date.of(request), "all" in request.GET
    found = results(query, day)
    if number and found and not everything:
        return redirect(found[0].code.get_absolute_url() + service_date.lens(request).query)
    if (several := _several(query, {result.code.number for result in found})) and not everything:
        return redirect(f"{reverse('compare_codes')}?codes={','.join(several)}{service_date.lens(request).more}")
    offered, left = narrowed(request, found)
    context: dict[str, object] = {"query": query, "number": number, "results": left, "total": len(found)}
    context |= {"best": [r for r in left if not r.weak], "weak": [r for r in left if r.weak], "facets": offered}
    if number and (everything or not found):
        shown = {result.code.number for result in found}
        context["speaking"] = [result for result in speaking_of(number) if result.code.number not in shown]
    if found:
        context["unknown"] = search.unknown(query)
    else:
        context["near"] = _nearest(query)
        context |= _missing(number) if number else {}
    return render(request, "codes/search.html", context)


def _several(query: str, known: set[str]) -> list[str]:
    """The two to six numbers, all `known`, of "D1110 vs 4341"; none if other words stand beside them."""
    typed, words = numbers.listed(query)
    alone = {word.lower() for word in words} <= {"or", "and", "vs", "vs.", "versus"}
    return typed if alone and MIN_CODES <= len(typed) <= MAX_CODES and known >= {*typed} else []


@require_safe
@service_date.applies
def suggest(request: HttpRequest) -> JsonResponse:
    """The first of what the search page would show, in the same order."""
    service = service_date.lens(request)
    hits = ranked(request.GET.get("q", ""), service.day).hits[:SUGGESTED]
    return JsonResponse([_suggestion(hit, service) for hit in hits], safe=False)


@require_safe
@never_cache
def choose_date(request: HttpRequest) -> HttpResponse:
    """The page of the date of service; with ?date= it keeps that day, for "" today, and leads to ?next=.

    A link may do that: whoever makes a reader follow one sets this cookie, of which each page then tells, and no more.
    A posting form would need its token's cookie on every public page.
    """
    after = service_date.url_on(request.GET.get("next") or reverse("browse"), None)
    chosen = service_date.lens(request)
    if service_date.PARAMETER in request.GET and not chosen.wrong:
        day = chosen.day if chosen.other_day else None
        return service_date.remember(request, redirect(service_date.url_on(after, day)), chosen.day)
    context = {"after": after, "remembered": service_date.remembered(request)}
    return render(request, "codes/date.html", context, status=422 if chosen.wrong else 200)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 404 page: names the nearest codes when the address holds something like the number of a code."""
    typed = numbers.addressed(request.path)
    near, number = _nearest(typed), numbers.parse(typed)
    there = any(code.number == number for code in near)  # It would be the nearest.
    context: dict[str, object] = {"typed": "" if there else number or typed, "near": near}
    if number and not there and request.path.startswith(reverse("browse")):
        context |= _missing(number) | {"denied": denied(number)}
    return render(request, "404.html", context, status=404)


def _missing(number: str) -> dict[str, object]:
    """What is said of a number that has no page: what it is, if we know, and how often a page was proposed for it."""
    return {"missing": number, "outside": outside.OUTSIDE.get(number), "reported": reports(code=number).get("")}


def _suggestion(hit: search.Hit, service: service_date.Lens) -> dict[str, Any]:
    """One line of the suggestions; `marked` is the title in pieces, [text, whether its words matched]."""
    code = hit.code
    return {
        "code": code.number,
        "title": code.title,
        "marked": marked(code.title, hit.why),
        "category": code.category.capitalize(),
        "validity": _WORDS[code.validity.on(service.day)],
        "url": code.get_absolute_url() + service.query,
    }


def _nearest(typed: str) -> list[ProcedureCode]:
    """The codes whose numbers are nearest to what was typed; none for words."""
    if not any(c.isdigit() for c in typed):
        return []
    near = numbers.nearest(typed, list(ProcedureCode.objects.values_list("number", flat=True)))
    found = ProcedureCode.objects.in_bulk(near)
    return [found[n] for n in near]
