"""The style sheets: one place of colors, three breakpoints, short lines, no name that nothing defines, served whole."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.core.files.storage import FileSystemStorage

from cdtsite.storage import JoinedStaticFilesStorage
from codes.display import picture

FOLDER = settings.BASE_DIR / "cdtsite" / "static" / "cdt"
TOKENS = FOLDER / "css" / "tokens.css"
PARTS = sorted((FOLDER / "css").glob("*.css"))
SHEETS = [FOLDER / "site.css", FOLDER / "admin.css", FOLDER / "feed.css", FOLDER / "card.css", *PARTS]
DARK = Path(admin.__file__).parent / "static" / "admin" / "css" / "dark_mode.css"
COLOR = r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|color-mix|light-dark)\("


def bare(file: Path) -> str:
    """A sheet without its comments."""
    return re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL)


def light() -> dict[str, str]:
    """The colors of a light page, by name."""
    return dict(re.findall(r"--color-([a-z-]+): light-dark\((#[0-9a-f]{3,6}), #[0-9a-f]{3,6}\);", bare(TOKENS)))


def id_of(file: Path) -> str:
    return file.name


@pytest.mark.parametrize("file", SHEETS, ids=id_of)
def test_colors_stand_among_the_tokens_alone(file):
    values = re.findall(r"[\w-]+:([^;{}]*);", bare(file))
    found = [value for value in values if re.search(COLOR, value, re.IGNORECASE)]
    assert bool(found) == (file == TOKENS), found


def test_what_cannot_read_the_tokens_has_their_colors():
    tokens = light()
    assert len(tokens) >= 16
    assert {name: tokens[name] for name in picture.COLORS} == picture.COLORS
    icon = re.findall("#[0-9a-f]{3,6}", (FOLDER / "icon.svg").read_text())
    assert set(icon) == {tokens["accent"], tokens["on-accent"]}


def test_widths_part_at_three_places():
    asked = [query for file in SHEETS for query in re.findall(r"@(?:media|container)[^{]*width[^{]*", bare(file))]
    places = [re.fullmatch(r"@media \(width (?:<|>=) (\d+rem)\) ", query) for query in asked]
    assert all(places), asked
    assert {place[1] for place in places} == {"44rem", "60rem", "100rem"}


@pytest.mark.parametrize("file", SHEETS, ids=id_of)
def test_lines_are_short(file):
    assert [line for line in file.read_text().splitlines() if len(line) > 120] == []


def test_a_color_scheme_and_a_finger_change_nothing_but_colors():
    """tests/browser/ measures each page in one scheme, and looks at its colors alone in the other."""
    text = "\n".join(map(bare, SHEETS))
    asked = re.findall(r"@(?:media|container|supports)[^{]*", text)
    assert [query for query in asked if re.search("scheme|hover|pointer", query)] == []
    (djangos,) = re.findall(r"@media \(prefers-color-scheme: dark\) \{\s*:root \{(.*?)\}\s*\}", bare(DARK), re.DOTALL)
    assert bare(DARK).count("prefers-color-scheme") == 1
    assert set(re.findall(r"([\w-]+):", re.sub(r"--[\w-]+:", "", djangos))) == {"color-scheme"}
    others = [file.name for file in DARK.parent.rglob("*.css") if "prefers-color-scheme" in file.read_text()]
    assert others == [DARK.name]


def test_each_token_is_defined_once_a_medium_and_used():
    text = "\n".join(map(bare, SHEETS))
    defined = set(re.findall(r"(--[\w-]+):", bare(TOKENS)))
    used = {name for name in re.findall(r"var\((--[\w-]+)", "\n".join(map(bare, PARTS)))}
    assert used - defined == {"--find"}  # The bar's own.
    assert defined - set(re.findall(r"var\((--[\w-]+)", text)) == set()


def test_a_sheet_is_served_with_its_parts_in_it(tmp_path):
    storage = JoinedStaticFilesStorage(location=tmp_path, base_url="/static/")
    source = FileSystemStorage(FOLDER.parent)
    names = [f"cdt/{file.relative_to(FOLDER)}" for file in SHEETS]
    for name in names:
        with source.open(name) as file:
            storage.save(name, file)
    assert list(storage.post_process({name: (source, name) for name in names}))
    served = [tmp_path / storage.stored_name(f"cdt/{name}.css") for name in ("site", "admin", "feed", "card")]
    assert all(re.fullmatch(r"\w+\.[0-9a-f]{12}\.css", file.name) for file in served)
    site, admin, feed, card = (file.read_text() for file in served)
    assert "@import" not in site + admin + feed + card
    assert [part.name for part in PARTS if part.read_text() not in site] == []
    assert TOKENS.read_text() in admin
    assert TOKENS.read_text() in feed
    assert TOKENS.read_text() in card
    assert re.findall(r"^@layer (\w+) \{$", site, re.MULTILINE)[:3] == ["tokens", "base", "layout"]
