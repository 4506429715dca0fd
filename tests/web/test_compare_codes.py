"""/compare/?codes=D6010,D6011: two to six codes side by side, at one address, whatever was typed."""

import re

import pytest
import time_machine

from codes.acts import corrections, verifying
from codes.acts.publishing import latest
from codes.page import Relation, Statement, Validity
from codes.views.compare_codes import EXAMPLES
from tests import factories
from tests.web.reading import markup, text

QUERIES = 4
EXAMPLE_QUERIES = 2
BOTH = "/compare/?codes=D6010,D6011"


@pytest.fixture
def two(db):
    """Two codes that are often confused and differ in their answer and in one statement."""
    factories.code(
        "D6010",
        title="Placing",
        answer="Report it for placing.",
        statements=(Statement("use_when.place", "It is placed."), Statement("privacy.ask", "Ask first.")),
        related=(Relation("confused_with", "D6011", "D6010 places, D6011 uncovers."),),
    )
    factories.code(
        "D6011",
        title="Uncovering",
        answer="Report it for uncovering.",
        statements=(Statement("use_when.uncover", "It is uncovered."), Statement("privacy.ask", "Ask first.")),
    )


def _columns(response) -> str:
    return markup(response).partition('<div class="cells what">')[2].partition('<details class="shared">')[0]


def cells(response) -> dict[str, list[str]]:
    """Heading of a row -> the text of each of its cells, those of the columns' heads under ""."""
    found = {}
    for part in re.split(r'<section class="question', _columns(response)):
        heading = re.search(r"<h2>(.*?)</h2>", part)[1] if found else ""
        inner = re.findall(r'<(?:div|section) class="cell">(.*?)(?=<(?:div|section) class="cell">|$)', part)
        found[heading] = [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in inner]
    return found


def typed(response) -> list[str]:
    """What stands in the fields of the form."""
    return re.findall(r'<input id="code\d+" name="code" value="(.*?)"', markup(response))


def test_codes_are_columns_with_their_titles_answers_and_validity(client, two):
    response = client.get(BOTH)
    html = markup(response)
    assert response.status_code == 200
    assert re.findall(r'<h2><a href="(.*?)"><span class="num">(.*?)</span>', html) == [
        ("/codes/D6010/", "D6010"),
        ("/codes/D6011/", "D6011"),
    ]
    one, other = cells(response)[""]
    assert one.startswith("D6010 Placing ✓ valid today Report it for placing.")
    assert other.startswith("D6011 Uncovering ✓ valid today Report it for uncovering.")
    assert "D6010 or D6011?" in text(response)


def test_what_they_say_of_each_other_comes_first_then_what_differs_then_what_they_share(client, two):
    response = client.get(BOTH)
    assert list(cells(response)) == ["", "Often confused with each other", "Use it when"]
    seen = text(response)
    assert "Often confused with each other D6010 and D6011 D6010 places, D6011 uncovers." in seen
    shared = seen.partition("lines the same on both pages")[2]
    assert "Consent and privacy Ask first." in shared
    assert "It is placed." not in shared


def test_what_is_said_of_two_codes_stands_once_with_the_other_page_under_a_fold(client, db):
    for one, other in (("D6010", "D6011"), ("D6011", "D6010")):
        factories.code(
            one,
            statements=(Statement("do_not_use_when.other", f"That is {other}."),),
            related=tuple(Relation(kind, other, f"{one}, {kind}.") for kind in ("confused_with", "same_day_conflict")),
        )
    response = client.get(BOTH)
    assert list(cells(response)) == ["", "Not on the same day", "Often confused with each other", "Do not use it when"]
    html, seen = markup(response), text(response)
    first, more = re.findall(r'<ul class="told pairs">(.*?)</ul>', html.partition("Often confused")[0])
    assert ("D6010, same_day_conflict." in first, "D6011, same_day_conflict." in more) == (True, True)
    assert "Show 1 more line, from the page of the other code: Not on the same day" in seen
    for said in ("That is D6011.", "D6010, confused_with.", "D6011, confused_with."):
        assert seen.count(said) == 1


def folds(response) -> dict[str, str]:
    """Heading of a row -> "" if it is always open, else how it is folded."""
    parts = re.split(r'<section class="question', markup(response))[1:]
    return {
        re.search(r"<h2>(.*?)</h2>", part)[1]: (re.search(r'</h2><details class="(.*?)"', part) or ["", ""])[1]
        for part in parts
    }


def test_what_a_claim_turns_on_is_open_on_a_desk_and_the_rest_is_asked_for(client, db):
    statements = (Statement("use_when.a", "So."), Statement("faq.a", "Yes.", "Once?"))
    factories.code("D6010", statements=statements, related=(Relation("alternative", "D6011", "Or."),))
    factories.code("D6011", statements=(), site=("arch",), related=(Relation("part_of", "D6010", "A step."),))
    assert folds(client.get(BOTH)) == {
        "Part of another": "",
        "Alternatives": "fold",
        "Required on the claim": "",
        "Use it when": "fold",
        "Questions": "closed",
    }


def test_long_row_shows_three_lines_of_each_code_and_folds_the_rest(client, db):
    five = tuple(Statement(f"use_when.n{i}", f"Case {i}.") for i in range(5))
    factories.code("D6010", statements=five)
    factories.code("D6011", statements=(Statement("use_when.own", "Other."),))
    response = client.get(BOTH)
    first, _, more = markup(response).partition('<details class="more">')
    assert [f"Case {i}." in first for i in range(5)] == [True, True, True, False, False]
    assert [f"Case {i}." in more for i in range(5)] == [False, False, False, True, True]
    assert "Show 2 more lines: Use it when" in text(response)


def test_every_cell_names_its_code_for_a_narrow_window(client, two):
    one, other = cells(client.get(BOTH))["Use it when"]
    assert one.startswith("D6010 It is placed.")
    assert other.startswith("D6011 It is uncovered.")


def test_each_item_leads_to_its_place_and_to_a_correction_of_just_it(client, two):
    html = markup(client.get(BOTH))
    for code, key in (
        ("D6010", "answer"),
        ("D6011", "use_when.uncover"),
        ("D6010", "related.confused_with.D6011"),
        ("D6010", "privacy.ask"),
        ("D6011", "privacy.ask"),
        ("D6011", "site"),
    ):
        assert html.count(f'href="/codes/{code}/#{key}"') == 1, key
        assert html.count(f'href="/codes/{code}/correct/?item={key}"') == 1, key


def test_word_that_differs_is_marked_in_a_short_field(client, db):
    factories.code("D6010", attachments=("Radiograph before surgery",))
    factories.code("D6011", attachments=("Radiograph after surgery",))
    html = markup(client.get(BOTH))
    assert "<p>Radiograph <mark>before</mark> surgery</p>" in html
    assert "<p>Radiograph <mark>after</mark> surgery</p>" in html
    assert html.count("<mark>") == 2


def test_page_that_says_nothing_in_a_row_says_so_and_a_row_nobody_fills_is_not_there(client, db):
    factories.code("D6010", statements=(Statement("appeal.a", "Write."),), attachments=())
    factories.code("D6011", statements=(), attachments=())
    found = cells(client.get(BOTH))
    assert found["Appeal"][1] == "D6011 Nothing on its page."
    assert "Usually attached" not in found
    assert "Use it when" not in found


def test_pages_that_say_the_same_say_so(client, db):
    factories.code("D6010")
    factories.code("D6011")
    response = client.get(BOTH)
    assert list(cells(response)) == [""]
    assert "These pages differ in nothing else." in text(response)


def test_verified_outdated_disputed_and_unverified_items_are_marked(client, two, editor):
    def verify(code: str, key: str, edition: int):
        digest = verifying.verifiable(latest(code).page)[key]
        verifying.verify(code, {key: digest}, by=editor, source="Manual", edition=edition)

    with time_machine.travel("2026-03-02T10:00:00Z"):
        verify("D6010", "answer", 2026)
        verify("D6011", "answer", 2025)
        sent = factories.propose("D6010", {"use_when.place": {"text": "Otherwise.", "heading": "", "sources": []}})
        corrections.dispute(sent, by=editor)
        response = client.get(BOTH)
    found = cells(response)
    assert "Report it for placing. ● Report an error" in found[""][0]
    assert "Report it for uncovering. ◐ Report an error" in found[""][1]
    assert "It is placed. ⚑ Disputed Report an error" in found["Use it when"][0]
    assert "It is uncovered. Report an error" in found["Use it when"][1]
    html = markup(response)
    assert html.count('aria-label="Verified against CDT 2026"') == 1
    assert html.count('aria-label="Verified against CDT 2025 only"') == 1
    assert "Otherwise." not in text(response)


def test_correction_disputes_its_own_code_only_and_a_decided_one_nothing(client, two, editor):
    sent = factories.correction("D6010")
    assert "⚑" not in cells(client.get(BOTH))[""][0]
    corrections.dispute(sent, by=editor)
    one, other = cells(client.get(BOTH))[""]
    assert "Report it for placing. ⚑ Disputed" in one
    assert "⚑" not in other
    corrections.reject(sent, by=editor, reason="No source.")
    assert "⚑" not in cells(client.get(BOTH))[""][0]


def test_deleted_code_is_struck_and_names_its_successors(client, db):
    factories.code("D6010", title="Old", validity=Validity(until=2020, replaced_by=("D6011", "D6019")))
    factories.code("D6011", title="New")
    response = client.get(BOTH)
    one, other = cells(response)[""]
    assert "✗ deleted · last date of service Dec 31, 2020 Report instead: D6011 New · D6019" in one
    assert "valid today" not in one
    assert "deleted" not in other
    html = markup(response)
    assert '<h2><a href="/codes/D6010/"><span class="num gone">D6010</span> Old</a></h2>' in html
    assert '<h2><a href="/codes/D6011/"><span class="num">D6011</span> New</a></h2>' in html


def test_validity_is_that_of_the_date_of_service(client, db):
    factories.code("D6010", validity=Validity(until=2020))
    factories.code("D6011", validity=Validity(since=2019))
    one, other = cells(client.get(f"{BOTH}&date=2018-05-01"))[""]
    assert "✓ valid on May 1, 2018" in one
    assert "✗ not yet valid on May 1, 2018" in other
    assert f'href="{BOTH.replace("&", "&amp;")}' not in one


@pytest.mark.parametrize(
    "query",
    [
        "codes=6010,6011",
        "codes=d6010,D6011",
        "codes=D6010, D6011",
        "codes=d 6010 d 6011",
        "codes=D6010,D6011,6010",
        "codes=D6010&codes=D6011",
        "code=6010&code=6011&code=&code=",
        "code=D6010&codes=D6011&code=",
        "codes=D6010,D6011&code=",
    ],
)
def test_other_spelling_leads_to_the_one_address(client, two, query):
    response = client.get(f"/compare/?{query}")
    assert response.status_code == 301
    numbers = response.headers["Location"].removeprefix("/compare/?codes=").split(",")
    assert sorted(numbers) == ["D6010", "D6011"]
    assert client.get(response.headers["Location"]).status_code == 200


def test_order_is_as_asked_and_the_date_stays(client, two):
    response = client.get("/compare/?code=6011&code=6010&date=2024-03-14")
    assert response.headers["Location"] == "/compare/?codes=D6011,D6010&date=2024-03-14"
    html = markup(client.get("/compare/?codes=D6011,D6010"))
    assert html.index('href="/codes/D6011/"') < html.index('href="/codes/D6010/"')


def test_escaped_comma_is_the_same_address(client, two):
    assert client.get("/compare/?codes=D6010%2CD6011").status_code == 200


def test_without_codes_the_page_explains_itself_with_a_form_and_pairs_often_confused(client, two):
    factories.code("D6012", related=(Relation("confused_with", "D6999", "No page."),))
    response = client.get("/compare/")
    assert response.status_code == 200
    seen = text(response)
    assert "Two to six codes side by side" in seen
    assert "Often confused D6010 or D6011? D6010 places, D6011 uncovers." in seen
    assert f'href="{BOTH}"' in markup(response)
    assert "D6999" not in seen
    assert typed(response) == [""] * 6
    assert "error" not in markup(response)


def test_form_sent_empty_is_the_page_without_codes(client, two):
    response = client.get("/compare/?code=&code=&code=&code=&code=&code=")
    assert (response.status_code, typed(response)) == (200, [""] * 6)


def test_examples_are_the_chosen_pairs_that_the_first_page_says_are_confused(client, db):
    def page(number: str, kind: str, other: str, category: str):
        related = (Relation(kind, other, f"{number} is not {other}."),)
        factories.code(number, category=category, related=related)

    page("D6011", "confused_with", "D6010", "implant services")
    page("D6010", "confused_with", "D6011", "implant services")
    # Nobody says that the first is taken for the second; there is no second; the pair is not chosen.
    page("D0120", "same_day_conflict", "D0150", "diagnostic")
    page("D0150", "confused_with", "D0120", "diagnostic")
    page("D1110", "confused_with", "D4910", "preventive")
    page("D4341", "confused_with", "D6011", "periodontics")
    found = [(address, one.number, other.number, note) for address, one, other, note in _examples(client)]
    assert found == [("/compare/?codes=D6010,D6011", "D6010", "D6011", "D6010 is not D6011.")]


def test_each_chosen_pair_is_confused_in_the_starter_set_and_of_another_category(client, db):
    factories.load(*(number for pair in EXAMPLES for number in pair))
    found = _examples(client)
    assert [(one.number, other.number) for _, one, other, _ in found] == [*EXAMPLES]
    assert len({one.category for _, one, _, _ in found}) == len(EXAMPLES)


def _examples(client):
    return client.get("/compare/").context["examples"]


def test_one_code_asks_for_a_second_and_offers_what_it_is_confused_with(client, two):
    response = client.get("/compare/?codes=D6010")
    assert response.status_code == 422
    assert "Enter a second code to compare it with." in text(response)
    assert typed(response) == ["D6010"] + [""] * 5
    assert "Often confused with D6010 D6011 Uncovering D6010 places, D6011 uncovers." in text(response)


def test_unknown_number_is_named_beside_its_field_with_the_nearest(client, two):
    response = client.get("/compare/?codes=D6010,6091")
    assert response.status_code == 404
    assert "We have no page for D6091. Nearest: D6011, D6010" in text(response)
    assert typed(response) == ["D6010", "D6091"] + [""] * 4
    assert 'value="D6091" maxlength="40"' in markup(response)
    assert 'aria-describedby="code2_error"' in markup(response)


def test_what_is_no_number_is_named_beside_its_field(client, two):
    response = client.get("/compare/?code=6010&code=crown")
    assert response.status_code == 422
    assert "This is not a code number. Type it like 6011 or D6011." in text(response)
    assert typed(response) == ["D6010", "crown"] + [""] * 4


def test_hidden_character_is_named(client, two):
    response = client.get("/compare/", {"code": ["D6010", "D6011\u200b"]})
    assert response.status_code == 422
    assert "Character 6 cannot be seen" in text(response)


def test_seventh_code_is_too_much_and_stays_typed(client, two):
    numbers = [f"D60{n}" for n in range(10, 17)]
    response = client.get(f"/compare/?codes={','.join(numbers)}")
    assert response.status_code == 422
    seen = text(response)
    assert seen.count("Six codes are the most that fit side by side. Remove this one.") == 1
    assert "Code 7" in seen
    assert typed(response) == numbers


@pytest.mark.parametrize(
    "sent",
    [
        '"><script>alert(1)</script>',
        "=HYPERLINK(1)",
        "\x00",
        "D6010\x00,\x00",
        "%",
        "D" * 5000,
        "," * 5000,
        "D6010 " * 2000,
        "\ud800",
        "٦٠١٠",
        "D6010' OR 1=1 --",
        "&" * 3000,
    ],
)
def test_hostile_text_is_answered_in_plain_words(client, two, sent):
    response = client.get("/compare/", {"codes": sent.encode("utf-8", "surrogatepass")})
    assert response.status_code in (200, 422)
    assert "<script>alert" not in markup(response)
    assert "\x00" not in markup(response)
    assert len(typed(response)) <= 12
    assert max(map(len, typed(response))) < 80
    assert response.content.count(b"<h1>Compare codes</h1>") == 1


def test_hostile_texts_of_pages_are_shown_escaped(client, db):
    bad = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    for number, other in (("D6010", "D6011"), ("D6011", "D6010")):
        factories.code(
            number,
            title=bad + number,
            answer=bad + number,
            aliases=(bad + number,),
            attachments=(bad + number,),
            subcategory=bad,
            tags=("a<b>",),
            statements=(Statement("faq.a", f"{bad} {other}", bad), Statement("myth.a", f"{bad} {other}", bad)),
            related=(Relation("confused_with", other, bad),),
        )
    html = markup(client.get(BOTH))
    assert "<script>alert" not in html
    assert "<img" not in html
    assert "onerror=&quot;" in html


def test_codes_that_are_related_may_be_indexed_at_one_address_for_both_orders(client, two, settings):
    settings.SITE_URL = "https://codes.example.org"
    for address in (BOTH, "/compare/?codes=D6011,D6010"):
        html = markup(client.get(address))
        assert '<meta name="robots"' not in html
        assert '<link rel="canonical" href="https://codes.example.org/compare/?codes=D6010,D6011">' in html
    assert '<meta name="robots"' not in markup(client.get("/compare/"))


@pytest.mark.parametrize("query", ["codes=D6010,D6012", "codes=D6010,D6011,D6012", "codes=D6010", "codes=D6010,crown"])
def test_unrelated_codes_and_errors_are_not_indexed(client, two, query):
    factories.code("D6012", title="Another")
    assert '<meta name="robots" content="noindex">' in markup(client.get(f"/compare/?{query}"))


def test_title_description_and_open_graph_say_what_the_page_shows(client, two):
    html = markup(client.get(BOTH))
    assert "<title>D6010 and D6011 compared · " in html
    assert '<meta name="description" content="D6010 places, D6011 uncovers.">' in html
    assert '<meta property="og:title" content="D6010 and D6011 compared">' in html
    assert f'{BOTH}">' in re.search(r'<meta property="og:url".*', html)[0]
    factories.code("D6012", title="Another")
    html = markup(client.get("/compare/?codes=D6010,D6012"))
    assert '<meta name="description" content="D6010: Placing. D6012: Another.">' in html


def test_code_can_be_taken_out_while_two_are_left(client, two):
    factories.code("D6012")
    html = markup(client.get("/compare/?codes=D6010,D6011,D6012"))
    assert re.findall(r'href="(/compare/[^"]*)">Remove<span class="unseen"> (\w+)</span>', html) == [
        ("/compare/?codes=D6011,D6012", "D6010"),
        ("/compare/?codes=D6010,D6012", "D6011"),
        ("/compare/?codes=D6010,D6011", "D6012"),
    ]
    assert "Remove" not in text(client.get(BOTH))
    assert typed(client.get(BOTH)) == ["D6010", "D6011"] + [""] * 4


def test_code_page_leads_to_the_comparison_with_each_known_related_code(client, two):
    relations = (Relation("confused_with", "D6010", "No."), Relation("alternative", "D6999", "No page."))
    factories.code("D6012", related=relations)
    html = markup(client.get("/codes/D6012/"))
    assert html.count("/compare/?codes=") == 1
    assert 'href="/compare/?codes=D6012,D6010">compare<span class="unseen"> D6012 with D6010</span></a>' in html


def test_every_page_leads_to_comparing(client, db):
    assert '<a href="/compare/">Compare</a>' in markup(client.get("/changes/"))


def test_six_real_codes_show_every_statement_of_each(client, db):
    numbers = ("D1110", "D4341", "D4342", "D4346", "D4355", "D4910")
    factories.load(*numbers)
    response = client.get(f"/compare/?codes={','.join(numbers)}")
    html = markup(response)
    keys = [(n, item.key) for n in numbers for page in [latest(n).page] for item in (*page.statements, *page.related)]
    assert len(keys) > 150
    assert [place for place in keys if "/codes/{}/#{}".format(*place) not in html] == []
    assert "D1110, D4341, D4342, D4346, D4355 or D4910?" in text(response)


def test_comparison_takes_the_same_few_queries_for_2_and_6_codes_with_1_and_40_statements(
    client, editor, django_assert_num_queries
):
    short = (Statement("use_when.done", "The thing was done."),)
    many = tuple(Statement(f"use_when.n{i}", f"When it is {i}, not D60{i:02d}.") for i in range(40))
    for number, statements in (
        ("D6010", short),
        ("D6011", short),
        ("D6012", many),
        ("D6013", many),
        ("D6014", many),
        ("D6015", many),
    ):
        factories.code(number, statements=statements, answer=f"For {number}.")
    sent = factories.correction("D6011", source_title="Manual")
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6011"), proofs=factories.proved(sent))
    factories.correction("D6013")
    # Who verified it, and in which edition.
    with django_assert_num_queries(QUERIES + 2):
        few = client.get(BOTH)
    with django_assert_num_queries(QUERIES + 2):
        lots = client.get("/compare/?codes=D6010,D6011,D6012,D6013,D6014,D6015")
    assert few.content.count(b"#use_when") == 2
    assert lots.content.count(b"#use_when") > 160


def test_page_without_codes_takes_the_same_few_queries_with_1_and_3_pairs(client, db, django_assert_num_queries):
    def pair(one: str, other: str, category: str):
        factories.code(one, category=category, related=(Relation("confused_with", other, "No."),))
        factories.code(other, category=category)

    pair("D6010", "D6011", "implant services")
    with django_assert_num_queries(EXAMPLE_QUERIES):
        assert len(client.get("/compare/").context["examples"]) == 1
    pair("D0120", "D0150", "diagnostic")
    pair("D1110", "D4910", "preventive")
    with django_assert_num_queries(EXAMPLE_QUERIES):
        assert len(client.get("/compare/").context["examples"]) == 3


@pytest.mark.parametrize("address", [BOTH, "/compare/", "/compare/?codes=D6010", "/compare/?codes=6010,6011"])
def test_page_sets_no_cookie_and_is_the_same_bytes_for_an_editor(client, two, editor, address):
    reader = client.get(address)
    client.force_login(editor)
    assert (reader.status_code, reader.content) == (client.get(address).status_code, client.get(address).content)
    assert reader.cookies == {}
    assert "cookie" not in reader.headers.get("Vary", "").lower()


def test_only_reading_is_possible(client, two):
    assert client.post(BOTH).status_code == 405
