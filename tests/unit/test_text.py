"""A stranger's text becomes HTML that can do no harm, and what cannot be seen in it is found."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.text import markup
from codes.text.markup import hidden_character, plain, tidy, to_html, to_plain
from tests.unit.strategies import lawful
from tests.unit.test_characters import IGNORABLE

# Letters, marks and signs all the same.
DRAWN_AS_NOTHING = {0x2800, 0xFFFC, 0x16FE4, 0x1D159, *IGNORABLE}
KNOWN = {"D6011": "/codes/D6011/", "D6010": "/codes/D6010/"}
OUTSIDE = 'rel="nofollow ugc noopener"'
ALLOWED = {"p", "br", "em", "strong", "code", "ul", "ol", "li", "a", "blockquote", "pre"}


class Elements(HTMLParser):
    """The elements of an HTML text as a browser would make them: (tag, attributes)."""

    def __init__(self, html: str):
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def assert_harmless(html: str) -> None:
    for tag, attributes in Elements(html).found:
        assert tag in ALLOWED, html
        if attributes == {"href": attributes.get("href")} and attributes["href"] in KNOWN.values():
            continue
        assert set(attributes) <= ({"href", "title", "rel"} if tag == "a" else set()), html
        if tag == "a":
            assert attributes.get("rel") == "nofollow ugc noopener", html
        if "href" in attributes:
            assert urlsplit(attributes["href"]).scheme in ("http", "https", "mailto"), html


HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script\n>alert(1)</script\n>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<object data='data:text/html,<script>alert(1)</script>'>",
    "<style>*{background:url(javascript:alert(1))}</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example/>",
    "<form action=//evil.example><button>x</button></form>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=//evil.example onclick=alert(1)>x</a>",
    "<div style='position:fixed'>x</div>",
    "<p onmouseover=alert(1)>x</p>",
    "<details open ontoggle=alert(1)>",
    "<!-- --!><script>alert(1)</script> -->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "\\<script>alert(1)\\</script>",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "```html\n<script>alert(1)</script>\n```",
    "```\"><script>alert(1)</script>\nx\n```",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&#x3c;img src=x onerror=alert(1)&#x3e;",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](java&NewLine;script:alert(1))",
    "[x](&#1;javascript:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x]( javascript:alert(1))",
    "[x](javascript:alert%281%29)",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](data:image/svg+xml;base64,PHN2Zz4=)",
    "[x](file:///etc/passwd)",
    "[x](ftp://evil.example/)",
    "[x](blob:https://evil.example/1)",
    "[x](//evil.example)",
    "[x](///evil.example)",
    "[x](\\\\evil.example)",
    "[x](/\\evil.example)",
    "[x](/admin/)",
    "[x](admin/logout)",
    "[x](?next=//evil.example)",
    "[x](#top)",
    "[x]()",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "[x][1]\n\n[1]: //evil.example",
    "[x](https://example.org \"\\\" onclick=\\\"alert(1)\")",
    "[x](https://example.org '\" onmouseover=\"alert(1)')",
    "[x](https://example.org/\"onclick=\"alert(1))",
    "[x](https://example.org \"> </a> D6011 <img src=x onerror=alert(1)>\")",
    "[x](<https://example.org/> onclick=alert(1)>)",
    "[<img src=x onerror=alert(1)>](https://example.org)",
    "![x](https://evil.example/pixel.png)",
    "![x](javascript:alert(1))",
    "![x][1]\n\n[1]: https://evil.example/pixel.png",
    "[![x](https://evil.example/pixel.png)](https://example.org)",
    "![![x](javascript:alert(1))](data:image/png;base64,AA)",
    "[[x](javascript:alert(1))](https://example.org)",
    "[**_`[x](javascript:alert(1))`_**](//evil.example)",
    "> - 1. [x](javascript:alert(1))",
    "**<b onclick=alert(1)>x</b>**",
    "# <h1 id=x>x</h1>",
    "<x\0y onclick=alert(1)>",
    "D6011<script>D6011</script>",
    "\u2028<script>\u2028alert(1)</script>",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_gives_only_harmless_elements(text):
    for codes in (None, KNOWN):
        html = to_html(text, codes)
        assert html
        assert_harmless(html)


@lawful
@given(
    st.lists(
        st.sampled_from(HOSTILE) | st.sampled_from(list("<>[]()\"'`*_!&\\\n\t ") + ["D6011"]) | st.text(max_size=4)
    )
)
def test_hostile_texts_put_together_in_any_way_give_only_harmless_elements(parts):
    assert_harmless(to_html("".join(parts), KNOWN))


def test_the_check_for_harm_sees_harm():
    harms = [
        "<script>x</script>",
        "<img src=x>",
        '<p onclick="x">',
        '<a href="javascript:x" rel="nofollow ugc noopener">',
        '<a href="//evil.example" rel="nofollow ugc noopener">',
        '<a href="https://example.org">',
    ]
    for harm in harms:
        with pytest.raises(AssertionError):
            assert_harmless(harm)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("a <b>bold</b> word", "<p>a &lt;b&gt;bold&lt;/b&gt; word</p>\n"),
        ("&lt;script&gt; &amp; &eacute;", "<p>&lt;script&gt; &amp; é</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[x](data:text/html,hi)", "<p>[x](data:text/html,hi)</p>\n"),
        ("[x](//evil.example)", f"<p><a {OUTSIDE}>x</a></p>\n"),
        ("[x](/admin/)", f"<p><a {OUTSIDE}>x</a></p>\n"),
        ("![x](https://example.org/a.png)", f'<p>!<a href="https://example.org/a.png" {OUTSIDE}>x</a></p>\n'),
        ("# Not a heading", "<p># Not a heading</p>\n"),
        ("Not a heading\n---", "<p>Not a heading<br>\n---</p>\n"),
    ],
)
def test_what_is_not_allowed_is_read_as_it_was_typed(text, html):
    assert to_html(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One.\n\nTwo,\nthree.", "<p>One.</p>\n<p>Two,<br>\nthree.</p>\n"),
        ("*a* **b** `c`", "<p><em>a</em> <strong>b</strong> <code>c</code></p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>\n"),
        ("```\na < b\n```", "<pre><code>a &lt; b\n</code></pre>\n"),
        ("[x](https://example.org/?a=1&b=2)", f'<p><a href="https://example.org/?a=1&amp;b=2" {OUTSIDE}>x</a></p>\n'),
        ('[x](http://example.org "T")', f'<p><a href="http://example.org" title="T" {OUTSIDE}>x</a></p>\n'),
        ("<https://example.org>", f'<p><a href="https://example.org" {OUTSIDE}>https://example.org</a></p>\n'),
        ("[x](mailto:a@example.org)", f'<p><a href="mailto:a@example.org" {OUTSIDE}>x</a></p>\n'),
        ("3 < 4 & 5 > 4", "<p>3 &lt; 4 &amp; 5 &gt; 4</p>\n"),
        ("", ""),
        ("On ____. Evaluation (D____) on ____.", "<p>On ____. Evaluation (D____) on ____.</p>\n"),
        ("__bold__ beside ___", "<p><strong>bold</strong> beside ___</p>\n"),
    ],
)
def test_the_small_subset_of_markdown_comes_through(text, html):
    assert to_html(text) == html


# Code numbers


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("D6011", '<p><a href="/codes/D6011/">D6011</a></p>\n'),
        (
            "Not D6010, but **D6011**.",
            '<p>Not <a href="/codes/D6010/">D6010</a>, but <strong><a href="/codes/D6011/">D6011</a></strong>.</p>\n',
        ),
        ("D9999 is unknown", "<p>D9999 is unknown</p>\n"),
        ("xD6011 D60110 d6011", "<p>xD6011 D60110 d6011</p>\n"),
        ("`D6011`", "<p><code>D6011</code></p>\n"),
        ("    D6011", "<pre><code>D6011\n</code></pre>\n"),
        ("[D6011](https://example.org)", f'<p><a href="https://example.org" {OUTSIDE}>D6011</a></p>\n'),
        (
            "[**D6011** and D6010](https://example.org)",
            f'<p><a href="https://example.org" {OUTSIDE}><strong>D6011</strong> and D6010</a></p>\n',
        ),
        (
            "<https://example.org/D6011>",
            f'<p><a href="https://example.org/D6011" {OUTSIDE}>https://example.org/D6011</a></p>\n',
        ),
        (
            '[x](https://example.org/D6011 "D6011")',
            f'<p><a href="https://example.org/D6011" title="D6011" {OUTSIDE}>x</a></p>\n',
        ),
        (
            "[x](https://example.org) D6011 `y` D6010",
            f'<p><a href="https://example.org" {OUTSIDE}>x</a> <a href="/codes/D6011/">D6011</a> <code>y</code> '
            '<a href="/codes/D6010/">D6010</a></p>\n',
        ),
    ],
)
def test_a_known_number_is_linked_once_and_not_inside_a_link_or_code(text, html):
    assert to_html(text, KNOWN) == html


def test_without_known_numbers_nothing_is_linked():
    assert to_html("D6011") == to_html("D6011", {}) == "<p>D6011</p>\n"


def test_the_address_of_a_number_is_escaped():
    html = to_html("D6011", {"D6011": '/?a=1&b="2"'})
    assert html == '<p><a href="/?a=1&amp;b=&quot;2&quot;">D6011</a></p>\n'


# Hidden characters


@pytest.mark.parametrize(
    ("character", "called"),
    [
        ("\0", "U+0000, control character"),
        ("\x07", "U+0007, control character"),
        ("\x0b", "U+000B, control character"),
        ("\x1b", "U+001B, control character"),
        ("\x7f", "U+007F, control character"),
        ("\x85", "U+0085, control character"),
        ("\u00ad", "U+00AD, soft hyphen"),
        ("\u061c", "U+061C, arabic letter mark"),
        ("\u200b", "U+200B, zero width space"),
        ("\u200c", "U+200C, zero width non-joiner"),
        ("\u200d", "U+200D, zero width joiner"),
        ("\u200e", "U+200E, left-to-right mark"),
        ("\u200f", "U+200F, right-to-left mark"),
        ("\u202a", "U+202A, left-to-right embedding"),
        ("\u202e", "U+202E, right-to-left override"),
        ("\u2060", "U+2060, word joiner"),
        ("\u2066", "U+2066, left-to-right isolate"),
        ("\u2069", "U+2069, pop directional isolate"),
        ("\ufeff", "U+FEFF, zero width no-break space"),
        ("\ue000", "U+E000, control character"),
        ("\ud800", "U+D800, control character"),
        ("\U000e0041", "U+E0041, tag latin capital letter a"),
    ],
)
def test_a_character_that_cannot_be_seen_is_named_with_its_place(character, called):
    assert hidden_character(f"gum{character}") == (f"Character 4 cannot be seen ({called}). Delete it and send again.")


def test_the_first_hidden_character_is_told():
    assert hidden_character("a\u200bb\0").startswith("Character 2 cannot be seen (U+200B")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Gum is opened over an implant.",
        "One line.\nAnother.\r\n\tIndented.",
        "Zähne, naïve, “quoted” – and… ½ ≥ €5 §",
        "e\u0301",
        "a\u00a0b",
        "зуб 歯 سن שן दाँत",
        "D6011 <b> & [x](https://example.org)",
    ],
)
def test_a_text_that_reads_as_it_is_stored_hides_nothing(text):
    assert hidden_character(text) is None


@lawful
@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"]) | st.sampled_from("\n\r\t")))
def test_letters_marks_numbers_signs_and_blanks_are_never_hidden(text):
    assert hidden_character("".join(c for c in text if ord(c) not in DRAWN_AS_NOTHING)) is None


# Tidy


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("  a  b \n", "a  b"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("\r\n\r\na\r\n", "a"),
        ("e\u0301", "é"),
        ("\u212b", "Å"),
        ("ﬁ ½", "ﬁ ½"),
        ("\t\u00a0a\u00a0", "a"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_tidy_gives_one_form_to_one_text(text, form):
    assert tidy(text) == form


@lawful
@given(st.text())
def test_what_is_tidy_stays_as_it_is(text):
    once = tidy(text)
    assert tidy(once) == once
    assert "\r" not in once
    assert once == once.strip()


MARKED_UP = ["a *b*", "a _b_", "a `b`", "a <b>", "a & b", "a &amp; b", "a \\* b", "a [b](https://b.org)", "a\nb"]
MARKED_UP += ["1. a", "- a", "+ a", "# a", "> a", "    a", "a  \nb", "a <https://b.org>", "a | b", "a\tb"]


@pytest.mark.parametrize("text", MARKED_UP)
def test_markup_is_read_by_the_parser(text):
    """`to_html` hands only words in which Markdown and HTML see nothing past it."""
    assert to_html(text) == markup._cleaned(text)


@pytest.mark.parametrize(
    "text", ["A word.", "It's 5/6 (or $7), isn't it?", "Ends with a blank ", "D6011: “so” – no", "a"]
)
def test_plain_words_become_a_paragraph(text):
    assert to_html(text) == markup._cleaned(text) == f"<p>{text.strip()}</p>\n"


@given(st.text(st.sampled_from("aB1 .)-+#~=|:/'\"!(*_&;$<>[]`\\\n\tÉ“"), min_size=1, max_size=30).map(tidy))
def test_words_of_a_text_are_those_of_its_html(text):
    assert plain(text) == to_plain(to_html(text))
