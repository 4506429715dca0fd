"""codes.acts.tables: what was shown is applied, no more and no less; it can be undone, and nothing is half done."""

import os
import signal
import subprocess
import sys

import pytest

from cdtsite.settings import BASE_DIR
from codes.acts import corrections, imports, tables
from codes.acts.publishing import latest, publish
from codes.acts.tables import licensed
from codes.models import AuditEntry, ImportRun, LicensedWords, ProcedureCode, Revision
from codes.tables.licensed import NO_ENTRY, bare
from tests import factories
from tests.tables import HEADING, LIST, applied, previewed

KIND = tables.KINDS["licensed"]
State = ImportRun.State


def counted(run: ImportRun) -> dict[str, int]:
    return {name: run.counts[name] for name in ("added", "changed", "removed", "unchanged")}


def outcomes(run: ImportRun) -> dict[str, tuple[str, str]]:
    return {row.key: (row.outcome, row.why) for row in run.rows.all()}


def words() -> dict[str, str]:
    return dict(LicensedWords.objects.values_list("code", "nomenclature"))


def test_a_code_list_is_shown_applied_loaded_again_and_undone(editor):
    factories.code("D6010")
    run = previewed(by=editor)
    assert counted(run) == {"added": 3, "changed": 0, "removed": 0, "unchanged": 0}
    assert words() == {}
    assert not ProcedureCode.objects.filter(pk="D6012").exists()

    tables.apply(run, KIND, by=editor)
    assert run.state == State.APPLIED
    assert words() == {"D6010": "Zyxwv quokka one", "D6012": "Zyxwv quokka two"}
    made = latest("D6012")
    assert made.page == bare("D6012", 2016, 2020)
    assert (made.page.title, made.page.answer, made.page.category) == ("D6012", NO_ENTRY, "implant services")
    assert (made.source, made.reason) == (Revision.Source.IMPORT, licensed._REASON.format(run))
    assert latest("D6010").number == 1
    assert "zyxwv" not in str(list(Revision.objects.values_list("data", flat=True))).lower()

    again = applied(by=editor)
    assert counted(again) == {"added": 0, "changed": 0, "removed": 0, "unchanged": 3}
    assert Revision.objects.count() == 2

    tables.undo(run, KIND, by=editor)
    assert run.state == State.UNDONE
    assert words() == {}
    assert list(ProcedureCode.objects.values_list("pk", flat=True)) == ["D6010"]
    assert list(run.rows.all()) == []
    said = list(AuditEntry.objects.filter(subject__startswith="Import").values_list("act", "by", "detail"))
    told = "list.csv: 3 added, 0 changed, 0 removed"
    assert (said[-1], said[0]) == (("applied", editor.pk, told), ("took back", editor.pk, told))


def test_the_next_list_changes_and_removes_and_its_undoing_brings_back_what_was(editor):
    applied()
    run = applied(f"{HEADING}\nD6010,Other words,,,2014,\nD6012,Zyxwv quokka two,,,2015,2020\n")
    # The words of both, and the page of the number whose years are others.
    assert counted(run) == {"added": 0, "changed": 3, "removed": 0, "unchanged": 1}
    assert latest("D6012").page == bare("D6012", 2015, 2020)
    less = applied(f"{HEADING}\nD6010,Other words,,,2014,\n")
    assert counted(less) == {"added": 0, "changed": 0, "removed": 1, "unchanged": 2}
    assert words() == {"D6010": "Other words"}
    assert latest("D6012").number == 2
    for one in (less, run):
        tables.undo(one, KIND, by=editor)
    assert words() == {"D6010": "Zyxwv quokka one", "D6012": "Zyxwv quokka two"}
    back = latest("D6012")
    assert (back.number, back.source, back.page) == (3, Revision.Source.UNDO, bare("D6012", 2016, 2020))


def test_a_page_that_a_reader_has_corrected_since_is_left_and_said(editor):
    run = applied()
    page = latest("D6012").page
    sent = factories.propose("D6012", {"answer": {"value": "Report it when it is done.", "sources": []}})
    corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest("D6012"))
    LicensedWords.objects.filter(pk="D6010").update(nomenclature="Edited")
    tables.undo(run, KIND, by=editor)
    assert outcomes(run) == {
        "page D6012": ("late", "it was changed since"),
        "D6010": ("late", "it was changed since"),
    }
    assert words() == {"D6010": "Edited"}
    assert latest("D6012").page.answer != page.answer


def test_years_that_a_reader_has_corrected_stay_at_the_next_list(editor):
    applied()
    years = {"since": 2015, "until": 2020, "replaced_by": [], "revised": []}
    sent = factories.propose("D6012", {"validity": {"value": years, "sources": []}})
    corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest("D6012"))
    assert counted(applied()) == {"added": 0, "changed": 0, "removed": 0, "unchanged": 3}
    assert counted(applied(LIST.replace("2016", "2017")))["changed"] == 1
    assert latest("D6012").page.validity.since == 2015


def test_an_entry_that_comes_by_a_content_file_takes_the_place_of_the_bare_page(db):
    applied()
    assert factories.load_one("D6010", factories.entry_of("D6010")[1]) == imports.Outcome.PUBLISHED
    assert latest("D6010").page.title == factories.entry_of("D6010")[1].title
    again = applied()
    assert counted(again) == {"added": 0, "changed": 0, "removed": 0, "unchanged": 3}


def test_what_was_not_shown_is_not_applied(editor):
    run = previewed()
    other = previewed(LIST.replace("one", "first"))
    tables.apply(other, KIND, by=editor)
    with pytest.raises(tables.Changed):
        tables.apply(run, KIND, by=editor)
    shown = previewed()
    held = ImportRun.objects.get(pk=shown.pk)
    held.basis = run.basis
    with pytest.raises(tables.AlreadyBegun):
        tables.apply(held, KIND, by=editor)
    tables.apply(shown, KIND, by=editor)
    for act in (tables.apply, tables.undo):
        with pytest.raises(tables.AlreadyBegun):
            act(other if act is tables.apply else run, KIND, by=editor)
    with pytest.raises(tables.AlreadyBegun):
        tables.discard(shown)
    assert words()["D6010"] == "Zyxwv quokka one"


def test_what_changes_while_it_is_applied_is_left(editor, monkeypatch):
    monkeypatch.setattr("codes.acts.tables.running.CHUNK", 1)
    run = previewed(f"{HEADING}\nD6010,One,,,,\nD6012,Two,,,,\n")
    tables.apply(run, KIND, by=editor, seconds=0)
    assert run.state == State.APPLYING
    page = factories.page(title="Written meanwhile")
    publish("D6010", page, base=None, by=None, source=Revision.Source.IMPORT, reason="")
    LicensedWords.objects.create(code="D6012", nomenclature="Put in meanwhile")
    tables.carry_out(run, KIND)
    assert run.state == State.APPLIED
    assert outcomes(run) == {
        "D6010": ("done", ""),
        "page D6010": ("left", "it was changed meanwhile"),
        "D6012": ("left", "it was changed meanwhile"),
        "page D6012": ("done", ""),
    }
    assert latest("D6010").page == page


def test_nothing_is_applied_while_a_row_is_wrong(editor):
    run = previewed(f"{LIST}Crown,Words,More,,,\n")
    assert run.stops
    with pytest.raises(tables.Stopped):
        tables.apply(run, KIND, by=editor)
    assert words() == {}
    tables.discard(run)
    assert list(ImportRun.objects.all()) == []


def test_columns_are_remembered_for_files_with_the_same_headings(db):
    previewed()
    assert tables.last_mapping(KIND, [*HEADING.split(","), "More"])["since"] == "Since"
    assert tables.last_mapping(KIND, ["Code", "Nomenclature"]) == {}


KILLED = """
import os, signal, django
django.setup()
from codes.acts import tables
from codes.acts.tables import running
from tests.tables import previewed
running.CHUNK = 2
kind, write, calls = tables.KINDS["licensed"], tables.KINDS["licensed"].write, []
def dies(changes, **how):
    calls.append(1)
    left = write(changes, **how)
    if len(calls) == {call}:
        os.kill(os.getpid(), signal.SIGKILL)
    return left
kind.write = dies
from codes.models import ImportRun
rows = "".join(f"D60{{n}},Words {{n}}\\n" for n in range(10, 20))
run = ImportRun.objects.first() or previewed("Code,Nomenclature\\n" + rows)
tables.{act}(run, kind, by=None)
"""
LOOK = """
import django
django.setup()
from codes.acts import tables, invariant
from codes.models import ImportRun, LicensedWords, ProcedureCode
run = ImportRun.objects.get()
print(run.state, LicensedWords.objects.count(), ProcedureCode.objects.count(), invariant.broken())
tables.carry_out(run, tables.KINDS["licensed"])
print(run.state, LicensedWords.objects.count(), ProcedureCode.objects.count(), invariant.broken())
"""


@pytest.mark.skipif(os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="has a file of SQLite of its own")
def test_a_process_that_is_killed_leaves_whole_rows_and_another_goes_on(migrated, tmp_path):
    (tmp_path / "site.sqlite3").write_bytes(migrated.read_bytes())
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path}/site.sqlite3",
        "DJANGO_SETTINGS_MODULE": "cdtsite.settings",
    }

    def ran(program: str) -> tuple[int, list[str]]:
        done = subprocess.run([sys.executable, "-c", program], cwd=BASE_DIR, env=environment, capture_output=True)
        return done.returncode, done.stdout.decode().splitlines()

    # The first chunk is of words, the second of pages: killed in the third, before its end is written down.
    assert ran(KILLED.format(call=3, act="apply")) == (-signal.SIGKILL, [])
    assert ran(LOOK) == (0, ["applying 2 2 []", "applied 10 10 []"])
    assert ran(KILLED.format(call=4, act="undo")) == (-signal.SIGKILL, [])
    status, said = ran(LOOK)
    assert (status, said[-1]) == (0, "undone 0 0 []")
    assert said[0].startswith("undoing ")
