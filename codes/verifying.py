"""Verification: an editor says that items, as they stand on the live page, agree with a source and an edition.

The only writer of Verification rows. They are never changed: a verification counts while the item is what was verified
and no newer edition is in force.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from codes import page as pages
from codes.models import Correction, Edition, ProcedureCode, Verification, today
from codes.page import Page
from codes.publishing import latest, latest_pages

# Beside every statement and relation: the fields that state a fact. The others are labels.
FIELDS = ("answer", "site", "attachments", "validity")


class Changed(Exception):
    """The live page no longer says what was looked at; nothing was verified. `items` are the keys of these items."""

    def __init__(self, items: list[str]):
        super().__init__(", ".join(items))
        self.items = items


@dataclass(frozen=True)
class Survey:
    """How far a page is verified: the digest of each item to verify, and what stands of them, both by item key."""

    digests: dict[str, str]
    standing: dict[str, Verification]

    @property
    def left(self) -> list[str]:
        """The keys of the items that nobody has verified against the current edition, in the page's order."""
        return [key for key in self.digests if key not in self.standing or is_outdated(self.standing[key])]

    @property
    def outdated(self) -> list[str]:
        """Those of `left` that are verified against an older edition."""
        return [key for key in self.left if key in self.standing]


def current_edition() -> int:
    """The year of the edition in force today."""
    return today().year


def is_outdated(verification: Verification) -> bool:
    """Whether an edition newer than the one that was checked against is in force."""
    return verification.edition_id < current_edition()


def standing(page: Page, found: Iterable[Verification]) -> dict[str, Verification]:
    """Item key -> its verification: of those of the item's very words, the one of the newest edition, then the last."""
    digests = {key: pages.digest(item) for key, item in pages.items(page).items()}
    stands: dict[str, Verification] = {}
    for v in sorted(found, key=lambda v: (v.edition_id, v.at)):
        if digests.get(v.item) == v.digest:
            stands[v.item] = v
    return stands


def verifiable(page: Page) -> dict[str, str]:
    """Item key -> digest of everything on the page that an editor can verify, in the page's order."""
    return {
        key: pages.digest(item)
        for key, item in pages.items(page).items()
        if not key.startswith("source.") and (key in FIELDS or key not in pages.FIELDS) and pages.says_something(item)
    }


def survey(page: Page, found: Iterable[Verification]) -> Survey:
    """The survey of one page, from the verifications of its code."""
    digests = verifiable(page)
    return Survey(digests, {key: v for key, v in standing(page, found).items() if key in digests})


def surveys(codes) -> dict[str, Survey]:
    """Number -> survey of the live page; `codes` are numbers or a queryset of codes. Two queries."""
    found: dict[str, list[Verification]] = {}
    for v in Verification.objects.filter(code__in=codes):
        found.setdefault(v.code_id, []).append(v)
    return {number: survey(page, found.get(number, ())) for number, page in latest_pages(codes).items()}


def unfinished(category: str = "") -> list[str]:
    """The numbers of the codes, of one category or of all, that have something left to verify, in order."""
    return _unfinished(_codes(category))


def following(number: str, category: str = "") -> str | None:
    """The next code after this one, of the category or of all, that has something left to verify."""
    codes = _codes(category).filter(number__gt=number)
    untouched = codes.exclude(number__in=_begun(codes)).values_list("number", flat=True).first()
    # Only what stands before the first untouched code has to be read.
    sooner = _unfinished(codes.filter(number__lt=untouched) if untouched else codes)
    return sooner[0] if sooner else untouched


def verify(code: str, digests: Mapping[str, str], *, by: AbstractBaseUser, source: str, edition: int) -> int:
    """Verify items of a code as they were shown: item key -> digest of what was looked at. Returns how many it was.

    `edition` is its year. What the same editor has verified so already is not written twice. Raises Changed when an
    item's digest is not that of the live page, ValueError without a source, ProcedureCode.DoesNotExist.
    """
    if not source.strip():
        raise ValueError("a verification names its source")
    with transaction.atomic():
        ProcedureCode.objects.select_for_update().get(number=code)
        page = latest(code).page
        live = verifiable(page)
        if changed := [key for key, digest in digests.items() if live.get(key) != digest]:
            raise Changed(changed)
        mine = Verification.objects.filter(code=code, by=by, source=source, edition=edition)
        done = set(mine.values_list("item", "digest"))
        return record(code, page, [key for key in digests if (key, live[key]) not in done], by, source, edition)


def record(
    code: str,
    page: Page,
    keys: Iterable[str],
    by: AbstractBaseUser,
    source: str,
    edition: int,
    correction: Correction | None = None,
) -> int:
    """Write that these items of the live page were checked, by accepting `correction` if so; returns how many."""
    apart = pages.items(page)
    checked, _ = Edition.objects.get_or_create(year=edition)
    return len(
        Verification.objects.bulk_create(
            [
                Verification(
                    code_id=code,
                    item=key,
                    digest=pages.digest(apart[key]),
                    edition=checked,
                    source=source,
                    by=by,
                    correction=correction,
                )
                for key in keys
                if key in apart
            ]
        )
    )


def _codes(category: str):
    return ProcedureCode.objects.filter(category=category) if category else ProcedureCode.objects.all()


def _begun(codes):
    """Those with a verification of the current edition. Every page has an answer: the others have something left."""
    return codes.filter(verifications__edition__gte=current_edition()).values("number")


def _unfinished(codes) -> list[str]:
    begun = surveys(_begun(codes))
    numbers = codes.order_by("number").values_list("number", flat=True)
    return [number for number in numbers if number not in begun or begun[number].left]
