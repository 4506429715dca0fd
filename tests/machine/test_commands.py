"""What the commands of README and docs/deploying.md say: what is true, and nothing that only a terminal needs."""

import re
import shlex
from contextlib import suppress
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.urls import reverse

from codes.desk import imports
from codes.editorial import entry
from codes.models import AuditEntry, ProcedureCode
from codes.views.list_check import check_list

ROOT = Path(__file__).parents[2]


@pytest.fixture
def one_entry(tmp_path):
    """A folder with one entry file, and the register of sources."""
    folder = tmp_path / "entries"
    folder.mkdir()
    for name in ("D6011.yaml", entry.REGISTER):
        (folder / name).write_text((entry.CONTENT / name).read_text())
    return folder


# --- Loading


def refused(folder) -> str:
    with pytest.raises(CommandError) as error:
        call_command("load_content", folder)
    return str(error.value)


DO = "A list of codes, as CSV or XLSX, is brought in by `manage.py import_table licensed FILE`."


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["codes.csv", "codes.xlsx", "D6011.yaml"])
def test_file_in_place_of_a_folder_is_refused_with_what_to_do(tmp_path, name):
    (tmp_path / name).write_text("code,title\nD6011,Implant\n")
    said = refused(tmp_path / name)
    assert (said.startswith(f"{tmp_path / name} is no folder. "), said.endswith(DO)) == (True, True)
    assert (ProcedureCode.objects.count(), AuditEntry.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_folder_without_entry_files_or_that_is_not_there_is_refused(tmp_path):
    (tmp_path / "codes.csv").write_text("code,title\n")
    assert refused(tmp_path).startswith(f"{tmp_path} has no entry files. ")
    assert refused(tmp_path / "none").startswith(f"{tmp_path / 'none'} is not there. ")


@pytest.mark.django_db
def test_what_is_left_out_beside_the_entry_files_is_named(one_entry, capsys):
    for name in ("d6012.yaml", "D6013.yml", "notes.txt"):
        (one_entry / name).touch()
    for name in ("choosing", "episodes"):
        (one_entry / name).mkdir()
    call_command("load_content", one_entry)
    left, sources, counts = capsys.readouterr().out.splitlines()
    assert left == "Skipped, because they are not named like D6011.yaml: D6013.yml, d6012.yaml, notes.txt"
    assert (
        sources
        == f"Sources: {len(entry.register())} published, 0 unchanged, 0 kept in part as editors had changed them"
    )
    assert counts.startswith("Codes: 1 published, 0 unchanged")


# --- Progress


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["reindex", "lint_content", "bench_search"])
def test_no_progress_bar_goes_into_a_log(command, one_entry, capfd):
    call_command("load_content", one_entry)
    with suppress(CommandError):  # One code is too few for the search's measure.
        call_command(command)
    assert capfd.readouterr().err == ""


# --- The first editor


@pytest.mark.django_db
def test_every_path_that_first_editor_names_is_there(capsys, tmp_path, settings):
    settings.EMAIL_FILE_PATH = str(tmp_path)
    get_user_model().objects.create_superuser("amy", password="secret-1-2-3")
    call_command("first_editor")
    login, mail = capsys.readouterr().out.splitlines()
    python, manage, *rest = shlex.split(login.partition("with the same settings: ")[2])
    assert (Path(python).exists(), Path(manage), rest) == (True, ROOT / "manage.py", ["changepassword", "amy"])
    assert mail == f"E-mail goes to {tmp_path}"


# --- The document


def test_nginx_as_documented_takes_the_largest_list_that_the_site_takes():
    said = (ROOT / "docs/deploying/nginx.conf").read_text()
    everywhere, imported = (int(most) * 1024**2 for most in re.findall(r"client_max_body_size (\d+)m;", said))
    assert everywhere >= check_list.largest_body
    assert imported >= imports.upload.largest_body
    assert f"location = {reverse('admin:codes_importrun_add')} {{" in said
