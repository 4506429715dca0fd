"""What a machine sees wrong in an entry: each rule finds what it is for, and leaves what is right alone."""

from dataclasses import replace

import pytest

from codes.editorial.lint import (
    FILLER,
    MINIMUM_ALIASES,
    Finding,
    before_and_after,
    check,
    check_all,
    completeness,
    recurring,
    titles,
    to_come,
)
from codes.page import KINDS, Page, Relation, Source, Statement, Validity


def entry(**changes) -> Page:
    """A page of the implant services in which nothing is wrong beside other pages."""
    return replace(Page("A thing", "Report the thing.", "implant services"), **changes)


def saying(text: str, key: str = "use_when.done", **changes) -> Page:
    heading = "A heading" if KINDS[key.partition(".")[0]].heading else ""
    return entry(statements=(Statement(key, text, heading),), **changes)


def relating(kind: str, code: str) -> Page:
    return entry(related=(Relation(kind, code, "The difference."),))


def rules(page: Page, others: dict[str, Page] | None = None, code: str = "D6010") -> list[tuple[str, str]]:
    """What is found as (item, rule)."""
    return [(f.item, f.rule) for f in check(code, page, others or {})]


DELETED = entry(validity=Validity(until=2020))


def test_nothing_is_wrong_on_a_page_that_is_right():
    assert rules(saying("The thing was done, not D6011."), {"D6011": entry()}) == []


# Category


def test_a_category_that_is_not_that_of_the_number_is_found():
    assert check("D2740", entry(), {}) == [Finding("D2740", "category", "category", "D2740 belongs to restorative")]


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("D6010", "implant services"),
        ("D2740", "restorative"),
        ("D6280", "implant services"),
        ("D0001", "diagnostic"),
    ],
)
def test_the_category_of_the_number_and_any_of_a_number_outside_the_ranges_are_right(code, category):
    assert rules(entry(category=category), code=code) == []


# CPT


@pytest.mark.parametrize(
    "text",
    [
        "CPT code D6010 is reported.",
        "Report D6010, a CPT code.",
        "The cpt D6010.",
        "It was not done. CPT D6010 is reported.",
    ],
)
def test_a_dental_code_called_a_cpt_code_is_found(text):
    found = check("D6010", saying(text), {})
    assert [(f.item, f.rule) for f in found] == [("use_when.done", "CPT")]
    assert found[0].why == "a D code is a CDT code (HCPCS Level II), never a CPT code"


@pytest.mark.parametrize(
    "text",
    [
        "D6010 is not a CPT code.",
        "D6010 isn’t a CPT code.",
        "A physician maps D6010 to a CPT code.",
        "Use CPT 21248 for it.",
        "A CPT code is for physicians. D6010 is for dentists.",
        "D6010 is a CDT code.",
    ],
)
def test_speaking_rightly_of_cpt_codes_is_right(text):
    assert rules(saying(text)) == []


def test_a_wrong_belief_may_call_it_a_cpt_code():
    assert rules(saying("CPT D6010.", "myth.cpt")) == []
    assert rules(saying("CPT D6010.", "faq.cpt")) == [("faq.cpt", "CPT")]


# Filler


@pytest.mark.parametrize("phrase", FILLER)
def test_each_phrase_that_says_nothing_is_found(phrase):
    found = check("D6010", saying(f"Here {phrase.capitalize()} so."), {})
    assert found == [Finding("D6010", "use_when.done", "filler", f"“{phrase}” is as true on every other page")]


def test_filler_is_found_in_the_answer_a_heading_and_a_relation():
    page = entry(
        answer="Please note the thing.",
        statements=(Statement("faq.why", "Because.", "Is it best practice?"),),
        related=(Relation("part_of", "D6011", "Coverage varies."),),
    )
    assert rules(page) == [("answer", "filler"), ("faq.why", "filler"), ("related.part_of.D6011", "filler")]


def test_a_text_that_says_what_to_do_is_no_filler():
    assert rules(saying("Note the date. Check the implant’s brand. The practice notes its best lot.")) == []


# Codes it speaks of


def test_a_code_outside_the_set_is_found_in_a_text_and_a_relation():
    others = {"D6011": entry()}
    assert rules(saying("See D6999."), others) == [("use_when.done", "unknown code")]
    assert rules(relating("part_of", "D6999"), others) == [("related.part_of.D6999", "unknown code")]
    assert (
        check("D6010", saying("See D6999."), others)[0].why
        == "D6999 is not in the set, nor in codes/editorial/outside.py"
    )


def test_a_code_known_to_stand_outside_the_set_may_be_named():
    assert rules(saying("A new screw is D6193."), {"D6011": entry()}) == []


def test_codes_of_the_set_the_page_itself_and_successors_are_known():
    others = {"D6011": entry(), "D6100": entry(validity=Validity(until=2025, replaced_by=("D6998",)))}
    page = saying("See D6010, D6011, D6998 and D6999.", validity=Validity(until=2025, replaced_by=("D6999",)))
    assert rules(page, others) == []
    assert rules(relating("part_of", "D6011"), others) == []


def test_a_wrong_belief_may_name_a_number_that_it_says_is_no_code():
    others = {"D6011": entry()}
    assert rules(saying("There is no D6999.", "myth.number"), others) == []
    assert rules(saying("D6999 is not a CDT code.", "myth.number"), others) == []
    assert rules(saying("It is D6999.", "myth.number"), others) == [("myth.number", "unknown code")]


def test_a_code_that_ended_before_the_set_begins_may_be_named():
    assert rules(saying("Until 2012 it was D6973."), {"D6011": entry()}) == []


# Codes not named, denied, or left to an unlisted one


@pytest.mark.parametrize(
    "text",
    [
        "The screw has its own code.",
        "Use another code.",
        "A separate billing code is for it.",
        "It has its own number.",
    ],
)
def test_a_code_spoken_of_and_not_named_is_found(text):
    assert rules(saying(f"So it is. {text}")) == [("use_when.done", "code not named")]
    assert rules(entry(answer=text)) == [("answer", "code not named")]


@pytest.mark.parametrize(
    "text",
    [
        "The screw has its own code, D6193.",
        "It is billed under its own tooth number.",
        "The mill does not need another code.",
        "Is that another code?",
        "Medical plans want their own codes.",
        "A separate code is announced.",
    ],
)
def test_a_code_named_or_not_there_or_of_another_set_is_right(text):
    assert rules(saying(text)) == []


def test_what_a_payer_is_quoted_with_and_the_page_of_an_unlisted_code_need_name_none():
    quoted = entry(statements=(Statement("denial.other", "Send it again.", "Belongs to another code"),))
    assert rules(quoted) == []
    assert rules(saying("Each part that has its own code.", title="Unlisted implant procedure")) == []


@pytest.mark.parametrize(
    "text",
    ["There is no code for it.", "A retainer has no code.", "No cleaning code exists.", "A sale without a code."],
)
def test_a_code_that_is_denied_for_no_edition_is_found(text):
    assert rules(saying(text)) == [("use_when.done", "code denied")]
    assert rules(saying(f"{text} That holds for CDT 2026.")) == []
    assert rules(saying(text, title="Unlisted implant procedure")) == []


def test_care_that_no_code_describes_denies_none():
    assert rules(saying("Care that no other code describes.")) == []


def test_an_unlisted_code_where_a_listed_one_stands_is_found():
    others = {"D6199": entry(title="Unlisted implant procedure")}
    found = check("D6010", saying("A new screw is D6199."), others)
    assert found == [
        Finding("D6010", "use_when.done", "unlisted code", "names D6199 where D6193 is for that"),
    ]
    assert rules(saying("Broken HPV vial: D7899."), others) == [("use_when.done", "unlisted code")]
    assert rules(saying("A new screw is D6193, not D6199."), others) == []
    assert rules(saying("A new screw was D6199 until 2024."), others) == []
    assert rules(saying("A broken bar is D6199."), others) == []


# Editions to come


def announced(page: Page, code: str = "D6010") -> list[tuple[str, str]]:
    return [(f.item, f.why) for f in to_come(code, page)]


def test_what_is_said_of_the_next_edition_is_called_announced():
    assert announced(saying("It changes in 2027.")) == [
        ("use_when.done", "speaks of 2027 and does not say that it is announced")
    ]
    assert announced(saying("A change is announced for 2027.")) == []
    assert rules(saying("It changes in 2027.")) == []


def test_no_code_is_named_for_the_next_edition_but_the_one_that_was_announced():
    assert announced(saying("Announced: from 2027 it is D6010.")) == [
        ("use_when.done", "says of D6010 what nobody announced for 2027")
    ]
    assert announced(saying("It was announced that D2390 changes in 2027. Until then it is D6010.")) == []


def test_no_validity_reaches_past_the_newest_edition():
    past = [("validity", "no code that begins or ends after 2026 is known by its number")]
    assert announced(entry(validity=Validity(since=2027))) == past
    assert announced(entry(validity=Validity(until=2027))) == past
    assert announced(entry(validity=Validity(since=2026, until=2026))) == []
    revised = entry(validity=Validity(revised=((2027, "Announced: any tooth."),)))
    assert announced(revised, "D2390") == []
    assert announced(revised, "D2391") == [("validity", "no revision of D2391 for 2027 was announced by its number")]


# Words


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        ("The colour is off.", "colour", "color"),
        ("Keratinised gum.", "Keratinised", "…ize"),
        ("A cancelled visit.", "cancelled", "canceled, canceling"),
        ("The biting face is worn.", "biting face", "surface"),
        ("The dental number.", "dental number", "code"),
        ("Local anaesthetic.", "anaesthetic", "anesthesia"),
    ],
)
def test_a_word_that_is_wrong_in_american_dentistry_is_found(text, wrong, right):
    found = check("D6010", saying(text), {})
    assert found == [
        Finding("D6010", "use_when.done", "word", f"“{wrong}” is not the word of American dentistry: {right}")
    ]


def test_words_that_only_look_like_wrong_ones_are_right():
    assert rules(saying("Advised, raised and revised; the face, the tooth number, the practice, cancellation.")) == []


def test_beside_no_other_page_no_code_is_unknown():
    page = entry(answer="See D6999.", related=(Relation("part_of", "D6998", "N."),))
    assert rules(page, {}) == []
    assert rules(page, {"D6010": page}) == []


# Deleted codes


def test_a_deleted_code_is_found_where_the_text_does_not_say_so():
    found = check("D6010", saying("Report D6053 with it."), {"D6053": DELETED})
    assert found == [
        Finding("D6010", "use_when.done", "deleted code", "D6053 was deleted after 2020; the text does not say so")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "D6053 was deleted.",
        "D6053 ended with 2020.",
        "It replaced D6053.",
        "The former D6053.",
        "D6053 is no longer there.",
        "Until 2020 it was D6053.",
        "Report it. D6053 covered it. That number is retired.",
    ],
)
def test_a_deleted_code_called_so_is_right(text):
    assert rules(saying(text), {"D6053": DELETED}) == []


def test_a_current_code_a_wrong_belief_and_another_deleted_page_need_not_say_so():
    assert rules(saying("Report D6053 with it."), {"D6053": entry()}) == []
    assert rules(saying("Report D6053 with it.", "myth.old"), {"D6053": DELETED}) == []
    assert rules(saying("Report D6053 with it.", validity=Validity(until=2020)), {"D6053": DELETED}) == []


# Aliases


def test_an_alias_of_two_codes_is_found_whatever_its_capitals():
    found = check("D6010", entry(aliases=("Implant", "fixture")), {"D6011": entry(aliases=("IMPLANT",))})
    assert found == [Finding("D6010", "aliases", "alias of two codes", "“implant” is also a name of D6011")]


def test_an_alias_that_is_the_title_of_another_code_is_found():
    page = entry(aliases=("the other thing",))
    assert rules(page, {"D6011": entry(title="The other thing")}) == [("aliases", "alias of two codes")]


def test_aliases_of_its_own_are_right():
    others = {"D6010": entry(aliases=("implant",)), "D6011": entry(aliases=("implant uncovering",))}
    assert rules(entry(aliases=("implant",)), others) == []


# Relations


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("confused_with", "confused_with"),
        ("same_day_conflict", "same_day_conflict"),
        ("alternative", "alternative"),
        ("precedes", "follows"),
        ("follows", "precedes"),
    ],
)
def test_a_relation_that_the_other_page_does_not_return_is_found(kind, wanted):
    page = relating(kind, "D6011")
    why = f"the page of D6011 has no “{wanted}” with D6010"
    one_sided = [Finding("D6010", f"related.{kind}.D6011", "one-sided relation", why)]
    assert check("D6010", page, {"D6011": entry()}) == one_sided
    assert check("D6010", page, {"D6011": relating("part_of", "D6010")}) == one_sided
    assert check("D6010", page, {"D6011": relating(wanted, "D6010")}) == []
    assert [f.rule for f in check("D6010", page, {"D6011": relating(wanted, "D6012")})] == ["one-sided relation"]


def test_a_part_need_not_be_named_by_its_whole():
    assert rules(relating("part_of", "D6011"), {"D6011": entry()}) == []


def test_a_relation_to_itself_is_found():
    page = relating("confused_with", "D6010")
    found = [Finding("D6010", "related.confused_with.D6010", "relation to itself", "D6010 is this very code")]
    assert check("D6010", page, {"D6010": page}) == found
    assert check("D6010", page, {}) == found


# Roles

ABUTMENTS = {
    "D6056": entry(title="Prefabricated abutment", answer="Report it for a stock part."),
    "D6057": entry(title="Custom abutment", answer="Report it for a part made for the patient."),
}


@pytest.mark.parametrize(
    "text",
    [
        "A custom abutment is D6056.",
        "D6056 is the custom-made one.",
        "It heals first; Custom ones are D6056.",
        "A stock one is D6057, a custom one D6056 too.",
        "A custom abutment is D6056 or D6057.",
    ],
)
def test_a_role_that_the_other_code_denies_is_found(text):
    found = check("D6010", saying(text), ABUTMENTS)
    assert {(f.item, f.rule) for f in found} == {("use_when.done", "role")}
    assert any("D6056 is prefabricated by its own page, not custom" in f.why for f in found)


@pytest.mark.parametrize(
    "text",
    [
        "A stock abutment is D6056, a custom one D6057.",
        "D6056 is prefabricated; D6057 is custom.",
        "D6056 is not custom.",
        "Custom, as D6056 never is.",
        "A custom abutment differs from a stock one, D6056.",
        "D6056 is the stock part in place of a custom one.",
        "D6056 and D6057 are stock and custom.",
        "D6056 is an abutment.",
        "A custom abutment is D6058.",
    ],
)
def test_the_role_that_the_other_code_has_is_right(text):
    assert rules(saying(text), ABUTMENTS | {"D6058": entry()}) == []


def test_a_role_that_the_page_itself_denies_is_found():
    page = replace(ABUTMENTS["D6056"], statements=(Statement("use_when.done", "D6056 is a custom abutment."),))
    assert rules(page, ABUTMENTS, code="D6056") == [("use_when.done", "role")]


def test_a_wrong_belief_may_state_the_wrong_role():
    assert rules(saying("A custom abutment is D6056.", "myth.role"), ABUTMENTS) == []


@pytest.mark.parametrize(
    ("title", "right", "wrong"),
    [
        ("Custom tray", "custom", "ready-made"),
        ("First film", "first", "each additional"),
        ("Each additional film", "additional", "initial"),
        ("Upper denture", "maxillary", "mandibular"),
        ("Mandibular denture", "lower", "upper"),
        ("Abutment-supported crown", "abutment supported", "implant supported"),
        ("Implant supported crown", "implant-supported", "abutment-supported"),
    ],
)
def test_each_pair_of_roles_is_told_apart(title, right, wrong):
    others = {"D6011": entry(title=title, answer="Report it.")}
    assert rules(saying(f"The {right} one is D6011."), others) == []
    assert rules(saying(f"The {wrong} one is D6011."), others) == [("use_when.done", "role")]


def test_a_code_whose_own_page_names_both_roles_denies_neither():
    others = {"D6011": entry(title="Denture", answer="Report an upper or lower one.")}
    assert rules(saying("The upper one is D6011."), others) == []


# Completeness


MINIMUM = {name: kind.least for name, kind in KINDS.items() if kind.least}
MINIMUM_DELETED = {name: kind.least_deleted for name, kind in KINDS.items() if kind.least_deleted}


def complete(minimum: dict[str, int], **changes) -> Page:
    statements = tuple(
        Statement(f"{kind}.n{n}", f"Not D601{n}.", "A heading" if KINDS[kind].heading else "")
        for kind, wanted in minimum.items()
        for n in range(wanted)
    )
    return entry(
        **{
            "subcategory": "Things",
            "aliases": ("a", "b", "c"),
            "specialties": ("periodontics",),
            "tags": ("thing",),
            "site": ("tooth",),
            "statements": statements,
            "sources": (Source("ihs", "IHS table"),),
        }
        | changes
    )


ACTIVE = complete(MINIMUM)
ENDED = complete(
    MINIMUM_DELETED, validity=Validity(until=2020), subcategory="", aliases=(), specialties=(), tags=(), site=()
)


def without_one(page: Page, kind: str) -> Page:
    lost = page.of_kind(kind)[0]
    return replace(page, statements=tuple(s for s in page.statements if s != lost))


FACTS = [
    # title, facts, what the lint says of them
    ("Posterior composite, 2 surfaces", {"teeth": ("premolar", "molar"), "surfaces": ("2",)}, []),
    ("Amalgam, 4+ surfaces", {"surfaces": ("4", "5")}, []),
    ("Amalgam, 2 surfaces", {"surfaces": ("3",)}, [("surfaces", "the title says 2, the field 3")]),
    ("Amalgam, 2 surfaces", {}, [("surfaces", "the title says 2, the field nothing")]),
    ("Molar root canal", {"teeth": ("molar", "permanent")}, []),
    ("Premolar root canal", {"teeth": ("molar",)}, [("teeth", "the title says premolar, the field molar")]),
    ("SSC, primary tooth", {"teeth": ("permanent",)}, [("teeth", "the title says primary, the field permanent")]),
    ("Sinus perforation repair, primary", {}, []),
    ("Lower full denture", {"teeth": ("upper",)}, [("teeth", "the title says lower, the field upper")]),
    ("Whitening, per arch", {"per": "tooth"}, [("per", "the title says arch, the field tooth")]),
    ("Whitening, per arch", {"validity": Validity(until=2020)}, []),
]


@pytest.mark.parametrize(("title", "facts", "says"), FACTS)
def test_title_and_claim_facts_agree(title, facts, says):
    found = [f for f in check("D6010", entry(title=title, **facts), {}) if f.rule == "title and claim facts"]
    assert [(f.item, f.why) for f in found] == says


def test_the_minima_are_those_of_the_starter_content():
    assert MINIMUM == {
        "plain_language": 1,
        "use_when": 2,
        "do_not_use_when": 1,
        "includes": 1,
        "excludes": 1,
        "documentation": 3,
        "denial": 2,
        "faq": 2,
    }
    assert MINIMUM_DELETED == {"context": 1, "do_not_use_when": 1, "denial": 1}
    assert MINIMUM_ALIASES == 3


def test_an_entry_with_the_least_of_everything_is_complete():
    assert completeness("D6010", ACTIVE) == []
    assert completeness("D6010", ENDED) == []


@pytest.mark.parametrize(("kind", "wanted"), MINIMUM.items())
def test_an_active_entry_that_lacks_one_statement_is_incomplete(kind, wanted):
    found = completeness("D6010", without_one(ACTIVE, kind))
    assert found == [Finding("D6010", kind, "incomplete", f"has {wanted - 1}, needs {wanted}")]


@pytest.mark.parametrize(("kind", "wanted"), MINIMUM_DELETED.items())
def test_a_deleted_entry_that_lacks_one_statement_is_incomplete(kind, wanted):
    found = completeness("D6010", without_one(ENDED, kind))
    assert found == [Finding("D6010", kind, "incomplete", f"has {wanted - 1}, needs {wanted}")]


@pytest.mark.parametrize("page", [ACTIVE, ENDED], ids=["active", "deleted"])
def test_every_entry_needs_a_source(page):
    found = completeness("D6010", replace(page, sources=()))
    assert found == [Finding("D6010", "sources", "incomplete", "has 0, needs 1")]


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("aliases", ("a", "b"), "has 2, needs 3"),
        ("subcategory", "", "has 0, needs 1"),
        ("site", (), "has 0, needs 1"),
        ("specialties", (), "has 0, needs 1"),
        ("tags", (), "has 0, needs 1"),
    ],
)
def test_an_active_entry_needs_what_lists_and_filters_show(name, value, why):
    assert completeness("D6010", replace(ACTIVE, **{name: value})) == [Finding("D6010", name, "incomplete", why)]


def test_an_active_entry_names_a_code_to_use_instead():
    kept = tuple(s for s in ACTIVE.statements if s.kind != "do_not_use_when")
    vague = replace(ACTIVE, statements=(*kept, Statement("do_not_use_when.vague", "It was another thing.")))
    found = [Finding("D6010", "do_not_use_when", "incomplete", "names no code to use instead")]
    assert completeness("D6010", vague) == found
    named = replace(vague, statements=(*vague.statements, Statement("do_not_use_when.named", "That is D6011.")))
    assert completeness("D6010", named) == []


def test_a_frequency_and_a_coverage_line_say_when_their_document_held():
    wants = Finding("D6010", "frequency.a", "incomplete", "says of no document when it held, nor “undated”")
    assert wants in completeness("D6010", saying("Aetna pays one a year.", "frequency.a"))
    assert replace(wants, item="coverage.a") in completeness("D6010", saying("Aetna pays.", "coverage.a"))
    for text in ("Aetna (May 2013) pays one a year.", "Aetna (undated) pays one a year."):
        assert wants not in completeness("D6010", saying(text, "frequency.a"))
    assert "faq.a" not in [f.item for f in completeness("D6010", saying("Aetna pays one a year.", "faq.a"))]


def test_a_frequency_and_a_coverage_line_name_the_payer_or_program_of_a_document_that_they_cite():
    wants = "names no payer or program that it cites"
    documents = (Source("ohio", "State of Ohio: dental rule (2017)"), Source("ma", "MassHealth: Dental Manual (2020)"))

    def found(text: str, kind: str, *sources: str) -> list[str]:
        page = entry(statements=(Statement(f"{kind}.a", text, sources=sources),), sources=documents)
        return [f.why for f in completeness("D6010", page) if f.item == f"{kind}.a"]

    assert found("Ohio (2017) pays one a year.", "frequency", "ohio") == []
    assert found("Ohio and MassHealth (2020) pay one a year.", "coverage", "ohio", "ma") == []
    assert found("One a year is paid (2017).", "frequency", "ohio") == [wants]
    assert found("One a year, says a State (2017).", "coverage", "ohio") == [wants]
    assert found("Iowa (2017) pays one a year.", "frequency", "ohio") == [wants]
    assert found("Ohio (2017) pays one a year.", "frequency") == [wants]


# Sentences that recur

SENTENCE = "The gum is opened over the implant on another day."


def standing_in(count: int, *sentences: str, key: str = "use_when.done") -> dict[str, Page]:
    """So many pages with one of the sentences each, in turn."""
    return {f"D601{n}": saying(sentences[n % len(sentences)], key) for n in range(count)}


def test_a_sentence_in_more_than_three_entries_is_found_in_each():
    found = recurring(standing_in(4, SENTENCE))
    assert [(f.code, f.item, f.rule) for f in found] == [
        (f"D601{n}", "use_when.done", "recurring sentence") for n in range(4)
    ]
    assert found[0].why == f"“{SENTENCE}…” stands also in D6011, D6012, D6013"


def test_a_sentence_in_three_entries_is_right():
    assert recurring(standing_in(3, SENTENCE)) == []


def test_a_sentence_that_differs_in_numbers_or_a_last_word_only_recurs():
    assert len(recurring(standing_in(4, f"{SENTENCE} More.", SENTENCE.replace("day", "visit")))) == 4
    assert (
        len(
            recurring(
                standing_in(
                    4, "D6011 opens the gum over 2 buried implants.", "D6012 opens the gum over 3 buried implants."
                )
            )
        )
        == 4
    )


def test_sentences_of_other_words_and_short_ones_do_not_recur():
    others = (
        SENTENCE,
        "The crown is cemented over the abutment with a resin.",
        "The gum around the implant is shaped by the cap for weeks.",
        "On another day the implant is tested for how firm it is.",
    )
    assert recurring(standing_in(8, *others[1:], *others)) == []
    assert recurring(standing_in(6, "Report it once a tooth.")) == []


def test_a_sentence_that_stands_often_in_one_entry_does_not_recur():
    statements = tuple(Statement(f"use_when.n{n}", SENTENCE) for n in range(6))
    assert recurring({"D6010": entry(statements=statements), **standing_in(2, SENTENCE)}) == []


def test_a_sentence_recurs_in_whatever_part_of_the_page_it_stands_but_for_names_and_lists():
    pages = {
        "D6010": entry(answer=SENTENCE),
        "D6011": saying(f"Before.\n{SENTENCE} Behind.", "case.one"),
        "D6012": entry(related=(Relation("part_of", "D6010", SENTENCE),)),
        "D6013": entry(statements=(Statement("faq.why", "Because.", SENTENCE),)),
    }
    assert [(f.code, f.item) for f in recurring(pages)] == [
        ("D6010", "answer"),
        ("D6011", "case.one"),
        ("D6012", "related.part_of.D6010"),
        ("D6013", "faq.why"),
    ]
    for changes in (
        {"title": SENTENCE},
        {"subcategory": SENTENCE},
        {"aliases": (SENTENCE,)},
        {"attachments": (SENTENCE,)},
        {"validity": Validity(revised=((2020, SENTENCE),))},
    ):
        assert recurring({f"D601{n}": entry(**changes) for n in range(4)}) == []


# Titles


@pytest.mark.parametrize(
    ("title", "other", "why"),
    [
        ("Crown", "A thing", "“A thing” holds no term of the trade"),
        ("Upper full denture", "Full denture, upper", "“Full denture, upper” can be taken for the title of D6010"),
        ("Amalgam, 2 surfaces", "Amalgam 2 surface", "“Amalgam 2 surface” can be taken for the title of D6010"),
        ("Crown", "Pontic " + "of gold " * 8, "longer than 70 characters"),
    ],
)
def test_a_title_that_nobody_says_and_one_that_can_be_mistaken_are_found(title, other, why):
    found = titles({"D6010": entry(title=title), "D6011": entry(title=other)})
    assert found == [Finding("D6011", "title", "title", why)]


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("SRP, 4+ teeth per quadrant", "SRP, 1–3 teeth per quadrant"),
        ("PA, first image", "PA, each extra image"),
        ("GTR, resorbable membrane", "GTR, non-resorbable membrane"),
        ("Local anesthesia, no other treatment", "Local anesthesia with treatment"),
        ("Sutures, small wound up to 5 cm", "I&D"),
    ],
)
def test_titles_that_the_desk_tells_apart_are_right(title, other):
    assert titles({"D6010": entry(title=title), "D6011": entry(title=other)}) == []


# The whole set, and what a change brings


def test_checking_a_whole_set_finds_what_is_wrong_on_a_page_between_pages_and_missing():
    pages = {
        f"D601{n}": replace(ACTIVE, aliases=(f"a{n}", f"b{n}", f"c{n}"), title=f"Crown {n}", answer=f"It {n}.")
        for n in range(3)
    }
    assert check_all(pages) == []
    pages["D6010"] = replace(pages["D6010"], category="restorative", tags=())
    pages["D6011"] = replace(pages["D6011"], aliases=("a2", "b1", "c1"))
    assert [(f.code, f.item, f.rule) for f in check_all(pages)] == [
        ("D6010", "category", "category"),
        ("D6010", "tags", "incomplete"),
        ("D6011", "aliases", "alias of two codes"),
        ("D6012", "aliases", "alias of two codes"),
    ]


def test_checking_a_whole_set_finds_sentences_that_recur():
    found = [f.code for f in check_all(standing_in(4, SENTENCE)) if f.rule == "recurring sentence"]
    assert found == ["D6010", "D6011", "D6012", "D6013"]


def test_before_and_after_tells_apart_what_a_change_would_mend_and_what_it_would_bring():
    others = {"D6011": entry(), "D6053": DELETED}
    live = replace(saying("Please note D6053."), category="restorative")
    proposed = replace(
        live,
        answer="See D6999.",
        statements=(*live.statements, Statement("use_when.more", "Report D6053."), Statement("use_when.fine", "Fine.")),
    )
    assert {f.rule for f in check("D6010", live, others)} == {"category", "filler", "deleted code"}
    said = [[(f.item, f.rule) for f in found] for found in before_and_after("D6010", live, proposed, others)]
    assert said == [[], [("answer", "unknown code"), ("use_when.more", "deleted code")]]
    said = [[(f.item, f.rule) for f in found] for found in before_and_after("D6010", proposed, live, others)]
    assert said == [[("answer", "unknown code"), ("use_when.more", "deleted code")], []]


def test_before_and_after_is_silent_on_a_change_that_mends_or_brings_nothing_wrong():
    live = saying("Please note the thing.")
    assert before_and_after("D6010", live, live, {}) == ([], [])
    [fixed], brought = before_and_after("D6010", live, saying("Done."), {})
    assert (fixed.rule, brought) == ("filler", [])
    assert before_and_after("D6010", live, replace(live, title="Another"), {}) == ([], [])


def test_before_and_after_tells_of_the_same_fault_with_another_cause_in_the_same_item():
    live, proposed = saying("Please note the thing."), saying("Please note the best practice.")
    assert before_and_after("D6010", live, proposed, {})[1] == [
        Finding("D6010", "use_when.done", "filler", "“best practice” is as true on every other page")
    ]
