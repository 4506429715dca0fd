"""The register of sources: every document that a page cites, and what rests on each."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from codes.acts.registering import latest_version
from codes.display import paging
from codes.display import sources as display
from codes.forms.filters import SourceFilter
from codes.models import Document
from codes.views import with_last_modified


@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """Every document, the most used first; ?kind= and ?publisher= choose some of them."""
    chosen = SourceFilter(request.GET, queryset=display.counted(Document.objects.all()))
    return render(request, "codes/sources.html", {"filter": chosen, **paging.listing(request, chosen.qs)})


@require_safe
def source(request: HttpRequest, slug: str) -> HttpResponse:
    """One document: what the register says of it, its versions, and every item that cites it, by code."""
    document = get_object_or_404(display.counted(Document.objects.all()), slug=slug)
    record = latest_version(slug).record
    paged = paging.listing(request, display.citing(document))
    context = {
        "document": document,
        "record": record,
        "facts": display.facts(record),
        "replaced_by": Document.objects.filter(slug=document.replaced_by).first(),
        "replaces": list(Document.objects.filter(replaced_by=slug)),
        "versions": display.versions(document),
        "resting": display.resting(document, paged["listing"]),
        **paged,
    }
    return with_last_modified(render(request, "codes/source.html", context), document.changed_at)
