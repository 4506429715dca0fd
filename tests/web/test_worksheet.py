"""/worksheet/: chosen codes with what their claims need. Which codes it is stands in the address and nowhere else."""

import pytest
import time_machine

from codes.acts import corrections, verifying
from codes.acts.publishing import latest
from codes.page import Statement, Validity
from tests import factories
from tests.web.reading import markup, text

QUERIES = 4


@pytest.fixture
def two(db):
    factories.code(
        "D6011",
        title="Uncovering",
        site=("tooth",),
        attachments=("Radiograph", "Operative note"),
        statements=(Statement("documentation.date", "Date of the *placement*."),),
    )
    factories.code("D2740", title="Crown", site=("arch", "tooth"), validity=Validity(until=2020), statements=())


def test_codes_in_any_shape_are_shown_in_their_order_each_once_with_what_their_claims_need(client, two):
    seen = text(client.get("/worksheet/?codes=2740,+d 6011;D6O11"))
    assert seen.index("D2740 Crown ✗ deleted") < seen.index("D6011 Uncovering ✓ valid today")
    assert seen.count("Uncovering") == 1
    assert "Required on the claim: Arch, Tooth number Documentation checklist" in seen
    assert "Usually attached Radiograph Operative note" in seen
    assert "Documentation checklist Date of the placement." in seen
    assert "Documentation checklist Not recorded here yet. Suggest a correction" in seen


def test_claim_facts_stand_beside_what_the_claim_needs_and_unsaid_ones_do_not(client, db):
    factories.code("D2391", site=("tooth",), teeth=("premolar", "molar"), surfaces=("1",), per="tooth")
    factories.code("D1110", site=("none",), per="visit")
    seen = text(client.get("/worksheet/?codes=D2391,D1110"))
    first, second = seen[seen.index("D2391 A thing") : seen.index("D1110 A thing")], seen[seen.index("D1110 A thing") :]
    for said in ("· Teeth: Premolars, Molars", "· Surfaces: 1 surface", "· Counted: Per tooth"):
        assert said in first
    assert ("Counted: Once per visit" in second, "Teeth" in second, "Surfaces" in second) == (True, False, False)


def test_each_line_of_checklist_and_attachments_has_a_box_and_each_code_a_way_to_report_an_error(client, two):
    html = markup(client.get("/worksheet/?codes=D6011,D2740"))
    assert html.count('<input type="checkbox">') == 3
    for code in ("D6011", "D2740"):
        assert f'href="/codes/{code}/correct/">Report an error<span class="unseen"> in {code}</span></a>' in html


def test_only_what_an_editor_checked_or_somebody_disputes_has_a_sign(client, two, editor):
    seen = text(client.get("/worksheet/?codes=D6011"))
    assert "No sign: not yet checked by an editor" in seen
    assert "placement. ●" not in seen
    key = "documentation.date"
    with time_machine.travel("2026-03-02T10:00:00Z"):
        digest = verifying.verifiable(latest("D6011").page)[key]
        verifying.verify("D6011", {key: digest}, by=editor, source="Manual", edition=2026)
        corrections.dispute(
            factories.propose("D6011", {"attachments": {"value": ["Report"], "sources": []}}), by=editor
        )
        response = client.get("/worksheet/?codes=D6011")
    assert "Date of the placement. ●" in text(response)
    assert 'aria-label="Verified against CDT 2026"' in markup(response)
    assert "Usually attached ⚑ Disputed" in text(response)


def test_code_is_removed_by_a_link_without_script(client, two):
    html = markup(client.get("/worksheet/?codes=D6011,D2740"))
    assert 'href="/worksheet/?codes=D2740">Remove<span class="unseen"> D6011' in html
    assert 'data-sheet="D6011,D2740"' in html
    assert 'href="/worksheet/">Remove<span class="unseen"> D6011' in markup(
        client.get("/worksheet/?codes=D6011")
    ).replace(" data-keeps", "")


def test_empty_worksheet_says_how_to_fill_it(client, db):
    seen = text(client.get("/worksheet/"))
    assert "No codes yet. Type some, or press “Add to my worksheet” on the page of a code." in seen


def test_what_is_no_code_or_has_no_page_is_told_and_still_in_the_field(client, two):
    response = client.get("/worksheet/", {"codes": "D6011 crown <b> D9999"})
    seen = text(response)
    assert "“crown” is not a code number." in seen
    assert "“<b>” is not a code number." in seen
    assert "We have no page for D9999." in seen
    assert "Uncovering" in seen
    assert 'value="D6011 crown &lt;b&gt; D9999"' in markup(response)


def test_validity_is_that_of_the_date_of_service_and_links_keep_it(client, two):
    response = client.get("/worksheet/?codes=D2740,D6011&date=2019-05-06")
    assert "D2740 Crown ✓ valid on May 6, 2019" in text(response)
    assert 'href="/worksheet/?codes=D6011&date=2019-05-06"' in markup(response).replace("&amp;", "&")


def test_public_page_sets_no_cookie_and_a_chosen_sheet_is_not_for_search_engines(client, two):
    response = client.get("/worksheet/?codes=D6011")
    assert response.cookies == {}
    assert '<meta name="robots" content="noindex">' in markup(response)
    assert "noindex" not in markup(client.get("/worksheet/"))
    assert client.post("/worksheet/").status_code == 405


def test_at_most_thirty_codes_in_the_same_few_queries(client, db, django_assert_num_queries):
    for n in range(10, 42):
        factories.code(f"D60{n}")
    with django_assert_num_queries(QUERIES):
        one = client.get("/worksheet/?codes=D6010")
    with django_assert_num_queries(QUERIES):
        many = client.get("/worksheet/?codes=" + ",".join(f"D60{n}" for n in range(10, 42)))
    assert one.content.count(b'class="sheet"') == 1
    assert many.content.count(b'class="sheet"') == 30
    assert "2 codes left out: a worksheet holds 30." in text(many)


def test_hostile_addresses_are_worksheets_too(client, two):
    assert client.get("/worksheet/", {"codes": "D6011\x00" + "9" * 100_000}).status_code == 200
    assert client.get("/worksheet/", {"codes": "," * 1000}).status_code == 200


def test_page_of_a_code_has_a_button_that_only_script_shows(client, two):
    html = markup(client.get("/codes/D6011/"))
    place = '<p class="reserved" data-worksheet data-code="D6011" data-url="/worksheet/" hidden>'
    assert f'{place}<button type="button"' in html
    assert 'src="/static/cdt/worksheet.js"' in html


def test_every_page_links_to_the_worksheet(client, db):
    assert '<a href="/worksheet/">Worksheet</a>' in markup(client.get("/"))
