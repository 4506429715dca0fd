"""The addresses that a search engine should know, each on the site's own address, whatever host was asked."""

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from codes.editorial import choosing, episodes
from codes.models import Document, ProcedureCode

# Up to so many codes stand in one file; where there are more, so many in each part.
LARGEST, PART = 5000, 500


class _Absolute(Sitemap):  # type: ignore[type-arg]  # It takes no parameter when it runs.
    def get_protocol(self, protocol: str | None = None) -> str:
        return str(urlsplit(settings.SITE_URL).scheme)

    def get_domain(self, site: object = None) -> str:
        return str(urlsplit(settings.SITE_URL).netloc)


class Entrances(_Absolute):
    """Pages that gather others, and pages about all; no date, because nothing says when what they show changed."""

    def items(self) -> list[str]:
        guides = ["guides", "guide_cdt", "guide_cpt", "guide_editions", "guide", "choose", "episodes"]
        data = ["downloads", "api"]
        return ["home", "browse", "changes", "sources", *guides, "policy", "ledger", "about", "privacy", *data]

    def location(self, item: str) -> str:
        return reverse(item)


class Guided(_Absolute):
    """The first question and the chart of each choosing page, and each episode; no date, as with the entrances."""

    def items(self) -> list[tuple[str, str]]:
        choices = [(name, choice.slug) for choice in choosing.read_all() for name in ("choose_first", "choose_chart")]
        return choices + [("episode", episode.slug) for episode in episodes.read_all()]

    def location(self, item: tuple[str, str]) -> str:
        name, slug = item
        return reverse(name, args=[slug])


class Codes(_Absolute):
    """Every code page, with the time of its last publication."""

    limit = LARGEST

    def items(self) -> QuerySet[ProcedureCode]:
        return ProcedureCode.objects.only("number", "changed_at").order_by("number")

    def lastmod(self, item: ProcedureCode) -> datetime:
        return item.changed_at


class Part(Codes):
    limit = PART


class Sources(_Absolute):
    """Every document of the register, with the time of its last version."""

    def items(self) -> QuerySet[Document]:
        return Document.objects.only("slug", "changed_at").order_by("slug")

    def lastmod(self, item: Document) -> datetime:
        return item.changed_at


_FEW: dict[str, type[Sitemap] | Sitemap] = {  # type: ignore[type-arg]
    "entrances": Entrances,
    "guided": Guided,
    "sources": Sources,
}


@require_safe
def everything(request: HttpRequest) -> HttpResponse:
    """One file, or beyond LARGEST codes the index of its parts."""
    codes = ProcedureCode.objects.count()
    if codes <= LARGEST:
        return sitemap(request, _FEW | {"codes": Codes})
    parts = [*((section, 1) for section in _FEW), *(("codes", n + 1) for n in range(-(-codes // PART)))]
    places = [f"{settings.SITE_URL}{reverse('sitemap_part', args=part)}" for part in parts]
    context = {"sitemaps": [{"location": place, "last_mod": None} for place in places]}
    return render(request, "sitemap_index.xml", context, content_type="application/xml")


@require_safe
def part(request: HttpRequest, section: str, number: int) -> HttpResponse:
    """One part of a section, counted from 1."""
    request.GET = QueryDict(f"p={number}")
    return sitemap(request, _FEW | {"codes": Part}, section)
