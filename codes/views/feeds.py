"""What readers and editors changed, as Atom feeds: all pages, one category, one code, sources. Imports are no news.

A browser that opens one shows it as a page: a style sheet lays it out, and what a person reads of it is XHTML.
"""

import re
from datetime import UTC, datetime
from typing import Any
from xml.sax.xmlreader import AttributesImpl

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import urlencode
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.http import require_safe

from codes import page as pages
from codes.models import Document, DocumentRevision, ProcedureCode, Published, Revision, RevisionQuerySet

NEWEST = 50
_CATEGORIES = {pages.tag_slug(category): category for category in pages.CATEGORIES}
# Browsers heed it wherever it stands. Not in a template: it has to be XML.
_AS_WIDE_AS_THE_PHONE = '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Atom(Atom1Feed):
    """Stays well-formed whatever people typed, and is the same bytes until something is published."""

    # Browsers save or print what is said to be application/atom+xml. Programs look into the document.
    content_type = "application/xml; charset=utf-8"

    def __init__(self, **said: Any) -> None:
        super().__init__(**_fit_for_xml(said))

    def add_item(self, *args: Any, **said: Any) -> None:
        super().add_item(*args, **_fit_for_xml(said))

    def write(self, outfile: Any, encoding: str) -> None:
        handler = SimplerXMLGenerator(outfile, encoding, short_empty_elements=True)
        handler.startDocument()
        handler.processingInstruction("xml-stylesheet", f'type="text/css" href="{static("cdt/feed.css")}"')
        handler.startElement("feed", AttributesImpl(self.root_attributes()))
        self.add_root_elements(handler)
        self.write_items(handler)
        handler.endElement("feed")

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        _add_xhtml(handler, "subtitle", _AS_WIDE_AS_THE_PHONE + self.feed["about"])

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, {**item, "description": None})
        _add_xhtml(handler, "summary", item["description"])

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

    def feed_extra_kwargs(self, about: Any) -> dict[str, Any]:
        links = {"page": self.link(about), "follow": self.followed(about)}
        return {"about": render_to_string("codes/feed_about.html", links)}

    def followed(self, about: Any) -> str:
        """The address where the same is followed by e-mail, "" where it cannot be."""
        return f"{settings.SITE_URL}{reverse('follow')}"

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

    def followed(self, category: str) -> str:
        return f"{super().followed(category)}?{urlencode({'category': category})}"

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

    def followed(self, code: ProcedureCode) -> str:
        return f"{super().followed(code)}?code={code.number}"

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

    def followed(self, source: Document | None) -> str:
        return f"{super().followed(source)}?{urlencode({'source': source.slug})}" if source else ""


def _add_xhtml(handler: SimplerXMLGenerator, name: str, markup: str) -> None:
    handler.startElement(name, AttributesImpl({"type": "xhtml"}))
    # The one way to write what is markup already; a template made it, with all that people typed escaped.
    handler.ignorableWhitespace(f'<div xmlns="http://www.w3.org/1999/xhtml">{markup.strip()}</div>')
    handler.endElement(name)


def _fit_for_xml(said: dict[str, Any]) -> dict[str, Any]:
    return {name: _NOT_XML.sub("", value) if isinstance(value, str) else value for name, value in said.items()}
