"""What readers and editors changed, as Atom feeds: all pages, one category, one code, sources. Imports are no news."""

import re
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from codes import page as pages
from codes.models import Document, DocumentRevision, ProcedureCode, Published, Revision, RevisionQuerySet

NEWEST = 50
_CATEGORIES = {pages.tag_slug(category): category for category in pages.CATEGORIES}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Atom(Atom1Feed):
    """Stays well-formed whatever people typed, and is the same bytes until something is published."""

    def __init__(self, **said: Any) -> None:
        super().__init__(**_fit_for_xml(said))

    def add_item(self, *args: Any, **said: Any) -> None:
        super().add_item(*args, **_fit_for_xml(said))

    def latest_post_date(self) -> datetime:
        return super().latest_post_date() if self.items else datetime(1970, 1, 1, tzinfo=UTC)


# Addresses are made from SITE_URL: what the Host header says must not get into ids that readers' programs keep.
@method_decorator(require_safe, name="__call__")
class Changes(Feed):  # type: ignore[type-arg]  # It takes no parameter when it runs.
    """Every code's published corrections and reverts, newest first."""

    feed_type = Atom
    language = "en"
    description_template = "codes/feed_entry.html"
    # What one of the items is.
    called = "revision"

    def title(self, about: Any) -> str:
        return f"Every change · {settings.SITE_NAME}"

    def link(self, about: Any) -> str:
        return f"{settings.SITE_URL}{reverse('changes')}"

    def feed_url(self, about: Any) -> str:
        return f"{settings.SITE_URL}{reverse('changes_feed')}"

    def feed_guid(self, about: Any) -> str:
        return self.feed_url(about)

    def items(self, about: Any) -> Any:
        return self.chosen(Revision.objects.all(), about).news(NEWEST)

    def chosen(self, found: RevisionQuerySet, about: Any) -> RevisionQuerySet:
        """The revisions that this feed is about."""
        return found

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        item: Published = context["item"]
        return {"revision": item, "labels": list(dict.fromkeys(pages.label(key) for key in item.items))}

    def item_title(self, revision: Published) -> str:
        return f"{revision.subject}: {revision.get_source_display().lower()}, {self.called} {revision.number}"

    def item_link(self, revision: Published) -> str:
        return f"{settings.SITE_URL}{revision.get_absolute_url()}"

    def item_author_name(self, revision: Published) -> str:
        return revision.credit

    def item_categories(self, revision: Any) -> list[str]:
        return [revision.code.category, revision.source]

    def item_pubdate(self, revision: Published) -> datetime:
        return revision.created_at

    item_updateddate = item_pubdate


class CategoryChanges(Changes):
    """The changes of one category's codes, by the category's name as it stands in an address."""

    def get_object(self, request: HttpRequest, slug: str) -> str:
        if slug not in _CATEGORIES:
            raise Http404(slug)
        return _CATEGORIES[slug]

    def title(self, category: str) -> str:
        return f"Changes in {category} · {settings.SITE_NAME}"

    def link(self, category: str) -> str:
        return f"{settings.SITE_URL}{reverse('browse')}?{urlencode({'category': category})}"

    def feed_url(self, category: str) -> str:
        return f"{settings.SITE_URL}{reverse('category_feed', args=[pages.tag_slug(category)])}"

    def chosen(self, found: RevisionQuerySet, category: str) -> RevisionQuerySet:
        return found.in_category(category)


class CodeChanges(Changes):
    """The changes of one code."""

    def get_object(self, request: HttpRequest, code: str) -> ProcedureCode:
        return get_object_or_404(ProcedureCode, number=code)

    def title(self, code: ProcedureCode) -> str:
        return f"Changes of {code} · {settings.SITE_NAME}"

    def link(self, code: ProcedureCode) -> str:
        return f"{settings.SITE_URL}{code.get_absolute_url()}"

    def feed_url(self, code: ProcedureCode) -> str:
        return f"{settings.SITE_URL}{reverse('code_feed', args=[code.number])}"

    def chosen(self, found: RevisionQuerySet, code: ProcedureCode) -> RevisionQuerySet:
        return found.filter(code=code)


class SourceChanges(Changes):
    """The changes of the records of sources: of one, or of all."""

    called = "version"

    def get_object(self, request: HttpRequest, slug: str = "") -> Document | None:
        return get_object_or_404(Document, slug=slug) if slug else None

    def title(self, source: Document | None) -> str:
        return f"Changes of {source or 'sources'} · {settings.SITE_NAME}"

    def link(self, source: Document | None) -> str:
        return f"{settings.SITE_URL}{source.get_absolute_url() if source else reverse('sources')}"

    def feed_url(self, source: Document | None) -> str:
        return f"{settings.SITE_URL}{reverse('source_feed', args=[source.slug]) if source else reverse('sources_feed')}"

    def items(self, source: Document | None) -> Any:
        found = DocumentRevision.objects.filter(document=source) if source else DocumentRevision.objects.all()
        return found.news(NEWEST)

    def item_categories(self, revision: Any) -> list[str]:
        return [revision.source]


def _fit_for_xml(said: dict[str, Any]) -> dict[str, Any]:
    return {name: _NOT_XML.sub("", value) if isinstance(value, str) else value for name, value in said.items()}
