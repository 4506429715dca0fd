"""The index that a process holds: it says what the pages say, whatever was published, taken back or rolled back."""

import pytest
from django.db import transaction

from codes import search
from codes.acts.publishing import latest, publish, revert
from codes.models import SearchEntry
from codes.search import held
from codes.text import bits
from tests import factories

pytestmark = pytest.mark.django_db


def numbers(query: str) -> list[str]:
    return [hit.code.number for hit in search.find(query)]


def put(number: str, **changes) -> None:
    publish(number, factories.page(**changes), base=latest(number).page, by=None, source="import", reason="")


def content(index: held.Index) -> tuple:
    """All that it says: of each term the codes with their weights, of each code what is shown."""
    said = {term: index.says(term).tolist() for term in index.terms}
    rows = {
        code: (row.code, row.said, row.written, row.beliefs, row.lengths.tolist()) for code, row in index.rows.items()
    }
    spelt = {code: [[*index.places, None][place] for place in row.wholes] for code, row in index.rows.items()}
    return said, rows, spelt, index.spelt.writings, index.numbers


@pytest.fixture
def lamps():
    """Codes enough that one more is a small change."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    factories.codes(
        {f"D{6000 + n}": {"title": f"Lamp of {of * 3}", "aliases": ("a lamp",)} for n, of in enumerate(letters)}
    )
    held.index()


def anew() -> held.Index:
    return held._built(held.index().stamps)


def test_it_holds_what_the_pages_say():
    factories.load("D6010", "D6092", "D9940")
    index = held.index()
    for code in ("D6010", "D6092", "D9940"):
        page = latest(code).page
        said = {term: int(weight) for term in index.terms for n, weight in index.says(term).T if n == int(code[1:])}
        assert said == search.entry(page)["terms"]
        listed = index.rows[code].code
        assert (listed.title, listed.category, listed.site) == (page.title, page.category, page.site)
        assert (listed.since, listed.until) == (page.validity.since, page.validity.until)
        assert listed.replaced_by == page.validity.replaced_by


def test_a_change_makes_of_what_is_held_the_same_as_reading_it_all_anew(lamps, django_assert_num_queries):
    before = held.index()
    put("D6003", title="Candle with wax", aliases=("a torch", "some lamp"))
    factories.code("D6500", title="Ladder", aliases=())
    with django_assert_num_queries(4):  # The stamps, what has others in two hundreds, and both.
        now = held.index()
    assert content(now) == content(anew())
    assert content(before) != content(now)
    assert "candl" not in before.terms
    put("D6003", title="Lamp of ddd", aliases=("a lamp",))
    now = held.index()
    assert content(now) == content(anew())
    assert "candl" not in now.terms
    assert now.terms == held.index().terms


def test_a_change_after_which_the_same_words_are_said_keeps_the_terms(lamps):
    before = held.index()
    put("D6004", title="Lamp of eee", aliases=("a lamp", "lamp"))
    now = held.index()
    assert now is not before
    assert now.terms is before.terms
    assert content(now) == content(anew())


def test_title_validity_tags_and_site_are_those_of_the_page_at_once(lamps):
    put("D6003", title="Candle", tags=("wax",), site=("arch",))
    assert numbers("wax ") == ["D6003"]
    hit = search.find("candle")[0]
    assert (hit.code.title, hit.code.site) == ("Candle", ("arch",))
    revert("D6003", 1, by=None, reason="Back")
    assert numbers("wax ") == numbers("candle") == []
    assert numbers("ddd") == ["D6003"]


def test_of_the_words_that_begin_so_those_come_first_that_most_codes_say(lamps):
    for title in ("Lantern", "Lamp"):
        put("D6003", title=title, aliases=("a lamplight", "lace"))
        index = held.index()
        begun = index.beginning("la")
        assert {"lamp", "lamplight", "lace"} <= {*begun}
        assert index.often("la") == sorted(begun, key=lambda term: (-index.count(term), term))
        assert index.often("la")[0] == "lamp"
        assert index.often("lx") == []


def test_what_is_rolled_back_is_forgotten_and_never_taken_for_what_is_written_next(lamps):
    with transaction.atomic():
        put("D6003", title="Candle")
        factories.code("D6900", title="Torch")
        assert (numbers("candle"), numbers("torch")) == (["D6003"], ["D6900"])
        transaction.set_rollback(True)
    assert numbers("candle") == numbers("torch") == numbers("6900") == []
    with transaction.atomic():
        put("D6003", title="Ladder")
        assert numbers("ladder") == ["D6003"]
        transaction.set_rollback(True)
    put("D6003", title="Basket")
    assert (numbers("ladder"), numbers("basket")) == ([], ["D6003"])
    assert content(held.index()) == content(anew())


def test_reindex_writes_only_what_is_wrong_and_what_is_held_follows(lamps):
    page = latest("D6003").page
    code = latest("D6003").code
    assert search.reindex(code, page) is False
    SearchEntry.objects.filter(code="D6003").update(terms={}, wholes=[])
    assert search.reindex(code, page) is True
    assert numbers("ddd") == ["D6003"]


def test_a_page_without_a_telling_word_in_its_title_is_found_by_the_others(lamps):
    put("D6003", title="The", aliases=(), answer="A candle.", subcategory="", tags=(), statements=())
    assert numbers("candle") == ["D6003"]
    assert content(held.index()) == content(anew())


def test_a_word_is_known_as_it_is_written_as_long_as_a_title_or_an_alias_writes_it(lamps):
    put("D6003", title="Bridge", aliases=("an abutment",))
    assert numbers("brdge ") == numbers("abutmnt ") == ["D6003"]
    put("D6003", title="Lamp", aliases=("bridging the gap",))
    assert (numbers("brdging "), numbers("abutmnt ")) == (["D6003"], [])
    assert content(held.index()) == content(anew())


def test_a_code_is_called_so_if_each_beginning_begins_a_word_of_its_title_or_an_alias(db):
    factories.codes(
        {
            "D6001": {"title": "Candle holder", "aliases": ()},
            "D6002": {"title": "Lamp", "aliases": ("old candle", "holding")},
            "D6003": {"title": "Basket", "aliases": (), "answer": "A candle holder."},
        }
    )
    index = held.index()
    assert bits.Numbers(index.called(["cand"]))[:] == ["D6001", "D6002"]
    assert bits.Numbers(index.called(["cand", "hold"]))[:] == ["D6001", "D6002"]
    assert bits.Numbers(index.called(["cand", "lam"]))[:] == ["D6002"]
    assert index.called(["cand", "bask"]) == index.called(["andl"]) == 0


def test_of_no_codes_nothing_is_called_so_and_no_word_is_known():
    index = held.index()
    assert (index.called(["crown"]), index.closest("crwn")) == (0, [])


def test_a_misspelt_word_means_the_words_nearest_to_it_that_most_codes_say_and_no_more():
    letters = "bcdfglm"  # Each a slip away from "soxund".
    titles = [f"so{letter}und {n}" for place, letter in enumerate(letters) for n in range(place + 1)]
    factories.codes({f"D{6000 + n}": {"title": title, "aliases": ()} for n, title in enumerate(titles)})
    assert held.index().closest("soxund") == ["somund", "solund", "sogund", "sofund"]
