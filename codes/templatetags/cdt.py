"""What templates say of codes and texts."""

from django import template
from django.utils.safestring import SafeString

from codes.page import SITES, SPECIALTIES, tag_slug
from codes.text import to_html

register = template.Library()


@register.filter
def markdown(text: str) -> SafeString:
    """A stranger's text as safe HTML (codes.text.to_html cleans it)."""
    return SafeString(to_html(text))


register.filter("tag_slug", tag_slug)


@register.filter
def specialty_name(slug: str) -> str:
    return SPECIALTIES[slug]


@register.filter
def site_name(site: str) -> str:
    return SITES[site]


@register.filter
def section(shown, kind: str):
    """The items of one kind on a code page."""
    return shown.section(kind)
