"""The starter content as it lies in codes/content/: which codes, and that the lint finds nothing."""

import pytest

from codes.editorial import choosing, entry, episodes, lint, register
from tests import factories


@pytest.fixture(scope="module")
def pages():
    return dict(factories.entry_of(path.stem) for path in entry.paths())


def test_it_holds_447_active_codes_and_50_deleted_since_2014(pages):
    deleted = [page.validity.until for page in pages.values() if page.validity.until]
    assert (len(pages) - len(deleted), len(deleted)) == (447, 50)
    assert min(deleted) == 2013


def test_the_lint_finds_nothing(pages):
    assert lint.check_all(pages) == []
    assert choosing.check(choosing.read_all(), pages) == []
    assert episodes.check(episodes.read_all(), pages) == []


def test_the_lint_finds_nothing_in_the_register_either(pages):
    assert register.check(entry.register(), pages) == []
    assert register.check_outside(entry.register()) == []
    assert len(entry.register()) > 300


def test_successors_of_deleted_codes_are_those_of_the_code_set(pages):
    named = {code: pages[code].validity.replaced_by for code in ("D6052", "D3354", "D3427", "D1352", "D9940", "D8690")}
    assert named == {
        "D6052": ("D6191", "D6192"),
        "D3354": ("D3355", "D3356", "D3357"),
        "D3427": ("D3471", "D3472", "D3473", "D3501", "D3502", "D3503"),
        "D1352": ("D2391",),
        "D9940": ("D9944", "D9945", "D9946"),
        "D8690": (),
    }


def test_a_code_that_ends_is_still_described_on_its_last_day(pages):
    d1352 = pages["D1352"].validity
    assert (d1352.since, str(d1352.last_day)) == (2011, "2025-12-31")


FILLINGS = {
    "1": "D2140 D2330 D2391 D2510 D2610",
    "2": "D2150 D2331 D2392 D2542 D2642",
    "3": "D2160 D2332 D2393 D2543 D2643",
    "45": "D2161 D2335 D2394 D2544 D2644",
}


def test_a_filling_inlay_or_onlay_is_counted_by_tooth_and_its_surfaces(pages):
    said = {code: (pages[code].surfaces, pages[code].per) for codes in FILLINGS.values() for code in codes.split()}
    assert said == {code: (tuple(count), "tooth") for count, codes in FILLINGS.items() for code in codes.split()}
    assert {code for code, page in pages.items() if page.surfaces} == set(said)


def test_quadrant_codes_are_counted_by_quadrant(pages):
    quadrants = "D4210 D4211 D4240 D4241 D4260 D4261 D4341 D4342 D4921 D7310 D7311 D7320 D7321"
    assert {code: pages[code].per for code in quadrants.split()} == dict.fromkeys(quadrants.split(), "quadrant")


def test_whole_mouth_gum_care_is_counted_by_visit_and_what_names_a_tooth_by_tooth(pages):
    assert {code: pages[code].per for code in ("D4346", "D4355", "D4910")} == dict.fromkeys(
        ("D4346", "D4355", "D4910"), "visit"
    )
    assert {code: pages[code].per for code in ("D4381", "D9911", "D1351", "D1354")} == dict.fromkeys(
        ("D4381", "D9911", "D1351", "D1354"), "tooth"
    )


def test_a_first_image_or_quarter_hour_is_counted_by_visit_and_each_later_one_by_itself(pages):
    pairs = {("D0220", "D0230"): "image", ("D9222", "D9223"): "15 minutes", ("D9224", "D9225"): "15 minutes",
             ("D9239", "D9243"): "15 minutes", ("D9246", "D9247"): "15 minutes"}  # fmt: skip
    assert {pair: (pages[pair[0]].per, pages[pair[1]].per) for pair in pairs} == {
        pair: ("visit", later) for pair, later in pairs.items()
    }


def test_root_canals_and_root_end_surgery_are_for_the_teeth_in_their_names(pages):
    kinds = {"anterior": "D3310 D3346 D3410 D3471 D3501", "premolar": "D3320 D3347 D3421 D3472 D3502",
             "molar": "D3330 D3348 D3425 D3473 D3503"}  # fmt: skip
    for kind, codes in kinds.items():
        assert {code: pages[code].teeth for code in codes.split()} == dict.fromkeys(codes.split(), (kind, "permanent"))
    assert (pages["D3426"].per, pages["D3430"].per) == ("root", "root")


def test_nothing_is_said_of_a_number_to_come_but_that_the_front_tooth_rule_of_d2390_ends(pages):
    to_come = {code: [year for year, _ in page.validity.revised if year > 2026] for code, page in pages.items()}
    assert {code: years for code, years in to_come.items() if years} == {"D2390": [2027]}


def test_every_choice_that_the_front_desk_asks_for_has_a_page_and_every_treatment_its_visits():
    assert [choice.slug for choice in choosing.read_all()] == [
        "cleaning", "crown", "denture-repair", "exam", "extraction", "graft", "implant-crown", "radiograph",
        "apicoectomy", "sedation",
    ]  # fmt: skip
    assert {episode.slug: len(episode.visits) for episode in episodes.read_all()} == {
        "crown": 4,
        "overdenture": 5,
        "root-canal": 4,
        "root-planing": 4,
        "single-implant": 5,
        "sleep-appliance": 4,
        "full-denture": 5,
    }


def test_no_code_is_more_than_four_answers_away():
    longest = {choice.slug: max(map(len, choice.steps.values())) for choice in choosing.read_all()}
    assert max(longest.values()) == 3, longest
