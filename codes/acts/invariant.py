"""The invariant: the tables of each code equal its latest revision. Tests assert it each time, operators at night."""

from typing import Any

from codes import page as pages
from codes.models import ProcedureCode, Revision, SearchEntry
from codes.search import entry

_SEARCHED = ("terms", "wholes", "site", "beliefs", "texts")


def broken() -> list[str]:
    """Every way in which a code's tables differ from its latest revision, in words; none if all is well."""
    found = []
    codes = ProcedureCode.objects.prefetch_related("tagged__tag", "specialised__tag", "relations")
    for code in codes.order_by("number"):
        revisions = list(Revision.objects.filter(code=code).order_by("number"))
        if [r.number for r in revisions] != list(range(1, len(revisions) + 1)) or not revisions:
            found.append(f"{code.number}: revisions {[r.number for r in revisions]} are not 1, 2, 3 …")
            continue
        page, says = revisions[-1].page, _says(code)
        for name, wanted in _should_say(page).items():
            if says[name] != wanted:
                found.append(f"{code.number}: {name} is {says[name]!r}, its page says {wanted!r}")
    return found


def _says(code: ProcedureCode) -> dict[str, Any]:
    plain = ("title", "answer", "category", "subcategory", "since", "until", "replaced_by")
    return {name: getattr(code, name) for name in plain} | {
        "tags": sorted(t.tag.slug for t in code.tagged.all()),
        "specialties": sorted(t.tag.slug for t in code.specialised.all()),
        "relations": sorted((r.kind, r.other, r.note) for r in code.relations.all()),
        "search entry": SearchEntry.objects.filter(code=code).values(*_SEARCHED).first(),
    }


def _should_say(page: pages.Page) -> dict[str, Any]:
    v = page.validity
    return {name: getattr(page, name) for name in ("title", "answer", "category", "subcategory")} | {
        "since": v.since,
        "until": v.until,
        "replaced_by": list(v.replaced_by),
        "tags": sorted({pages.tag_slug(tag) for tag in page.tags}),
        "specialties": sorted(page.specialties),
        "relations": sorted((r.kind, r.code, r.note) for r in page.related),
        "search entry": entry(page),
    }
