"""/codes/: every code in the order of its number, and what narrows the list: links, each with what it would give."""

import re
from dataclasses import replace
from html import unescape

import pytest
import time_machine

from codes.acts import corrections
from codes.acts.publishing import latest, publish
from codes.acts.verifying import verifiable, verify
from codes.page import Validity
from tests import factories
from tests.web.reading import markup, text

QUERIES = 3


@pytest.fixture
def four(db):
    """Four codes that differ in every filter."""
    looks = {"title": "Look", "category": "diagnostic", "tags": ("exam",), "specialties": ("general-dentistry",)}
    implant = {"tags": ("implant",), "specialties": ("oral-surgery",)}
    uncovers = {"tags": ("implant", "second stage"), "specialties": ("oral-surgery", "periodontics")}
    factories.codes(
        {
            "D0120": looks,
            "D6011": {"title": "Uncover", **uncovers},
            "D6010": {"title": "Place", "validity": Validity(until=2020), **implant},
            "D6012": {"title": "Later", "validity": Validity(since=2090), **implant},
        }
    )


@pytest.fixture
def checked(four, editor):
    """The four, verified differently: wholly, in one item, against an older edition, not at all and disputed."""
    with time_machine.travel("2026-05-01T12:00:00Z"):
        for number, items, edition in (("D0120", None, 2026), ("D6010", ["answer"], 2026), ("D6011", None, 2025)):
            digests = verifiable(latest(number).page)
            chosen = {key: digests[key] for key in items or digests}
            verify(number, chosen, by=editor, source="The manual", edition=edition)
        corrections.dispute(factories.correction("D6012"), by=editor)
        factories.correction("D0120")
        yield


def numbers(client, query: str = "") -> list[str]:
    return [code.number for code in client.get(f"/codes/{query}").context["listing"]]


def offered(client, query: str, name: str) -> dict[str, int]:
    """What one filter offers beside the choices of a query: label -> number of codes."""
    facets = {facet.name: facet for facet in client.get(f"/codes/{query}").context["filter"].facets}
    return {option.label: option.count for option in facets[name].options} if name in facets else {}


def links(response) -> dict[str, str]:
    """Text -> address of the links that narrow the list."""
    html = markup(response).partition('<nav class="facets"')[2].partition("</nav>")[0]
    found = re.findall(r'<a href="([^"]*)"[^>]*>(?:<span[^>]*>[^<]*</span>)?([^<]*)</a>', html)
    return {unescape(label): unescape(address) for address, label in found}


def test_all_codes_stand_in_the_order_of_their_numbers(client, four):
    response = client.get("/codes/")
    assert [c.number for c in response.context["listing"]] == ["D0120", "D6010", "D6011", "D6012"]
    seen = text(response)
    assert "4 codes" in seen
    assert "Diagnostic D0120 Look Implant services D6010 Place" in seen
    assert seen.index("D6010 Place") < seen.index("D6011 Uncover")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?category=diagnostic", ["D0120"]),
        ("?category=implant+services", ["D6010", "D6011", "D6012"]),
        ("?status=active", ["D0120", "D6011"]),
        ("?status=deleted", ["D6010"]),
        ("?status=future", ["D6012"]),
        ("?specialty=oral-surgery", ["D6010", "D6011", "D6012"]),
        ("?specialty=periodontics", ["D6011"]),
        ("?tag=second-stage", ["D6011"]),
        ("?site=tooth", ["D0120", "D6010", "D6011", "D6012"]),
        ("?site=arch", []),
        ("?category=implant+services&subcategory=Things", ["D6010", "D6011", "D6012"]),
        ("?category=diagnostic&subcategory=Things&status=deleted", []),
        ("?tag=implant&status=active", ["D6011"]),
        ("?category=diagnostic&tag=implant", []),
        ("?category=&status=&specialty=&tag=", ["D0120", "D6010", "D6011", "D6012"]),
    ],
)
def test_filters_show_exactly_the_codes_that_have_all_of_them(client, four, query, found):
    assert numbers(client, query) == found


@pytest.mark.parametrize(
    ("day", "found"), [("2020-12-31", ["D0120", "D6010", "D6011"]), ("2021-01-01", ["D0120", "D6011"])]
)
def test_validity_turns_with_the_day(client, four, day, found):
    with time_machine.travel(f"{day}T12:00:00Z"):
        assert numbers(client, "?status=active") == found


def test_deleted_code_says_so_with_its_last_day_and_what_to_report_now(client, db):
    factories.code("D6010", validity=Validity(until=2020, replaced_by=("D6191",)))
    assert "deleted · last date of service Dec 31, 2020 · now D6191" in text(client.get("/codes/"))


def test_no_code_for_a_combination_says_what_to_do(client, four):
    seen = text(client.get("/codes/?category=diagnostic&tag=implant"))
    assert "0 codes" in seen
    assert "No code has all of these." in seen
    assert "D0120 Look" not in seen


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?status=sometimes", "There is no validity “sometimes”."),
        ("?category=teeth", "There is no category “teeth”."),
        ("?verification=yes", "There is no state of verification “yes”."),
        ("?site=ear", "There is no site information “ear”."),
        ("?specialty=baker", "There is no specialty “baker”."),
        ("?tag=none-such", "There is no tag “none-such”."),
        ("?category=diagnostic&subcategory=X", "There is no subcategory “X” in diagnostic."),
        ("?subcategory=Things", "“Things” needs its category chosen too."),
        (f"?tag={'x' * 500}", f"There is no tag “{'x' * 40}…”."),
        ("?tag=a%00%E2%80%AEb", "There is no tag “ab”."),
        ("?tag=<b>bold", "There is no tag “<b>bold”."),
    ],
)
def test_choice_that_there_is_not_gives_no_code_and_is_said_in_words(client, four, query, message):
    response = client.get(f"/codes/{query}")
    assert response.status_code == 200
    assert list(response.context["listing"]) == []
    assert message in text(response)
    assert "No code has all of these." not in text(response)
    assert "<b>bold" not in markup(response)


def test_a_wrong_choice_can_be_taken_away_and_the_right_ones_stay(client, four):
    refused = client.get("/codes/?tag=none-such&status=deleted").context["filter"].refused
    assert [r.url for r in refused] == ["/codes/?status=deleted"]


def test_each_option_says_how_many_codes_it_would_give_beside_the_other_choices(client, checked):
    assert offered(client, "", "category") == {"Diagnostic": 1, "Implant services": 3}
    assert offered(client, "?status=active", "category") == {"Diagnostic": 1, "Implant services": 1}
    assert offered(client, "?status=active", "status") == {"Valid": 2, "Deleted": 1, "Not yet valid": 1}
    assert offered(client, "?specialty=oral-surgery", "tag") == {"implant": 3, "second stage": 1}
    assert offered(client, "?status=deleted", "site") == {"Tooth number": 1}
    assert offered(client, "", "verification") == {
        "Every item verified": 1,
        "Some items verified": 1,
        "Nothing verified yet": 1,
        "Verified against an older edition": 1,
        "Disputed: correction open": 1,
    }


@pytest.mark.parametrize("query", ["", "?status=active", "?category=implant+services", "?tag=implant&status=deleted"])
def test_following_an_option_gives_as_many_codes_as_it_says(client, checked, query):
    facets = client.get(f"/codes/{query}").context["filter"].facets
    options = [option for facet in facets for option in facet.options if not option.chosen]
    assert len(options) > 3
    for option in options:
        found = client.get(option.url).context["listing"]
        assert (option.label, len(found)) == (option.label, option.count)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("wholly", ["D0120"]),
        ("partly", ["D6010"]),
        ("outdated", ["D6011"]),
        ("none", ["D6012"]),
        ("disputed", ["D6012"]),
    ],
)
def test_codes_can_be_chosen_by_how_far_they_are_verified(client, checked, value, found):
    assert numbers(client, f"?verification={value}") == found


def test_an_item_that_changed_is_no_longer_verified(client, checked):
    factories.code("D6013")
    page = latest("D6010").page
    assert numbers(client, "?verification=partly") == ["D6010"]
    publish("D6010", replace(page, answer="Now otherwise."), base=page, by=None, source="import", reason="")
    assert numbers(client, "?verification=partly") == []
    assert numbers(client, "?verification=none") == ["D6010", "D6012", "D6013"]


def test_sub_categories_are_those_of_the_category_and_go_with_it(client, db):
    factories.code("D0120", category="diagnostic", subcategory="Exams")
    factories.code("D0220", category="diagnostic", subcategory="Pictures")
    factories.code("D0230", category="diagnostic", subcategory="")
    factories.code("D6010", subcategory="Things")
    assert offered(client, "", "subcategory") == {}
    assert offered(client, "?category=diagnostic", "subcategory") == {"Exams": 1, "Pictures": 1}
    found = links(client.get("/codes/?category=diagnostic&subcategory=Exams"))
    assert found["Implant services"] == "/codes/?category=implant%20services"
    assert found["Diagnostic"] == "/codes/"
    assert found["Pictures"] == "/codes/?category=diagnostic&subcategory=Pictures"


def test_a_category_reads_section_by_section(client, db):
    for number, section in (("D6010", "Surgery"), ("D6011", "Crowns"), ("D6012", ""), ("D6013", "Surgery")):
        factories.code(number, title="Thing", subcategory=section)
    seen = text(client.get("/codes/?category=implant+services"))
    wanted = "Surgery D6010 Thing D6013 Thing Crowns D6011 Thing Without a subcategory D6012 Thing"
    assert wanted in seen
    assert "Surgery D6010" not in text(client.get("/codes/"))


def test_two_ways_of_asking_have_one_address(client, four):
    for query in ("?tag=implant&status=active", "?status=active&tag=implant&category=&page=1&x=y"):
        assert '/codes/?status=active&amp;tag=implant">' in markup(client.get(f"/codes/{query}"))


def test_links_say_what_is_chosen_and_take_it_away_one_by_one(client, four):
    response = client.get("/codes/?status=active&tag=implant")
    assert [(label, o.label, o.url) for label, o in response.context["filter"].chosen] == [
        ("Validity", "Valid", "/codes/?tag=implant"),
        ("Tag", "implant", "/codes/?status=active"),
    ]
    seen = text(response)
    assert "Validity: Valid ✕, remove Tag: implant ✕, remove Remove all" in seen
    assert '<a href="/codes/?tag=implant" aria-current="true">' in markup(response)


def test_links_keep_the_date_of_service_and_count_by_it(client, four):
    assert offered(client, "?date=2020-06-01", "status") == {"Valid": 3, "Not yet valid": 1}
    found = links(client.get("/codes/?date=2020-06-01&tag=implant"))
    assert found["Valid"] == "/codes/?status=active&tag=implant&date=2020-06-01"
    assert found["implant"] == "/codes/?date=2020-06-01"


def test_only_the_most_used_tags_are_offered_and_the_chosen_one(client, db):
    factories.code("D6010", tags=tuple(f"tag {n}" for n in range(40)))
    factories.code("D6011", tags=("tag 39",))
    factories.code("D6012", tags=("tag 38",))
    assert len(offered(client, "", "tag")) == 30
    assert {"tag 38", "tag 39"} < set(offered(client, "", "tag"))
    assert "10 less used ones are not shown." in text(client.get("/codes/"))
    rare = next(f"tag {n}" for n in range(40) if f"tag {n}" not in offered(client, "", "tag"))
    assert offered(client, f"?tag={rare.replace(' ', '-')}", "tag")[rare] == 1


def test_tags_in_use_are_offered_once_each(client, four, editor):
    assert offered(client, "", "tag") == {"exam": 1, "implant": 3, "second stage": 1}


def test_list_is_cut_into_pages_whose_links_keep_the_filter(client, db):
    for n in range(6001, 6054):
        factories.code(f"D{n}")
    factories.code("D0120", category="diagnostic")
    first, second = (client.get(f"/codes/?category=implant+services&page={page}") for page in (1, 2))
    assert [len(r.context["listing"]) for r in (first, second)] == [50, 3]
    assert [c.number for c in second.context["listing"]] == ["D6051", "D6052", "D6053"]
    assert 'href="?category=implant+services&amp;page=2"' in markup(first)
    assert 'href="?category=implant+services&amp;page=1"' in markup(second)
    assert "53 codes" in text(first)
    every = client.get("/codes/?page=2").context["listing"]
    assert [c.number for c in every] == ["D6050", "D6051", "D6052", "D6053"]


@pytest.mark.parametrize(("page", "shown"), [("0", 1), ("x", 1), ("-1", 1), ("99", 1), ("", 1), ("9" * 30, 1)])
def test_wrong_page_number_shows_a_page_that_is(client, four, page, shown):
    response = client.get(f"/codes/?page={page}")
    assert response.context["listing"].number == shown
    assert len(response.context["listing"]) == 4


def test_hostile_title_and_tag_are_shown_escaped(client, db):
    factories.code(title="<script>alert(1)</script>", tags=("<b>bold",), subcategory='"><i>')
    html = markup(client.get("/codes/?category=implant+services"))
    assert "&quot;&gt;&lt;i&gt;" in html
    assert "<i>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html
    assert "<b>bold" not in html


def test_list_takes_the_same_few_queries_with_1_and_3_codes(client, db, editor, django_assert_num_queries):
    def check(number: str):
        verify(number, verifiable(latest(number).page), by=editor, source="The manual", edition=2026)

    query = "?category=implant+services"
    factories.code("D6010", validity=Validity(until=2020, replaced_by=("D6191",)))
    check("D6010")
    with django_assert_num_queries(QUERIES):
        assert numbers(client, query) == ["D6010"]
    factories.code("D6011", tags=("one",), specialties=("periodontics",), subcategory="Other")
    factories.code("D6012", tags=("two",), specialties=("endodontics",))
    check("D6011")
    factories.correction("D6012")
    with django_assert_num_queries(QUERIES):
        assert numbers(client, query) == ["D6010", "D6012", "D6011"]
