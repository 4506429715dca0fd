"""audit_revisions: each code's tables equal its latest revision's page, and what differs is named."""

from datetime import datetime
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from codes.acts import verifying
from codes.acts.invariant import broken
from codes.acts.publishing import latest
from codes.models import (
    CitedDocument,
    CodeSpecialty,
    CodeTag,
    Document,
    DocumentRevision,
    Facet,
    ProcedureCode,
    RelatedCode,
    Revision,
    SearchEntry,
    Tally,
)
from codes.page import Validity
from tests import factories, worlds
from tests.written import Written


@pytest.fixture
def code(db):
    factories.document()
    return factories.code(
        "D6011",
        **{**factories.RICH, "sources": (factories.BOOK.cited("book", 1),)},
        validity=Validity(since=2014),
    )


def audit(*options: str) -> str:
    out = StringIO()
    call_command("audit_revisions", *options, stdout=out)
    return out.getvalue()


def rows(*models) -> list[list[tuple]]:
    """What each of these tables holds, but for numbers that it gives its rows by itself."""
    return [
        sorted(model.objects.values_list(*(f.attname for f in model._meta.concrete_fields if f.name != "id")), key=repr)
        for model in models
    ]


def test_a_published_code_is_whole(code):
    assert broken() == []
    assert audit() == "Every table equals the latest revisions.\n"


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda: ProcedureCode.objects.update(title="Other"), "title"),
        (lambda: ProcedureCode.objects.update(since=1999), "since"),
        (lambda: CodeTag.objects.all().delete(), "tags"),
        (lambda: RelatedCode.objects.first().delete(), "relations"),
        (lambda: SearchEntry.objects.update(terms={}), "search entry"),
        (lambda: Revision.objects.update(number=2), "revisions"),
        (lambda: CitedDocument.objects.update(version=2), "documents"),
        (lambda: ProcedureCode.objects.update(extent=1), "extent"),
        (lambda: ProcedureCode.objects.update(checked_at=timezone.now()), "checked_at"),
    ],
)
def test_each_way_of_writing_past_publish_is_named(code, spoil, named):
    with transaction.atomic():
        spoil()
        found = broken()
        out = StringIO()
        with pytest.raises(CommandError, match="1 differences"):
            call_command("audit_revisions", stdout=out)
        transaction.set_rollback(True)
    assert [line.split()[:2] for line in found] == [["D6011:", named.split()[0]]]
    assert out.getvalue().splitlines() == found


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda: Document.objects.update(title="Other"), "title"),
        (lambda: Document.objects.update(version=2), "version"),
        (lambda: Document.objects.update(seen=""), "seen"),
        (lambda: DocumentRevision.objects.update(number=2), "versions"),
    ],
)
def test_each_way_of_writing_past_publish_document_is_named(code, spoil, named):
    with transaction.atomic():
        spoil()
        found = broken()
        transaction.set_rollback(True)
    assert [line.split()[:2] for line in found] == [["book:", named]]


def test_reindex_fills_what_a_release_before_did_not_write(code, editor):
    digest = verifying.verifiable(latest("D6011").page)["answer"]
    verifying.verify("D6011", {"answer": digest}, by=editor, source="The manual", edition=2026)
    ProcedureCode.objects.update(extent=0, checked_at=None)
    assert [line.split()[1] for line in broken()] == ["extent", "checked_at"]
    call_command("reindex", stdout=StringIO())
    assert broken() == []


def test_repair_writes_anew_what_differs_and_no_revision(code):
    factories.code("D6010", tags=(), specialties=(), related=())
    models = (ProcedureCode, CodeTag, CodeSpecialty, RelatedCode, CitedDocument, Document, Revision, Facet, Tally)
    before = rows(*models)
    ProcedureCode.objects.update(title="Other", since=1999, replaced_by=["D0120"], extent=1, checked_at=timezone.now())
    CodeTag.objects.update(content_object="D6010")
    CodeSpecialty.objects.update(content_object="D6010")
    RelatedCode.objects.update(code="D6010", note="Other")
    CitedDocument.objects.update(version=2)
    SearchEntry.objects.update(terms={})
    Document.objects.update(title="Other", version=2)
    Facet.objects.update(codes=b"")
    Tally.objects.create(key="state:pending", count=7)
    differ = broken()
    assert audit("--repair").splitlines() == [
        *differ,
        "What differed was written anew. Once more:",
        "Every table equals the latest revisions.",
    ]
    assert rows(*models) == before
    assert audit("--repair") == "Every table equals the latest revisions.\n"


def test_repair_makes_up_no_revision_that_is_missing(code):
    with transaction.atomic():
        Revision.objects.update(number=2)
        with pytest.raises(CommandError, match="1 differences"):
            audit("--repair")
        transaction.set_rollback(True)


# --- How the tests ask it, and what they put back instead of publishing it again


def test_of_tables_that_nobody_wrote_it_is_asked_once(live, django_assert_num_queries):
    title, made = ProcedureCode.objects.filter(number="D6010"), Written()
    with connection.execute_wrapper(made.listen):
        with made.upheld("world", alone=True):
            pass
        with made.upheld("world", alone=True), django_assert_num_queries(1):
            User.objects.create(username="nobody's page")
        for world, alone in (("world", False), ("another", True)):
            with CaptureQueriesContext(connection) as asked, made.upheld(world, alone):
                pass
            assert len(asked) > 5
        with pytest.raises(AssertionError, match="title is 'Written inside'"), made.upheld("another", alone=True):
            title.update(title="Written inside")
        with pytest.raises(AssertionError, match="title is 'Written inside'"), made.upheld("another", alone=True):
            pass
        title.update(title="Written by fixtures")
        with pytest.raises(AssertionError, match="title is 'Written by fixtures'"), made.upheld("another", alone=True):
            pass
        title.update(title=live.page.title)


def test_rows_that_are_put_back_are_those_that_publishing_made(db, time_machine):
    name, found = object(), []
    for day in ("2026-03-01", "2026-03-01", "2026-03-08"):
        time_machine.move_to(f"{day} 12:00:00Z", tick=False)
        with transaction.atomic():
            worlds.again(name, lambda: factories.load_each(*map(factories.entry_of, ("D6010", "D6011"))))
            found.append({model: sorted(map(repr, rows)) for model, rows in worlds._rows().items()})
            changed = set(ProcedureCode.objects.values_list("changed_at", flat=True))
            transaction.set_rollback(True)
        assert changed == {datetime.fromisoformat(f"{day}T12:00:00Z")}
    assert found[0] == found[1]
    of_time = {model for model in found[0] if found[0][model] != found[2][model]}
    assert of_time == {ProcedureCode, Revision, Document, DocumentRevision}
