"""manage.py import_table: the same as at the desk, from a terminal."""

import pytest
from django.core.management import CommandError, call_command

from codes.models import AuditEntry, ImportRun, LicensedWords, ProcedureCode
from tests.tables import LIST


@pytest.fixture
def file(tmp_path, db):
    made = tmp_path / "list.csv"
    made.write_text(LIST.replace("Nomenclature", "Long words"))
    return made


def told(capsys, *args) -> str:
    call_command("import_table", "licensed", *map(str, args))
    return capsys.readouterr().out


def refused(*args) -> str:
    with pytest.raises(CommandError) as error:
        call_command("import_table", "licensed", *map(str, args))
    return str(error.value)


def test_a_table_is_shown_and_with_apply_done_and_a_second_time_changes_nothing(file, capsys):
    how = [file, "--mapping", "nomenclature=Long words", "--answer", "shown=no"]
    said = told(capsys, *how)
    assert "2 rows, 0 passed, 4 added, 0 changed, 0 removed, 0 unchanged." in said
    assert "Nothing was applied. With --apply it is done" in said
    assert (LicensedWords.objects.count(), ProcedureCode.objects.count()) == (0, 0)
    assert "Applied: 4. Left: 0." in told(capsys, *how, "--apply")
    assert (LicensedWords.objects.count(), ProcedureCode.objects.count()) == (2, 2)
    # The columns are remembered.
    assert "0 removed, 4 unchanged." in told(capsys, file, "--answer", "shown=no", "--apply")
    assert [entry.by for entry in AuditEntry.objects.filter(act="applied")] == [None, None]


def test_what_is_missing_or_wrong_is_said_and_nothing_is_done(file, capsys):
    assert refused(file, "--answer", "shown=no").startswith("Name the heading with --mapping: Nomenclature.")
    assert refused(file).startswith("Does your license allow that these words are shown to everybody?")
    assert refused(file, "--answer", "shown=maybe").endswith("Answer it as shown (yes or no).")
    assert refused(file, "--answer", "color=red") == "Nothing asks for color."
    assert refused(file.parent / "none.csv", "--answer", "shown=no").endswith("none.csv'")
    assert ImportRun.objects.count() == 0
    file.write_text(f"{LIST}Crown,Words,More,,,\n")
    assert refused(file, "--answer", "shown=no", "--apply").startswith("Nothing was applied: correct the file")
    assert "Wrong: row 4, Code: “Crown” is no code number." in capsys.readouterr().out
    assert LicensedWords.objects.count() == 0
