"""The words of pages and queries: what counts as the same word, and what a misspelt word stands for."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from codes.page import Statement
from codes.search import words
from tests import factories


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Re-gluing implant crowns", "regluing implant crown"),
        ("two surfaces", "2 surface"),
        ("Teeth", "tooth"),
        ("the crown fell off", "crown falls off"),
        ("crème brûlée", "creme brulee"),
        ("the patient's crown", "patients crown"),
        ("P&C", "pc"),
        ("b/u", "bu"),
        ("1–3 teeth", "1 to 3 tooth"),
    ],
)
def test_two_ways_of_writing_the_same_give_the_same_words(one, other):
    assert words.tokens(one) == words.tokens(other)


@pytest.mark.parametrize(("one", "other"), [("removable", "remove"), ("fixed denture", "fix denture")])
def test_words_of_different_meaning_stay_apart(one, other):
    assert words.tokens(one) != words.tokens(other)


def test_a_span_speaks_of_neither_of_its_ends():
    assert words.tokens("one to 3 surfaces") == ["1to3", "surfac"]


def test_threads_do_not_disturb_each_others_words():
    asked = [f"{start}{letter}ationally" for letter in "abcdefgh" for start in ("restor", "extr")]
    alone = [words.tokens(text) for text in asked]
    words._stem.cache_clear()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            for _ in range(20):
                assert list(pool.map(words.tokens, asked)) == alone
                words._stem.cache_clear()
                words._plain.cache_clear()
    finally:
        sys.setswitchinterval(before)


@pytest.mark.parametrize("text", ["", "   ", "what is the code for my", "\x00", "😀 ¿¡ …", "漢字"])
def test_a_text_without_a_telling_word_gives_none(text):
    assert words.tokens(text) == []


def test_neighbors_are_also_written_as_one_word_and_counts_are_not_glued_together():
    assert words.joined("soft night guards") == {"softnight": ("soft", "night"), "nightguard": ("night", "guard")}
    assert words.joined("two three") == {}


def test_a_whole_phrase_is_the_same_in_any_order():
    assert words.wholes(["guard for the night", "night guard", "the"]) == ["guard night"]


def test_a_whole_phrase_is_kept_as_it_is_written_and_stands_for_its_stems():
    assert words.as_written(["Guards for the night", "night guards", "the"]) == ["guards night"]
    assert words.stemmed("guards guard night") == ("guard", "night")


def test_every_day_words_for_one_thing_stand_for_each_other():
    assert words.same("upper") == {"top", "maxilla", "maxillari"}
    assert words.same("top") == {"upper", "maxilla", "maxillari"}
    assert words.same("lamp") == frozenset()


@pytest.mark.parametrize(
    ("typed", "tokens"),
    [
        ("fixed partial dentures", ["bridg"]),
        ("recement FPD", ["recement", "bridg"]),
        ("endodontic therapy, molar", ["root", "canal", "molar"]),
        ("removable partial denture", ["removabl", "partial", "dentur"]),
        ("panoramic radiographic image", ["panoram", "xray"]),
        ("crown - porcelain fused to noble metal", ["crown", "pfm", "nobl", "metal"]),
        ("emerg exam", ["emergenc", "exam"]),
        ("do you hurt", ["hurt"]),
        ("I & D", ["id"]),
        ("1st 15 minutes", ["first", "15", "minut"]),
        ("perio maintainence", ["perio", "mainten"]),
        ("tooth coloured", ["tooth", "color"]),
    ],
)
def test_what_claims_charts_and_hurried_hands_write_is_what_pages_say(typed, tokens):
    assert words.tokens(typed) == tokens


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("DO composite", "2 surface composite"),
        ("comp #19 DO", "composite #19 2 surface"),
        ("Comp #14 MODBL", "composite #14 4 surface"),
        ("mifl white filling", "4 surface white filling"),
        ("onlay MODL ceramic", "onlay 4 surface ceramic"),
        ("comp on tooth 8", "composite on tooth 8"),
        ("2 surf comp", "2 surf composite"),
        ("comp exam", "comprehensive exam"),
        ("comp ortho", "comprehensive ortho"),
        ("comp B #5", "composite 1 surface #5"),
        ("comp B", "comp B"),
        ("what do fillings cost", "what do fillings cost"),
        ("old amalgam", "old amalgam"),
        ("mold for resin", "mold for resin"),
        ("moo amalgam", "moo amalgam"),
        ("mesial facial composite", "2 surface composite"),
        ("filling on mesial, occlusal and distal", "filling on 3 surface"),
        ("occlusal composite", "occlusal composite"),
        ("mesial and distal roots", "mesial and distal roots"),
        ("comp 2s post", "composite 2 surface post"),
        ("two sided filling", "two surface filling"),
        ("filling on both sides of 2 teeth", "filling on both sides of 2 teeth"),
        ("crn porc/hn", "crn porc/high noble"),
        ("per ex", "periodic ex"),
        ("per extraction", "per extraction"),
        ("endo pm", "endo premolar"),
        ("all-on-x", "all on 4"),
        ("ortho comp", "ortho comprehensive"),
        ("comp MOD #3", "composite 3 surface #3"),
        ("soft tissue imp", "soft tissue impaction"),
        ("srp 2 teeth", "srp 1-3 teeth"),
        ("flap surgery, less than four teeth", "flap surgery, 1-3 teeth"),
        ("srp five teeth", "srp 4 teeth"),
        ("two teeth pulled", "two teeth pulled"),
    ],
)
def test_surfaces_by_their_letters_are_counted(typed, read):
    assert words.in_full(typed) == read


@pytest.mark.parametrize(
    ("typed", "left", "tooth"),
    [
        ("crown #30", "crown ", "30"),
        ("root canal tooth 5", "root canal ", "5"),
        ("ssc # k", "ssc ", "K"),
        ("bridge #3-5", "bridge ", "3"),
        ("sealants #2, #15", "sealants ", "2"),
        ("composite #3, 2 surfaces", "composite , 2 surfaces", "3"),
        ("front tooth 2 surfaces", "front tooth 2 surfaces", None),
        ("a tooth a day", "a tooth a day", None),
        ("#45", "#45", None),
        ("#9", "#9", "9"),
        ("how much is a crown", " a crown", None),
        ("price of dentures", " dentures", None),
        ("cost", "cost", None),
        ("dr did a crown today", " a crown ", None),
        ("best code for a crown please", "code for a crown ", None),
        ("was the crown denied", "was the crown ", None),
        ("is a crown covered", "is a crown ", None),
        ("tooth covered by bone", "tooth covered by bone", None),
        ("root coverage", "root coverage", None),
        ("crown coverage", "crown ", None),
        ("crown procedure", "crown ", None),
        ("unlisted procedure", "unlisted procedure", None),
        ("denied", "denied", None),
    ],
)
def test_the_number_of_the_tooth_and_the_price_tell_nothing_of_the_code(typed, left, tooth):
    assert words.telling(typed) == left
    assert words.tooth(typed) == tooth


def test_what_became_of_the_claim_is_kept_apart():
    assert words.of_claim("why was the buildup denied") == ["deni"]
    assert words.of_claim("gum covered tooth") == []


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("soft nightguard", "soft night guard"),
        ("Nightguards", "Night guards"),
        ("nightlamp", "nightlamp"),
        ("buildup", "buildup"),
    ],
)
def test_a_word_that_names_write_as_two_is_read_as_two_if_no_page_writes_it_as_one(typed, read):
    known = {"+nightguard", "night", "guard", "+buildup", "build", "up", "buildup"}
    assert words.parted(typed, known) == read


def test_a_word_weighs_by_its_best_place():
    terms = words.terms(
        factories.page(
            title="Crown",
            aliases=("cap",),
            tags=("ceramic",),
            statements=(Statement("use_when.done", "Crown of zirconia."), Statement("excludes.post", "The post.")),
        )
    )
    assert terms["crown"] > terms["cap"] > terms["ceram"] > terms["zirconia"] > terms["post"] > 0


def test_neighbors_in_a_title_and_an_alias_are_kept_as_one_word():
    terms = words.terms(factories.page(title="Hard night guard", aliases=("bite splint",)))
    assert {"+hardnight", "+nightguard", "+bitesplint"} <= set(terms)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("implnat", "implant"),
        ("denchur", "dentur"),
        ("flourid", "fluorid"),
        ("gingivitus", "gingiv"),
        ("extracton", "extract"),
    ],
)
def test_a_misspelt_word_stands_for_the_nearest_known_word(typed, meant):
    known = ["bridg", "dentur", "extract", "extracoron", "fluorid", "gingiv", "implant", "plan"]
    assert words.closest(typed, words.Spellings(known, {}))[0] == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("abutmnt", "abut"),
        ("brdge", "bridg"),
        ("srface", "surfac"),
        ("surgey", "surgeri"),
        ("flling", "fill"),
        ("brokn", "break"),
        ("nightgard", "+nightguard"),
    ],
)
def test_a_word_is_close_to_how_a_term_is_written_where_its_stem_is_far(typed, meant):
    written = words.stems(
        ["abutment", "abut", "bridges", "bridge", "surface", "surgery", "filling", "guard", "breaking"]
    )
    known = words.Spellings([*written.values(), "+nightguard"], written)
    assert words.closest(typed, known) == [meant]


@pytest.mark.parametrize(
    ("typed", "meant"), [("brain", []), ("iphone", []), ("nlay", ["inlay"]), ("kleaning", ["cleaning"])]
)
def test_hardly_anybody_misses_the_first_letter(typed, meant):
    assert words.closest(typed, words.Spellings(["drain", "phone", "inlay", "cleaning"], {})) == meant


def test_a_written_word_whose_term_no_code_says_is_not_known():
    assert words.closest("brdge", words.Spellings(["crown"], {"bridge": "bridg"})) == []


@pytest.mark.parametrize("typed", ["cap", "zzzzzzzz", "post"])
def test_a_short_or_strange_word_stands_for_nothing_else(typed):
    assert words.closest(typed, words.Spellings(["cat", "crown", "implant"], {})) == []


WORDS = st.text("abc1", min_size=1, max_size=8)


@given(WORDS, st.lists(WORDS, max_size=9), st.integers(1, 2))
def test_no_word_that_is_so_few_slips_away_is_left_out(word, known, slips):
    spelt = words.Spellings(known, {})
    near = set(spelt.near(word, slips))
    assert {other for other in spelt.writings if OSA.distance(word, other) <= slips} <= near <= spelt.writings.keys()
