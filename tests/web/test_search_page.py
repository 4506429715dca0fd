"""/search/?q=: the codes for what a reader typed, best first, why each was found, and a way on when there is none."""

import re
from html import unescape

import pytest
from pytest_django.asserts import assertRedirects

from codes.page import Statement, Validity
from codes.search import held
from comments.models import Message
from tests import factories
from tests.web.reading import fields, markup, text

QUERIES = 2


@pytest.fixture
def three(db):
    factories.code("D6010", title="Placing an implant", aliases=("implant surgery",), tags=("implant",))
    factories.code("D6011", title="Uncovering an implant", aliases=("second stage",), tags=("implant",))
    factories.code(
        "D0120", title="Regular check", aliases=("recall exam",), answer="At a regular visit.", category="diagnostic"
    )


def found(client, query: str) -> list[str]:
    return [result.code.number for result in client.get("/search/", {"q": query}).context["results"]]


def marks(client, query: str) -> list[str]:
    """The words that are marked, as a reader sees them."""
    html = client.get("/search/", {"q": query}).content.decode()
    return [unescape(word) for word in re.findall("<mark>(.*?)</mark>", html)]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("60", ["D6010", "D6011"]),
        ("recall exam", ["D0120"]),
        ("second stage", ["D6011"]),
    ],
)
def test_number_part_of_a_number_and_words_find_their_codes(client, three, query, numbers):
    assert found(client, query) == numbers


@pytest.mark.parametrize("query", ["D6011", "6011", "d 6011", " d6O11 ", "D-6011"])
def test_a_whole_number_leads_to_its_page_and_keeps_the_date_of_service(client, three, query):
    assertRedirects(client.get("/search/", {"q": query}), "/codes/D6011/")
    dated = client.get("/search/", {"q": query, "date": "2024-03-14"})
    assertRedirects(dated, "/codes/D6011/?date=2024-03-14")


def test_a_whole_number_asked_for_everywhere_shows_its_code_and_the_pages_that_name_it(client, three):
    factories.code("D6012", answer="Not D6011.")
    response = client.get("/search/?q=6011&all=1")
    assert [result.code.number for result in response.context["results"]] == ["D6011"]
    assert [result.code.number for result in response.context["speaking"]] == ["D6012"]
    said = "D6012 A thing that is done On the claim: Tooth number Answer: Not D6011."
    assert f"Pages that mention D6011 Compare D6012 {said}" in text(response)


@pytest.mark.parametrize("query", ["D6010 D6011", "6010 vs. d-6011", "D6010, 6011", "d6010 or D6O11"])
def test_several_numbers_lead_to_their_comparison_and_keep_the_date_of_service(client, three, query):
    there = "/compare/?codes=D6010,D6011"
    assert client.get("/search/", {"q": query}).headers["Location"] == there
    other = client.get("/search/", {"q": query, "date": "2024-03-14"})
    assert other.headers["Location"] == f"{there}&date=2024-03-14"


@pytest.mark.parametrize("query", ["D6010 implant D6011", "D6010 D9999", "6010 6010"])
def test_numbers_among_words_and_unknown_ones_are_searched_for(client, three, query):
    assert client.get("/search/", {"q": query}).status_code == 200


def test_several_numbers_asked_for_everywhere_are_searched_for(client, three):
    assert client.get("/search/", {"q": "D6010 D6011", "all": "1"}).status_code == 200


def test_words_of_two_codes_find_both_the_better_first(client, three):
    assert found(client, "uncovering implants") == ["D6011", "D6010"]


def test_page_says_how_many_and_shows_number_title_and_what_the_claim_requires(client, three):
    seen = text(client.get("/search/?q=60"))
    assert "Codes for “60” 2 matches shown, best first" in seen
    assert "D6010 Placing an implant On the claim: Tooth number Compare D6011 D6011" in seen
    assert "valid today" not in seen.partition("best first")[2]
    assert "Regular check" not in seen


def test_deleted_code_found_says_that_it_is_deleted(client, db):
    factories.code("D6010", validity=Validity(until=2020, replaced_by=("D6191",)))
    assert "deleted · last date of service Dec 31, 2020 · now D6191" in text(client.get("/search/?q=D6010&all="))


def test_words_that_find_nothing_say_so_and_show_the_way_to_the_editors(client, three):
    response = client.get("/search/?q=zzyzxq")
    assert response.status_code == 200
    assert "Nothing found for these words." in text(response)
    asked = response.text.partition('href="/contact/?about=zzyzxq"')[2].partition("</a>")[0]
    assert asked.endswith(">Ask for this code")
    assert response.context["results"] == response.context["near"] == []


def test_unknown_number_shows_the_nearest(client, three):
    response = client.get("/search/?q=D6019")
    assert response.context["results"] == []
    assert "There is no page for D6019 here." in text(response)
    assert [code.number for code in response.context["near"]] == ["D6011", "D6010", "D0120"]
    assert "Nearest D6011 Uncovering an implant" in text(response)


@pytest.mark.parametrize("query", ["", "   ", "the of and"])
def test_empty_or_senseless_query_finds_nothing(client, three, query):
    assert found(client, query) == []


def test_page_without_a_query_says_what_may_be_typed(client, three):
    seen = text(client.get("/search/"))
    assert "Find a code" in seen
    assert "Type a number, part of a code" in seen
    assert "Nothing found" not in seen


def test_query_is_shown_escaped_and_without_null_bytes(client, three):
    html = client.get("/search/", {"q": '<script>alert(1)</script>"\x00x'}).content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;x" in html
    assert "\x00" not in html


def test_long_query_is_cut(client, three):
    response = client.get("/search/", {"q": "D6011 " + "x" * 100_000})
    assert len(response.context["query"]) == 200
    assert [result.code.number for result in response.context["results"]] == ["D6011"]


def test_unpublished_words_of_a_waiting_correction_find_nothing(client, three):
    factories.propose("D6010", {"answer": {"value": "Report the zirconia flange.", "sources": []}})
    assert found(client, "zirconia flange") == []


def test_a_word_that_no_page_has_is_told(client, three):
    said = "words that are spelled almost like"
    assert said not in text(client.get("/search/", {"q": "implant surgery "}))
    one = text(client.get("/search/", {"q": "implnat surgery "}))
    assert f"No page has “implnat”; {said} it were looked for, if there are any." in one
    two = text(client.get("/search/", {"q": "implnat surgrey "}))
    assert f"No page has “implnat” or “surgrey”; {said} them were looked for, if there are any." in two


def test_results_take_the_same_few_queries_with_1_and_3_codes(client, db, django_assert_num_queries):
    deleted = Validity(until=2020, replaced_by=("D6191",))
    factories.code("D6010", title="Placing an implant", validity=deleted)
    held.index()
    with django_assert_num_queries(QUERIES):
        assert found(client, "implant ") == ["D6010"]
    factories.code("D6011", title="Uncovering an implant", validity=deleted)
    factories.code("D6012", title="Another implant")
    held.index()
    with django_assert_num_queries(QUERIES):
        assert sorted(found(client, "implant ")) == ["D6010", "D6011", "D6012"]


def test_matched_words_are_marked_in_the_title_and_in_the_text_that_says_most_of_them(client, three):
    assert marks(client, "implants recall exam ")[:2] == ["recall", "exam"]
    seen = text(client.get("/search/?q=recall+exam+"))
    assert "D0120 Regular check On the claim: Tooth number Also called: recall exam" in seen


def test_matched_words_of_a_hostile_page_are_marked_and_the_rest_is_escaped(client, db):
    factories.code(
        title="<b>Marzipan</b> & <mark>lamp",
        aliases=("<script>alert(1)</script> marzipan flange",),
        statements=(Statement("use_when.done", "**Done** with <img src=x> it."),),
    )
    html = client.get("/search/?q=marzipan+flange").content.decode()
    assert "&lt;b&gt;<mark>Marzipan</mark>&lt;/b&gt; &amp; &lt;mark&gt;lamp" in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <mark>marzipan</mark> <mark>flange</mark>" in html
    assert "<script>alert" not in html


def test_a_wrong_belief_shows_what_is_right_first_and_why(client, db):
    factories.load("D6011", "D6092", "D6010", "D6058")
    response = client.get("/search/?q=recement+implant+crown+d6011")
    first, second, *_ = response.context["results"]
    assert [first.code.number, second.code.number] == ["D6092", "D6011"]
    said = (
        "Often stated, not correct: “D6011 is the code for recementing an implant crown” It is not. "
        "D6011 uncovers a buried implant. Putting a loose implant crown back is D6092."
    )
    assert text(response).count(said) == 1
    seen = text(response)
    assert seen.index("D6092 Recement") < seen.index(said) < seen.index("D6011 Implant uncovery")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("d6011 recement", ["D6092", "D6011"]),
        ("d0190 inspection one patient signs of disease", ["D0191", "D0190"]),
        ("d3346 premolar retreatment", ["D3347", "D3346"]),
        ("d5212 cast metal partial", ["D5213", "D5214", "D5212"]),
        ("class iv filling d2335", ["D2331", "D2332", "D2335"]),
        ("d6011 implant", ["D6011"]),
        ("d3346 retreatment front tooth", ["D3346"]),
    ],
)
def test_beliefs_of_the_real_pages_lead_to_the_right_code_and_plain_questions_stay_as_they_are(
    client, db, query, wanted
):
    factories.load(
        "D6011",
        "D6092",
        "D0190",
        "D0191",
        "D3346",
        "D3347",
        "D5211",
        "D5212",
        "D5213",
        "D5214",
        "D2331",
        "D2332",
        "D2335",
    )
    assert found(client, query)[: len(wanted)] == wanted


def test_right_code_that_the_words_do_not_find_joins_unless_it_is_deleted(client, db):
    said = (Statement("myth.glue", "Glue is D6012, formerly D6013.", "D6010 is for marzipan glue"),)
    factories.code("D6010", title="Lamp", aliases=(), statements=said)
    factories.code("D6012", title="Other thing")
    factories.code("D6013", title="Old thing", validity=Validity(until=2018))
    assert found(client, "d6010 marzipan glue ") == ["D6012", "D6010"]


def test_a_belief_that_names_no_number_moves_nothing_and_is_the_text_that_matched(client, db):
    belief = Statement("myth.whole", "It is not.", "A zirconia flange is a whole series")
    factories.code("D6010", statements=(belief,))
    factories.code("D6011", title="Whole series")
    response = client.get("/search/?q=zirconia+flange+whole+series")
    assert [result.belief for result in response.context["results"]] == [None, None]
    assert "Often stated, not correct: “A zirconia flange is a whole series” It is not." in text(response)


def test_number_of_a_deleted_code_shows_what_took_its_place_right_behind_it_and_says_so(client, db):
    factories.load("D9940", "D9941", "D9944", "D9945", "D9946")
    for query in ("D9940", "is D9940 still valid"):
        response = client.get("/search/", {"q": query, "all": "1"})
        assert [r.code.number for r in response.context["results"]][:4] == ["D9940", "D9944", "D9945", "D9946"]
        assert text(response).count("Replaces D9940 (last date of service Dec 31, 2018).") == 3


def test_on_a_day_before_its_end_a_code_has_no_successor(client, db):
    factories.load("D9940", "D9944", "D9945", "D9946")
    response = client.get("/search/?q=D9940&all=1&date=2018-12-31")
    assert [r.code.number for r in response.context["results"]] == ["D9940"]
    assert "✗" not in text(response)


def test_number_without_a_page_shows_the_pages_that_speak_of_it_and_not_those_with_a_like_year(client, db):
    factories.code("D6010", answer="It took the place of D1203.")
    factories.code("D6011", answer="Since 1203 no more.")
    response = client.get("/search/?q=1203")
    assert [result.code.number for result in response.context["speaking"]] == ["D6010"]
    assert "Pages that mention D1203 Compare D6010 D6010 A thing that is done" in text(response)
    assert "Answer: It took the place of D1203." in text(response)


def test_what_says_little_of_the_words_is_folded_and_counted(client, db):
    factories.code("D6010", title="Zirconia flange")
    factories.code("D6011", title="Zirconia lamp")
    factories.code("D6012", title="Lamp", answer="Like a flange.")
    response = client.get("/search/?q=zirconia+flange+")
    shown, _, folded = markup(response).partition("<summary>2 weaker matches</summary>")
    assert "3 matches shown" in text(response)
    assert re.findall('data-code="(.*?)"', shown) == ["D6010"]
    assert re.findall('data-code="(.*?)"', folded) == ["D6011", "D6012"]


def test_what_is_right_instead_of_a_belief_is_never_folded(client, db):
    said = (Statement("myth.glue", "Glue is D6012.", "D6010 is for marzipan glue"),)
    factories.code("D6010", title="Lamp", aliases=(), statements=said)
    factories.code("D6012", title="Other thing")
    response = client.get("/search/?q=d6010+marzipan+glue+")
    assert [r.code.number for r in response.context["best"]] == ["D6012", "D6010"]


def narrowing(client, query: str) -> dict[str, dict[str, tuple[int, str]]]:
    """What a search offers to narrow it: label -> option -> how many it leaves, and the address of those."""
    facets = client.get(f"/search/{query}").context["facets"]
    return {facet.label: {o.label: (o.count, o.url) for o in facet.options} for facet in facets}


def test_results_are_narrowed_by_links_that_say_how_many_they_leave(client, db):
    factories.code("D6010", title="Zirconia lamp", site=("tooth",))
    factories.code("D6011", title="Zirconia flange", site=("arch",), validity=Validity(until=2020))
    factories.code("D0120", title="Zirconia check", site=("none",), category="diagnostic")
    offered = narrowing(client, "?q=zirconia+")
    assert offered == {
        "Category": {
            "Diagnostic": (1, "?q=zirconia+&category=diagnostic"),
            "Implant services": (2, "?q=zirconia+&category=implant+services"),
        },
        "Validity": {
            "Valid": (2, "?q=zirconia+&status=active"),
            "Deleted": (1, "?q=zirconia+&status=deleted"),
        },
        "Required on the claim": {
            "Tooth number": (1, "?q=zirconia+&site=tooth"),
            "Arch": (1, "?q=zirconia+&site=arch"),
            "No tooth or area": (1, "?q=zirconia+&site=none"),
        },
    }
    shown = markup(client.get("/search/?q=zirconia+")).partition('aria-label="Filters">')[2].partition("</nav>")[0]
    assert re.findall("<h2>(.*?)</h2>", shown) == [*offered]
    for options in offered.values():
        for label, (count, url) in options.items():
            assert len(client.get(f"/search/{url}").context["results"]) == count
            assert f'<a href="{url.replace("&", "&amp;")}">{label}</a> <span class="count">{count}<span' in shown
    narrowed = "?q=zirconia+&category=implant+services"
    assert narrowing(client, narrowed)["Category"]["Implant services"] == (2, "?q=zirconia+")
    assert narrowing(client, narrowed)["Validity"]["Deleted"] == (1, f"{narrowed}&status=deleted")
    assert "2 of 3 matches shown" in text(client.get(f"/search/{narrowed}"))


@pytest.mark.parametrize(
    "choice", ["category=baker", "status=", "site=%00", "category=diagnostic", "status=active&category=no"]
)
def test_a_choice_that_no_result_has_leaves_them_all(client, three, choice):
    assert found(client, "60") == ["D6010", "D6011"]
    results = client.get(f"/search/?q=60&{choice}").context["results"]
    assert [result.code.number for result in results] == ["D6010", "D6011"]


def test_ticked_results_are_compared_on_the_same_day(client, three):
    html = markup(client.get("/search/?q=60&date=2024-03-14"))
    form = html.partition('<form action="/compare/"')[2].partition("</form>")[0]
    boxes = re.findall(r'<input type="checkbox" name="code" value="(D\d{4})">', form)
    assert boxes == ["D6010", "D6011"]
    assert "<button>Compare</button>" in form
    assert '<input type="hidden" name="date" value="2024-03-14">' in form
    response = client.get("/compare/", {"code": boxes, "date": "2024-03-14"})
    assertRedirects(response, "/compare/?codes=D6010,D6011&date=2024-03-14", 301)


def test_asking_for_a_code_reaches_the_editors(client, three):
    address = re.search(r'href="(/contact/\?about=[^"]*)"', client.get("/search/?q=D6019").content.decode())[1]
    form = fields(client.get(unescape(address)))
    assert form["body"] == "Please add a page for D6019."
    client.post("/contact/", form | {"name": "A Reader"})
    assert [message.body for message in Message.objects.all()] == ["Please add a page for D6019."]


@pytest.mark.parametrize(
    ("about", "body"),
    [
        ("", ""),
        ("  ", ""),
        ("\x00\u202e\u200b", ""),
        ("zirconia\u202e flange\x00", "Please add a page for zirconia  flange."),
        ("one\r\ntwo", "Please add a page for one  two."),
        ("</textarea><script>alert(1)</script>", "Please add a page for </textarea><script>alert(1)</script>."),
        ("x" * 5000, f"Please add a page for {'x' * 100}."),
    ],
)
def test_what_the_address_asks_for_becomes_a_short_message_that_can_be_sent(client, db, about, body):
    response = client.get("/contact/", {"about": about})
    assert fields(response)["body"] == body
    assert "<script>alert" not in response.content.decode()
    if body:
        assert client.post("/contact/", fields(response) | {"name": "A Reader"}).status_code == 302
        assert Message.objects.get().body == body


def test_unknown_number_takes_the_same_few_queries_with_1_and_3_pages_that_speak_of_it(
    client, db, django_assert_num_queries
):
    factories.code("D6010", answer="It took the place of D1203.")
    held.index()
    with django_assert_num_queries(7):
        assert len(client.get("/search/?q=D1203").context["speaking"]) == 1
    factories.code("D6011", answer="It took the place of D1203.")
    factories.code("D6012", answer="It took the place of D1203.")
    held.index()
    with django_assert_num_queries(7):
        assert len(client.get("/search/?q=D1203").context["speaking"]) == 3
