"""The JSON-LD and the Open Graph tags of the pages: what machines are told is what readers are shown."""

import json
import re
from dataclasses import replace
from html import unescape

import pytest
import time_machine

from codes.acts import corrections
from codes.acts.publishing import latest, publish
from codes.models import Revision
from codes.page import Source, Statement
from comments import moderation
from tests import factories
from tests.web.reading import markup, text

SITE = "https://codes.example.org"
BLOCK = '<script type="application/ld+json">'


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = SITE
    settings.SITE_NAME = "Codes & more"


def html(client, url: str = "/codes/D6010/") -> str:
    return markup(client.get(url))


def graph(client, url: str = "/codes/D6010/") -> dict[str, dict]:
    """The nodes of the page's one block, by type."""
    [block] = re.findall(f"{re.escape(BLOCK)}(.*?)</script>", html(client, url), re.DOTALL)
    data = json.loads(block)
    assert data["@context"] == "https://schema.org"
    return {node["@type"]: node for node in data["@graph"]}


def open_graph(client, url: str) -> dict[str, str]:
    found = re.findall(r'<meta property="og:([a-z_]+)" content="([^"]*)">', html(client, url))
    assert len(found) == len(dict(found))
    return {name: unescape(value) for name, value in found}


def accepted(editor, when: str, answer: str, **about):
    """A correction of the answer, published at a time."""
    with time_machine.travel(when, tick=False):
        sent = factories.correction(proposed=replace(latest("D6010").page, answer=answer), **about)
        corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"), proofs=factories.proved(sent))


def page_on(day: str, client) -> dict:
    """What the page says of itself on a day."""
    with time_machine.travel(f"{day}T12:00:00Z"):
        return graph(client)["MedicalWebPage"]


def test_questions_are_those_of_the_page_word_for_word_in_its_order(client, d6011):
    asked = latest("D6011").page.of_kind("faq")
    assert len(asked) > 1
    found = graph(client, "/codes/D6011/")["FAQPage"]["mainEntity"]
    assert [(q["name"], q["acceptedAnswer"]["text"]) for q in found] == [(s.heading, s.text) for s in asked]
    seen = text(client.get("/codes/D6011/"))
    assert [q["name"] for q in found if f"{q['name']} {q['acceptedAnswer']['text']}" not in seen] == []


def test_page_without_questions_has_no_list_of_questions(client, db):
    factories.code(statements=(Statement("use_when.done", "The thing was done."),))
    assert set(graph(client)) == {"BreadcrumbList", "MedicalWebPage"}


def test_trail_leads_from_all_codes_by_the_category_to_the_page(client, db):
    factories.code(title="Placing")
    steps = graph(client)["BreadcrumbList"]["itemListElement"]
    assert [(s["position"], s["name"], s["item"]) for s in steps] == [
        (1, "All codes", f"{SITE}/codes/"),
        (2, "Implant services", f"{SITE}/codes/?category=implant%20services"),
        (3, "D6010 Placing", f"{SITE}/codes/D6010/"),
    ]
    assert '<a id="category" href="/codes/?category=implant%20services">Implant services</a>' in html(client)
    category = client.get(steps[1]["item"].removeprefix(SITE))
    assert [c.number for c in category.context["listing"]] == ["D6010"]


def test_page_is_about_the_code_under_our_own_title(client, db):
    with time_machine.travel("2026-03-02T10:00:00Z", tick=False):
        factories.code(title="Placing", answer="Report **it** for D6010.")
    page = graph(client)["MedicalWebPage"]
    assert page["about"] == {
        "@type": "MedicalCode",
        "codeValue": "D6010",
        "codingSystem": "CDT",
        "name": "Placing",
    }
    assert page["description"] == "Report it for D6010."
    assert page["isPartOf"] == {"@type": "WebSite", "url": f"{SITE}/", "name": "Codes & more"}
    assert page["dateModified"] == "2026-03-02T10:00:00+00:00"


def test_starter_content_was_never_reviewed(client, d6011):
    assert "Not yet checked by an editor" in text(client.get("/codes/D6011/"))
    assert "lastReviewed" not in graph(client, "/codes/D6011/")["MedicalWebPage"]


def test_correction_without_a_source_changes_the_page_and_reviews_nothing(client, editor):
    factories.code()
    accepted(editor, "2026-03-02T10:00:00Z", "One.")
    page = graph(client)["MedicalWebPage"]
    assert page["dateModified"] == "2026-03-02T10:00:00+00:00"
    assert "lastReviewed" not in page


def test_last_review_is_the_latest_verification_that_still_counts(client, editor):
    factories.code()
    with time_machine.travel("2026-03-02T10:00:00Z", tick=False):
        sent = factories.propose(
            "D6010",
            {"use_when.done": {"text": "It was all done.", "heading": "", "sources": []}},
            source_title="Manual",
        )
        corrections.accept(
            sent, by=editor, items={"use_when.done": None}, seen=latest("D6010"), proofs=factories.proved(sent)
        )
    accepted(editor, "2026-05-04T10:00:00Z", "One.", source_title="Manual")
    assert page_on("2026-06-01", client)["lastReviewed"] == "2026-05-04"
    accepted(editor, "2026-06-05T10:00:00Z", "Two.")
    page = page_on("2026-06-06", client)
    assert (page["lastReviewed"], page["dateModified"]) == ("2026-03-02", "2026-06-05T10:00:00+00:00")


def test_verification_against_last_year_s_edition_is_no_review_of_this_year_s(client, editor):
    factories.code()
    accepted(editor, "2026-05-04T10:00:00Z", "One.", source_title="Manual")
    assert page_on("2026-12-31", client)["lastReviewed"] == "2026-05-04"
    assert "lastReviewed" not in page_on("2027-01-01", client)


def test_verified_emptiness_of_a_field_is_no_review(client, editor):
    factories.code()
    sent = factories.propose("D6010", {"aliases": {"value": [], "sources": []}}, source_title="Manual")
    corrections.accept(sent, by=editor, items={"aliases": None}, seen=latest("D6010"), proofs=factories.proved(sent))
    assert "Not yet checked by an editor" in text(client.get("/codes/D6010/"))
    assert "lastReviewed" not in graph(client)["MedicalWebPage"]


def test_hostile_question_published_by_anybody_cannot_leave_the_block(client, db):
    bad = "</script><script>alert(1)</script><!-- <script> & ]]> \u2028 \\"
    factories.code()
    live = latest("D6010").page
    hostile = replace(live, title=bad, answer=bad, statements=(Statement("faq.x", bad, bad),))
    publish("D6010", hostile, base=live, by=None, source=Revision.Source.IMPORT, reason="")
    page = html(client)
    start = page.index(BLOCK) + len(BLOCK)
    block = page[start : page.index("</script>", start)]
    assert [c for c in "<>&" if c in block] == []
    [asked] = graph(client)["FAQPage"]["mainEntity"]
    assert asked["name"] == bad
    assert asked["acceptedAnswer"]["text"] == bad
    assert graph(client)["MedicalWebPage"]["about"]["name"] == bad
    assert "<script>alert" not in page


def test_machines_are_told_nothing_that_waits_and_nobody_s_address(client, editor):
    editor.email = "ed@example.org"
    editor.save()
    code = factories.code(sources=(Source("s", "Manual"),))
    sent = factories.correction(
        source_title="Handbook", credit="A Hygienist", email="c@example.org", note="A private note."
    )
    corrections.accept(
        sent, by=editor, items={"answer": None}, seen=latest("D6010"), reply="Thank you.", proofs=factories.proved(sent)
    )
    waiting = replace(latest("D6010").page, statements=(Statement("faq.why", "Words nobody approved.", "Why?"),))
    factories.correction(proposed=waiting, email="w@example.org")
    said = moderation.post(code, ticket=factories.ticket(), name="A Reader", email="r@example.org", body="A remark.")
    moderation.approve(said, by=editor)
    told = json.dumps(graph(client), ensure_ascii=False) + json.dumps(open_graph(client, "/codes/D6010/"))
    assert "Because." in told
    private = ["ed@", "c@", "w@", "r@", "A private note.", "Words nobody approved.", "Edith", "A Reader", "A remark."]
    assert [word for word in [*private, "A Hygienist", "Thank you."] if word in told] == []


def test_open_graph_of_a_code_page_says_its_title_answer_and_address(client, db):
    factories.code(title='Placing "it" & more', answer="Report **it** when <done>.")
    assert open_graph(client, "/codes/D6010/") == {
        "type": "article",
        "site_name": "Codes & more",
        "title": 'D6010 Placing "it" & more',
        "description": "Report it when <done>.",
        "url": f"{SITE}/codes/D6010/",
        "image": f"{SITE}/codes/D6010/picture.png",
    }
    described = 'content="D6010: Report it when &lt;done&gt;."'
    assert f'<meta name="description" {described}>' in html(client)


def test_open_graph_of_the_home_page_says_what_the_site_is(client, db):
    told = open_graph(client, "/")
    assert told == {
        "type": "website",
        "site_name": "Codes & more",
        "title": "Codes & more",
        "description": "An independent reference for CDT dental procedure codes, that its readers correct.",
        "url": f"{SITE}/",
        "image": f"{SITE}/picture.png",
    }
    assert f'<meta name="description" content="{told["description"]}">' in html(client, "/")


def canonical(client, url: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'<link rel="canonical" href="([^"]*)">', html(client, url))]


def test_home_and_code_pages_have_one_address(client, db):
    factories.code()
    assert canonical(client, "/?utm_source=x") == [f"{SITE}/"]
    assert canonical(client, "/codes/D6010/?x=1") == [f"{SITE}/codes/D6010/"]


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ("", ""),
        ("?page=2", ""),
        ("?category=&status=&specialty=&tag=", ""),
        ("?utm_source=x", ""),
        ("?status=sometimes&tag=nothing", ""),
        ("?category=implant+services&page=2", "?category=implant%20services"),
        (
            "?tag=thing&specialty=general-dentistry&page=1&x=1&status=active&category=implant%20services",
            "?category=implant%20services&status=active&specialty=general-dentistry&tag=thing",
        ),
        ("?tag=nothing&tag=thing", "?tag=thing"),
    ],
)
def test_list_of_codes_has_one_address_for_one_choice(client, db, asked, known):
    factories.code()
    assert canonical(client, f"/codes/{asked}") == [f"{SITE}/codes/{known}"]
    if known:
        listing = client.get(f"/codes/{known}").context["listing"]
        assert [c.number for c in listing] == [c.number for c in client.get(f"/codes/{asked}").context["listing"]]


def test_search_pages_have_no_canonical_address_and_are_kept_out(client, db):
    factories.code()
    assert canonical(client, "/search/?q=thing") == []
    assert '<meta name="robots" content="noindex">' in html(client, "/search/?q=thing")
