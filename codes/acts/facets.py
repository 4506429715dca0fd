"""What is filtered and counted by: for each value of a filter, which codes have it, as one bit for each of the ten
thousand numbers. So a list of any length is narrowed and counted in a millisecond, and no page is read for it.

Derived from the live pages and their verifications, in the transaction that writes these. A verification vouches for
words: it counts in a facet as long as its item says what was verified.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db import transaction
from taggit.models import Tag

from codes import page as pages
from codes.models import Facet, ProcedureCode, Revision, Verification, count_alone
from codes.page import ItemKey, Page, risk, stated
from codes.text.bits import bit

# Key of a facet -> how many items the code has in it: verified ones, or that cite a document; 0 where none are counted.
Has = dict[str, int]
# Item, digest and the year of the edition of each verification of a code.
Verified = Sequence[tuple[str, str, int]]
# Before the slug of each document that pages cite: no filter of codes, and read apart.
_CITED = "document:"


def of(page: Page, verified: Verified) -> Has:
    """The facets that a code with this page and these verifications is in."""
    v = page.validity
    has = [f"category:{page.category}", f"subcategory:{page.subcategory}", f"since:{v.since}", f"until:{v.until}"]
    has += [f"revised:{year}" for year, _ in v.revised]
    has += [f"site:{site}" for site in page.site]
    has += [f"specialty:{slug}" for slug in page.specialties]
    has += [f"tag:{pages.tag_slug(tag)}" for tag in page.tags]
    if (worst := _gravest(page)) < risk.MUCH:
        has.append(f"gravest:{worst}")
    cited = Counter(f"{_CITED}{source.document}" for _, source in pages.documents_cited(page))
    return dict.fromkeys(has, 0) | cited | _checked(page, verified)


def verified_of(code: str) -> list[tuple[str, str, int]]:
    """The verifications of a code, as `of` takes them. One query."""
    return list(Verification.objects.filter(code=code).order_by().values_list("item", "digest", "edition"))


def put(moved: Mapping[str, tuple[Mapping[str, int], Mapping[str, int]]]) -> None:
    """Move locked codes, each from the facets that it was in to those that it is in now; if none differs, write
    nothing.
    """
    changed = sorted({key for pair in moved.values() for key in {*pair[0], *pair[1]} if _differs(key, *pair)})
    if not changed:
        return
    count_alone()
    known = set(Facet.objects.filter(key__in=changed).values_list("key", flat=True))
    if new := [key for key in changed if key not in known]:
        Facet.objects.bulk_create([Facet(key=key, name=name) for key, name in _named(new)], ignore_conflicts=True)
    rows = list(Facet.objects.select_for_update().filter(key__in=changed).order_by("key"))
    for row in rows:
        bits = _bits(row.codes)
        for code, (before, after) in moved.items():
            if _differs(row.key, before, after):
                bits = bits | bit(code) if row.key in after else bits & ~bit(code)
                row.items += after.get(row.key, 0) - before.get(row.key, 0)
        row.codes = stored(bits)
    # All of them are there. An upsert of theirs is written in a tenth of the time that a CASE of each row takes.
    Facet.objects.bulk_create(rows, update_conflicts=True, unique_fields=["key"], update_fields=["codes", "items"])


def _differs(key: str, before: Mapping[str, int], after: Mapping[str, int]) -> bool:
    return before.get(key) != after.get(key)


def rebuild() -> bool:
    """Make the facets what the live pages and the verifications say; whether they differed."""
    with transaction.atomic():
        list(ProcedureCode.objects.select_for_update(no_key=True).values_list("pk").order_by("pk"))
        wanted = {row.key: row for row in expected()}
        stored = {row.key: row for row in Facet.objects.select_for_update().order_by("key")}
        wrong = [row for key, row in wanted.items() if key not in stored or _says(stored[key]) != _says(row)]
        gone = [key for key, row in stored.items() if key not in wanted and _says(row) != (0, 0)]
        Facet.objects.filter(key__in=[*gone, *(row.key for row in wrong)]).delete()
        Facet.objects.bulk_create(wrong)
        return bool(wrong or gone)


def expected() -> list[Facet]:
    """The facets as the live pages and the verifications say that they are, not saved. Three queries."""
    verified: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    light = ("code", "item", "digest", "edition")
    for code, item, digest, edition in Verification.objects.order_by().values_list(*light):
        verified[code].append((item, digest, edition))
    bits: dict[str, int] = defaultdict(int)
    items: dict[str, int] = defaultdict(int)
    for revision in Revision.objects.live().order_by().only("code", "data").iterator(200):
        for key, count in of(revision.page, verified[revision.code_id]).items():
            bits[key] |= bit(revision.code_id)
            items[key] += count
    return [Facet(key=key, name=name, codes=stored(bits[key]), items=items[key]) for key, name in _named(bits)]


def wrong() -> list[str]:
    """The keys of the facets that differ from what the live pages and the verifications say."""
    wanted = {row.key: _says(row) for row in expected()}
    stored = {row.key: _says(row) for row in Facet.objects.all()}
    keys = sorted({*wanted, *stored})
    return [key for key in keys if stored.get(key, (0, 0)) != wanted.get(key, (0, 0))]


@dataclass(frozen=True)
class Facets:
    """All facets as they are now: each set of codes is a number, with the bit of each code that is in it."""

    rows: Mapping[str, Mapping[str, tuple[str, int, int]]]

    def values(self, name: str) -> dict[str, int]:
        """Value -> codes of one filter, such as "category"; of values that any code has."""
        return {value: bits for value, (_, bits, _) in self.rows.get(name, {}).items() if bits}

    def names(self) -> dict[str, str]:
        """Slug -> name of the tags that any code has."""
        return {slug: name for slug, (name, bits, _) in self.rows.get("tag", {}).items() if bits}

    @cached_property
    def every(self) -> int:
        return _union(self.values("category").values())

    def status(self, day: date) -> dict[str, int]:
        """ "active", "deleted" and "future" on a date of service, as `Validity.on` says it of each code."""
        deleted = _union(bits for year, bits in self._years("until") if year < day.year)
        future = _union(bits for year, bits in self._years("since") if year > day.year) & ~deleted
        return {"active": self.every & ~deleted & ~future, "deleted": deleted, "future": future}

    def verification(self, year: int) -> dict[str, int]:
        """How far the codes are verified against the edition of a year, as `Survey` says it of each page."""
        begun = _union(bits for edition, bits in self._years("begun") if edition == year)
        wholly = self.values("wholly").get(str(year), 0)
        older = _union(bits for edition, bits in self._years("begun") if edition <= year)
        outdated = older & ~self.values("upheld").get(str(year), 0)
        none = self.every & ~begun & ~outdated
        return {"wholly": wholly, "partly": begun & ~wholly, "none": none, "outdated": outdated}

    def gravest_left(self, year: int) -> dict[int, int]:
        """What an error may cost most in what is left to verify against the edition of a year -> the codes of which it
        is.
        """
        begun = _union(bits for edition, bits in self._years("begun") if edition == year)
        rest = begun & ~self.values("wholly").get(str(year), 0)
        found: dict[int, int] = {}
        for level in (risk.LITTLE, risk.SOME):
            untouched = self.values("gravest").get(str(level), 0) & ~begun
            found[level] = untouched | self.values("left").get(f"{year}:{level}", 0) & rest
        found[risk.MUCH] = (self.every & ~begun | rest) & ~_union(found.values())
        return found

    def progress(self, category: str, year: int) -> tuple[int, int]:
        """How many codes of a category have an item verified against the edition of a year, and how many items."""
        _, bits, items = self.rows.get("begun", {}).get(f"{year}:{category}", ("", 0, 0))
        return bits.bit_count(), items

    @property
    def verifications(self) -> int:
        """How many there are, counting or not."""
        return self.rows.get("verifications", {}).get("", ("", 0, 0))[2]

    def _years(self, name: str) -> Iterator[tuple[int, int]]:
        """The year and the codes of facets that begin with a year."""
        for value, bits in self.values(name).items():
            year = value.partition(":")[0]
            if year.isdecimal():
                yield int(year), bits


def read() -> Facets:
    """One query, of some hundred rows however many codes there are."""
    rows: dict[str, dict[str, tuple[str, int, int]]] = defaultdict(dict)
    filters = Facet.objects.exclude(key__startswith=_CITED)
    for key, name, codes, items in filters.values_list("key", "name", "codes", "items"):
        kind, _, value = key.partition(":")
        rows[kind][value] = name, _bits(codes), items
    return Facets(rows)


def cited(slugs: Iterable[str]) -> dict[str, tuple[int, int]]:
    """How many items of how many codes cite each of these documents, if any does. One query."""
    rows = Facet.objects.filter(key__in=[f"{_CITED}{slug}" for slug in slugs]).values_list("key", "items", "codes")
    return {key.removeprefix(_CITED): (items, _bits(codes).bit_count()) for key, items, codes in rows}


def stored(bits: int) -> bytes:
    """A set of codes as the database keeps it."""
    return bits.to_bytes((bits.bit_length() + 7) // 8)


def _checked(page: Page, verified: Verified) -> Has:
    """The facets of a page by its items whose very words were verified, against which editions."""
    digests = pages.verifiable(page) if verified else {}
    editions: dict[str, set[int]] = defaultdict(set)
    for item, digest, edition in verified:
        if digests.get(item) == digest:
            editions[item].add(edition)
    has: Has = {"verifications:": len(verified)} if verified else {}
    for year in set().union(*editions.values()):
        now = sum(year in of_item for of_item in editions.values())
        has[f"begun:{year}:{page.category}"] = now
        if now == len(digests):
            has[f"wholly:{year}"] = 0
        else:
            left = (key for key in digests if year not in editions.get(key, ()))
            has[f"left:{year}:{risk.severity(left)}"] = 0
        if now == sum(min(of_item) <= year for of_item in editions.values()):
            has[f"upheld:{year}"] = 0
    return has


def _gravest(page: Page) -> int:
    """The gravest risk of what an editor can verify on a page. Nearly every page has something of the highest."""
    levels = (level for level in (risk.MUCH, risk.SOME) if any(ItemKey(key).risk == level for key in stated(page)))
    return next(levels, risk.LITTLE)


def _named(keys: Iterable[str]) -> list[tuple[str, str]]:
    """Each key, with the name of the tag where it is one's."""
    slugs = {key: key.removeprefix("tag:") for key in keys}
    tags = Tag.objects.filter(slug__in=[slug for key, slug in slugs.items() if slug != key])
    names = dict(tags.values_list("slug", "name"))
    return [(key, names.get(slug, "") if slug != key else "") for key, slug in slugs.items()]


def _bits(codes: bytes | memoryview) -> int:
    return int.from_bytes(codes)


def _says(row: Facet) -> tuple[int, int]:
    return _bits(row.codes), row.items


def _union(sets: Iterable[int]) -> int:
    found = 0
    for bits in sets:
        found |= bits
    return found
