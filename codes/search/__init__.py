"""Finding codes by number, alias and everyday words: `index` when a page is published, `find` for a reader."""

from codes.search.find import Hit, find
from codes.search.index import index, is_complete

__all__ = ["Hit", "find", "index", "is_complete"]
