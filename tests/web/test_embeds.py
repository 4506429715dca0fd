"""What others show of ours: the card, the one page that may be framed, oEmbed, and the numbers that have a card."""

import json
import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import pytest
import time_machine
from django.conf import settings as configured
from django.urls import URLPattern, get_resolver

from codes.acts import corrections, verifying
from codes.acts.publishing import latest
from codes.page import Validity, verifiable
from tests import factories
from tests.web.reading import markup, text

pytestmark = pytest.mark.django_db
SITE = "https://codes.example.org"
BAD = '"><script>alert(1)</script>'


@pytest.fixture(scope="module", autouse=True)
def world(module_db):
    """D6010, of which one item is verified and one disputed; D6011, which is deleted; D0120 with a hostile title."""
    with time_machine.travel(datetime(2026, 3, 1, tzinfo=UTC), tick=False):
        deleted = {"validity": Validity(2013, 2025, ("D6010",))}
        factories.codes({"D6010": {}, "D6011": deleted, "D0120": {"title": BAD, "category": "diagnostic"}})
        editor = factories.editor()
        digests = verifiable(latest("D6010").page)
        verifying.verify("D6010", {"answer": digests["answer"]}, by=editor, source="The manual", edition=2026)
        corrections.dispute(factories.correction("D6010"), by=editor)


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = SITE
    settings.SITE_NAME = "The Reference"


@pytest.fixture(autouse=True)
def _day():
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False):
        yield


# --- The card


def test_card_says_title_answer_validity_and_verification_and_leads_to_the_page(client):
    response = client.get("/codes/D6010/card/")
    assert text(response) == (
        "D6010 A thing that is done ✓ valid today Report it when it is done. "
        "● 1 of 4 checked by an editor · ⚑ 1 disputed · The Reference"
    )
    html = markup(response)
    assert '<base target="_blank">' in html
    assert re.findall(r'<a href="([^"]+)"', html) == ["/codes/D6010/", "/"]
    assert "<script" not in html
    assert '<meta name="robots" content="noindex">' in html
    # A browser that finds no icon asks for one that is not there.
    assert re.findall(r'<link rel="icon" href="([^"]+)"', html) == ["/static/cdt/icon.svg"]


def test_card_of_a_deleted_code_says_so_and_what_to_report_instead(client):
    said = text(client.get("/codes/D6011/card/"))
    assert "D6011 A thing that is done ✗ deleted · since 2013 · last date of service Dec 31, 2025" in said
    assert "Report instead: D6010 A thing that is done" in said
    then = text(client.get("/codes/D6011/card/?date=2025-03-14"))
    assert "✓ valid on Mar 14, 2025" in then


def test_card_escapes_what_people_typed(client):
    assert "<script" not in client.get("/codes/D0120/card/").content.decode()
    assert BAD in text(client.get("/codes/D0120/card/"))


def test_card_sets_no_cookie_and_a_code_without_a_page_has_none(client):
    response = client.get("/codes/D6010/card/")
    assert (response.cookies, response["Cache-Control"]) == ({}, "no-cache")
    assert client.get("/codes/D9999/card/").status_code == 404


def _addresses() -> list[str]:
    """One of each address of the site, the admin's and the static files' too."""
    given = {"code": "D6010", "token": "t" * 20, "slug": "book", "number": "1", "first": "1", "second": "1"}
    given |= {"year": "2026", "scope": "all", "name": "codes.csv", "section": "codes", "source": "book", "step": "x"}
    found = ["/no/such/page", "/codes/6010", "/healthz", "/codes/D9999/card/", "/oembed?url=x"]

    def walk(patterns, prefix: str) -> None:
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if not isinstance(pattern, URLPattern):
                walk(pattern.url_patterns, path)
            elif "(?P" not in path:
                found.append(re.sub(r"<(?:\w+:)?(\w+)>", lambda part: given.get(part[1], "1"), f"/{path}").rstrip("$"))

    walk(get_resolver().url_patterns, "")
    return found


def test_nothing_but_the_card_may_be_framed(client):
    addresses = _addresses()
    assert len(addresses) > 100
    framed = []
    for address in addresses:
        response = client.get(address)
        response.getvalue()
        policy = response.headers.get("Content-Security-Policy", "")
        if "frame-ancestors 'none'" not in policy or response.headers.get("X-Frame-Options") != "DENY":
            framed.append(address)
    assert framed == ["/codes/D6010/card/"]
    card = client.get("/codes/D6010/card/")
    assert "frame-ancestors *;" in f"{card['Content-Security-Policy']};"
    assert "X-Frame-Options" not in card.headers
    rest = card["Content-Security-Policy"].replace("frame-ancestors *", "frame-ancestors 'none'")
    assert sorted(rest.split("; ")) == sorted(client.get("/about/")["Content-Security-Policy"].split("; "))


def test_numbers_are_there_for_every_origin(client):
    response = client.get("/cards.json")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response.json() == {"codes": ["D0120", "D6010", "D6011"]}


# --- oEmbed


def asked(client, **query):
    return client.get("/oembed", {"url": f"{SITE}/codes/D6010/", **query})


def test_answer_is_a_frame_with_the_card(client):
    response = asked(client)
    assert (response["Content-Type"], response["Access-Control-Allow-Origin"]) == ("application/json", "*")
    assert response.json() == {
        "version": "1.0",
        "type": "rich",
        "title": "D6010 A thing that is done",
        "provider_name": "The Reference",
        "provider_url": f"{SITE}/",
        "cache_age": 3600,
        "html": f'<iframe src="{SITE}/codes/D6010/card/" title="D6010 A thing that is done" width="480" height="260" '
        'loading="lazy" style="border:1px solid #888;border-radius:8px"></iframe>',
        "width": 480,
        "height": 260,
        "thumbnail_url": f"{SITE}/codes/D6010/picture.png",
        "thumbnail_width": 1200,
        "thumbnail_height": 630,
    }


def test_xml_says_the_same(client):
    response = asked(client, format="xml", url=f"{SITE}/codes/D0120/")
    assert response["Content-Type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(response.content)  # noqa: S314 - our own document
    told = asked(client, url=f"{SITE}/codes/D0120/").json()
    assert (root.tag, {child.tag: child.text for child in root}) == ("oembed", {n: str(v) for n, v in told.items()})
    assert told["title"] == f"D0120 {BAD}"
    assert "<script" not in told["html"]


@pytest.mark.parametrize(
    ("room", "size"),
    [
        ({"maxwidth": 320}, (320, 260)),
        ({"maxwidth": 320, "maxheight": 120}, (320, 120)),
        ({"maxwidth": 9999, "maxheight": 9999}, (480, 260)),
        ({"maxwidth": "wide", "maxheight": "-1"}, (480, 260)),
        ({"maxwidth": "9" * 5000}, (480, 260)),
    ],
)
def test_card_takes_no_more_room_than_there_is(client, room, size):
    told = asked(client, **room).json()
    assert (told["width"], told["height"]) == size
    assert f'width="{size[0]}" height="{size[1]}"' in told["html"]
    assert ("thumbnail_url" in told) == (room.get("maxwidth") not in (320,))


@pytest.mark.parametrize("room", [{"maxwidth": 299}, {"maxheight": 119}, {"maxwidth": 0}])
def test_where_no_card_fits_there_is_a_link(client, room):
    told = asked(client, **room).json()
    assert (told["type"], told["title"], "html" in told) == ("link", "D6010 A thing that is done", False)


@pytest.mark.parametrize(
    "url",
    [
        f"{SITE}/codes/D6010",
        f"{SITE}/codes/D6010/?date=2020-03-14",
        f"{SITE}/codes/D6010/#answer",
        "HTTPS://CODES.EXAMPLE.ORG/codes/D6010/",
    ],
)
def test_address_may_be_spelled_as_people_paste_it(client, url):
    assert asked(client, url=url).json()["title"] == "D6010 A thing that is done"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "D6010",
        "/codes/D6010/",
        f"{SITE}/",
        f"{SITE}/about/",
        f"{SITE}/codes/D9999/",
        f"{SITE}/codes/D6010/../D6011/",
        f"{SITE}/codes/D6010/card/",
        f"{SITE}/codes/D6010%2f",
        "http://codes.example.org/codes/D6010/",
        "https://codes.example.org:444/codes/D6010/",
        "https://codes.example.org@evil.example/codes/D6010/",
        "https://evil.example@codes.example.org/codes/D6010/",
        "https://codes.example.org.evil.example/codes/D6010/",
        "https://codes.example.org\\@evil.example/codes/D6010/",
        "//codes.example.org/codes/D6010/",
        "javascript:alert(1)//codes.example.org/codes/D6010/",
        "https://[/codes/D6010/",
        f"{SITE}/codes/D6010/\x00",
        f"{SITE}/co\ndes/D6010/",
        f"{SITE}/codes/Ｄ6010/",
        f"{SITE}/codes/D6010/?{'x' * 5000}",
    ],
)
def test_nothing_is_told_of_any_other_address(client, url):
    response = asked(client, url=url)
    assert (response.status_code, response["Content-Type"]) == (404, "text/plain; charset=utf-8")
    assert url == "" or url not in response.content.decode()


@pytest.mark.parametrize(
    "path", ["/corrections/abcdefghijklmnopqrst/", "/mail/abcdefghijklmnopqrst/confirm/", "/admin/"]
)
def test_of_what_is_private_it_says_that_it_is(client, path):
    assert asked(client, url=SITE + path).status_code == 401
    assert asked(client, url=f"https://evil.example{path}").status_code == 404


@pytest.mark.parametrize("form", ["yaml", "JSON", "", "json,xml"])
def test_no_other_format_is_made(client, form):
    assert asked(client, format=form).status_code == 501


def test_page_of_a_code_leads_programs_to_it(client, settings):
    links = re.findall(r'type="([a-z/]+\+oembed)" title="([^"]+)" href="([^"]+)"', markup(client.get("/codes/D6010/")))
    assert [(kind, title) for kind, title, _ in links] == [
        ("application/json+oembed", "D6010 A thing that is done"),
        ("text/xml+oembed", "D6010 A thing that is done"),
    ]
    for (_, _, href), form in zip(links, ("json", "xml"), strict=True):
        parts = urlsplit(href.replace("&amp;", "&"))
        assert (f"{parts.scheme}://{parts.netloc}{parts.path}", dict(parse_qsl(parts.query))) == (
            f"{SITE}/oembed",
            {"url": f"{SITE}/codes/D6010/", "format": form},
        )
        assert client.get(f"{parts.path}?{parts.query}").status_code == 200


def test_data_page_tells_how_to_embed(client):
    said = client.get("/data/").content.decode()
    assert f'src="{SITE}/static/cdt/cards.js"' in said.replace("&lt;", "<").replace("&quot;", '"')
    assert (configured.BASE_DIR / "cdtsite/static/cdt/cards.js").stat().st_size < 2600
    assert json.dumps(asked(client).json()["width"]) in said
