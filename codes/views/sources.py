"""The register of sources: every document that a page cites, what rests on each, and what was changed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from codes.acts.corrections import Disputes, disputes
from codes.acts.registering import latest_version
from codes.display import paging
from codes.display import sources as display
from codes.forms.filters import SourceFilter
from codes.models import Document, DocumentRevision
from codes.page.wording import differences
from codes.views import with_last_modified


@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """Every document, the most used first; ?kind= and ?publisher= choose some of them."""
    chosen = SourceFilter(request.GET, queryset=Document.objects.all())
    paged = paging.listing(request, display.most_used(chosen.qs))
    return render(request, "codes/sources.html", {"filter": chosen, **paged})


@require_safe
def source(request: HttpRequest, slug: str) -> HttpResponse:
    """One document: what the register says of it, its versions, and every item that cites it, by code."""
    [document] = display.counted([get_object_or_404(Document, slug=slug)])
    record = latest_version(slug).record
    paged = paging.listing(request, display.citing(document))
    waiting = disputes([slug], of="document").get(slug, Disputes())
    context = {
        "document": document,
        "record": record,
        "facts": display.facts(record),
        "waiting": waiting,
        "disputed": [key.label for key in record.keys if key in waiting.disputed],
        "replaced_by": Document.objects.filter(slug=document.replaced_by).first(),
        "replaces": list(Document.objects.filter(replaced_by=slug)),
        "versions": display.versions(document),
        "resting": display.resting(document, paged["listing"]),
        **paged,
    }
    return with_last_modified(render(request, "codes/source.html", context), document.changed_at)


@require_safe
def compare_versions(request: HttpRequest, slug: str, first: int, second: int) -> HttpResponse:
    """What differs between two versions of a record."""
    versions = DocumentRevision.objects.select_related("document").filter(document=slug)
    old, new = (get_object_or_404(versions, number=number) for number in (first, second))
    found = differences(old.record, new.record)
    context = {"old": old, "new": new, "document": new.document, "differences": found}
    return render(request, "codes/compare_versions.html", context)
