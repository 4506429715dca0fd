"""Pages and records of the register alike: what is corrected, merged and published item by item. No Django."""

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from codes.page.document import Document, from_data, to_data, together
from codes.page.items import Itemized, assemble
from codes.page.model import Page
from codes.page.shape import from_json, to_json

Either = TypeVar("Either", bound=Itemized)


def rebuilt(like: Either, apart: Mapping[str, dict[str, Any]]) -> Either:
    """What these items make, of the kind of `like`; raises Malformed."""
    return cast(Either, together(like.slug, apart) if isinstance(like, Document) else assemble(apart))


def stored(value: Itemized) -> dict[str, Any]:
    """The JSON data of either, with one fixed shape."""
    return to_data(value) if isinstance(value, Document) else to_json(cast(Page, value))


def restored(data: Mapping[str, Any]) -> Itemized:
    """What `stored` gave; raises Malformed for anything that is neither."""
    return from_data(data) if "slug" in data else from_json(data)
