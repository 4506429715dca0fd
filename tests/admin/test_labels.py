"""The desk speaks of items by their labels, never by the keys under which they are stored, such as use_when.done."""

import re
from dataclasses import replace

import pytest

from codes import page as pages
from codes.acts import corrections, verifying
from codes.acts.publishing import latest, revert
from codes.models import AuditEntry, Edition, Revision, Verification
from tests import factories
from tests.web.reading import text

KEY = re.compile(r"\b(?:use_when|do_not_use_when|faq|denial|related|source|document)\.\w")


@pytest.fixture
def world(editor):
    """One item of every sort in everything that the desk tells of."""
    factories.code("D6010", **factories.RICH)
    page = latest("D6010").page
    changed = {
        "answer": {"value": "Report it so.", "sources": []},
        "use_when.done": {"text": "All was done.", "heading": "", "sources": ["book"]},
    }
    accepted = factories.propose("D6010", changed, source_title="Another book")
    corrections.accept(accepted, by=editor, items=dict.fromkeys(accepted.items), seen=latest("D6010"))
    waiting = factories.propose("D6010", {"use_when.twice": {"text": "Two.", "heading": "", "sources": []}})
    corrections.dispute(waiting, by=editor)
    again = factories.correction(proposed=replace(latest("D6010").page, statements=(), related=()))
    corrections.agree(again, by=editor, items=dict.fromkeys(again.items))
    live = latest("D6010").page
    digests = {key: pages.digest(pages.items(live)[key]) for key in ("answer", "use_when.twice")}
    verifying.verify("D6010", digests, by=editor, source="A book", edition=2026)
    AuditEntry.objects.create(act="verified", subject="3 of the items of D6010", by=editor, code="D6010",
                              detail="answer, use_when.done, related.confused_with.D6011: against A book")  # fmt: skip
    edition = Edition.objects.create(year=2030, opened_at="2026-01-01T00:00Z", opened_by=editor, touches=["D6010"])
    coming = factories.propose("D6010", {"use_when.twice": {"text": "Three.", "heading": "", "sources": []}},
                               edition=edition)  # fmt: skip
    revert("D6010", 1, by=editor, reason="It was right.")
    assert page
    return accepted, waiting, again, coming


def test_pages_of_the_desk_hold_no_key(admin_client, world):
    def change(model, pk) -> str:
        return f"/admin/codes/{model}/{pk}/change/"

    addresses = ["/admin/queue/", "/admin/", "/admin/codes/procedurecode/D6010/verify/", "/admin/codes/edition/2030/"]
    addresses += [f"/admin/codes/{name}/" for name in ("correction", "revision", "verification", "auditentry")]
    addresses += [change("correction", one.pk) for one in world]
    addresses += [change("revision", one) for one in Revision.objects.values_list("pk", flat=True)]
    addresses += [change("verification", one) for one in Verification.objects.values_list("pk", flat=True)]
    addresses += [change("auditentry", one) for one in AuditEntry.objects.values_list("pk", flat=True)]
    addresses += ["/admin/codes/procedurecode/D6010/revert/1/", "/admin/codes/procedurecode/D6010/sources/"]
    found = {}
    for address in addresses:
        response = admin_client.get(address, follow=True)
        assert response.status_code == 200, address
        if keys := KEY.findall(text(response)):
            found[address] = keys
    assert found == {}
    log = text(admin_client.get("/admin/codes/auditentry/"))
    assert "answer, Use it when, Often confused with D6011: against A book" in log
    assert "Answer, Use it when: against A book, CDT 2026" in log


def test_labels_stand_in_the_place_of_keys_and_nothing_else_changes():
    said = "use_when.done is wrong, see www.faq.example.org, faq. Then related.confused_with.D6011, related."
    assert pages.labelled(said) == (
        "Use it when is wrong, see www.faq.example.org, faq. Then Often confused with D6011, related."
    )
    assert pages.in_words(["use_when.a", "answer", "use_when.b"]) == "Use it when ×2, Answer"
