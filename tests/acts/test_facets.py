"""Facets: what lists are filtered and counted by, derived in the transaction that writes a page or a verification."""

from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command

from codes.acts import corrections, facets
from codes.acts.invariant import broken
from codes.acts.publishing import latest, publish, revert
from codes.acts.verifying import verifiable, verify
from codes.models import Facet, Revision
from codes.page import Validity
from codes.text import bits
from tests import factories


@pytest.fixture(autouse=True)
def _year():
    with time_machine.travel("2026-03-10T12:00:00Z"):
        yield


def having(name: str) -> dict[str, list[str]]:
    return {value: list(bits.Numbers(codes)) for value, codes in facets.read().values(name).items()}


def states(year: int = 2026) -> dict[str, list[str]]:
    return {state: list(bits.Numbers(codes)) for state, codes in facets.read().verification(year).items() if codes}


def check(number: str, editor, *keys: str, edition: int = 2026) -> None:
    digests = verifiable(latest(number).page)
    verify(number, {key: digests[key] for key in keys or digests}, by=editor, source="Manual", edition=edition)


def put(number: str, **changes) -> None:
    live = latest(number).page
    publish(number, replace(live, **changes), base=live, by=None, source=Revision.Source.IMPORT, reason="")


def test_values_follow_the_page(db):
    factories.code("D0001", tags=("one thing",))
    factories.code("D9999", tags=("one thing", "other"), site=("quadrant",))
    assert having("category") == {"implant services": ["D0001", "D9999"]}
    assert having("tag") == {"one-thing": ["D0001", "D9999"], "other": ["D9999"]}
    assert facets.read().names() == {"one-thing": "one thing", "other": "other"}
    put("D9999", category="diagnostic", tags=("other",), site=())
    assert having("category") == {"implant services": ["D0001"], "diagnostic": ["D9999"]}
    assert having("tag") == {"one-thing": ["D0001"], "other": ["D9999"]}
    assert having("site") == {"tooth": ["D0001"]}


def test_status_is_that_of_each_page_on_every_day(db):
    spans = [(None, None), (2020, None), (None, 2019), (2018, 2020), (2027, None), (2021, 2021)]
    for place, (since, until) in enumerate(spans):
        factories.code(f"D60{place:02}", validity=Validity(since, until))
    for day in (date(year, month, 1) for year in range(2016, 2029) for month in (1, 12)):
        found = {status: list(bits.Numbers(codes)) for status, codes in facets.read().status(day).items()}
        wanted = {status: [] for status in ("active", "deleted", "future")}
        for revision in Revision.objects.order_by("code"):
            wanted[revision.page.validity.on(day)].append(revision.code_id)
        assert found == wanted


def test_verification_counts_for_its_very_words_and_edition(editor):
    for number in ("D6010", "D6011", "D6012", "D6013"):
        factories.code(number)
    check("D6010", editor)
    check("D6011", editor, "answer")
    check("D6012", editor, "answer", edition=2025)
    assert states() == {"wholly": ["D6010"], "partly": ["D6011"], "none": ["D6013"], "outdated": ["D6012"]}
    assert states(2027) == {"none": ["D6013"], "outdated": ["D6010", "D6011", "D6012"]}
    assert states(2025) == {"partly": ["D6012"], "none": ["D6010", "D6011", "D6013"]}
    page = latest("D6010").page
    put("D6010", answer="Other words.")
    put("D6011", answer="Other words.")
    put("D6012", answer="Other words.")
    assert states() == {"partly": ["D6010"], "none": ["D6011", "D6012", "D6013"]}
    revert("D6010", 1, by=editor, reason="Back.")
    assert latest("D6010").page == page
    assert states()["wholly"] == ["D6010"]
    assert facets.read().progress("implant services", 2026) == (1, len(verifiable(page)))


def test_decision_that_is_taken_back_verifies_nothing(editor):
    factories.code("D6010")
    sent = factories.correction("D6010", source_title="Manual")
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"), proofs=factories.proved(sent))
    assert (states(), facets.read().verifications) == ({"partly": ["D6010"]}, 1)
    corrections.undo(sent, by=editor)
    assert (states(), facets.read().verifications) == ({"none": ["D6010"]}, 0)


@pytest.mark.parametrize("spoil", [{"codes": b"\x01"}, {"items": 7}])
def test_audit_names_what_differs_and_reindex_mends_it(editor, spoil):
    factories.code("D6010", tags=("thing",))
    check("D6010", editor, "answer")
    Facet.objects.filter(key__in=["tag:thing", "begun:2026:implant services"]).update(**spoil)
    named = [f"Facet {key}: not what the pages and their verifications say" for key in facets.wrong()]
    assert named
    assert broken() == named
    out = StringIO()
    call_command("reindex", stdout=out)
    assert out.getvalue() == "0 of 1 codes reindexed, lists counted anew\n"
    assert (broken(), having("tag")) == ([], {"thing": ["D6010"]})
    assert facets.rebuild() is False
