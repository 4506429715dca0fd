"""The files in `content/`: YAML, compact to write. One of each code is a page when read, and one is the register of
sources that these cite. No Django.
"""

from collections.abc import Callable, Hashable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml

from codes import page as pages
from codes.page import KINDS, Document, ItemKey, Malformed, Page

CONTENT = Path(__file__).parent.parent / "content"
REGISTER = "sources.yaml"
_UNREADABLE = (yaml.YAMLError, AttributeError, TypeError, ValueError, KeyError)

_Read = TypeVar("_Read")


class _Loader(yaml.CSafeLoader):
    """Refuses a key that stands twice in one mapping; YAML lets the second silently replace the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value]
        if twice := [key for key in keys if keys.count(key) > 1]:
            raise yaml.constructor.ConstructorError(None, None, f"{twice[0]} is there twice", node.start_mark)
        return super().construct_mapping(node, deep)


def paths(folder: Path = CONTENT) -> list[Path]:
    """The entry files, in the order of their numbers; raises Malformed if it is no folder that has any."""
    found = sorted(folder.glob("D[0-9][0-9][0-9][0-9].yaml"))
    if not found:
        what = "has no entry files" if folder.is_dir() else "is no folder" if folder.exists() else "is not there"
        raise Malformed(
            f"{folder} {what}. Entries come as a folder with one YAML file a code, as codes/content/D6011.yaml is one. "
            "A list of codes, as CSV or XLSX, is brought in by `manage.py import_table licensed FILE`."
        )
    return found


def register(folder: Path = CONTENT) -> Mapping[str, Document]:
    """Slug -> record of each document in a folder's sources.yaml, none without one; raises Malformed."""
    path = folder / REGISTER
    return _register(path, path.stat().st_mtime_ns) if path.exists() else {}


@cache
def _register(path: Path, written: int) -> Mapping[str, Document]:
    """What the file says as it was `written` last: each entry asks for it."""
    records, where = {}, ""
    try:
        for slug, value in (_load(path) or {}).items():
            where = f"{slug}: "
            # YAML reads 2014 as a number, and 2014-03-01 as a day.
            dates = {name: str(value[name]) for name in ("dated", "seen") if name in value}
            records[slug] = pages.from_data({"slug": slug, **_tidy(value), **dates})
    except (Malformed, *_UNREADABLE) as error:
        raise Malformed(f"{path.name}: {where}{error}") from error
    return records


def read(path: Path) -> tuple[str, Page]:
    """(code number, page) of one entry file; raises Malformed with the file's name in front.

    A statement is `slug: text` or `slug: {text:, heading:, sources:}`; a relation `- {kind:, code:, note:, sources:}`.
    A source is `key: {document:, place:}` of the register beside the file, where `document` may be left out if it is
    the key; or `key: {title:, url:}`.
    """
    documents = register(path.parent)
    return path.stem, loaded(path, lambda code, data: parse(code, data, documents))


def loaded(path: Path, parsed: Callable[[str, dict[str, Any]], _Read]) -> _Read:
    """What `parsed` makes of a file's name and its YAML; raises Malformed with the file's name in front."""
    try:
        return parsed(path.stem, _load(path))
    except (Malformed, *_UNREADABLE) as error:
        raise Malformed(f"{path.name}: {error}") from error


def _load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - _Loader is a safe one


def parse(code: str, data: Mapping[str, Any], documents: Mapping[str, Document] = MappingProxyType({})) -> Page:
    """The page in an entry's data; raises Malformed. What it cites of `documents` has no version yet: version 0."""
    data = dict(data)
    if data.pop("code", None) != code:
        raise Malformed("code: is not the number in the file's name")
    statements = []
    for kind in KINDS:
        for slug, value in (data.pop(kind, None) or {}).items():
            value = {"text": value} if isinstance(value, str) else dict(value)
            statements.append({**_tidy(value), "key": ItemKey.of(kind, str(slug))})
    sources = [_source(key, value or {}, documents) for key, value in (data.pop("sources", None) or {}).items()]
    related = [_tidy(r) for r in data.pop("related", None) or ()]
    validity = dict(data.pop("validity", None) or {})
    validity["revised"] = sorted(_tidy(validity.get("revised") or {}).items())
    return pages.from_json(
        {**_tidy(data), "validity": validity, "statements": statements, "related": related, "sources": sources}
    )


def _source(key: str, value: Mapping[str, Any], documents: Mapping[str, Document]) -> dict[str, Any]:
    value = _tidy(value)
    if "title" in value or "url" in value:
        return {"key": key, **value}
    slug = value.pop("document", key)
    if slug not in documents:
        raise Malformed(f"source.{key}: {REGISTER} has no {slug!r}")
    cited = documents[slug].cited(key, 0, value.pop("place", ""))
    return {"key": key, **cited.content, **value}


def _tidy(value: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.strip() if isinstance(v, str) else v for k, v in value.items()}
