"""/codes/D6011/: the page of one code says what its latest revision says, and how far each item can be trusted."""

from dataclasses import replace

import pytest
import time_machine

from codes.acts import corrections
from codes.acts.publishing import latest
from codes.models import Correction
from codes.page import Relation, Source, Statement, Validity
from comments import moderation
from tests import factories
from tests.web.reading import markup, text

# Of a page with nothing but its text, and of one with corrections, verifications and comments.
LEAST, QUERIES = 9, 15


def test_real_page_says_number_title_answer_validity_and_that_nothing_is_verified(client, d6011):
    page = latest("D6011").page
    seen = text(client.get("/codes/D6011/"))
    assert f"D6011 {page.title}" in seen
    assert page.answer in seen
    assert "valid today · since 2014" in seen
    assert seen.count("Not yet checked by an editor") == 2  # Here, and on its line for paper.


def test_every_statement_and_relation_and_source_of_the_page_is_shown_under_its_own_anchor(client, d6011):
    page = latest("D6011").page
    html = markup(client.get("/codes/D6011/"))
    shown = [
        *(s.key for s in page.statements),
        *(r.key for r in page.related),
        *(f"source.{s.key}" for s in page.sources),
    ]
    assert len(shown) > 30
    assert [key for key in shown if html.count(f'id="{key}"') != 1] == []


def test_statement_of_every_kind_stands_under_the_title_of_its_kind(client, db):
    factories.code(
        statements=(Statement("myth.free", "It is not.", "It is free"), Statement("appeal.late", "Write soon."))
    )
    seen = text(client.get("/codes/D6010/"))
    assert "Often stated, not correct Show ✗ “It is free”It is not." in seen.replace("” It", "”It")
    assert "Appeal Write soon." in seen


def test_claim_facts_are_shown_and_those_that_nobody_stated_are_not(client, db):
    factories.code("D2391", teeth=("premolar", "molar"), surfaces=("4", "5"), per="tooth")
    factories.code("D1110", per="visit")
    seen = text(client.get("/codes/D2391/"))
    for said in ("Teeth: Premolars, Molars", "Surfaces: 4 surfaces, 5 surfaces", "Counted per tooth"):
        assert said in seen
    html = markup(client.get("/codes/D1110/"))
    assert ['id="per"' in html, 'id="teeth"' in html, 'id="surfaces"' in html] == [True, False, False]


def test_items_link_to_a_correction_of_just_that_item(client, db):
    factories.code()
    html = markup(client.get("/codes/D6010/"))
    assert 'href="/codes/D6010/correct/?item=use_when.done"' in html
    assert 'href="/codes/D6010/correct/?item=answer"' in html


def test_source_of_an_item_is_a_number_that_opens_it_and_what_has_none_bears_no_mark(client, db):
    sources = (Source("book", "The book"), Source("letter", "A letter"))
    said = (Statement("use_when.a", "Cited.", sources=("letter",)), Statement("use_when.b", "Bare."))
    factories.code(statements=said, sources=sources)
    html = " ".join(markup(client.get("/codes/D6010/")).split())
    link = '<a href="#source.letter" tabindex="-1" aria-label="Source 2: A letter" data-place="2"></a>'
    assert f'<p>Cited.</p><sup class="cites">{link}</sup>' in html
    assert html.count('<sup class="cites">') == 1
    assert '<p>Bare.</p><span class="deal">' in html


def test_codes_named_where_another_is_to_be_used_stand_at_a_glance_with_what_they_are_for(client, db):
    factories.code("D6011", title="Uncovering")
    said = (
        Statement("do_not_use_when.a", "It heals. It is uncovered. That is D6011, not D6999."),
        Statement("do_not_use_when.b", "Nothing was done."),
        Statement("do_not_use_when.c", "It is a bridge, D6999."),
    )
    factories.code("D6010", statements=said, site=("tooth", "surface"), attachments=("A film",))
    glance = text(client.get("/codes/D6010/")).partition("Required on the claim")[2].partition("checked by")[0]
    found = "Tooth number, Surface Report an error Details Link Attach A film Report an error Details Link"
    found += " Use another code It heals. It is uncovered → D6011, D6999 It is a bridge → D6999 Most denied for"
    assert glance.strip().startswith(found)


def test_known_code_numbers_in_texts_are_links_and_of_unknown_ones_a_page_can_be_proposed(client, db):
    factories.code("D6011")
    factories.code("D6010", answer="Not D6011, not D6999, not D6010 itself.")
    html = markup(client.get("/codes/D6010/"))
    propose = (
        '<a class="missing" href="/codes/D6999/correct/" rel="nofollow" title="Propose a page for D6999">D6999</a>'
    )
    assert f'Not <a href="/codes/D6011/">D6011</a>, not {propose}, not D6010 itself.' in html


def test_relation_links_to_a_known_code_with_its_title_and_names_an_unknown_one(client, db):
    factories.code("D6011", title="Uncovering")
    relations = (Relation("precedes", "D6011", "First this."), Relation("confused_with", "D6999", "Quite another."))
    factories.code("D6010", related=relations)
    html = markup(client.get("/codes/D6010/"))
    assert '<a href="/codes/D6011/"><span class="num">D6011</span> Uncovering</a>' in html
    assert '<p><span class="num">D6999</span> <a class="compare small" href="/codes/D6999/correct/"' in html
    assert "Quite another." in html


def test_deleted_code_names_its_last_day_and_its_successors(client, db):
    factories.code("D6191", title="A new thing")
    factories.code("D6010", validity=Validity(since=1990, until=2020, replaced_by=("D6191", "D6192")))
    seen = text(client.get("/codes/D6010/"))
    assert "deleted · since 1990 · last date of service Dec 31, 2020" in seen
    assert "Report instead: D6191 A new thing · D6192" in seen
    assert "valid today" not in seen


@pytest.mark.parametrize(("day", "standing"), [("2026-12-31", "not yet valid"), ("2027-01-01", "valid today")])
def test_code_becomes_valid_on_the_first_day_of_its_edition(client, db, day, standing):
    with time_machine.travel(f"{day}T12:00:00Z"):
        factories.code(validity=Validity(since=2027))
        seen = text(client.get("/codes/D6010/"))
    assert f"{standing} · since 2027" in seen


@pytest.mark.parametrize(("day", "standing"), [("2026-12-31", "valid today"), ("2027-01-01", "deleted")])
def test_code_ends_after_the_last_day_of_its_last_edition(client, db, day, standing):
    with time_machine.travel(f"{day}T12:00:00Z"):
        factories.code(validity=Validity(until=2026))
        seen = text(client.get("/codes/D6010/"))
    assert f"{standing} · last date of service Dec 31, 2026" in seen


def test_neighbors_are_the_codes_before_and_after_in_number(client, db):
    for number in ("D6005", "D6008", "D6010", "D6020", "D6030"):
        factories.code(number)
    html = markup(client.get("/codes/D6010/"))
    assert 'rel="prev" href="/codes/D6008/"' in html
    assert 'rel="next" href="/codes/D6020/"' in html


def test_waiting_correction_is_a_number_and_a_mark_only_when_an_editor_says_so(client, editor):
    factories.code()
    proposed = replace(latest("D6010").page, answer="Words nobody has approved.")
    sent = factories.correction(proposed=proposed, note="A private reason.")
    seen, proof = text(client.get("/codes/D6010/")), text(client.get("/codes/D6010/check/"))
    assert "Open corrections 1, waiting for an editor" in seen
    assert "isputed" not in seen
    assert "Not verified yet · 1 correction waiting" in proof
    assert "isputed" not in proof
    corrections.dispute(sent, by=editor)
    seen, proof = text(client.get("/codes/D6010/")), text(client.get("/codes/D6010/check/"))
    assert "1 disputed" in seen
    assert "Report it when it is done. ⚑ Disputed" in seen
    assert "Not verified yet · ⚑ Disputed · 1 correction waiting" in proof
    assert "Report it when it is done." in seen
    assert "Words nobody has approved." not in seen
    assert "A private reason." not in seen


def test_accepted_correction_with_a_source_shows_verified_by_whom_against_what_and_the_credit(client, editor):
    factories.code()
    proposed = replace(latest("D6010").page, answer="Report it on the day.")
    sent = factories.correction(proposed=proposed, source_title="Manual, page 7", credit="A Hygienist")
    with time_machine.travel("2026-03-02T10:00:00Z"):
        corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"), proofs=factories.proved(sent))
        seen, proof = text(client.get("/codes/D6010/")), text(client.get("/codes/D6010/check/"))
        html = markup(client.get("/codes/D6010/"))
    assert "Report it on the day. ● Verified against CDT 2026, Mar 2, 2026, by Edith Tor: Manual, page 7" in proof
    assert "1 of 4 items checked by an editor, the last on Mar 2, 2026 " in proof
    assert f"changed by correction {sent.pk}" in proof
    assert "1 of 4 checked by an editor" in seen
    assert html.count('aria-label="Verified against CDT 2026">●<') == 1
    assert "Corrected by A Hygienist" in seen
    assert "by A Hygienist · published by Edith Tor · Mar 2, 2026, 10:00 AM UTC" in seen


def test_verification_is_gone_when_the_words_change_again(client, editor):
    factories.code()
    first = factories.correction(proposed=replace(latest("D6010").page, answer="One."), source_title="Manual")
    corrections.accept(first, by=editor, items={"answer": None}, seen=latest("D6010"), proofs=factories.proved(first))
    second = factories.correction(proposed=replace(latest("D6010").page, answer="Two."))
    corrections.accept(second, by=editor, items={"answer": None}, seen=latest("D6010"))
    proof = text(client.get("/codes/D6010/check/"))
    assert "Two. ○ Not verified yet" in proof
    assert "Verified against" not in proof
    assert "Verified against" not in markup(client.get("/codes/D6010/"))


def test_rejected_correction_leaves_no_trace_on_the_page(client, editor):
    factories.code()
    before = client.get("/codes/D6010/").content
    sent = factories.correction(credit="A Hygienist")
    assert client.get("/codes/D6010/").content != before
    corrections.reject(sent, by=editor, reason="No source.")
    assert client.get("/codes/D6010/").content == before


def test_hostile_text_in_every_kind_of_item_is_shown_escaped(client, db):
    bad = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    factories.code(
        title=bad,
        answer=bad,
        subcategory=bad,
        aliases=(bad,),
        tags=("a<b>",),
        attachments=(bad,),
        statements=(Statement("use_when.x", bad), Statement("faq.x", bad, bad), Statement("myth.x", bad, bad)),
        related=(Relation("confused_with", "D6011", bad),),
        sources=(Source("s", bad, 'https://example.org/"onclick="alert(3)'),),
    )
    html = markup(client.get("/codes/D6010/"))
    assert "<script>alert" not in html
    assert "<img" not in html
    assert '"onclick="' not in html
    assert html.count("&lt;script&gt;alert(1)") >= 9


def test_address_with_a_script_scheme_in_a_text_is_no_link(client, db):
    factories.code(answer="[here](javascript:alert(1)) and [there](https://example.org/)")
    html = markup(client.get("/codes/D6010/"))
    assert "[here](javascript:alert(1))" in html
    assert 'href="javascript' not in html
    assert '<a href="https://example.org/" rel="nofollow ugc noopener">there</a>' in html


def test_page_takes_the_same_few_queries_with_1_or_40_statements_and_0_or_30_comments(
    client, editor, django_assert_num_queries
):
    short = factories.code("D6010", statements=(Statement("use_when.done", "The thing was done."),))
    many = tuple(Statement(f"use_when.n{i}", f"When it is {i}, not D60{i:02d}.") for i in range(40))
    long = factories.code("D6011", statements=many, related=(Relation("confused_with", "D6010", "Another."),))
    sent = factories.correction("D6011", source_title="Manual", credit="A Hygienist")
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6011"), proofs=factories.proved(sent))
    parent = None
    for i in range(30):
        said = moderation.post(long, ticket=factories.ticket(), name="R", email="", body=f"Remark {i}.", parent=parent)
        moderation.approve(said, by=editor)
        parent = said if i % 4 else None
    with django_assert_num_queries(LEAST):
        few = client.get(short.get_absolute_url())
    with django_assert_num_queries(QUERIES):
        lots = client.get(long.get_absolute_url())
    assert few.content.count(b'class="comment depth') == 0
    assert lots.content.count(b'class="comment depth') == 20
    assert lots.content.count(b'id="use_when.n') == 40


def test_reading_stores_nothing_and_posting_is_refused(client, d6011):
    client.get("/codes/D6011/")
    assert Correction.objects.count() == 0
    assert client.post("/codes/D6011/").status_code == 405


def test_unknown_code_is_not_found_and_names_the_nearest(client, d6011):
    response = client.get("/codes/D6012/")
    assert response.status_code == 404
    assert "We have no page for “D6012”. Propose a page for D6012 Without an account." in text(response)
    assert "The nearest codes are: D6011" in text(response)
