"""Why a page was found: the marked words, the text that says most of them, the wrong belief that a query repeats."""

import pytest

from codes.page import Statement
from codes.search import words
from codes.search.excerpts import belief, beliefs, excerpt, marked, may_hold, said, texts
from tests import factories


def shown(pieces) -> str:
    return "".join(f"[{piece.text}]" if piece.hit else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("text", "terms", "seen"),
    [
        ("Re-gluing an implant", {"reglu", "implant"}, "[Re-gluing] an [implant]"),
        ("Second-stage surgery", {"stage"}, "[Second-stage] surgery"),
        ("Crème brûlée, CRÈMES", {"creme"}, "[Crème] brûlée, [CRÈMES]"),
        ("Report D6011.", {"6011"}, "Report [D6011]."),
        ("A hard night guard", {"+nightguard"}, "A hard [night] [guard]"),
        ("Nightguard", {"nightguard"}, "[Nightguard]"),
        ("implants", {"implant"}, "[implants]"),
        ("An explanation", {"plan"}, "An explanation"),
        ("<b>crown</b>", {"crown"}, "<b>[crown]</b>"),
        ("", {"crown"}, ""),
        ("crown", set(), "crown"),
    ],
)
def test_words_are_marked_whole_and_nothing_else_is_changed(text, terms, seen):
    pieces = marked(text, terms)
    assert shown(pieces) == seen
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces)


def test_a_text_says_the_terms_that_stand_in_it():
    assert said("Hard night guards", {"night", "soft", "+nightguard"}) == {"night", "+nightguard"}


def test_the_text_that_says_most_is_shown_and_none_if_the_title_says_as_much():
    page = factories.page(
        title="Green lamp",
        aliases=("big lamp", "big green lamp"),
        statements=(Statement("use_when.done", "A big green lamp."), Statement("excludes.post", "Big red green lamp.")),
    )
    found = excerpt(page.title, texts(page), {"big", "green", "lamp"})
    assert (found.key, found.label, shown(found.text)) == ("aliases", "Also called", "[big] [green] [lamp]")
    assert excerpt(page.title, texts(page), {"green", "lamp"}) is None
    assert excerpt(page.title, texts(page), {"big", "red", "green", "lamp"}).label == "Not included"


def test_a_long_text_is_cut_at_words_around_the_first_that_matched_and_has_no_markup():
    text = f"{'Before that. ' * 20}The **zirconia** flange. {'After that. ' * 20}".strip()
    page = factories.page(statements=(Statement("context.long", text),))
    seen = shown(excerpt(page.title, texts(page), {"zirconia"}).text)
    assert "The [zirconia] flange. After" in seen
    assert (seen[0], seen[-1]) == ("…", "…")
    assert len(seen) < 190
    assert set(seen.strip("…").split()) == {"Before", "that.", "The", "[zirconia]", "flange.", "After"}


def test_a_text_without_spaces_is_cut_too():
    page = factories.page(statements=(Statement("context.long", f"zirconia-{'x' * 1500}"),))
    assert len(shown(excerpt(page.title, texts(page), {"zirconia"}).text)) < 190


@pytest.fixture
def lamps():
    return factories.page(
        title="Uncovering a lamp",
        aliases=("lamp surgery",),
        statements=(
            Statement(
                "myth.glue", "It is not. D6010 uncovers; gluing is D6092.", "D6010 is the code for gluing a crown"
            ),
            Statement("myth.free", "Nobody says so.", "Lamps are free of charge"),
        ),
    )


def held(page, *asked: str):
    """The belief; what tells beforehand whether there may be one never says no to it."""
    terms = [word for word in asked if word != "zzz"]
    found = belief(page.title, texts(page), terms, asked)
    lines = "\n".join(words.wholes((page.title, *page.aliases)))
    assert found is None or may_hold("\n".join(beliefs(page)), lines, terms, asked)
    return found


def test_a_belief_names_what_is_wrong_and_what_is_right_instead(lamps):
    found = held(lamps, "glu", "crown", "6010")
    assert (found.excerpt.key, found.wrong, found.right) == ("myth.glue", {"D6010"}, ("D6092",))
    assert shown(found.excerpt.heading) == "[D6010] is the code for [gluing] a [crown]"
    assert shown(found.excerpt.text) == "It is not. [D6010] uncovers; [gluing] is D6092."


def test_one_word_is_enough_beside_the_number_and_too_little_without_it(lamps):
    assert held(lamps, "glu", "6010") is not None
    assert held(lamps, "glu") is None


@pytest.mark.parametrize(
    "asked",
    [
        ("6010",),
        ("lamp", "6010"),
        ("lamp", "surgeri"),
        ("glu", "lamp"),
        ("glu", "crown", "zzz", "zzz", "zzz"),
        ("zzz", "zzz"),
    ],
)
def test_what_the_page_says_of_itself_and_what_is_mostly_something_else_is_no_belief(lamps, asked):
    assert held(lamps, *asked) is None


def test_a_belief_without_a_number_makes_nothing_wrong(lamps):
    found = held(lamps, "lamp", "free", "charg")
    assert (found.excerpt.key, found.wrong, found.right) == ("myth.free", set(), ())


def test_a_page_without_wrong_beliefs_has_none():
    assert held(factories.page(), "thing") is None


def test_two_words_written_as_one_in_an_alias_are_said_where_they_stand_side_by_side():
    page = factories.page(title="A splint", aliases=("night guard",), answer="A guard for the night; a night guard.")
    says = {text.key: text.says for text in texts(page)}
    assert (says["aliases"], says["answer"]) == ("+nightguard guard night", "+nightguard guard night")
    assert says["use_when.done"] == "done thing"
