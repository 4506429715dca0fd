"""The feeds as their readers take them: valid by a schema of RFC 4287, and whole to feedparser, whatever is typed."""

from pathlib import Path

import feedparser
import pytest
from django.urls import get_resolver
from lxml import etree

from codes.acts import corrections
from codes.acts.publishing import latest, revert
from codes.acts.registering import latest_version, publish_document
from tests import factories

pytestmark = pytest.mark.django_db
SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).parent / "atom.rng"))
# Of the names of addresses: where one is, and with how many entries.
FEEDS = {
    "changes_feed": [("/changes/feed.atom", 3)],
    "category_feed": [
        ("/categories/implant-services/feed.atom", 3),
        ("/categories/diagnostic/feed.atom", 0),
    ],
    "code_feed": [("/codes/D6010/feed.atom", 3), ("/codes/D0120/feed.atom", 0)],
    "sources_feed": [("/sources/feed.atom", 1)],
    "source_feed": [("/sources/book/feed.atom", 1), ("/sources/other/feed.atom", 0)],
}
HOSTILE = "]]></title><script>alert(1)</script> &amp; &nbsp; <![CDATA[ \u202e \x0b \uffff “é” 🦷 \"'"

# Without what XML may not hold.
READ = HOSTILE.replace("\x0b", "").replace("\uffff", "")


@pytest.fixture(scope="module", autouse=True)
def world(module_db):
    """Codes and a source of which everything that people type is hostile, each changed."""
    editor = factories.editor()
    factories.document(title=HOSTILE, publisher=HOSTILE)
    factories.document(slug="other")
    factories.codes({"D6010": {"title": HOSTILE}, "D0120": {"category": "diagnostic"}})
    for credit in (HOSTILE, ""):
        sent = factories.correction("D6010", credit=credit, source_title=HOSTILE, note=HOSTILE)
        corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest("D6010"))
    revert("D6010", 1, by=editor, reason=HOSTILE)
    record = latest_version("book").record
    changed = factories.replace(record, publisher=f"Another {HOSTILE}")
    publish_document("book", changed, base=record, by=editor, source="edit", reason=HOSTILE)


def test_every_feed_of_the_site_is_looked_at():
    named = {pattern.name for pattern in get_resolver("codes.urls").url_patterns if "feed" in str(pattern.pattern)}
    assert named == FEEDS.keys()


@pytest.mark.parametrize(("address", "entries"), [feed for feeds in FEEDS.values() for feed in feeds])
def test_feed_is_valid_and_a_reader_has_all_of_it(client, address, entries):
    body = client.get(address).content
    assert SCHEMA.validate(etree.fromstring(body)), SCHEMA.error_log
    read = feedparser.parse(body)
    assert (read.bozo, read.version, len(read.entries)) == (False, "atom10", entries)
    assert len({entry.id for entry in read.entries}) == entries
    for entry in read.entries:
        assert (entry.published_parsed.tm_year > 2000, entry.link.startswith("http"), bool(entry.author)) == (True,) * 3
        assert "<script" not in entry.summary
        # Read as text, not as markup.
        assert (entry.title_detail.type, READ in entry.title) == ("text/plain", True)


def test_schema_sees_what_a_reader_forgives(client):
    body = client.get("/changes/feed.atom").content.decode()
    updated = body[body.index("<updated>") : body.index("</updated>")]
    for wrong in (
        body.replace(updated, "<updated>yesterday", 1),
        body.replace("<author>", "<writer>").replace("</author>", "</writer>"),
        body.replace("<id>http", "<id>mailto", 1),
        body.replace('type="xhtml"', 'type="html"'),
    ):
        assert wrong != body
        assert not SCHEMA.validate(etree.fromstring(wrong.encode()))
