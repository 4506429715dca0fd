"""Large data in minutes: the rows that the acts would have written, in bulk. The invariant's audit looks at a sample.

Everything starts from the starter content, loaded as a site loads it.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, models, transaction
from taggit.models import Tag

from codes import page as pages
from codes.acts import facets, imports, tallies
from codes.acts.invariant import broken
from codes.acts.publishing import latest
from codes.editorial import entry
from codes.models import (
    CodeSpecialty,
    CodeTag,
    Correction,
    Edition,
    ProcedureCode,
    RelatedCode,
    Revision,
    SearchEntry,
    SearchStamp,
    Specialty,
    Verification,
    today,
)
from codes.page import CATEGORIES, Page, Relation, Statement, Validity
from codes.search.index import entry as found_by
from comments.models import Comment

Progress = Callable[..., Iterable[Any]]
FIRST_DAY = datetime(2026, 1, 2, 9, tzinfo=UTC)
# The page that everybody writes about.
BUSY = "D6011"
SAMPLE = 40
_BATCH = 2000
# Of all that is made here: no process has read it before.
_STAMP = 1


def starter(progress: Progress) -> None:
    """The starter content."""
    files = [entry.read(path) for path in entry.paths(entry.CONTENT)]
    imports.load_register(entry.register())
    imports.load_all(progress(files, desc="Starter content"))


def more_codes(total: int, progress: Progress) -> None:
    """As many codes as that in all: short pages, each with what filters, search and relations read."""
    known = set(ProcedureCode.objects.values_list("number", flat=True))
    free = (f"D{n:04}" for n in range(10_000) if f"D{n:04}" not in known)
    made = {number: _page(number) for number in islice(free, total - len(known))}
    with transaction.atomic():
        _save(ProcedureCode, map(_code, made, made.values()), progress, "Codes", len(made))
        _save(Revision, (_revision(n, 1, page) for n, page in made.items()), progress, "Revisions", len(made))
        _label(CodeTag, Tag, {n: {pages.tag_slug(tag): tag for tag in page.tags} for n, page in made.items()})
        _label(
            CodeSpecialty,
            Specialty,
            {n: {slug: pages.SPECIALTIES[slug] for slug in page.specialties} for n, page in made.items()},
        )
        related = [
            RelatedCode(code_id=n, kind=r.kind, other=r.code, note=r.note) for n, p in made.items() for r in p.related
        ]
        RelatedCode.objects.bulk_create(related, _BATCH)
        words = (SearchEntry(code_id=n, stamp=_STAMP, **found_by(page)) for n, page in made.items())
        _save(SearchEntry, words, progress, "Index", len(made))
        SearchStamp.objects.bulk_create(
            [SearchStamp(hundred=hundred, stamp=_STAMP) for hundred in {number[:3] for number in made}],
            update_conflicts=True,
            unique_fields=["hundred"],
            update_fields=["stamp"],
        )
        facets.rebuild()
    _audit(list(made)[:: max(1, len(made) // SAMPLE)])


def more_records(total: int, busy: int, progress: Progress) -> None:
    """So many corrections that were accepted, each with its revision and a comment; `busy` of them on one page."""
    editor, _ = User.objects.get_or_create(username="bench", defaults={"first_name": "Ben", "last_name": "Ch"})
    others = list(ProcedureCode.objects.exclude(number=BUSY).order_by("-number").values_list("number", flat=True))
    turns = [BUSY] * busy + [others[n % len(others)] for n in range(total - busy)]
    with transaction.atomic():
        made = list(progress(_revised(turns, editor), desc="Revisions", total=total))
        _save(Correction, (_correction(one, editor) for one in made), progress, "Corrections", total)
        first = Comment.objects.count()
        said = (_comment(first + n, code, editor) for n, code in enumerate(turns))
        _save(Comment, said, progress, "Comments", total)
        for comment in (waiting := list(Comment.objects.filter(path="").only("pk", "path"))):
            comment.path = f"{comment.pk:010d}"
        Comment.objects.bulk_update(waiting, ["path"], _BATCH)
        tallies.rebuild()
        facets.rebuild()
    _audit([BUSY, *sorted(set(turns))[:SAMPLE]])


def verify_everything(progress: Progress) -> None:
    """Every item of every page verified against the edition of this year, by one editor."""
    editor, _ = User.objects.get_or_create(username="bench", defaults={"first_name": "Ben", "last_name": "Ch"})
    year, _ = Edition.objects.get_or_create(year=today().year)
    found = (
        Verification(code_id=live.code_id, item=key, digest=digest, edition=year, source="The manual", by=editor)
        for live in Revision.objects.live().order_by().only("code", "data").iterator(200)
        for key, digest in pages.verifiable(live.page).items()
    )
    with transaction.atomic():
        _save(Verification, found, progress, "Verifications")
        facets.rebuild()


def analyze() -> None:
    """Statistics, with which the databases plan otherwise."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _page(number: str) -> Page:
    n, categories = int(number[1:]), list(CATEGORIES)
    return Page(
        title=f"Procedure {number} of the bench",
        answer=f"Report {number} when the procedure of the bench was done, {n % 7} times at most.",
        category=categories[n % len(categories)],
        subcategory=f"Procedures {n % 60}",
        aliases=(f"bench {n}",),
        specialties=("general-dentistry", "oral-surgery")[: n % 2 + 1],
        tags=(f"bench {n % 90}", f"turn {n % 13}"),
        site=("tooth",) if n % 2 else (),
        validity=Validity(2013 + n % 10, 2024 + n % 3) if n % 50 == 0 else Validity(),
        statements=(Statement("use_when.done", f"The procedure {n} was done."), Statement("faq.why", "So.", "Why?")),
        related=(Relation("confused_with", BUSY, "That one is real."),),
    )


def _code(number: str, page: Page) -> ProcedureCode:
    v = page.validity
    plain = {name: getattr(page, name) for name in ("title", "answer", "category", "subcategory")}
    return ProcedureCode(number=number, since=v.since, until=v.until, replaced_by=[], changed_at=FIRST_DAY, **plain)


def _revision(code: str, number: int, page: Page, **about: Any) -> Revision:
    about = {"source": Revision.Source.IMPORT, "reason": "Bench", "created_at": FIRST_DAY, **about}
    return Revision(code_id=code, number=number, data=pages.to_json(page), items=["answer"], **about)


def _revised(turns: list[str], editor: User) -> Iterator[Revision]:
    """Revisions of these codes in turn; the words of the pages stay what they are."""
    live: dict[str, Revision] = {}
    batch: list[Revision] = []
    for n, code in enumerate(turns):
        last = live.get(code) or latest(code)
        live[code] = Revision(
            code_id=code,
            number=last.number + 1,
            data=last.data,
            items=["answer"],
            by=editor,
            source=Revision.Source.CORRECTION,
            reason="Bench",
            created_at=FIRST_DAY + timedelta(minutes=n),
        )
        batch.append(live[code])
        if len(batch) == _BATCH or n == len(turns) - 1:
            yield from Revision.objects.bulk_create(batch)
            batch = []


def _correction(revision: Revision, editor: User) -> Correction:
    state, outcome = Correction.State, Correction.Outcome
    return Correction(
        ticket=f"bench-{revision.pk}",
        code_id=revision.code_id,
        base=revision,
        proposed=revision.data,
        items=["answer"],
        credit=f"Reader {revision.pk % 50}",
        created_at=revision.created_at - timedelta(minutes=revision.pk % 20_000),
        severity=2,
        topic=f"{revision.code_id}-{revision.pk}",
        state=state.ACCEPTED,
        decided_at=revision.created_at,
        decided_by=editor,
        outcomes={"answer": outcome.ACCEPTED},
        revision=revision,
    )


def _comment(n: int, code: str, editor: User) -> Comment:
    at = FIRST_DAY + timedelta(minutes=n)
    state = Comment.State.APPROVED
    about = {"created_at": at, "state": state, "decided_at": at, "decided_by": editor}
    return Comment(ticket=f"bench-{n}", code_id=code, name="A reader", body=f"A remark, {n}.", **about)


def _label(through: Any, label: Any, wanted: dict[str, dict[str, str]]) -> None:
    names = {slug: name for labels in wanted.values() for slug, name in labels.items()}
    label.objects.bulk_create([label(slug=s, name=n) for s, n in sorted(names.items())], ignore_conflicts=True)
    known = dict(label.objects.values_list("slug", "pk"))
    rows = [through(content_object_id=code, tag_id=known[slug]) for code, labels in wanted.items() for slug in labels]
    through.objects.bulk_create(rows, _BATCH)


def _save(
    model: type[models.Model], rows: Iterable[models.Model], progress: Progress, desc: str, total: int | None = None
) -> None:
    rest = iter(progress(rows, desc=desc, total=total))
    while batch := list(islice(rest, _BATCH)):
        model._default_manager.bulk_create(batch)


def _audit(numbers: list[str]) -> None:
    if wrong := broken(numbers):
        raise AssertionError("\n".join(wrong[:10]))
