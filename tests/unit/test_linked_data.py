"""The JSON-LD of a code page is made from the shown page alone, without a database."""

from dataclasses import fields
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.utils.safestring import SafeString

from codes.display.linked_data import of_code
from codes.display.page import CodePage, Item, Section
from codes.models import ProcedureCode
from codes.page import KINDS, Page
from codes.templatetags.cdt import json_ld
from codes.text.markup import to_html, to_plain

SITE = "https://codes.example.org"
CHANGED = datetime(2026, 3, 2, 10, 30, 15, 123456, tzinfo=UTC)


def shown(answer: str = "Report it.", questions=(), verified_at=None) -> CodePage:
    """A code page with these questions (heading, text); None stands for all that machines are not told."""

    def item(key, text, heading=""):
        return Item(key, None, "", "", "", SafeString(to_html(text)), heading)

    told = {
        "code": ProcedureCode(number="D6010", title="Placing", changed_at=CHANGED),
        "page": Page(title="Placing", answer=answer, category="prosthodontics, fixed"),
        "fields": {"answer": item("answer", answer)},
        "sections": [Section(KINDS["faq"], [item(f"faq.q{n}", t, h) for n, (h, t) in enumerate(questions)])],
        "marks": SimpleNamespace(verified_at=verified_at),
    }
    return CodePage(**{field.name: None for field in fields(CodePage)} | told)


def graph(page: CodePage) -> dict[str, dict]:
    """The nodes of the graph by type."""
    return {node["@type"]: node for node in of_code(page, site_url=SITE, site_name="Codes")["@graph"]}


def test_page_without_questions_is_a_trail_and_a_page_about_a_code():
    assert of_code(shown(), site_url=SITE, site_name="Codes") == {
        "@context": "https://schema.org",
        "@graph": [
            {
                "@type": "BreadcrumbList",
                "@id": f"{SITE}/codes/D6010/#trail",
                "itemListElement": [
                    {"@type": "ListItem", "position": 1, "name": "All codes", "item": f"{SITE}/codes/"},
                    {
                        "@type": "ListItem",
                        "position": 2,
                        "name": "Prosthodontics, fixed",
                        "item": f"{SITE}/codes/?category=prosthodontics%2C%20fixed",
                    },
                    {"@type": "ListItem", "position": 3, "name": "D6010 Placing", "item": f"{SITE}/codes/D6010/"},
                ],
            },
            {
                "@type": "MedicalWebPage",
                "@id": f"{SITE}/codes/D6010/",
                "url": f"{SITE}/codes/D6010/",
                "name": "D6010 Placing",
                "description": "Report it.",
                "inLanguage": "en",
                "isPartOf": {"@type": "WebSite", "url": f"{SITE}/", "name": "Codes"},
                "breadcrumb": {"@id": f"{SITE}/codes/D6010/#trail"},
                "about": {
                    "@type": "MedicalCode",
                    "codeValue": "D6010",
                    "codingSystem": "CDT",
                    "name": "Placing",
                },
                "dateModified": "2026-03-02T10:30:15+00:00",
            },
        ],
    }


def test_questions_keep_their_order_and_belong_to_the_page():
    found = graph(shown(questions=[("Why?", "Because."), ("When?", "Then.")]))
    assert found["FAQPage"] == {
        "@type": "FAQPage",
        "@id": f"{SITE}/codes/D6010/#questions",
        "url": f"{SITE}/codes/D6010/",
        "isPartOf": {"@id": f"{SITE}/codes/D6010/"},
        "mainEntity": [
            {"@type": "Question", "name": "Why?", "acceptedAnswer": {"@type": "Answer", "text": "Because."}},
            {"@type": "Question", "name": "When?", "acceptedAnswer": {"@type": "Answer", "text": "Then."}},
        ],
    }


def test_last_review_is_the_day_of_the_latest_verification():
    found = graph(shown(verified_at=datetime(2026, 5, 4, 23, 59, tzinfo=UTC)))
    assert found["MedicalWebPage"]["lastReviewed"] == "2026-05-04"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Not **this** but [that](https://example.org/ 'a > b').", "Not this but that."),
        ("One.\n\nTwo.", "One.\nTwo."),
        ("- one\n- two", "one\ntwo"),
        ("fee < 100 & > 5", "fee < 100 & > 5"),
        ("&lt;b&gt; and <b>", "<b> and <b>"),
        ("</script><script>alert(1)</script>", "</script><script>alert(1)</script>"),
    ],
)
def test_text_is_the_words_that_a_reader_sees(text, plain):
    assert to_plain(to_html(text)) == plain
    found = graph(shown(answer=text, questions=[("Why?", text)]))
    assert found["MedicalWebPage"]["description"] == plain
    assert found["FAQPage"]["mainEntity"][0]["acceptedAnswer"]["text"] == plain


def test_json_for_a_script_element_holds_no_character_that_could_end_it():
    assert json_ld({"</script>": "<!-- & “ü” \\ \" '"}) == (
        '{"\\u003c/script\\u003e": "\\u003c!-- \\u0026 “ü” \\\\ \\" \'"}'
    )
