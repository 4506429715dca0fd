"""Writing a licensed code list: its words into their own table, and a page for each number that has none.

A page that has an entry is left as it is. One that holds no word but ours follows the years of the list, as far as no
reader has corrected them.
"""

from collections.abc import Collection, Sequence
from itertools import takewhile

from django.db import transaction

from codes import page as pages
from codes.acts.publishing import Moved, latest, latest_pages, publish, publish_first, unpublish
from codes.acts.tables.kind import Change, Kind
from codes.models import ImportedPage, LicensedWords, Revision
from codes.page.merge import Conflict
from codes.tables import Data, Record, Said
from codes.tables.licensed import LICENSED, bare, is_bare

_FIELDS = ("nomenclature", "descriptor", "category", "since", "until", "shown")
_PAGE = "page "
# What is said of a page that somebody has written, or corrected.
_ENTRY: Data = {"entry": True}
_REASON = "Number, category and validity, from a list of codes that the operator brought in ({})"


class LicensedList(Kind):
    """Keys: "D6011" are the words of a code, "page D6011" is the page of a number that has no entry."""

    table = LICENSED

    def wanted(self, records: Sequence[Record]) -> list[Record]:
        written = {code for code, data in _pages([one.key for one in records]).items() if data == _ENTRY}
        made = [
            Record(one.row, _PAGE + one.key, {name: one.data[name] for name in ("since", "until")})
            for one in records
            if one.key not in written
        ]
        return [*records, *made]

    def stored(self, keys: Collection[str], *, lock: bool = False) -> dict[str, Data]:
        words = LicensedWords.objects.filter(pk__in=[key for key in keys if not key.startswith(_PAGE)])
        held = (words.select_for_update() if lock else words).values("code", *_FIELDS)
        found: dict[str, Data] = {row["code"]: {name: row[name] for name in _FIELDS} for row in held}
        pages_of = [key.removeprefix(_PAGE) for key in keys if key.startswith(_PAGE)]
        return found | {_PAGE + code: data for code, data in _pages(pages_of).items()}

    def known(self, said: Said) -> set[str]:
        return set(LicensedWords.objects.values_list("pk", flat=True))

    def together(self, changes: Sequence[Change]) -> int:
        """Words, or pages that are new; else one page."""
        alike = takewhile(lambda one: _sort(one) == _sort(changes[0]), changes)
        return 1 if _sort(changes[0]) == "page" else len(list(alike))

    def write(self, changes: Sequence[Change], *, why: str, undoing: bool) -> dict[str, str]:
        words = [one for one in changes if not one.key.startswith(_PAGE)]
        LicensedWords.objects.filter(pk__in=[one.key for one in words if one.after is None]).delete()
        put = [LicensedWords(code=one.key, **one.after) for one in words if one.after is not None]
        LicensedWords.objects.bulk_create(put, update_conflicts=True, unique_fields=["code"], update_fields=_FIELDS)
        made, why = [one for one in changes if one.key.startswith(_PAGE)], _REASON.format(why)
        left = (
            {}
            if made and _sort(made[0]) == "first page" and _put_first(made, why)
            else {one.key: _put(one, why, undoing) for one in made}
        )
        return {key: said for key, said in left.items() if said}


def _pages(codes: Collection[str]) -> dict[str, Data]:
    """The years of each page that says no more than a list made it say; _ENTRY for any other. Two queries."""
    made = {row.code_id: row.page for row in ImportedPage.objects.filter(code__in=codes)}
    found = {}
    for code, page in latest_pages(codes).items():
        ours = page == made.get(code) and is_bare(code, page)
        found[code] = {"since": page.validity.since, "until": page.validity.until} if ours else _ENTRY
    return found


def _sort(change: Change) -> str:
    if not change.key.startswith(_PAGE):
        return "words"
    return "page" if change.before or change.after is None else "first page"


def _put_first(made: Sequence[Change], why: str) -> bool:
    """Publish the first pages of these numbers; False if it had to be left, as somebody has just published one."""
    firsts = {one.key.removeprefix(_PAGE): bare(one.key.removeprefix(_PAGE), **one.after or {}) for one in made}
    try:
        publish_first(firsts, by=None, source=Revision.Source.IMPORT, reason=why)
    except Conflict:
        return False
    # They are the base of the content files that may come: an entry takes their place without a clash.
    bases = [ImportedPage(code_id=code, data=pages.to_json(page)) for code, page in firsts.items()]
    ImportedPage.objects.bulk_create(bases)
    return True


def _put(change: Change, why: str, undoing: bool) -> str:
    """Publish the page of a number, or take it off the site; gives why it was left, or ""."""
    code = change.key.removeprefix(_PAGE)
    source = Revision.Source.UNDO if undoing else Revision.Source.IMPORT
    try:
        with transaction.atomic():
            if change.after is None:
                ImportedPage.objects.filter(code=code).delete()
                unpublish(latest(code))
                return ""
            base = bare(code, **change.before) if change.before else None
            page = bare(code, **change.after)
            publish(code, page, base=base, by=None, source=source, reason=why)
            ImportedPage.objects.update_or_create(code_id=code, defaults={"data": pages.to_json(page)})
    except (Conflict, Moved):
        return "its page was changed by somebody"
    return ""
