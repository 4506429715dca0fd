"""audit_revisions: each code's tables equal its latest revision's page, and what differs is named."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from codes.acts.invariant import broken
from codes.models import (
    CitedDocument,
    CodeTag,
    Document,
    DocumentRevision,
    ProcedureCode,
    RelatedCode,
    Revision,
    SearchEntry,
)
from codes.page import Validity
from tests import factories


@pytest.fixture
def code(db):
    factories.document()
    return factories.code(
        "D6011",
        **{**factories.RICH, "sources": (factories.BOOK.cited("book", 1),)},
        validity=Validity(since=2014),
    )


def audit() -> str:
    out = StringIO()
    call_command("audit_revisions", stdout=out)
    return out.getvalue()


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
