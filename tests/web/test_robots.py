"""/robots.txt: pages may be read; forms, private links and endless comparisons may not."""

import re

import pytest

from tests import factories


@pytest.fixture
def lines(client, settings) -> list[str]:
    settings.SITE_URL = "https://codes.example.org"
    response = client.get("/robots.txt", headers={"Host": "localhost"})
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    return response.content.decode().splitlines()


def test_file_says_exactly_this(lines):
    assert lines == [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /corrections/",
        "Disallow: /follow/",
        "Disallow: /codes/*/correct/",
        "Disallow: /codes/*/comment/",
        "Disallow: /codes/*/compare/",
        "Disallow: /sources/*/correct/",
        "Disallow: /sources/*/compare/",
        "",
        "Sitemap: https://codes.example.org/sitemap.xml",
    ]


def allowed(lines: list[str], path: str) -> bool:
    """As RFC 9309 reads it: a rule is the beginning of a path, * stands for anything."""
    rules = [line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow: ")]
    return not any(re.match(re.escape(rule).replace(r"\*", ".*"), path) for rule in rules)


@pytest.mark.parametrize(
    "path",
    [
        "/", "/codes/", "/codes/?category=diagnostic", "/codes/D6010/", "/codes/D6010/history/",
        "/codes/D6010/check/",
        "/codes/D6010/history/1/", "/changes/", "/guides/claims/", "/contact/", "/static/cdt/site.css",
    ],
)  # fmt: skip
def test_page_may_be_read(lines, path):
    assert allowed(lines, path)


@pytest.mark.parametrize(
    "path",
    [
        "/admin/", "/admin/login/", "/codes/D6010/correct/", "/codes/D6010/correct/?item=answer",
        "/codes/D6010/comment/", "/codes/D6010/comment/sent/", "/codes/D6010/compare/",
        "/codes/D6010/compare/1..2/",
    ],
)  # fmt: skip
def test_form_and_comparison_may_not_be_read(lines, path):
    assert not allowed(lines, path)


def test_private_link_of_a_correction_may_not_be_read(lines, db):
    factories.code()
    assert not allowed(lines, factories.correction().get_absolute_url())


def test_only_reading_is_possible(client, db):
    assert client.post("/robots.txt").status_code == 405
