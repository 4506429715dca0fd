"""Finding codes by number, alias and everyday words: `index` when a page is published, `find` for a reader."""

from codes.search.find import Hit, find
from codes.search.index import entry, forget, index, index_new, is_complete, reindex, texts

__all__ = ["Hit", "entry", "find", "forget", "index", "index_new", "is_complete", "reindex", "texts"]
