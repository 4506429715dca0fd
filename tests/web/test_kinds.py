"""Each kind of item is shown wherever a page is shown, with one title, in one order; a kind is a row of one table."""

import re
from dataclasses import replace
from html import escape

import pytest

from codes.acts.publishing import latest, publish
from codes.editorial import entry
from codes.models import Revision
from codes.page import FIELDS, KINDS, PARTS, RELATIONS, ItemKey, Kind, Page, Relation, Source, Statement, Validity
from codes.search.words import terms
from tests import factories
from tests.web.reading import fields, markup, text

URL = "/codes/D6010/"
# A row that the table has not, of each way in which a kind is drawn.
MADE_UP = (
    Kind("mood", "The mood of it", contents="Mood", marker="check", printed=True, weight=5.0, least=1),
    Kind("rumor", "What is rumored", "The rumor", "What is true", folded=True),
)


@pytest.fixture(params=[(), MADE_UP], ids=["the table", "with made-up kinds"], autouse=True)
def table(request, monkeypatch):
    last = PARTS["source"]
    monkeypatch.delitem(PARTS, last.name)
    for kind in request.param:
        monkeypatch.setitem(KINDS, kind.name, kind)
    for kind in (*request.param, last):
        monkeypatch.setitem(PARTS, kind.name, kind)


def key(name: str) -> str:
    return f"{name}.one"


def words(name: str) -> str:
    return f"Said under {name.replace('_', ' ')}."


def heading(name: str) -> str:
    return f"The heading of {name.replace('_', ' ')}" if KINDS[name].heading else ""


def related(name: str) -> Relation:
    return Relation(name, f"D{7000 + list(RELATIONS).index(name)}", words(name))


def whole() -> Page:
    """A page with a statement of each kind, a relation of each kind, and something in each field."""
    video = Source("film", "A film", "https://vimeo.com/12345")
    return Page(
        title="Placing an implant",
        answer="Report it for placing.",
        category="implant services",
        subcategory="Surgery",
        aliases=("doing it",),
        specialties=("periodontics",),
        tags=("metal",),
        site=("tooth",),
        teeth=("molar",),
        surfaces=("2",),
        per="root",
        attachments=("A radiograph",),
        validity=Validity(since=2014),
        statements=tuple(Statement(key(name), words(name), heading(name), ("film",)) for name in KINDS),
        related=tuple(map(related, RELATIONS)),
        sources=(video,),
    )


@pytest.fixture
def published(db, table):
    """The whole page, which has taken the place of a small one."""
    factories.code(title="Other", aliases=(), subcategory="", specialties=(), tags=(), site=(), statements=())
    publish("D6010", whole(), base=latest("D6010").page, by=None, source=Revision.Source.IMPORT, reason="")


def html(client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", markup(response))


def test_code_page_has_each_kind_under_its_title(client, published):
    page = html(client, URL)
    sections = dict(re.findall(r'<h2 id="([^"]+)">(.*?)</section>', page))
    for name, kind in KINDS.items():
        section = sections[kind.id]
        assert section.startswith(f"{escape(kind.title)}</h2>")
        assert section.count(f'id="{key(name)}"') == 1
        assert f"<p>{words(name)}</p>" in section
        assert heading(name) in section
        assert ("<details" in section, 'class="items' in section) == (kind.folded, not kind.heading)
        assert (f'class="items {kind.marker}"' in section) == bool(kind.marker and not kind.heading)
        assert ("✗" in section, "Watch" in section) == (kind.marker == "wrong", bool(kind.address))
    for name, relation in RELATIONS.items():
        assert f"<h3>{relation.title}</h3><ul" in sections["h-related"]
        assert f'id="{related(name).key}"' in sections["h-related"]
        assert f"<p>{words(name)}</p>" in sections["h-related"]
    assert 'id="source.film"' in sections["h-sources"]
    assert [name for name in FIELDS if page.count(f'id="{name}"') != 1] == []


def test_pages_and_forms_have_the_order_of_the_table(client, published):
    whole_page = html(client, URL)
    shown = re.findall(r'<h2 id="(h-[^"]+)"', whole_page)
    assert [id for id in shown if id not in ("h-record", "h-comments")] == [kind.id for kind in PARTS.values()]
    named = re.findall(r'<li><a href="#([^"]+)">([^<]+)</a></li>', whole_page.partition('id="sections"')[2])
    listed = {kind.contents: kind.pair.id if kind.pair else kind.id for kind in PARTS.values() if kind.contents}
    assert named == [(id, words) for words, id in listed.items()] + [
        ("h-record", "Changes"),
        ("h-comments", "Comments"),
    ]
    form = html(client, f"{URL}correct/")
    assert re.findall(r'<details class="group" ?><summary>\s*(.*?) <span', form) == [
        "The code",
        *(escape(kind.title) for kind in PARTS.values()),
    ]
    check = re.findall(r'<h2 id="[^"]+">(.*?)</h2>', html(client, f"{URL}check/"))
    titles = [[escape(k.title)] if n != "related" else [r.title for r in RELATIONS.values()] for n, k in PARTS.items()]
    assert check == ["Top of the page", *sum(titles, [])]


def test_kinds_side_by_side_have_one_block(client, published):
    page = html(client, URL)
    blocks = re.findall(r'<div class="pair([^"]*)"(?: id="([^"]+)")?>(.*?)</div>', page)
    found = [(css.split(), id, re.findall(r'<h2 id="([^"]+)"', inner)) for css, id, inner in blocks]
    assert found == [
        (["use", "printed"], "when", ["h-use", "h-dont"]),
        ([], "", ["h-in", "h-out"]),
    ]


def test_only_what_is_needed_at_the_desk_is_printed(client, published):
    page = html(client, URL)
    marked = {
        id for css, id in re.findall(r'<section class="([^"]*)" aria-labelledby="([^"]+)"', page) if "printed" in css
    }
    alone = {kind.id for kind in PARTS.values() if kind.printed and not kind.pair}
    assert marked == alone
    assert alone >= {"h-documentation", "h-denial"}


def test_check_page_has_each_item(client, published):
    page = html(client, f"{URL}check/")
    for name in KINDS:
        assert re.search(rf'id="{key(name)}" class="item">(<h3>.*?{heading(name)}</h3>)?<p>{words(name)}</p>', page)
    for name in RELATIONS:
        assert f'id="{related(name).key}" class="item"' in page
        assert words(name) in page
    for name, field in FIELDS.items():
        assert f'id="{name}" class="item"><h3>{field.title}</h3>' in page


def test_correction_form_holds_each_item_and_asks_for_one_more_of_each_kind(client, published):
    response = client.get(f"{URL}correct/")
    sent = fields(response)
    for name, kind in KINDS.items():
        assert sent[f"{key(name)}:text"] == words(name)
        assert sent.get(f"{key(name)}:heading", "") == heading(name)
        assert sent[f"new.{name}:text"] == ""
        assert (f"new.{name}:heading" in sent, f"new.{name}:url" in sent) == (bool(kind.heading), bool(kind.address))
        assert kind.heading in text(response)
        assert kind.text in text(response)
    assert [name for name in RELATIONS if sent[f"{related(name).key}:note"] != words(name)] == []
    assert sent["new.related:note"] == ""
    assert sent["source.film:title"] == "A film"
    assert [name for name in FIELDS if not sent.get("validity:since" if name == "validity" else f"{name}:value")] == []


def test_history_shows_each_item_that_came_to_the_page(client, published):
    assert latest("D6010").number == 2
    page = html(client, f"{URL}history/2/")
    shown = dict(re.findall(r'<h3 id="([^"]+)">(.*?)<div class="diff">.*?</div>', page))
    whole_page = page.partition("The whole page as it was")[2]
    for name, kind in KINDS.items():
        assert re.search(
            rf'<h3 id="{key(name)}">{re.escape(escape(kind.title))}</h3> ?<div class="diff">(.*?)</div>', page
        )
        assert words(name) in re.search(rf'<h3 id="{key(name)}">.*?<div class="diff">(.*?)</div>', page)[1]
        assert f"<dt>{escape(kind.title)}</dt>" in whole_page
    for name, relation in RELATIONS.items():
        assert f'<h3 id="{related(name).key}">{relation.title} {related(name).code}</h3>' in page
    changed = {"category", "answer"} ^ {*FIELDS}
    assert [name for name in changed if f'<h3 id="{name}">{FIELDS[name].title}</h3>' not in page] == []
    assert shown["source.film"] == "Source</h3>"


def test_comparison_has_a_row_for_each(client, published):
    factories.code("D6011", statements=(), aliases=(), tags=(), specialties=(), site=(), category="orthodontics")
    page = html(client, "/compare/?codes=D6010,D6011")
    rows = dict(re.findall(r'<section class="question[^"]*"> ?<h2>(.*?)</h2>(.*?)</section>', page))
    for name, kind in KINDS.items():
        row = rows[escape(kind.title)]
        assert words(name) in row
        assert heading(name) in row
        assert ("✗" in row) == (kind.marker == "wrong")
    assert [name for name, kind in RELATIONS.items() if words(name) not in rows[f"{kind.title}: other codes"]] == []
    assert [
        field.title for name, field in FIELDS.items() if name not in ("title", "answer") and field.title not in rows
    ] == []


def test_words_weigh_in_search_as_their_kind_says():
    for name, kind in KINDS.items():
        said = Statement(key(name), "Xylophone.", heading(name))
        assert terms(replace(whole(), statements=(said,)))["xylophon"] == kind.weight * 1000


def test_content_file_may_hold_each_kind():
    data = {"code": "D6010", "title": "T", "answer": "A.", "category": "implant services"}
    for name in KINDS:
        data[name] = {"one": {"text": words(name), "heading": heading(name)}}
    read = entry.parse("D6010", dict(reversed(data.items())))
    assert [s.key for s in read.statements] == [key(name) for name in KINDS]


def test_a_key_knows_what_it_is_the_key_of():
    for name, kind in KINDS.items():
        assert (ItemKey(key(name)).label, ItemKey(key(name)).risk) == (kind.title, kind.risk)
        assert ItemKey.new(name).kind == name
