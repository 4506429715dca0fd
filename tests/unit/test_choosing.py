"""The files of codes/content/choosing/: how they read, what is refused, and what the lint finds in them."""

from pathlib import Path

import pytest

from codes.editorial import choosing
from codes.editorial.choosing import Option, Question, Report
from codes.editorial.lint import Finding
from codes.page import Malformed, Validity
from tests import factories

SMALL = """\
title: Which thing code?
name: Thing
lead: What was done decides.
ask: What was done?
options:
  done:
    text: It was done
    report: {D6010: use_when.done, D6011: answer}
  undone:
    text: It was undone
    ask: By whom?
    options:
      us: {text: By us, report: {D6052: answer, D6010: answer}}
      them: {text: By others, say: "Nobody reports it; see D6092."}
  before:
    text: It was done long ago
    report: {D6011: answer, D6010: {item: answer, until: 2022}}
"""


@pytest.fixture
def pages():
    old = factories.page(validity=Validity(until=2020))
    return {"D6010": factories.page(), "D6011": factories.page(), "D6092": factories.page(), "D6052": old}


def read(folder: Path, text: str):
    (folder / "thing.yaml").write_text(text)
    choosing.read_all.cache_clear()
    return choosing.read_all(folder)


def found(folder: Path, pages, *changes: tuple[str, str]) -> list[Finding]:
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return choosing.check(read(folder, text), pages)


def test_a_file_reads_as_questions_whose_options_ask_on_report_or_say(tmp_path):
    (choice,) = read(tmp_path, SMALL)
    us = Option("us", "By us", reports=(Report("D6052", "answer"), Report("D6010", "answer")))
    them = Option("them", "By others", says="Nobody reports it; see D6092.")
    done = Option("done", "It was done", reports=(Report("D6010", "use_when.done"), Report("D6011", "answer")))
    undone = Option("undone", "It was undone", question=Question("By whom?", (us, them)))
    assert (choice.slug, choice.title, choice.name, choice.lead) == (
        "thing",
        "Which thing code?",
        "Thing",
        "What was done decides.",
    )
    before = Option(
        "before", "It was done long ago", reports=(Report("D6011", "answer"), Report("D6010", "answer", 2022))
    )
    assert choice.question == Question("What was done?", (done, undone, before))
    steps = {"done": (done,), "undone": (undone,), "us": (undone, us), "them": (undone, them), "before": (before,)}
    assert choice.steps == steps
    assert choice.codes == ("D6010", "D6011", "D6052")


def test_the_files_are_in_the_order_of_their_names_and_read_once(tmp_path):
    (tmp_path / "a.yaml").write_text(SMALL.replace("name: Thing", "name: Zebra"))
    (tmp_path / "z.yaml").write_text(SMALL.replace("name: Thing", "name: apple"))
    choosing.read_all.cache_clear()
    assert [choice.slug for choice in choosing.read_all(tmp_path)] == ["z", "a"]
    assert choosing.read_all(tmp_path) is choosing.read_all(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("title: Which thing code?\n", "", "'title'"),
        ("    report: {D6010: use_when.done, D6011: answer}\n", "", "done: needs one of report, say and a question"),
        ("    ask: By whom?\n", "    ask: By whom?\n    say: No.\n", "undone: needs one of report, say and a question"),
        ("      them:", "      done:", "done: is there twice, or no name for an address"),
        ("      them:", "      chart:", "chart: is there twice, or no name for an address"),
        ("      them:", "      By Us:", "By Us: is there twice, or no name for an address"),
        ("lead: What", "because: x\nlead: What", "What was done?: knows no because"),
        ("until: 2022", "since: 2023", "D6010: knows no since"),
    ],
)
def test_a_malformed_file_is_refused_with_its_name_and_what_is_wrong(tmp_path, old, new, why):
    assert old in SMALL
    with pytest.raises(Malformed) as error:
        read(tmp_path, SMALL.replace(old, new))
    assert str(error.value).startswith(f"thing.yaml: {why}")


def test_a_sound_file_has_no_finding(tmp_path, pages):
    assert found(tmp_path, pages) == []


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (
            "use_when.done",
            "use_when.gone",
            ("done", "no item", "the entry of D6010 does not have this item: use_when.gone"),
        ),
        (
            "done, D6011: answer",
            "done, D6011: ",
            ("done", "no item", "D6011 has an entry: name the item that backs it"),
        ),
        ("done, D6011: answer", "done, D6019: answer", ("done", "unknown code", "D6019 has no entry")),
        (
            "done, D6011: answer",
            "done, D6019: ",
            ("done", "unknown code", "D6019 has no entry, nor is it in codes/editorial/outside.py"),
        ),
        (
            "{D6011: answer, D6010: {item",
            "{D6010: {item",
            ("before", "deleted code", "ends in no code that is still current"),
        ),
        (", D6010: answer}}", "}}", ("us", "deleted code", "ends in no code that is still current")),
        ("see D6092", "see D6052", ("them", "deleted code", "D6052 was deleted")),
        (
            "see D6092",
            "see D6019",
            ("them", "unknown code", "D6019 is not in the set, nor in codes/editorial/outside.py"),
        ),
        ("text: By others", "text: by the us", ("them", "options alike", "reads like us: “By us”")),
    ],
)
def test_lint_finds_each_fault(tmp_path, pages, old, new, finding):
    assert found(tmp_path, pages, (old, new)) == [Finding("choosing/thing", *finding)]


def test_a_code_without_an_entry_may_end_a_path_if_it_is_known(tmp_path, pages):
    assert found(tmp_path, pages, ("done, D6011: answer", "done, D6060: ")) == []


def test_a_code_knows_the_pages_that_may_end_in_it():
    assert [choice.slug for choice in choosing.naming("D9248")] == ["sedation"]
    assert [choice.slug for choice in choosing.naming("D3428")] == ["graft", "apicoectomy"]
    assert choosing.naming("D8080") == []
