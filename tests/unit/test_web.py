"""The address of a web page: refused where a person and a browser read it differently; the host is the browser's."""

import re
from html import unescape

import pytest

from codes.editorial import lint
from codes.page import Source, Statement
from codes.text.markup import to_html
from codes.text.web import host, other_host, refusal
from tests import factories


@pytest.mark.parametrize(
    "address",
    [
        "https://www.ada.org@evil.example/login",
        "https://www.ada.org:pass@evil.example",
        "https://@evil.example",
        "https://www.ada.org\\@evil.example",
        "https://evil.example\\.ada.org",
        "https:\\\\evil.example",
        "https:///evil.example",
        "https:evil.example",
        "//evil.example",
        "javascript:alert(1)",
        "https://www.ada.org%40evil.example/",
        "https://www%2eada.org/",
        "https://www.ada.org /x",
        "https://www.ada.org/\tx",
        "https://www.ada.org\u200b/",
        "https://www.ada.org/\u3164",
        "https://ｗｗｗ.ada.org/",
        "https://www.ada.org。evil.example/",
        "https://www.ada.org\u2044evil.example/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0x7f.0.0.0x1/",
        "https://2130706433/",
        "https://[::1]/",
        "https://localhost/",
        "https://ada..org/",
        "https://-ada.org/",
        "https://ada.org:/",
        "https://ada.org:0/",
        "https://ada.org:65536/",
        "https://ada.org:٨٠/",
    ],
)
def test_an_address_that_is_not_what_it_seems_is_refused_and_never_linked(address):
    assert refusal(address)
    assert host(address) == ""
    # The parser may write it as a browser reads it; then that is what is linked.
    assert all(host(unescape(linked)) for linked in re.findall('href="([^"]*)"', to_html(f"[x](<{address}>)")))


@pytest.mark.parametrize(
    ("address", "leads_to"),
    [
        ("https://www.ada.org/cdt", "www.ada.org"),
        ("HTTPS://WWW.ADA.ORG", "www.ada.org"),
        ("http://ada.org.:8080/x", "ada.org:8080"),
        ("https://evil.example/www.ada.org/@x", "evil.example"),
        ("https://evil.example?@www.ada.org", "evil.example"),
        ("https://evil.example#@www.ada.org", "evil.example"),
        ("https://www.ada.org.evil.example/", "www.ada.org.evil.example"),
        ("https://www.аda.org/", "www.xn--da-6kc.org"),
        ("https://faß.de/", "xn--fa-hia.de"),
        ("https://1.example.org/", "1.example.org"),
        ("", ""),
    ],
)
def test_the_host_is_the_one_that_a_browser_goes_to(address, leads_to):
    assert host(address) == leads_to


@pytest.mark.parametrize(
    ("words", "address", "named"),
    [
        ("ADA: CDT 2026, https://www.ada.org/cdt", "https://evil.example/login", "www.ada.org"),
        ("www.ada.org", "https://www.ada.org.evil.example/", "www.ada.org"),
        ("ada.org", "https://notada.org/", "ada.org"),
        ("www.аda.org", "https://www.ada.org/", "www.аda.org"),
        ("Ａda.org", "https://evil.example/", "Ada.org"),
        ("ADA.org", "https://www.ada.org/x", None),
        ("DentalCoding.com, answer", "https://stage.dentalcoding.com/", None),
        ("www.ada.org", "https://ada.org/", None),
        ("CDT2026.pdf, p. 12, 2.5 mm, e.g. D.D.S.", "https://example.org/", None),
        ("write to me@ada.org", "https://example.org/", None),
        ("The manual", "https://example.org/", None),
        ("www.ada。org", "https://evil.example", "www.ada.org"),
        ("ada｡org", "https://evil.example", "ada.org"),
        ("ada。org", "https://www.ada.org", None),
    ],
)
def test_words_that_name_another_host_are_found(words, address, named):
    assert other_host(words, address) == named


def test_a_label_that_is_longer_than_any_is_not_spelled_out():
    """To spell this one in the letters of a host would take half an hour."""
    label = "".join(chr(0x4E00 + n) for n in range(20_000)) * 3
    assert refusal(f"https://{label}.com") == "This address names no host on the web, such as www.example.org."
    assert host(f"https://{label}.com") == ""
    assert other_host(f"{label}.com", "https://example.org") == f"{label}.com"


def test_a_link_whose_words_are_another_address_shows_where_it_goes():
    html = to_html("[https://www.ada.org](https://evil.example/x) and [www.ada.org](https://ada.org)")
    assert "https://www.ada.org</a> (evil.example) and" in html
    assert html.count("(") == 1


def test_lint_finds_titles_links_and_addresses_that_deceive():
    page = factories.page(
        statements=(Statement("use_when.done", "See [ada.org](https://evil.example)."),),
        sources=(
            Source("named", "CDT 2026, https://www.ada.org/cdt", "https://evil.example/login"),
            Source("old", "The ADA", "https://www.ada.org@evil.example/login"),
            Source("fine", "ada.org", "https://www.ada.org/"),
        ),
    )
    found = [(f.item, f.rule, f.why) for f in lint.check("D6010", page, {}) if f.rule in ("another host", "address")]
    assert found == [
        ("source.named", "another host", "the title names www.ada.org, the link goes to evil.example"),
        (
            "source.old",
            "address",
            "This leads to evil.example, whatever stands before the “@”. Remove everything before it.",
        ),
        ("use_when.done", "another host", "the link says ada.org and goes to evil.example"),
    ]
