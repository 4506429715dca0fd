"""/codes/D6010/history/, its revisions, and any two of them against each other."""

from dataclasses import replace

import pytest
from django.test import Client

from codes.acts import corrections
from codes.acts.publishing import latest, revert
from codes.page import Statement
from tests import factories
from tests.web.reading import markup, text

QUERIES = 3
URL = "/codes/D6010/history/"


def accepted(editor, number="D6010", items=None, **about):
    live = latest(number).page
    proposed = replace(live, **items) if items else None
    sent = factories.correction(number, proposed=proposed, **about)
    return corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest(number))


@pytest.fixture
def three(editor):
    """A code as imported, corrected, and taken back; and another code beside it."""
    factories.code("D6010", title="Placing")
    factories.code("D6011", title="Uncovering")
    accepted(editor, items={"answer": "Report it when it is over."}, credit="A Hygienist", note="The manual says so.")
    revert("D6010", 1, by=editor, reason="It was right.")


# --- The list


def test_history_lists_the_revisions_of_this_code_newest_first(client, three):
    response = client.get(URL)
    assert [str(r) for r in response.context["listing"]] == [f"D6010 revision {n}" for n in (3, 2, 1)]
    seen = text(response)
    assert "Revert, 1 item · It was right. by the editors" in seen
    assert "1 item · The manual says so. by A Hygienist" in seen
    assert seen.count("live") == 1


def test_history_is_the_same_for_everybody_and_leads_nobody_to_the_desk(desk, three):
    page = Client().get(URL)
    assert "/admin/" not in page.text
    assert "For editors" not in page.text
    assert desk.get(URL).content == page.content


def test_history_does_not_show_what_waits_or_was_rejected(client, three, editor):
    factories.correction(note="A waiting note.")
    corrections.reject(factories.correction(note="A rejected note."), by=editor, reason="No source.")
    response = client.get(URL)
    assert len(response.context["listing"]) == 3
    assert "A waiting note." not in text(response)
    assert "A rejected note." not in text(response)


def test_history_offers_to_compare_the_last_two(client, three):
    html = markup(client.get(URL))
    assert 'name="from" value="2" aria-label="from revision 2" checked' in html
    assert 'name="to" value="3" aria-label="to revision 3" checked' in html
    assert "Compare the two" in html


def test_history_of_one_revision_has_nothing_to_compare(client, db):
    factories.code()
    response = client.get(URL)
    assert "Compare the two" not in text(response)
    assert 'type="radio"' not in markup(response)
    assert '<th scope="col">From</th>' not in markup(response)


def test_history_is_cut_into_pages(client, editor):
    factories.code()
    for _ in range(51):
        accepted(editor)
    first, second = client.get(URL), client.get(f"{URL}?page=2")
    assert [r.number for r in first.context["listing"]] == list(range(52, 2, -1))
    assert [r.number for r in second.context["listing"]] == [2, 1]
    assert ("3 live" in text(first), "52 live" in text(first), " live" in text(second)) == (False, True, False)


def test_history_takes_the_same_few_queries_with_1_and_3_revisions(client, editor, django_assert_num_queries):
    factories.code()
    with django_assert_num_queries(QUERIES):
        assert len(client.get(URL).context["listing"]) == 1
    accepted(editor, credit="A Hygienist")
    accepted(editor)
    with django_assert_num_queries(QUERIES):
        assert len(client.get(URL).context["listing"]) == 3


# --- One revision


def test_revision_shows_what_it_changed_by_whom_and_why(client, three):
    response = client.get(f"{URL}2/")
    seen = text(response)
    assert "by A Hygienist · published by Edith Tor" in seen
    assert "The manual says so." in seen
    assert [d.key for d in response.context["differences"]] == ["answer"]
    assert "Report it when it is <del>done</del><ins>over</ins>." in markup(response)


def test_revision_shows_the_whole_page_as_it_was_then(client, three):
    then = text(client.get(f"{URL}2/")).partition("The whole page as it was")[2]
    now = text(client.get(f"{URL}3/")).partition("The whole page as it was")[2]
    assert "Answer Report it when it is over." in then
    assert "Report it when it is done." not in then
    assert "Answer Report it when it is done." in now
    assert "Use it when The thing was done." in then


def test_first_revision_says_that_everything_was_new(client, three):
    seen = text(client.get(f"{URL}1/"))
    assert "This is the first revision: everything in it was new." in seen
    assert "What it changed" not in seen


def test_added_and_removed_statements_are_shown_as_such(client, editor):
    factories.code()
    accepted(
        editor,
        items={"statements": (Statement("use_when.new", "Quite new."), Statement("faq.why", "Because.", "Why?"))},
    )
    html = markup(client.get(f"{URL}2/"))
    assert "<ins>Quite new.</ins>" in html
    assert "<del>The thing was done.</del>" in html
    assert "<del>Because" not in html


def test_another_order_beside_other_words_is_no_difference_of_its_own(client, editor):
    factories.code()
    live = latest("D6010").page
    accepted(editor, items={"statements": tuple(reversed(live.statements)), "answer": "Otherwise."})
    assert [d.key for d in client.get(f"{URL}2/").context["differences"]] == ["answer"]


# --- Two revisions


def test_two_revisions_are_compared_word_by_word(client, three):
    response = client.get("/codes/D6010/compare/1..2/")
    assert "Report it when it is <del>done</del><ins>over</ins>." in markup(response)
    assert [d.key for d in response.context["differences"]] == ["answer"]


def test_comparison_spans_the_revisions_between(client, three):
    assert "Nothing differs." in text(client.get("/codes/D6010/compare/1..3/"))


@pytest.mark.parametrize("query", ["from=1&to=2", "from=2&to=1"])
def test_chosen_pair_leads_to_its_one_address(client, three, query):
    response = client.get(f"/codes/D6010/compare/?{query}")
    assert (response.status_code, response.headers["Location"]) == (302, "/codes/D6010/compare/1..2/")


@pytest.mark.parametrize(
    "query", ["", "from=1", "to=2", "from=&to=", "from=a&to=2", "from=-1&to=2", "from=0&to=1", "from=1.5&to=2"]
)
def test_pair_that_is_none_is_not_found(client, three, query):
    assert client.get(f"/codes/D6010/compare/?{query}").status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "/codes/D6999/history/",
        "/codes/D6010/history/4/",
        "/codes/D6010/history/0/",
        "/codes/D6011/history/2/",
        "/codes/D6010/compare/1..4/",
        "/codes/D6011/compare/1..2/",
        f"/codes/D6010/history/{'9' * 40}/",
        f"/codes/D6010/compare/1..{'9' * 40}/",
    ],
)
def test_revision_that_never_was_is_not_found(client, three, url):
    response = client.get(url)
    assert response.status_code == 404
    assert "There is no such page" in text(response)


def test_hostile_text_is_shown_escaped_everywhere(client, editor):
    factories.code()
    bad = "<script>alert(1)</script>"
    accepted(editor, items={"answer": bad, "title": bad}, credit=bad, note=bad, source_title=bad)
    for url in (URL, f"{URL}2/", "/codes/D6010/compare/1..2/"):
        html = markup(client.get(url))
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert" in html


def test_the_whole_page_names_each_kind_once_however_many_items_it_has(client, db):
    factories.code("D6011", statements=(Statement("use_when.a", "One."), Statement("use_when.b", "Two.")))
    html = markup(client.get("/codes/D6011/history/1/"))
    assert html.count("<dt>Use it when</dt><dd>One.</dd><dd>Two.</dd>") == 1
