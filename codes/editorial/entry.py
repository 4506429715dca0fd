"""The file of one code in `content/`: YAML, compact to write, one page when read. No Django."""

from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

from codes import page as pages
from codes.page import KINDS, ItemKey, Malformed, Page

CONTENT = Path(__file__).parent.parent / "content"

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
            "To load a list, such as a CSV, write a file of that kind for each of its codes, then name their folder."
        )
    return found


def read(path: Path) -> tuple[str, Page]:
    """(code number, page) of one entry file; raises Malformed with the file's name in front.

    A statement is `slug: text` or `slug: {text:, heading:, sources:}`; a relation `- {kind:, code:, note:, sources:}`.
    """
    return path.stem, loaded(path, parse)


def loaded(path: Path, parsed: Callable[[str, dict[str, Any]], _Read]) -> _Read:
    """What `parsed` makes of a file's name and its YAML; raises Malformed with the file's name in front."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
        return parsed(path.stem, data)
    except (Malformed, yaml.YAMLError, AttributeError, TypeError, ValueError, KeyError) as error:
        raise Malformed(f"{path.name}: {error}") from error


def parse(code: str, data: Mapping[str, Any]) -> Page:
    """The page in an entry's data; raises Malformed."""
    data = dict(data)
    if data.pop("code", None) != code:
        raise Malformed("code: is not the number in the file's name")
    statements = []
    for kind in KINDS:
        for slug, value in (data.pop(kind, None) or {}).items():
            value = {"text": value} if isinstance(value, str) else dict(value)
            statements.append({**_tidy(value), "key": ItemKey.of(kind, str(slug))})
    sources = [{"key": key, **_tidy(value)} for key, value in (data.pop("sources", None) or {}).items()]
    related = [_tidy(r) for r in data.pop("related", None) or ()]
    validity = dict(data.pop("validity", None) or {})
    validity["revised"] = sorted(_tidy(validity.get("revised") or {}).items())
    return pages.from_json(
        {**_tidy(data), "validity": validity, "statements": statements, "related": related, "sources": sources}
    )


def _tidy(value: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.strip() if isinstance(v, str) else v for k, v in value.items()}
