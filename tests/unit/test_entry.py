"""An entry file reads as one page, and whatever is wrong in it is told with the file's name."""

from pathlib import Path

import pytest

from codes.editorial import entry
from codes.page import Malformed, Page, Relation, Source, Statement, Validity

SMALL = """\
code: D6011
title: Uncovering a buried implant
answer: Report it when gum is opened over an implant.
category: implant services
"""


def written(folder: Path, text: str | bytes, name: str = "D6011.yaml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_model_entry_reads():
    code, page = entry.read(entry.CONTENT / "D6011.yaml")
    assert code == "D6011"
    assert page.title == "Implant uncovery, second stage"
    assert page.category == "implant services"
    assert page.validity == Validity(since=2014)
    assert page.cites == (
        ("answer", ("ihs-2014",)),
        ("site", ("va-codes",)),
        ("validity", ("ihs-2014", "cms-2025")),
    )
    assert page.source("cms-2025") == Source(
        "cms-2025",
        "Centers for Medicare & Medicaid Services: Physician Fee Schedule relative value files, the D codes listed"
        " (October 2025)",
        "https://www.cms.gov/medicare/payment/fee-schedules/physician/pfs-relative-value-files",
        "cms-2025",
        place="file of October 2025",
    )
    assert page.of_kind("use_when")[0] == Statement(
        "use_when.buried",
        "An implant was covered by gum when it was placed and is now surgically uncovered.",
        "",
        ("ihs-2014",),
    )
    assert page.of_kind("use_when")[1].sources == ()
    assert page.of_kind("denial")[0].heading == "Billed on the day the implant was placed"
    assert page.related[0].key == "related.confused_with.D6010"


def test_every_part_of_an_entry_is_on_the_page(tmp_path):
    path = written(
        tmp_path,
        SMALL
        + """\
subcategory: Implant surgery
aliases: [second stage, uncovering]
specialties: [periodontics]
tags: [implant]
site: [tooth]
attachments: [Radiograph]
validity: {since: 2014, until: 2020, replaced_by: [D6191], revised: {2018: Later words., 2016: " First words. "}}
sources:
  ihs: {title: " IHS table "}
  web: {title: A page, url: "https://example.org/"}
cites: {validity: [ihs], answer: [web, ihs]}
faq:
  who: {heading: " Who? ", text: Any dentist., sources: [web]}
use_when:
  buried: |
    First line.

    Second line.
  short: {text: In short.}
myth: {}
case:
related:
  - {kind: confused_with, code: D6010, note: " That one places it. ", sources: [ihs]}
  - {kind: precedes, code: D6010, note: Placed first.}
""",
    )
    assert entry.read(path) == (
        "D6011",
        Page(
            title="Uncovering a buried implant",
            answer="Report it when gum is opened over an implant.",
            category="implant services",
            subcategory="Implant surgery",
            aliases=("second stage", "uncovering"),
            specialties=("periodontics",),
            tags=("implant",),
            site=("tooth",),
            attachments=("Radiograph",),
            validity=Validity(2014, 2020, ("D6191",), ((2016, "First words."), (2018, "Later words."))),
            # In the order of the kinds on a page, not of the file.
            statements=(
                Statement("use_when.buried", "First line.\n\nSecond line."),
                Statement("use_when.short", "In short."),
                Statement("faq.who", "Any dentist.", "Who?", ("web",)),
            ),
            related=(
                Relation("confused_with", "D6010", "That one places it.", ("ihs",)),
                Relation("precedes", "D6010", "Placed first."),
            ),
            sources=(Source("ihs", "IHS table"), Source("web", "A page", "https://example.org/")),
            cites=(("answer", ("web", "ihs")), ("validity", ("ihs",))),
        ),
    )


def test_a_small_entry_is_enough(tmp_path):
    code, page = entry.read(written(tmp_path, SMALL))
    assert (code, page) == (
        "D6011",
        Page("Uncovering a buried implant", "Report it when gum is opened over an implant.", "implant services"),
    )


def test_parsing_leaves_the_data_as_it_was():
    data = {"code": "D6011", "title": "T", "answer": "A.", "category": "diagnostic", "validity": {"since": 2014}}
    copy = {**data, "validity": dict(data["validity"])}
    entry.parse("D6011", data)
    assert data == copy


WRONG = {
    "nothing": ("", "NoneType"),
    "a text": ("D6011", "update sequence"),
    "a list": ("- code: D6011", "update sequence"),
    "no YAML": ("code: [D6011", "expected"),
    "a tab as indent": (SMALL + "faq:\n\twho: x\n", "cannot start any token"),
    "two documents": (SMALL + "---\n" + SMALL, "another document"),
    "a Python object": (SMALL + "tags: !!python/object/apply:os.getcwd []\n", "could not determine a constructor"),
    "no UTF-8": (SMALL.encode() + b"subcategory: Z\xe4hne\n", "decode"),
    "no code": (SMALL.replace("code: D6011\n", ""), "code: is not the number in the file's name"),
    "another code": (SMALL.replace("D6011", "D6012"), "code: is not the number in the file's name"),
    "no title": (SMALL.replace("title:", "name:"), "unknown field name"),
    "a number as the title": (SMALL.replace("Uncovering a buried implant", "6011"), "title: a text is needed"),
    "an empty answer": (
        SMALL.replace("Report it when gum is opened over an implant.", '" "'),
        "answer: empty, or space around it",
    ),
    "another category": (SMALL.replace("implant services", "implants"), "category: 'implants' is no category"),
    "an unknown field": (SMALL + "color: red\n", "unknown field color"),
    "a kind written wrongly": (SMALL + "use_wen: {a: T.}\n", "unknown field use_wen"),
    "a field twice": (SMALL + "title: Another\n", "title is there twice"),
    "a statement twice": (SMALL + "use_when:\n  a: One.\n  b: Two.\n  a: Three.\n", "a is there twice"),
    "a kind twice": (SMALL + "use_when: {a: One.}\nuse_when: {b: Two.}\n", "use_when is there twice"),
    "a source twice": (SMALL + "sources:\n  ihs: {title: A}\n  ihs: {title: B}\n", "ihs is there twice"),
    "statements as a list": (SMALL + "use_when: [One., Two.]\n", "items"),
    "a statement of nothing": (SMALL + "use_when:\n  a:\n", "NoneType"),
    "a statement of a number": (SMALL + "use_when: {a: 5}\n", "int"),
    "a statement without a text": (SMALL + "use_when: {a: {sources: []}}\n", "text"),
    "a part of a statement written wrongly": (
        SMALL + "sources: {ihs: {title: A}}\nuse_when: {a: {text: T., source: [ihs]}}\n",
        "source",
    ),
    "a slug with a blank": (SMALL + "use_when: {a b: T.}\n", "use_when.a b: is no statement key"),
    "a question without a heading": (SMALL + "faq: {a: T.}\n", "faq.a: empty, or space around it"),
    "a heading that its kind has not": (
        SMALL + "use_when: {a: {text: T., heading: H}}\n",
        "use_when.a: has a heading that its kind has not",
    ),
    "an unknown source of a statement": (
        SMALL + "use_when: {a: {text: T., sources: [ihs]}}\n",
        "use_when.a: cites 'ihs', which is not among the sources",
    ),
    "sources of a statement as a text": (
        SMALL + "sources: {i: {title: A}}\nuse_when: {a: {text: T., sources: i}}\n",
        "sources: a list of texts is needed",
    ),
    "an unknown source of a field": (SMALL + "cites: {answer: [ihs]}\n", "answer: cites 'ihs'"),
    "a citation for no field": (
        SMALL + "sources: {ihs: {title: A}}\ncites: {color: [ihs]}\n",
        "color: is no field that could have a source",
    ),
    "a source of a text": (SMALL + "sources: {ihs: A}\n", "items"),
    "a source without a title": (SMALL + "sources: {ihs: {url: 'https://example.org'}}\n", "title"),
    "a source with another address": (
        SMALL + "sources: {ihs: {title: A, url: 'ftp://example.org'}}\n",
        "source.ihs: not a web address",
    ),
    "relations as a mapping": (SMALL + "related: {confused_with: D6010}\n", "items"),
    "a relation without a note": (SMALL + "related: [{kind: precedes, code: D6010}]\n", "note"),
    "a relation of no kind": (
        SMALL + "related: [{kind: like, code: D6010, note: N.}]\n",
        "'like' is no kind of relation",
    ),
    "a relation to no code": (SMALL + "related: [{kind: precedes, code: 6010, note: N.}]\n", "shape"),
    "a relation twice": (
        SMALL + "related: [{kind: precedes, code: D6010, note: N.}, {kind: precedes, code: D6010, note: M.}]\n",
        "related.precedes.D6010: is there twice",
    ),
    "an alias twice": (SMALL + "aliases: [a, a]\n", "aliases: says something twice"),
    "a number as an alias": (SMALL + "aliases: [6011]\n", "aliases: a list of texts is needed"),
    "aliases as a text": (SMALL + "aliases: a\n", "aliases: a list of texts is needed"),
    "another specialty": (SMALL + "specialties: [surgery]\n", "specialties: not in the list"),
    "another site": (SMALL + "site: [jaw]\n", "site: not in the list"),
    "a validity of a year": (SMALL + "validity: 2014\n", "int"),
    "a date as the first edition": (SMALL + "validity: {since: 2014-01-01}\n", "is no edition's year"),
    "an unknown part of the validity": (SMALL + "validity: {from: 2014}\n", "validity: unknown field from"),
    "an end before the beginning": (
        SMALL + "validity: {since: 2014, until: 2013}\n",
        "validity: ends before it begins",
    ),
    "revisions as a list": (SMALL + "validity: {revised: [2016]}\n", "items"),
    "a revision without words": (SMALL + "validity: {revised: {2016: }}\n", "validity: empty, or space around it"),
    "a revision in no year": (SMALL + "validity: {revised: {late: W.}}\n", "revised 'late' is no edition's year"),
}


@pytest.mark.parametrize(("text", "why"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_in_a_file_is_malformed_with_the_name_of_the_file(tmp_path, text, why):
    with pytest.raises(Malformed) as refused:
        entry.read(written(tmp_path, text))
    name, _, reason = str(refused.value).partition(": ")
    assert name == "D6011.yaml"
    assert why in reason


def test_the_paths_are_the_entry_files_in_the_order_of_their_numbers(tmp_path):
    for name in ("D6011.yaml", "D0120.yaml", "D60.yaml", "d6012.yaml", "D6013.yml", "notes.yaml", "D6014.yaml~"):
        written(tmp_path, SMALL, name)
    assert [path.name for path in entry.paths(tmp_path)] == ["D0120.yaml", "D6011.yaml"]


def test_every_entry_file_reads_as_the_code_of_its_name():
    paths = entry.paths()
    assert entry.CONTENT / "D6011.yaml" in paths
    assert [entry.read(path)[0] for path in paths] == [path.stem for path in paths]
