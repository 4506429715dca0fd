"""A page as data: what the API, the downloads and FHIR are made of."""

import json
from datetime import UTC, datetime

import pytest
import time_machine
from pydantic import TypeAdapter

from codes.acts import corrections, verifying
from codes.acts.publishing import latest
from codes.display import open_data
from codes.page import Source, Validity, verifiable
from tests import factories

AT = datetime(2026, 11, 2, 10, 30, tzinfo=UTC)
UNVERIFIED = {"state": "unverified", "check": None, "ahead": None}


@pytest.fixture
def made(db):
    """D6010 with something of everything: verified, disputed, with a correction that waits."""
    with time_machine.travel(AT, tick=False):
        rich = factories.RICH | {"sources": (Source("book", "The book", "https://example.org/book", place="page 7"),)}
        factories.code(
            **rich,
            answer="Report *it* when done.",
            per="tooth",
            teeth=("molar",),
            validity=Validity(2013, 2025, ("D6011",), ((2020, "Clearer."),)),
        )
        anonymous = factories.account("private-login", email="private@example.org")
        digests = verifiable(latest("D6010").page)
        for key, by, edition in (("answer", factories.editor(), 2026), ("per", anonymous, 2025)):
            verifying.verify("D6010", {key: digests[key]}, by=by, source="The manual, page 7", edition=edition)
        sent = factories.correction(email="reader@example.org", credit="A. Reader")
        corrections.dispute(sent, by=factories.editor())
        yield open_data.code("D6010")


def test_a_code_is_told_whole(made):
    items = {item["key"]: item for item in made["items"]}
    assert {name: value for name, value in made.items() if name not in ("items", "counts", "last_change")} == {
        "code": "D6010",
        "url": "http://127.0.0.1:8000/codes/D6010/",
        "title": "A thing that is done",
        "answer": "Report it when done.",
        "category": "implant services",
        "subcategory": "Things",
        "aliases": ["doing a thing"],
        "tags": ["thing"],
        "specialties": [{"id": "general-dentistry", "name": "General dentistry"}],
        "validity": {
            "since": 2013,
            "until": 2025,
            "first_day": "2013-01-01",
            "last_day": "2025-12-31",
            "replaced_by": ["D6011"],
            "revised": [{"edition": 2020, "note": "Clearer."}],
        },
        "claim": {
            "site": [{"id": "tooth", "name": "Tooth number"}],
            "teeth": [{"id": "molar", "name": "Molars"}],
            "surfaces": [],
            "per": {"id": "tooth", "name": "Per tooth"},
            "attachments": [],
        },
        "relations": [
            {
                "key": "related.confused_with.D6011",
                "kind": "confused_with",
                "code": "D6011",
                "note": "That uncovers.",
            }
        ],
        "sources": [
            {
                "id": "book",
                "title": "The book",
                "place": "page 7",
                "url": "https://example.org/book",
                "document": "",
                "version": None,
            }
        ],
        "edition": 2026,
        "revision": 1,
        "changed_at": "2026-11-02T10:30:00Z",
    }
    assert made["counts"] == {"items": 9, "verified": 1, "outdated": 1, "disputed": 1}
    assert made["last_change"] == {
        "revision": 1,
        "at": "2026-11-02T10:30:00Z",
        "kind": "import",
        "by": "the starter content",
        "reason": "",
    }
    assert items["title"]["verification"] is None
    assert items["answer"] == {
        "key": "answer",
        "kind": "answer",
        "label": "Answer",
        "heading": "",
        "text": "Report *it* when done.",
        "plain": "Report it when done.",
        "sources": [],
        "verification": {
            "state": "verified",
            "check": {
                "edition": 2026,
                "at": "2026-11-02T10:30:00Z",
                "by": "Edith Tor",
                "source": "The manual, page 7",
            },
            "ahead": None,
        },
        "disputed": True,
        "open_corrections": 1,
    }
    assert items["per"]["verification"]["state"] == "outdated"
    assert items["faq.why"]["heading"] == "Why?"
    assert items["use_when.done"]["sources"] == [{"id": "book", "place": "page 7"}]
    assert items["use_when.done"]["verification"] == items["related.confused_with.D6011"]["verification"] == UNVERIFIED


def test_it_names_nobody_who_has_no_public_name(made):
    checked = next(item for item in made["items"] if item["key"] == "per")["verification"]["check"]
    assert checked["by"] == "an editor"
    told = json.dumps(made)
    assert [word for word in ("private-login", "@", '"ed"', "A. Reader") if word in told] == []


def test_many_are_told_as_each_alone(d6011, django_assert_num_queries):
    factories.code("D6010")
    each = [open_data.code("D6011"), open_data.code("D6010")]
    with django_assert_num_queries(3):
        assert list(open_data.codes(["D6011", "D9999", "D6010"])) == each
    assert [TypeAdapter(open_data.CodeData).validate_python(one) for one in each] == each
