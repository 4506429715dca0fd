"""Finding codes by number, alias and everyday words: `index` when a page is published, `find` for a reader."""

from codes.search.find import Hit, find, unknown
from codes.search.index import ENTRY, entry, forget, index, is_complete, reindex, texts

__all__ = ["ENTRY", "Hit", "entry", "find", "forget", "index", "is_complete", "reindex", "texts", "unknown"]
