"""The addresses that a search engine should know, each on the site's own address, whatever host was asked."""

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.urls import reverse

from codes.models import Document, ProcedureCode


class _Absolute(Sitemap):  # type: ignore[type-arg]  # It takes no parameter when it runs.
    def get_protocol(self, protocol: str | None = None) -> str:
        return str(urlsplit(settings.SITE_URL).scheme)

    def get_domain(self, site: object = None) -> str:
        return str(urlsplit(settings.SITE_URL).netloc)


class Entrances(_Absolute):
    """Pages that gather others, and pages about all; no date, because nothing says when what they show changed."""

    def items(self) -> list[str]:
        guides = ["guides", "guide_cdt", "guide_cpt", "guide_editions", "guide"]
        return ["home", "browse", "changes", "sources", *guides, "policy", "ledger", "about", "privacy"]

    def location(self, item: str) -> str:
        return reverse(item)


class Codes(_Absolute):
    """Every code page, with the time of its last publication."""

    def items(self) -> QuerySet[ProcedureCode]:
        return ProcedureCode.objects.only("number", "changed_at").order_by("number")

    def lastmod(self, item: ProcedureCode) -> datetime:
        return item.changed_at


class Sources(_Absolute):
    """Every document of the register, with the time of its last version."""

    def items(self) -> QuerySet[Document]:
        return Document.objects.only("slug", "changed_at").order_by("slug")

    def lastmod(self, item: Document) -> datetime:
        return item.changed_at


SITEMAPS = {"entrances": Entrances, "codes": Codes, "sources": Sources}
