"""Finding a code by what a reader types: its number in any shape, its names, everyday words, misspelt words."""

from datetime import date

import pytest

from codes.page import Validity
from codes.search import find, held, unknown, words
from tests import factories

pytestmark = pytest.mark.django_db


def numbers(query: str, **options) -> list[str]:
    return [hit.code.number for hit in find(query, **options)]


@pytest.fixture
def implants():
    """Four real pages that share most of their words."""
    factories.load("D6010", "D6011", "D6092", "D6100")


@pytest.fixture
def guards():
    """A deleted code and what came after it, as loaded."""
    factories.load("D9940", "D9944", "D9945", "D9946", "D9941")


@pytest.mark.parametrize("typed", ["D6011", "6011", "d 6011", "D6O11", "d-6011", " 6011 "])
def test_a_number_in_any_shape_finds_its_code_alone(implants, typed):
    assert numbers(typed) == ["D6011"]


def test_half_a_number_finds_the_codes_that_begin_so(implants):
    assert numbers("d60") == ["D6010", "D6011", "D6092"]
    assert numbers("601") == ["D6010", "D6011"]


def test_digits_that_begin_no_number_find_the_codes_that_contain_them(implants):
    assert numbers("092") == ["D6092"]
    assert numbers("92") == []


@pytest.mark.parametrize("typed", ["what is D6100", "code 6100 please", "#6100", "cdt d 6100?", "6100: placing"])
def test_a_number_among_words_comes_before_what_the_words_find(implants, typed):
    assert numbers(typed)[0] == "D6100"


def test_a_number_without_a_code_finds_nothing(implants):
    assert numbers("D0001") == []
    assert numbers("what is D0001") == []


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("uncover implant", "D6011"),
        ("implant uncover", "D6011"),
        ("second-stage implant surgery", "D6011"),
        ("re-gluing implant crown", "D6092"),
        ("implant crown came off", "D6092"),
        ("recment implnat crown", "D6092"),
    ],
)
def test_names_everyday_words_and_misspelt_words_find_the_code(implants, typed, wanted):
    assert numbers(typed)[0] == wanted


def test_a_whole_alias_comes_before_a_code_that_has_its_words_among_others():
    factories.code("D6010", title="Something else", aliases=("big green lamp",))
    factories.code("D6011", title="Something else again", aliases=("green lamp",))
    factories.code("D6012", title="Something more", aliases=("green lamp that is big and round",))
    assert numbers("lamp green")[0] == "D6011"
    assert numbers("big green lamp")[0] == "D6010"


def test_two_words_and_one_word_find_the_same():
    factories.code("D6010", title="Bitewing picture", aliases=("night guard",))
    factories.code("D6011", title="Bite of something", aliases=("wing",))
    assert numbers("bite wing picture")[0] == "D6010"
    assert numbers("nightguard") == ["D6010"]
    assert numbers("nightgaurd ") == ["D6010"]


def test_another_word_for_the_same_thing_finds_it_behind_the_word_itself():
    factories.code("D6010", title="Lower lamp")
    factories.code("D6011", title="Bottom lamp")
    assert numbers("bottom lamp") == ["D6011", "D6010"]
    assert numbers("mandibular lamp ") == ["D6010", "D6011"]


def test_the_last_word_is_taken_as_a_beginning_until_it_is_finished():
    factories.code("D6010", title="Zirconia lamp", aliases=("bright one",))
    assert numbers("zirc") == ["D6010"]
    assert numbers("bright zir") == ["D6010"]
    assert numbers("zir ") == []


def test_the_first_letter_of_a_word_to_come_finds_what_the_words_before_it_find():
    factories.code("D6010", title="Lamp")
    factories.code("D6011", title="Vitamin c", aliases=("lamp class v",))
    assert numbers("lamp") == numbers("lamp c") == ["D6010", "D6011"]
    assert numbers("lamp class v")[0] == "D6011"
    assert numbers("vitamin c") == ["D6011"]


def test_a_code_for_other_teeth_than_the_one_named_comes_behind():
    factories.code("D3310", title="Lamp one", teeth=("anterior",))
    factories.code("D3320", title="Lamp two", teeth=("premolar", "permanent"))
    factories.code("D3330", title="Lamp three", teeth=("molar", "lower"))
    factories.code("D3340", title="Lamp of teeth", aliases=("a thing that shines",))
    for typed, first in (("lamp #8", "D3310"), ("lamp tooth 5", "D3320"), ("lamp # 30", "D3330")):
        assert numbers(typed)[0] == first
    assert numbers("lamp #3")[0] == "D3340"  # No lower one.
    assert numbers("lamp #E")[:2] == ["D3310", "D3340"]  # No permanent one.
    assert set(numbers("lamp #3")) == {"D3310", "D3320", "D3330", "D3340"}


def test_what_a_misspelt_word_meant_brings_the_other_words_for_it():
    factories.code("D6010", title="Zirconia lamp")
    factories.code("D6011", title="Zirconium lamp")
    assert numbers("zirkonia ") == ["D6010", "D6011"]


def test_a_number_is_no_misspelling_of_another():
    factories.code("D6010", title="Lamp", answer="As D9913 has it.")
    assert numbers("lamp 9913") == ["D6010"]
    assert find("99213") == []


@pytest.mark.parametrize("typed", ["06011", "D06011", "code 06011 please"])
def test_a_number_of_five_digits_that_begins_with_0_is_the_one_behind_it(implants, typed):
    assert numbers(typed)[0] == "D6011"


def test_words_that_no_page_has_are_told_apart():
    factories.code("D6010", title="Hard lamp", aliases=("night guard", "cap"))
    for typed, strange in (
        ("lamp ", []),
        ("Lapm guard ", ["lapm"]),
        ("a xyz for the Hard lapm ", ["xyz", "lapm"]),
        ("nightguard crown ", []),
        ("hard la", []),
        ("D6010", []),
        ("what is D6010 ", []),
        ("what is D6019 ", ["6019"]),
        ("60", []),
        ("", []),
    ):
        find(typed)
        assert unknown(typed) == strange


def test_a_shortened_word_is_read_in_full_wherever_it_stands_if_no_code_is_called_by_it():
    factories.code("D6010", title="Lamp", aliases=("old lamp",))
    factories.code("D6011", title="Lamp sharpening", aliases=())
    assert numbers("sharpe lamp ")[0] == "D6011"
    assert unknown("sharpe lamp ") == []


def test_what_became_of_the_claim_moves_nothing_and_shows_where_it_is_told():
    factories.code("D6010", title="Lamp", aliases=("lantern",))
    factories.code("D6011", title="Thing", aliases=("stuff",), answer="A lamp. Often denied.")
    hits = find("lamp claim denied")
    assert [(hit.code.number, hit.why) for hit in hits] == [("D6010", ("lamp",)), ("D6011", ("deni", "lamp"))]


def test_what_fits_badly_is_weak_even_if_nothing_fits_better():
    factories.codes({f"D{6000 + n}": {"title": "Thing", "answer": "A phone on a table."} for n in range(40)})
    assert {hit.weak for hit in find("phone")} == {True}
    assert {hit.weak for hit in find("thing")} == {False}


def test_a_word_that_codes_speak_of_and_none_is_called_by_moves_nothing():
    factories.code("D6010", title="Lamp")
    factories.code("D6011", title="Thing", answer="A lamp. The plan denies it.")
    for number in range(6020, 6060):
        factories.code(f"D{number}", title="Thing", answer="The plan denies it.")
    assert numbers("lamp denied by the plan")[:2] == ["D6010", "D6011"]


def test_whose_it_is_and_who_pays_is_left_aside():
    factories.code("D6010", title="Lamp")
    factories.code("D6011", title="Thing", answer="The insurance of the patient covers the lamp.")
    for typed in ("lamp insurance", "does insurance cover lamps", "lamp covered by insurance", "pt needs a lamp"):
        assert numbers(typed) == numbers("lamp") == ["D6010", "D6011"]
    assert numbers("insurance") == ["D6011"]


def test_a_code_with_all_the_words_comes_before_one_that_says_one_of_them_loudly():
    factories.code("D6010", title="Lamp", aliases=("the lamp", "old lamp"), answer="A lamp.")
    factories.code("D6011", title="A thing", aliases=("doing it",), answer="A ladder with a lamp.")
    assert numbers("ladder lamp")[0] == "D6011"


def test_a_deleted_code_is_found_by_its_number_and_right_behind_it_what_took_its_place(guards):
    assert numbers("9940") == ["D9940", "D9944", "D9945", "D9946"]
    assert numbers("9940", limit=2) == ["D9940", "D9944"]
    found = numbers("is D9940 a sports mouthguard")
    assert found[0] == "D9940"
    assert set(found[1:4]) == {"D9944", "D9945", "D9946"}
    assert found[4] == "D9941"


def test_a_code_that_is_valid_on_the_day_is_found_alone(guards):
    assert numbers("9940", day=date(2018, 12, 31)) == ["D9940"]
    assert numbers("9940", day=date(2019, 1, 1)) == ["D9940", "D9944", "D9945", "D9946"]


def test_half_a_number_brings_no_successors(guards):
    factories.code("D9930", validity=Validity(until=2018, replaced_by=("D6011",)))
    factories.code("D6011")
    assert numbers("993") == ["D9930"]


def test_behind_the_codes_that_three_digits_begin_come_those_that_they_end():
    for number in ("D0274", "D2740", "D2741", "D7274"):
        factories.code(number)
    assert numbers("274") == ["D2740", "D2741", "D0274", "D7274"]
    assert numbers("27") == ["D2740", "D2741"]


def test_a_deleted_code_comes_behind_the_codes_that_took_its_place(guards):
    found = numbers("old night guard code")
    assert set(found[:3]) == {"D9944", "D9945", "D9946"}
    assert found[3] == "D9940"


def test_a_successor_is_found_by_the_words_of_the_deleted_code_alone():
    gone = Validity(until=2018, replaced_by=("D6011", "D6012"))
    factories.code("D6010", title="Marzipan lamp", validity=gone)
    factories.code("D6011", title="Something new", validity=Validity(until=2020))
    factories.code("D6012", title="Something newer")
    hits = find("marzipan")
    assert [hit.code.number for hit in hits] == ["D6012", "D6010"]
    assert hits[0].why == ("marzipan",)


def test_a_code_that_ends_later_is_not_yet_behind(time_machine):
    gone = Validity(until=2018, replaced_by=("D6011",))
    factories.code("D6010", title="Marzipan lamp", validity=gone)
    factories.code("D6011", title="Something new")
    time_machine.move_to("2018-12-31 12:00:00+00:00")
    assert numbers("marzipan") == ["D6010"]
    time_machine.move_to("2019-01-02 12:00:00+00:00")
    assert numbers("marzipan") == ["D6011", "D6010"]


@pytest.mark.parametrize(
    "typed", ["", "   ", "what is the code for my", "\x00", "😀", "zzzzqqqq", "%", "_", "'; --", "d"]
)
def test_a_senseless_query_finds_nothing(implants, typed):
    assert numbers(typed) == []


def test_a_null_byte_parts_words(implants):
    assert numbers("uncover\x00implant") == numbers("uncover implant")


def test_a_query_is_read_up_to_its_longest_length(implants):
    start = "uncover implant ".ljust(words.MAX_QUERY)
    assert numbers(start + "crown") == numbers(start)
    assert numbers("x" * 5000) == []


def test_no_more_than_the_limit_and_the_same_order_for_every_limit(implants):
    whole = numbers("implant surgery")
    assert len(whole) == 4
    assert numbers("implant surgery", limit=2) == whole[:2]


def test_the_hit_says_which_words_matched_and_none_for_a_number(implants):
    assert find("implnat ")[0].why == ("implant",)
    assert find("D6011")[0].why == ()


@pytest.mark.parametrize("codes", [3, 30])
def test_a_search_takes_one_query_however_many_codes_there_are(codes, django_assert_num_queries):
    factories.code("D6000", title="Number of a lamp", validity=Validity(until=2018, replaced_by=("D6999",)))
    factories.code("D6999", title="Something new", aliases=("other words",), answer="Nothing.", statements=())
    for n in range(codes - 2):
        factories.code(f"D{6001 + n}", title=f"Lamp number {n}")
    held.index()
    with django_assert_num_queries(1):
        assert len(find("lmap zzzzqqqq nu")) == min(codes, 20)
    with django_assert_num_queries(1):
        assert len(find("d60")) == min(codes - 1, 20)


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("ｃｒｏｗｎ", "crown"),
        ("c\u0301rown", "crown"),
        ("cro\u200bwn", "crown"),
        ("\u0441rown ", "rown "),
        ("crown%", "crown"),
        ("cr_wn ", "cr wn "),
        ('crown* OR "implant"', "crown or implant "),
        ("crown \x00 implant", "crown implant"),
        ("implant crown " * 1000, "implant crown "),
    ],
)
def test_signs_of_other_languages_mean_nothing_and_look_alikes_mean_what_they_look_like(implants, typed, same):
    assert [(hit.code.number, hit.why) for hit in find(typed)] == [(hit.code.number, hit.why) for hit in find(same)]


@pytest.mark.parametrize(
    "typed", ["x" * 10_000, "implnat" * 2000, " ".join(f"wrod{n}" for n in range(3000)), "é" * 10_000, "1-" * 5000]
)
def test_of_a_huge_query_no_more_is_looked_at_than_of_a_long_one(implants, typed, monkeypatch):
    looked_at = []
    closest = words.closest
    monkeypatch.setattr(held, "closest", lambda word, known: looked_at.append(word) or closest(word, known))
    find(typed)
    assert len(looked_at) <= words.MAX_WORDS
    assert sum(map(len, looked_at)) <= words.MAX_QUERY
