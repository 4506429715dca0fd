"""The docs name what is there: files, functions, addresses, commands, settings, labels. No link or picture is dead."""

import re
import tomllib
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from codes.acts import corrections
from codes.models import Correction

ROOT = Path(__file__).resolve().parents[2]
TOP = ("cdtsite", "codes", "comments", "docs", "templates", "tests")
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
}
# The changes tell of what was.
NOW = {name: text for name, text in PAGES.items() if name != "CHANGELOG.md"}
CODE = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for top in ("cdtsite", "codes", "comments", "tests")
    for path in (ROOT / top).rglob("*.py")
}
FILES = {path.name for path in [*ROOT.glob("*"), *(path for top in TOP for path in (ROOT / top).rglob("*"))]}
FILE = re.compile(rf"(?:(?:{'|'.join(TOP)})/[\w./-]*|\w[\w./-]*(?:\w/|\.(?:py|md|toml|txt|html|css|js|png|yaml|tsv)))")
ARCHITECTURE = PAGES["docs/architecture.md"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
WALK = PAGES["docs/deploying.md"].partition("## Debian 12, step by step\n")[2].partition("\n## ")[0]
SETTINGS = re.findall(r'_setting\(\s*"([A-Z_]+)"', CODE["cdtsite/settings.py"])


def spans(text: str) -> list[str]:
    """What stands between backticks in running text."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def targets(text: str) -> list[str]:
    """Where links and pictures lead, but for other sites."""
    found = re.findall(r'\]\(([^)\s]+)\)|<img src="([^"]+)"', text)
    return [one for pair in found for one in pair if one and "://" not in one]


def anchors(file: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    heads = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def leads(page: str, target: str) -> bool:
    name, _, anchor = target.partition("#")
    file = (ROOT / page).parent / name if name else ROOT / page
    return file.exists() and (not anchor or anchor in anchors(file))


def is_there(name: str, page: str, folder: str) -> bool:
    """Whether a file that a page names exists: in the folder of its row or anywhere, and one that is named with its own
    folder, from the root or the page.
    """
    if "/" not in name.rstrip("/"):
        return (ROOT / folder / name).exists() if folder else name.rstrip("/") in FILES | {"var"}
    return any((place / name).exists() for place in (ROOT / folder, ROOT, (ROOT / page).parent))


def defines(code: str, function: str) -> bool:
    return re.search(rf"^\s*def {function}\(", code, flags=re.MULTILINE) is not None


def answers(address: str) -> bool:
    """Whether a view of the site has the address: what has no name takes whatever nothing else takes."""
    try:
        return resolve(address).url_name is not None
    except Resolver404:
        return False


def test_every_link_and_picture_leads_somewhere():
    assert sum(len(targets(text)) for text in PAGES.values()) > 50
    assert [(page, one) for page, text in PAGES.items() for one in targets(text) if not leads(page, one)] == []


def test_every_page_and_picture_of_docs_is_linked():
    linked = {
        ((ROOT / page).parent / target.partition("#")[0]).resolve()
        for page, text in PAGES.items()
        for target in targets(text)
        if not target.startswith("#")
    }
    files = [path for path in (ROOT / "docs").rglob("*") if path.is_file()]
    assert len(files) > 20
    assert [str(path.relative_to(ROOT)) for path in files if path not in linked] == []


def test_every_file_and_module_that_is_named_exists():
    gone = []
    for page, text in NOW.items():
        for line in text.split("\n"):
            row = re.match(r"\| `(\w[\w/]*/)` \|", line)
            names = [name for name in spans(line) if FILE.fullmatch(name) and not (row and name == row[1])]
            gone += [(page, name) for name in names if not is_there(name, page, row[1] if row else "")]
            gone += [(page, row[1])] if row and not (ROOT / row[1]).is_dir() else []
            dotted = [name for name in spans(line) if re.fullmatch(r"(?:cdtsite|codes|comments)(?:\.\w+)+", name)]
            paths = [ROOT / name.replace(".", "/") for name in dotted]
            gone += [(page, path.name) for path in paths if not (path.is_dir() or path.with_suffix(".py").exists())]
    assert gone == []


def test_every_function_that_is_named_is_there_and_in_the_file_of_its_row():
    wrong = []
    for page, text in NOW.items():
        for line in text.split("\n"):
            files = [CODE[name] for name in spans(line) if name in CODE] if line.startswith("|") else []
            for function in re.findall(r"`(\w+)\(\)`", line):
                if not any(defines(code, function) for code in files or CODE.values()):
                    wrong.append((page, function))
    assert wrong == []


def test_every_address_of_the_site_that_is_named_answers():
    named = {span for text in NOW.values() for span in spans(text) if re.fullmatch(r"/(?:[\w.-]+/)*", span)}
    assert len(named) > 10
    assert [address for address in sorted(named) if not answers(address)] == []


def test_every_command_that_is_named_is_there():
    goals = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    known = {"manage.py": get_commands(), "cdt": get_commands(), "make": goals}
    wrong = []
    for page, text in PAGES.items():
        code = "\n".join([*spans(text), *re.findall(r"^    .*$", text, flags=re.MULTILINE)])
        run = re.findall(r"(?:\b(manage\.py|make)|^    (cdt)) ([a-z][a-z_-]+)", code, flags=re.MULTILINE)
        wrong += [(page, name) for by, alone, name in run if name not in known[by or alone]]
    assert wrong == []


def test_table_of_settings_has_each_setting_once_and_no_other():
    table = PAGES["docs/deploying.md"].partition("## Settings")[2].partition("\n## ")[0]
    assert len(SETTINGS) > 10
    assert sorted(re.findall(r"^\| `([A-Z_]+)` \|", table, flags=re.MULTILINE)) == sorted(SETTINGS)


def test_parts_of_the_walk_through_are_in_order_and_each_shows_that_it_works():
    parts = re.split(r"^### ", WALK, flags=re.MULTILINE)[1:]
    assert [part.partition(". ")[0] for part in parts] == [str(n) for n in range(1, len(parts) + 1)]
    shown = re.compile(r"^It works if [^:]*(?:`[^`]*`[^:]*)*:\n\n    \S", flags=re.MULTILINE)
    assert [part.partition("\n")[0] for part in parts if not shown.search(part)] == []


def test_walk_through_names_files_packages_and_services_that_there_are():
    typed = "\n".join(re.findall(r"^    (.+)$", WALK, flags=re.MULTILINE))
    files = re.findall(r"docs/deploying/[\w.*-]+", typed)
    assert [file for file in files if not list(ROOT.glob(file))] == []
    units = {file.name: file.read_text() for file in (ROOT / "docs/deploying").glob("cdt*.*")}
    copied = {file.name for pattern in files for file in ROOT.glob(pattern)}
    assert units.keys() <= copied
    begun = set(re.findall(r"systemctl enable --now (.+)", typed)[0].split())
    assert begun == {name.removesuffix(".service") for name, text in units.items() if "[Install]" in text}
    installed = {
        name for line in re.findall(r"apt-get install --no-install-recommends (.+)", typed) for name in line.split()
    }
    ours = set(re.findall(r'missing="\$missing (\S+)"', (ROOT / "tests/machine.sh").read_text()))
    both = {"curl", "nginx", "openssl", "postgresql", "python3-venv"}
    assert installed & ours == both, "the same names as for the tests"


def test_settings_are_read_from_one_place_and_those_of_the_example_exist():
    deploying = ROOT / "docs/deploying"
    assert set(re.findall(r"^([A-Z_]+)=", (deploying / "settings.env").read_text(), flags=re.MULTILINE)) <= set(
        SETTINGS
    )
    services = [file.read_text() for file in deploying.glob("cdt*.service")]
    assert len(services) == 3
    assert all("\nEnvironmentFile=/etc/cdt.env\n" in text for text in services)
    assert "\n. /etc/cdt.env\n" in (deploying / "cdt").read_text()
    assert "install -m 0600 docs/deploying/settings.env /etc/cdt.env" in WALK


def test_every_setting_that_is_named_exists():
    named = {span for text in NOW.values() for span in spans(text) if re.fullmatch(r"[A-Z]+(?:_[A-Z]+)+", span)}
    assert [name for name in named if name not in SETTINGS and not hasattr(settings, name)] == []


def test_words_in_italics_stand_on_the_site():
    templates = [path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")]
    shown = [re.sub(r"{%.*?%}|<[^>]*>", " ", text) for text in templates]
    shown += [code for name, code in CODE.items() if not name.startswith("tests/")]
    site = " ".join(" ".join(shown).split()).lower()
    for page in ("docs/editors.md", "docs/using.md"):
        prose = re.sub(r"`[^`\n]*`|\*\*[^*]+\*\*", "", NOW[page])
        labels = [" ".join(label.split()) for label in re.findall(r"\*([^*]+)\*", prose)]
        assert len(labels) > 5
        assert [label for label in labels if label.lower() not in site] == []


def test_drawing_of_the_floors_is_the_contract():
    drawing = ARCHITECTURE.partition("```")[2].partition("```")[0]
    drawn = re.findall(r"^\| (\w+(?: · \w+)*)  ", drawing, flags=re.MULTILINE)
    contract = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    assert [{f"codes.{room}" for room in floor.split(" · ")} for floor in drawn] == [
        set(floor.split(" | ")) for floor in contract
    ]


def test_every_room_of_codes_has_its_line():
    rooms = {path.parent.name for path in (ROOT / "codes").glob("*/__init__.py")} - {"migrations"}
    assert {room for room in rooms if f"\n| `codes/{room}/` | " not in ARCHITECTURE} == set()


def test_drawing_of_the_states_has_every_state_and_no_act_that_there_is_not():
    drawn = re.findall(r"^    (\S+) --> (\S+?)(?:: (.+))?$", ARCHITECTURE, flags=re.MULTILINE)
    assert {state for arrow in drawn for state in arrow[:2]} - {"[*]"} == set(Correction.State.names)
    acts = {act for *_, said in drawn if said for act in said.partition(", ")[0].split(" or ")}
    assert acts <= set(corrections.__all__)


def test_changes_begin_with_the_version_of_the_project():
    assert re.search(r"^## (\S+)", PAGES["CHANGELOG.md"], flags=re.MULTILINE)[1] == PROJECT["project"]["version"]


def test_readme_is_a_screen_and_a_half():
    assert len(PAGES["README.md"].splitlines()) <= 70
