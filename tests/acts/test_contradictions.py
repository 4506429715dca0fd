"""Errors that code sites carry for years, each followed from the wrong page to the corrected one that readers see.

A test holds what a site says and what is so. The wrong words are published first; a correction with its source is
sent, accepted, and read again at /codes/…/. Where a machine can see the error, the lint is shown to see it.
"""

import html
import re
from dataclasses import replace

import pytest

from codes.acts import corrections
from codes.acts.publishing import latest, publish
from codes.editorial import lint
from codes.page import Relation, Statement, Validity, items
from codes.page.merge import replaced
from tests import factories

IHS = "Indian Health Service table of CDT 2014 codes"
FEES = "US government dental fee files, 2025 and 2026"
TODAY = "2026-03-04 12:00:00Z"


@pytest.fixture(autouse=True)
def _clock(db, time_machine):
    time_machine.move_to(TODAY)


class Reader:
    """Reads a code's page as the public does."""

    def __init__(self, client):
        self.client = client

    def source(self, code: str, beside: str = "") -> str:
        response = self.client.get(f"/codes/{code}/{beside}")
        assert response.status_code == 200
        return response.content.decode()

    def page(self, code: str) -> str:
        return plain(self.source(code))

    def item(self, code: str, key: str) -> str:
        """One item of the page, and of the page where its proof stands; "" if it is not there."""
        said = []
        for beside in ("", "check/"):
            _, found, rest = self.source(code, beside).partition(f' id="{key}"')
            said += [plain(re.split(r' id="', rest)[0].partition(">")[2])] if found else []
        return " ".join(said)

    def head(self, code: str) -> str:
        """Title, standing, successors and answer: what is above the fold."""
        return plain(re.search(r'<header class="codehead">.*?</header>', self.source(code), re.DOTALL)[0])


def plain(source: str) -> str:
    """The words that a reader sees."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", "", source))).strip()


@pytest.fixture
def reader(client):
    return Reader(client)


@pytest.fixture
def corrected(editor):
    """Sends a correction of some items, with its source, and accepts all of it; gives the correction."""

    def correct(code: str, changed: dict[str, dict | None], *, source: str, note: str):
        live = latest(code)
        proposed = replaced(live.page, {key: item for key, item in changed.items() if item is not None})
        gone = [key for key, item in changed.items() if item is None]
        proposed = replace(proposed, statements=tuple(s for s in proposed.statements if s.key not in gone))
        sent = factories.correction(code, proposed=proposed, source_title=source, note=note, credit="A. Reader")
        assert sorted(sent.items) == sorted(changed)
        chosen, proofs = dict.fromkeys(sent.items), factories.proved(sent)
        made = corrections.accept(sent, by=editor, items=chosen, seen=live, proofs=proofs)
        assert made.number == live.number + 1
        return sent

    return correct


def spread(code: str, **wrong):
    """The code's real page with wrong words on it, published."""
    page = latest(code).page
    publish(code, replace(page, **wrong), base=page, by=None, source="import", reason="")
    return latest(code).page


def with_statement(code: str, key: str, text: str):
    """The code's page with a statement (put in the place of the one with its key) published."""
    page = latest(code).page
    rest = tuple(s for s in page.statements if s.key != key)
    return spread(code, statements=(*rest, Statement(key, text)))


def said(text: str, **more) -> dict:
    return {"text": text, "heading": "", "sources": [], **more}


def rules(code: str, *others: str) -> set[tuple[str, str]]:
    """(item, rule) of what the lint sees on a code's live page beside others."""
    beside = {number: latest(number).page for number in others}
    return {(f.item, f.rule) for f in lint.check(code, latest(code).page, beside) if f.rule != "unknown code"}


def names(item: str, sent) -> None:
    """The item on the page names the correction, and is verified against its source."""
    assert f"changed by correction {sent.pk}" in item
    assert f"Verified against CDT 2026, Mar 4, 2026, by Edith Tor: {sent.source_title}" in item


def test_1_d6011_is_no_code_for_recementing_an_implant_crown(reader, corrected):
    # A site says: D6011 is the "recement implant crown code".
    # So it is: D6011 is surgical access to a buried implant, the second stage of implant surgery. Re-cementing an
    # implant or abutment supported crown is D6092 (Indian Health Service CDT 2014 table; three other sites).
    factories.load("D6011", "D6092")
    right = latest("D6011").page
    wrong = "Report D6011 when a loose implant crown is cemented back."
    spread("D6011", answer=wrong, aliases=(*right.aliases, "recement implant crown"))
    assert ("aliases", "alias of two codes") in rules("D6011", "D6092")
    assert wrong in reader.head("D6011")
    was = items(right)
    sent = corrected(
        "D6011",
        {"answer": was["answer"], "aliases": was["aliases"]},
        source=IHS,
        note="D6011 uncovers a buried implant; re-cementing is D6092.",
    )
    assert rules("D6011", "D6092") == set()
    answer = reader.item("D6011", "answer")
    assert "Report D6011 when gum is opened over an implant that was left to heal under it" in answer
    names(answer, sent)
    assert "stage two surgery" in reader.item("D6011", "aliases")
    assert "recement" not in reader.item("D6011", "aliases")
    assert wrong not in reader.page("D6011")
    assert "Putting a loose implant crown back is D6092." in reader.item("D6011", "myth.recement-code")
    assert "Recement implant crown" in reader.head("D6092")
    assert "one crown on an implant or its abutment has come off or loose" in reader.head("D6092")


def test_2_d6011_does_not_always_include_a_healing_abutment(reader, corrected):
    # A site says: D6011 always includes attaching a healing abutment.
    # So it is: it gives access so that a healing cap, a contouring abutment or the final prosthesis can be attached
    # (the same table; a paraphrase of the current descriptor).
    factories.load("D6011")
    wrong = "Attaching a healing abutment, always."
    with_statement("D6011", "includes.healing-abutment", wrong)
    assert wrong in reader.item("D6011", "includes.healing-abutment")
    right = "Access, so that a healing cap, an abutment that shapes the gum or the final restoration can be attached."
    sent = corrected("D6011", {"includes.healing-abutment": said(right)}, source=IHS, note="It is the access.")
    item = reader.item("D6011", "includes.healing-abutment")
    assert item.startswith(right)
    names(item, sent)
    assert wrong not in reader.page("D6011")
    assert "What is attached differs from case to case." in reader.item("D6011", "myth.always-abutment")


def test_3_a_custom_abutment_is_d6057_and_never_d6056(reader, corrected):
    # A site says: a custom abutment is reported with D6056 or D6057.
    # So it is: D6056 is a prefabricated abutment (modification and placement included); D6057 is the custom-made one
    # (two coding sites and the first site's own D6057 page).
    factories.load("D6011", "D6056", "D6057")
    wrong = "A custom abutment is reported with D6056 or D6057."
    with_statement("D6011", "excludes.abutment", wrong)
    assert ("excludes.abutment", "role") in rules("D6011", "D6056", "D6057")
    assert wrong in reader.item("D6011", "excludes.abutment")
    right = "The abutment. A prefabricated one is D6056, a custom-made one D6057."
    sent = corrected(
        "D6011", {"excludes.abutment": said(right)}, source="D6056 and D6057 pages of two coding sites", note="Stock."
    )
    assert ("excludes.abutment", "role") not in rules("D6011", "D6056", "D6057")
    item = reader.item("D6011", "excludes.abutment")
    assert item.startswith(right)
    names(item, sent)
    assert wrong not in reader.page("D6011")
    assert "ready-made abutment" in reader.head("D6056")
    assert "designed and made for one patient" in reader.head("D6057")
    assert "Only D6057 fits a custom one." in reader.item("D6056", "myth.either-code")


def test_4_d6058_stands_on_an_abutment_and_d6065_on_the_implant(reader, corrected):
    # A site says: D6058 is an implant-supported crown.
    # So it is: D6058 is an abutment-supported ceramic crown; ceramic directly on the implant is D6065
    # (coding references).
    factories.load("D6011", "D6058", "D6065")
    wrong = "D6058 is an implant-supported crown."
    with_statement("D6011", "billing_tip.crown", wrong)
    assert ("billing_tip.crown", "role") in rules("D6011", "D6058", "D6065")
    assert wrong in reader.item("D6011", "billing_tip.crown")
    right = "D6058 is an abutment-supported ceramic crown. Ceramic directly on the implant is D6065."
    sent = corrected("D6011", {"billing_tip.crown": said(right)}, source="Two coding references", note="Read them.")
    assert ("billing_tip.crown", "role") not in rules("D6011", "D6058", "D6065")
    item = reader.item("D6011", "billing_tip.crown")
    assert item.startswith(right)
    names(item, sent)
    assert wrong not in reader.page("D6011")
    assert "crown that stands on an abutment" in reader.head("D6058")
    assert "fixed directly to the implant, with no separate abutment" in reader.head("D6065")
    assert "A ceramic crown directly on the implant is D6065." in reader.item("D6058", "myth.implant-supported")


DELETED = [
    # 5. A site says: D6052 is a current code.
    # So it is: deleted from 2021; D6191 and D6192 took its place (government tables).
    pytest.param("D6052", 2020, ("D6191", "D6192"), id="5 D6052"),
    # 6. A site says: D3354 is a current code.
    # So it is: deleted from 2014; D3355, D3356, D3357 took its place (government tables).
    pytest.param("D3354", 2013, ("D3355", "D3356", "D3357"), id="6 D3354"),
    # 7. A site says: D3427 is a current code.
    # So it is: deleted from 2021; D3471-D3473 and D3501-D3503 took its place (government tables).
    pytest.param("D3427", 2020, ("D3471", "D3472", "D3473", "D3501", "D3502", "D3503"), id="7 D3427"),
]


@pytest.mark.parametrize(("code", "until", "successors"), DELETED)
def test_5_to_7_a_deleted_code_is_shown_as_deleted_with_what_took_its_place(reader, corrected, code, until, successors):
    factories.load(*successors)
    right = factories.written(code)
    wrong = "It is a current code and may be billed."
    listed = replace(right, title="Still listed", answer=wrong, validity=Validity(right.validity.since), cites=())
    publish(code, listed, base=None, by=None, source="import", reason="")
    assert "valid today" in reader.head(code)
    was = items(right)
    gone = {"value": {**was["validity"]["value"], "until": until, "replaced_by": list(successors)}, "sources": []}
    sent = corrected(
        code,
        {"validity": gone, "answer": {**was["answer"], "sources": []}, "title": {**was["title"], "sources": []}},
        source=FEES,
        note="Deleted; the government tables list it no more.",
    )
    head = reader.head(code)
    assert f"✗ deleted · since {right.validity.since} · last date of service Dec 31, {until}" in head
    assert "valid today" not in head
    assert "Report instead:" in head
    source = reader.source(code)
    assert re.findall(r'href="/codes/(D\d{4})/"', source.partition("Report instead:")[2].partition("</p>")[0]) == list(
        successors
    )
    names(reader.item(code, "answer"), sent)
    assert f"last date of service Dec 31, {until}" in reader.item(code, "validity")
    assert wrong not in reader.page(code)


@pytest.mark.parametrize(("code", "until", "successors"), DELETED)
def test_5_to_7_a_page_that_lists_a_deleted_code_as_current_is_seen_and_corrected(
    reader, corrected, code, until, successors
):
    factories.load("D6011", code)
    assert latest(code).page.validity.until == until
    assert set(latest(code).page.validity.replaced_by) == set(successors)
    wrong = f"Add {code} on its own line."
    with_statement("D6011", "billing_tip.also", wrong)
    assert ("billing_tip.also", "deleted code") in rules("D6011", code)
    right = f"Do not add {code}: it was deleted after {until}."
    sent = corrected("D6011", {"billing_tip.also": said(right)}, source=FEES, note="It is not in the tables.")
    assert ("billing_tip.also", "deleted code") not in rules("D6011", code)
    item = reader.item("D6011", "billing_tip.also")
    assert item.startswith(right)
    names(item, sent)
    assert wrong not in reader.page("D6011")


def test_8_a_d_code_is_no_cpt_code(reader, corrected):
    # A site says: "CPT D6092".
    # So it is: D codes are CDT (HCPCS Level II D series), the ADA's; CPT is the AMA's (the code set's owner).
    factories.load("D6092")
    right = items(latest("D6092").page)["answer"]
    wrong = "Report CPT D6092 when an implant crown is cemented back."
    spread("D6092", answer=wrong)
    assert ("answer", "CPT") in rules("D6092")
    assert wrong in reader.head("D6092")
    sent = corrected("D6092", {"answer": right}, source="American Dental Association, CDT", note="CPT is the AMA's.")
    assert rules("D6092") == set()
    answer = reader.item("D6092", "answer")
    assert answer.startswith("Report D6092 when one crown on an implant")
    names(answer, sent)
    assert wrong not in reader.page("D6092")
    myth = reader.item("D6092", "myth.cpt")
    assert "D6092 is a CDT code" in myth
    assert "CPT belongs to the American Medical Association and has no D codes." in myth


def test_9_d6092_is_a_procedure_and_is_not_paid_as_a_drug(reader, corrected):
    # A site says: no RVU is "typical for supply, drug and equipment codes; reimbursement is based on Average Sales
    # Price". So it is: D6092 is a procedure; the sentence is template text from another kind of code (the fee file's
    # own notes).
    factories.load("D6092")
    wrong = "No RVU is typical for supply, drug and equipment codes; reimbursement is based on Average Sales Price."
    with_statement("D6092", "coverage.rvu", wrong)
    assert reader.item("D6092", "coverage.rvu").startswith(wrong)
    sent = corrected("D6092", {"coverage.rvu": None}, source=FEES, note="Template text: D6092 is a procedure.")
    page = reader.page("D6092")
    assert wrong not in page
    assert reader.item("D6092", "coverage.rvu") == ""
    assert "It is a dental procedure." in reader.item("D6092", "myth.supply")
    assert f"Correction {sent.pk} · by A. Reader · published by Edith Tor" in page
    assert f"1 item · Template text: D6092 is a procedure. · Source: {FEES}" in page


def test_10_d9311_needs_no_tests_and_no_images(reader, corrected):
    # A site says: D9311 needs diagnostic tests, imaging and post-procedure notes.
    # So it is: D9311 is a talk between the dentist and a medical professional about the patient; nothing is performed
    # (the procedure's meaning).
    others = ("D6010", "D6011", "D6092")
    factories.load("D9311", *others)
    wrong = "Diagnostic tests, imaging and post-procedure notes have to be kept on file."
    for code in ("D9311", *others):
        with_statement(code, "documentation.filler", wrong)
    pages = {code: latest(code).page for code in ("D9311", *others)}
    assert ("D9311", "documentation.filler") in {(f.code, f.item) for f in lint.recurring(pages)}
    assert reader.item("D9311", "documentation.filler").startswith(wrong)
    right = "No test, no image: nothing is performed. The note of the conversation is the whole record."
    sent = corrected(
        "D9311", {"documentation.filler": said(right)}, source="CDA dental billing blog on D9311", note="It is a talk."
    )
    pages["D9311"] = latest("D9311").page
    assert "D9311" not in {f.code for f in lint.recurring(pages)}
    item = reader.item("D9311", "documentation.filler")
    assert item.startswith(right)
    names(item, sent)
    assert wrong not in reader.page("D9311")
    assert "Nothing clinical is performed." in reader.item("D9311", "myth.tests")


def test_11_d9311_beside_an_exam_is_said_once_and_as_it_is(reader, corrected):
    # A site says on one page: D9311 may not be billed with exam codes, and: D9311 may be billed with any procedure
    # that day. So it is: say which, with a source, or say that payers differ.
    factories.load("D9311")
    never = "D9311 may not be billed with exam codes."
    always = "D9311 may be billed with any procedure of that day."
    with_statement("D9311", "billing_tip.never", never)
    with_statement("D9311", "billing_tip.always", always)
    assert reader.item("D9311", "billing_tip.never").startswith(never)
    assert reader.item("D9311", "billing_tip.always").startswith(always)
    right = "Payers differ on D9311 beside an exam. Ask the payer."
    sent = corrected(
        "D9311",
        {"billing_tip.never": said(right), "billing_tip.always": None},
        source="MouthWatch, how to use D9311",
        note="The page contradicts itself.",
    )
    item = reader.item("D9311", "billing_tip.never")
    assert item.startswith(right)
    names(item, sent)
    page = reader.page("D9311")
    assert (never in page, always in page) == (False, False)
    assert reader.item("D9311", "billing_tip.always") == ""
    assert "Payers differ." in reader.item("D9311", "myth.with-exams")


def test_12_placing_and_uncovering_one_implant_on_one_day_is_a_typed_relation_on_both_pages(reader, corrected):
    # A site bills D6010 and D6011 on one day for one implant.
    # So it is: a two-stage implant is uncovered weeks or months after it was placed; the pair on one date and one
    # site is questioned by payers (one billing team's guide). It is a typed relation: same day conflict.
    factories.load("D6010", "D6011")
    right = latest("D6011").page
    key = "related.same_day_conflict.D6010"
    spread("D6011", related=tuple(r for r in right.related if r.key != key))
    assert ("related.same_day_conflict.D6011", "one-sided relation") in rules("D6010", "D6011")
    assert reader.item("D6011", key) == ""
    note = next(r.note for r in right.related if r.key == key)
    sent = corrected(
        "D6011", {key: {"note": note, "sources": []}}, source="One billing team's guide", note="Payers question it."
    )
    assert [f for f in rules("D6010", "D6011") if f[1] == "one-sided relation" and "D6011" in f[0]] == []
    made = latest("D6011").page.related
    assert [(r.kind, r.code, r.note) for r in made if r.key == key] == [("same_day_conflict", "D6010", note)]
    item = reader.item("D6011", key)
    assert "a buried implant heals for weeks or months first" in item
    names(item, sent)
    for code, other in (("D6011", "D6010"), ("D6010", "D6011")):
        section = plain(reader.source(code).partition("<h3>Not on the same day</h3>")[2].partition("</ul>")[0])
        assert section.startswith(other)
        assert "Placing and uncovering the same implant on one date is questioned" in section


def test_the_starter_content_itself_holds_none_of_these_errors():
    pages = dict(factories.entry_of(code) for code in ("D6010", "D6011", "D6056", "D6057", "D6058"))
    pages |= dict(factories.entry_of(code) for code in ("D6052", "D6065", "D6092", "D9311"))
    seen = {"alias of two codes", "role", "deleted code", "CPT", "filler"}
    assert [f for code, page in pages.items() for f in lint.check(code, page, pages) if f.rule in seen] == []
    assert Relation("same_day_conflict", "D6011", pages["D6010"].related[2].note) in pages["D6010"].related
