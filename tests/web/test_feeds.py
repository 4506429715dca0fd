"""The Atom feeds: every published correction and revert, of all codes, of one category, of one code."""

import re
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
import time_machine
from django.test import Client

from codes.acts import corrections
from codes.acts.publishing import latest, publish, revert
from codes.models import Revision
from tests import factories
from tests.web.reading import markup, tight

QUERIES = {"/changes/feed.atom": 6, "/categories/implant-services/feed.atom": 6, "/codes/D6010/feed.atom": 7}
ATOM, XHTML = "{http://www.w3.org/2005/Atom}", "{http://www.w3.org/1999/xhtml}"
SITE = "https://codes.example.org"


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = SITE
    settings.SITE_NAME = "The Reference"
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]


def accepted(number: str, editor, **about):
    sent = factories.correction(number, **about)
    return corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest(number))


@pytest.fixture
def changed(editor):
    """An implant code that was corrected and taken back, a diagnostic one that was corrected, and one as loaded."""
    with time_machine.travel(datetime(2026, 3, 1, 8, tzinfo=UTC), tick=False):
        factories.code("D6010", title="Placing")
        factories.code("D0120", title="Looking", category="diagnostic")
        factories.code("D6011", title="Uncovering")
    with time_machine.travel(datetime(2026, 3, 2, 8, tzinfo=UTC), tick=False):
        accepted(
            "D6010", editor, credit="A Hygienist", source_title="Manual", source_url="https://m.example/", note="Wrong."
        )
    with time_machine.travel(datetime(2026, 3, 3, 8, tzinfo=UTC), tick=False):
        accepted("D0120", editor)
    with time_machine.travel(datetime(2026, 3, 4, 8, tzinfo=UTC), tick=False):
        revert("D6010", 1, by=editor, reason="It was right.")


def feed(client, url: str, **headers) -> ElementTree.Element:
    response = client.get(url, **headers)
    assert (response.status_code, response["Content-Type"]) == (200, "application/xml; charset=utf-8")
    return ElementTree.fromstring(response.content)  # noqa: S314 - our own document


def said(element: ElementTree.Element, name: str) -> str:
    return tight(element.findtext(f"{ATOM}{name}"))


def summary(entry: ElementTree.Element) -> str:
    """What a person reads of an entry: XHTML in one div, without its namespace and with one blank for many."""
    held = entry.find(f"{ATOM}summary")
    assert (held.get("type"), [child.tag for child in held]) == ("xhtml", [f"{XHTML}div"])
    inner = "".join(ElementTree.tostring(child, encoding="unicode") for child in held[0])
    return tight(re.sub(r' xmlns:html="[^"]*"|(?<=<)html:|(?<=</)html:', "", inner))


def entries(found: ElementTree.Element) -> list[str]:
    """The path of each entry's id below the site's address."""
    ids = [said(entry, "id") for entry in found.iter(f"{ATOM}entry")]
    assert all(i.startswith(f"{SITE}/codes/") for i in ids)
    return [i.removeprefix(SITE) for i in ids]


REVERTED, LOOKED, PLACED = "/codes/D6010/history/3/", "/codes/D0120/history/2/", "/codes/D6010/history/2/"


@pytest.mark.parametrize(
    ("url", "title", "link", "found"),
    [
        ("/changes/feed.atom", "Every change", "/changes/", [REVERTED, LOOKED, PLACED]),
        (
            "/categories/implant-services/feed.atom",
            "Changes in implant services",
            "/codes/?category=implant+services",
            [REVERTED, PLACED],
        ),
        ("/categories/diagnostic/feed.atom", "Changes in diagnostic", "/codes/?category=diagnostic", [LOOKED]),
        (
            "/categories/prosthodontics-removable/feed.atom",
            "Changes in prosthodontics, removable",
            "/codes/?category=prosthodontics%2C+removable",
            [],
        ),
        ("/codes/D6010/feed.atom", "Changes of D6010 Placing", "/codes/D6010/", [REVERTED, PLACED]),
        ("/codes/D6011/feed.atom", "Changes of D6011 Uncovering", "/codes/D6011/", []),
    ],
)
def test_feed_names_itself_and_what_it_is_about_and_holds_the_changes_of_it_newest_first(
    client, changed, url, title, link, found
):
    root = feed(client, url)
    assert (root.tag, said(root, "title")) == (f"{ATOM}feed", f"{title} · The Reference")
    links = {item.get("rel"): item.get("href") for item in root.findall(f"{ATOM}link")}
    assert links == {"self": SITE + url, "alternate": SITE + link}
    assert said(root, "id") == SITE + url
    assert entries(root) == found


def test_entry_says_what_was_changed_by_whom_on_what_authority_why_and_when(client, changed):
    entry = feed(client, "/codes/D6010/feed.atom").findall(f"{ATOM}entry")[1]
    correction = Revision.objects.get(code="D6010", number=2).correction
    assert said(entry, "title") == "D6010 Placing: correction, revision 2"
    assert [child.get("href") for child in entry.findall(f"{ATOM}link")] == [SITE + PLACED]
    assert said(entry, "published") == said(entry, "updated") == "2026-03-02T08:00:00+00:00"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "A Hygienist"
    assert summary(entry).replace("</p><p>", "</p>\n<p>").split("\n")[:4] == [
        f'<p><a href="{SITE}{PLACED}">D6010 Placing</a>. Changed: Answer, Source.</p>',
        f'<p><a href="{SITE}{correction.public_url}">Correction {correction.pk}</a>, by A Hygienist. '
        "Mar 2, 2026, 8:00 AM UTC</p>",
        "<p>Source: Manual, https://m.example/</p>",
        "<p>Why: Wrong.</p>",
    ]
    assert [child.get("term") for child in entry.findall(f"{ATOM}category")] == ["implant services", "correction"]


def test_revert_is_by_the_editors_with_its_reason(client, changed):
    entry = feed(client, "/changes/feed.atom").find(f"{ATOM}entry")
    assert said(entry, "title") == "D6010 Placing: revert, revision 3"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "the editors"
    assert "<p>Revert, by the editors. Mar 4, 2026, 8:00 AM UTC</p><p>Why: It was right.</p>" in summary(entry)


def test_correction_without_name_source_or_reason_has_no_empty_lines_for_them(client, changed):
    entry = feed(client, "/codes/D0120/feed.atom").find(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "a reader"
    assert "Source:" not in summary(entry)
    assert "Why:" not in summary(entry)


def test_labels_stand_once_each(client, editor):
    factories.code("D6010")
    items = {"use_when.a": {"text": "One.", "heading": "", "sources": []}}
    items["use_when.b"] = items["use_when.a"] | {"text": "Two."}
    sent = factories.propose("D6010", items)
    corrections.accept(sent, by=editor, items=dict.fromkeys(items), seen=latest("D6010"))
    entry = feed(client, "/changes/feed.atom").find(f"{ATOM}entry")
    assert "Changed: Use it when.</p>" in summary(entry)


def test_imports_first_and_later_are_no_news(client, db):
    factories.code("D6010")
    before = latest("D6010").page
    publish("D6010", factories.page(answer="Anew."), base=before, by=None, source="import", reason="File changed")
    assert Revision.objects.count() == 2
    assert entries(feed(client, "/changes/feed.atom")) == []
    assert entries(feed(client, "/codes/D6010/feed.atom")) == []


def test_waiting_and_rejected_corrections_are_in_no_feed(client, editor):
    factories.code("D6010")
    factories.correction(note="A waiting note.", credit="Waits")
    corrections.reject(factories.correction(note="A rejected note.", credit="Rejected"), by=editor, reason="No.")
    content = client.get("/changes/feed.atom").content.decode()
    assert [word for word in ("waiting note", "Waits", "rejected note", "Rejected") if word in content] == []


def test_newest_50_are_shown(client, editor):
    factories.code("D6010")
    for _ in range(52):
        accepted("D6010", editor)
    found = entries(feed(client, "/changes/feed.atom"))
    assert found == [f"/codes/D6010/history/{number}/" for number in range(53, 3, -1)]


@pytest.mark.parametrize("url", QUERIES)
def test_addresses_are_those_of_the_site_whatever_host_is_asked(client, changed, url):
    asked = client.get(url).content
    assert client.get(url, headers={"host": "other.example"}).content == asked
    assert b"other.example" not in asked
    assert b"testserver" not in asked


@pytest.mark.parametrize("url", QUERIES)
def test_feed_holds_no_mail_address_and_no_editors_name(client, editor, url):
    editor.username = editor.email = "ed@example.org"
    editor.first_name = editor.last_name = ""
    editor.save()
    factories.code("D6010")
    accepted("D6010", editor, email="contributor@example.org", credit="A Hygienist", note="A reason.")
    revert("D6010", 1, by=editor, reason="Back.")
    content = client.get(url).content.decode()
    assert "A Hygienist" in content
    assert "@" not in content


def test_markup_that_people_typed_is_read_as_text(client, editor):
    bad = "<script>alert(1)</script> & more"
    factories.code("D6010", title=bad)
    accepted("D6010", editor, credit=bad, note=bad, source_title=bad)
    entry = feed(client, "/changes/feed.atom").find(f"{ATOM}entry")
    assert said(entry, "title") == f"D6010 {bad}: correction, revision 2"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == bad
    assert summary(entry).count("&lt;script&gt;alert(1)&lt;/script&gt; &amp; more") == 4
    assert "<script" not in summary(entry)


def test_characters_that_xml_forbids_do_not_break_the_feed(client, editor):
    factories.code("D6010", title="Pla\x0bcing\ufffe")
    accepted("D6010", editor, credit="A\uffff Hygienist", note="Wro\x1fng \U0001f9b7.")
    for url in QUERIES:
        entry = feed(client, url).find(f"{ATOM}entry")
        assert said(entry, "title") == "D6010 Placing: correction, revision 2"
        assert entry.findtext(f"{ATOM}author/{ATOM}name") == "A Hygienist"
        assert "Why: Wrong \U0001f9b7." in summary(entry)


def test_empty_feed_is_the_same_bytes_tomorrow(client, db):
    factories.code("D6010")
    with time_machine.travel(datetime(2026, 3, 1, tzinfo=UTC), tick=False):
        first = client.get("/changes/feed.atom").content
    with time_machine.travel(datetime(2026, 3, 2, tzinfo=UTC), tick=False):
        assert client.get("/changes/feed.atom").content == first
    assert said(ElementTree.fromstring(first), "updated") == "1970-01-01T00:00:00+00:00"  # noqa: S314 - our own page


def test_feed_is_updated_when_its_newest_entry_was_published(client, changed):
    assert said(feed(client, "/changes/feed.atom"), "updated") == "2026-03-04T08:00:00+00:00"
    assert said(feed(client, "/categories/diagnostic/feed.atom"), "updated") == "2026-03-03T08:00:00+00:00"


def test_who_has_the_newest_already_is_told_so_until_something_is_published(client, changed, editor):
    tag = client.get("/changes/feed.atom")["ETag"]
    again = client.get("/changes/feed.atom", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    accepted("D6011", editor)
    fresh = client.get("/changes/feed.atom", headers={"if-none-match": tag})
    assert fresh.status_code == 200
    assert b"/codes/D6011/history/2/" in fresh.content


@pytest.mark.parametrize("url", QUERIES)
def test_feed_is_the_same_for_everybody_and_sets_no_cookie(desk, changed, url):
    response = desk.get(url)
    assert response.content == Client().get(url).content
    assert not response.cookies
    assert response["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "url",
    [
        "/categories/implant/feed.atom",
        "/categories/Implant-Services/feed.atom",
        "/codes/D6999/feed.atom",
        "/codes/d6010/feed.atom",
        "/codes/feed.atom/feed.atom",
    ],
)
def test_unknown_category_or_code_has_no_feed(client, changed, url):
    assert client.get(url).status_code == 404


def test_feed_is_only_read(client, changed):
    assert client.post("/changes/feed.atom").status_code == 405


@pytest.mark.parametrize(
    ("page", "address", "title"),
    [
        ("/changes/", "/changes/feed.atom", "Every change"),
        ("/codes/?category=implant+services", "/categories/implant-services/feed.atom", "Changes in implant services"),
        ("/codes/D6010/", "/codes/D6010/feed.atom", "Changes of D6010"),
    ],
)
def test_page_names_its_feed_to_programs_and_to_people(client, changed, page, address, title):
    html = markup(client.get(page))
    assert f'<link rel="alternate" type="application/atom+xml" title="{title}" href="{address}">' in html
    assert f'<a href="{address}">' in html


@pytest.mark.parametrize("page", ["/codes/", "/codes/?category=nonsense", "/codes/?status=active"])
def test_browsing_without_a_category_names_no_feed(client, changed, page):
    assert "atom" not in client.get(page).content.decode().lower()


@pytest.mark.parametrize(("url", "queries"), QUERIES.items())
def test_feed_takes_the_same_few_queries_with_1_and_3_changes(client, editor, django_assert_num_queries, url, queries):
    factories.code("D6010")
    accepted("D6010", editor)
    with django_assert_num_queries(queries):
        assert len(entries(feed(client, url))) == 1
    accepted("D6010", editor, source_title="Manual")
    revert("D6010", 1, by=editor, reason="Back.")
    with django_assert_num_queries(queries):
        assert len(entries(feed(client, url))) == 3
