"""Headers: what every answer forbids the browser, and that public pages are the same bytes for everybody."""

import re

import pytest
from django.test import Client

from codes.acts import corrections
from codes.acts.publishing import latest
from comments import moderation
from tests import factories

PUBLIC = [
    "/",
    "/codes/",
    "/codes/?category=implant+services&status=active",
    "/codes/D6010/",
    "/codes/D6010/history/",
    "/codes/D6010/history/2/",
    "/codes/D6010/compare/1..2/",
    "/codes/D6010/comment/sent/",
    "/contact/sent/",
    "/search/",
    "/search/?q=thing",
    "/suggest.json?q=60",
    "/changes/",
    "/worksheet/",
    "/worksheet/?codes=D6010",
    "/check/claim/",
    "/check/list/",
    "/healthz",
    "/robots.txt",
    "/sitemap.xml",
    "/opensearch.xml",
    "/data/",
    "/cards.json",
    "/oembed?url=x",
    "/codes/D6999/",
    "/no/such/page",
    "/codes/6010",
]
FORMS = ["/codes/D6010/correct/", "/codes/D6010/comment/", "/contact/"]


@pytest.fixture(scope="module", autouse=True)
def world(module_db):
    """A code with a published correction, a waiting one and a comment; gives the one that waits."""
    editor = factories.editor()
    code = factories.code("D6010")
    done = factories.correction(credit="A Hygienist", source_title="Manual")
    corrections.accept(done, by=editor, items={"answer": None}, seen=latest("D6010"), proofs=factories.proved(done))
    said = moderation.post(code, ticket=factories.ticket(), name="A Reader", email="r@example.org", body="A remark.")
    moderation.approve(said, by=editor)
    return factories.correction()


def policy(response) -> dict[str, str]:
    """The content security policy, directive by directive."""
    parts = response.headers["Content-Security-Policy"].split(";")
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in parts)}


@pytest.mark.parametrize("url", PUBLIC + FORMS + ["/admin/login/"])
def test_policy_allows_nothing_inline_and_nothing_from_elsewhere(client, url):
    found = policy(client.get(url))
    assert found == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "object-src": "'none'",
    }


@pytest.mark.parametrize("url", PUBLIC + FORMS)
def test_page_has_nothing_that_the_policy_would_forbid(client, url):
    html = client.get(url).content.decode()
    assert " style=" not in html
    assert "<style" not in html
    assert " onclick=" not in html
    scripts = re.findall("<script[^>]*>", html)
    # A block of data is no script to the browser: it is not run, so the policy says nothing of it.
    data = scripts.count('<script type="application/ld+json">')
    assert html.lower().count("<script") == len(scripts) == html.count('src="/static/cdt/') + data


@pytest.fixture
def static(settings):
    """A client of a site that serves the files as they lie in the tree."""
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    return Client()


@pytest.mark.parametrize("name", ["site.css", "search.js", "correct.js", "worksheet.js", "icon.svg"])
def test_static_file_brings_a_policy_of_its_own(static, name):
    response = static.get(f"/static/cdt/{name}")
    assert response.status_code == 200
    assert b"".join(response.streaming_content)
    assert policy(response) == {"default-src": "'none'", "frame-ancestors": "'none'"}
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.cookies == {}


@pytest.mark.parametrize("url", PUBLIC + FORMS)
def test_every_answer_says_not_to_sniff_frame_or_tell_where_one_came_from(client, url):
    headers = client.get(url).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(headers["Permissions-Policy"].split(", "))


@pytest.mark.parametrize("url", PUBLIC)
def test_public_page_sets_no_cookie_and_does_not_vary_on_one(client, url):
    response = client.get(url)
    assert response.cookies == {}
    assert "cookie" not in response.headers.get("Vary", "").lower()


@pytest.mark.parametrize("url", PUBLIC)
def test_public_page_is_the_same_bytes_for_a_reader_and_a_logged_in_editor(client, editor, url):
    desk = Client(headers={"Accept-Language": "de", "User-Agent": "Another"})
    desk.force_login(editor)
    reader, other = client.get(url), desk.get(url)
    assert (reader.status_code, reader.content) == (other.status_code, other.content)
    assert other.cookies == {}
    assert "cookie" not in other.headers.get("Vary", "").lower()
    assert desk.get("/admin/").status_code == 200


@pytest.mark.parametrize("url", FORMS)
def test_form_has_the_one_cookie_that_it_needs_and_is_cached_by_nobody(client, url):
    response = client.get(url)
    assert list(response.cookies) == ["csrftoken"]
    cookie = response.cookies["csrftoken"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert "no-store" in response.headers["Cache-Control"]


def test_receipt_sets_no_cookie(client, world):
    response = client.get(world.get_absolute_url())
    assert response.status_code == 200
    assert response.cookies == {}


FORBIDS = {
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def test_whatever_is_answered_forbids_the_same(static, settings, monkeypatch):
    static.raise_request_exception = False
    css = "/static/cdt/site.css"
    seen = static.get(css, headers={"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"})
    made, kept = static.get("/codes/D6010/"), static.get("/codes/D6010/")
    held = static.get("/codes/D6010/", headers={"if-none-match": kept["ETag"]})
    answers = {
        "file": (200, static.get(css)),
        "file that is held": (304, seen),
        "file that is not there": (404, static.get("/static/cdt/nothing.css")),
        "page": (200, made),
        "kept page": (200, kept),
        "kept page that is held": (304, held),
        "head": (200, static.head("/codes/D6010/")),
        "redirect": (301, static.get("/codes/6010")),
        "no such page": (404, static.get("/no/such/page")),
        "method": (405, static.post("/changes/")),
        "host": (400, static.get("/", headers={"host": "evil.example"})),
        "desk": (302, static.get("/admin/")),
        "probe": (200, static.get("/healthz")),
        "too large": (413, static.post("/contact/", {"body": "x" * (settings.LARGEST_FORM + 1)})),
    }
    with monkeypatch.context() as broken:
        broken.setattr("codes.views.site.render", lambda *_, **__: 1 / 0)
        answers["error"] = (500, static.get("/policy/", {"x": "1"}))
    settings.SECURE_SSL_REDIRECT = True
    answers["https"] = (301, Client().get("/codes/"))
    wrong = []
    for name, (status, answer) in answers.items():
        found = {header: answer.headers.get(header) for header in FORBIDS}
        framed = policy(answer).get("frame-ancestors")
        if (answer.status_code, found, framed) != (status, FORBIDS, "'none'"):
            wrong.append((name, answer.status_code, found, framed))
        if answer.streaming:  # Read to its end the client closes it, and leaves the database open.
            assert bool(list(answer.streaming_content)) == (status == 200)
    assert wrong == []


def test_script_of_cards_may_be_loaded_elsewhere(static):
    """cdt/cards.js, which docs/data.md has other sites load."""
    answer = static.get("/static/cdt/cards.js")
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert b"".join(answer.streaming_content)


def test_picture_beside_a_link_may_be_shown_elsewhere_and_nothing_else(client):
    said = [
        client.get(url)["Cross-Origin-Resource-Policy"] for url in ("/codes/D6010/picture.png", "/picture.png", "/")
    ]
    assert said == ["cross-origin", "cross-origin", "same-origin"]
