"""What a code page says to machines, in the words of schema.org: a plain dict, made from what the page shows."""

from typing import Any
from urllib.parse import quote, urlencode

from django.urls import reverse
from django.utils import timezone

from codes.display.page import CodePage
from codes.text.markup import to_plain


def of_code(shown: CodePage, *, site_url: str, site_name: str) -> dict[str, Any]:
    """The JSON-LD of a code page: where it stands, what it is about, its questions. `site_url` has no slash at its end.

    `lastReviewed` is there only if a verification counts today; texts are what a reader sees, without markup.
    """
    url = site_url + shown.code.get_absolute_url()
    graph = [_trail(shown, url, site_url), _page(shown, url, site_url, site_name)]
    if questions := shown.section("faq"):
        graph.append(
            {
                "@type": "FAQPage",
                "@id": f"{url}#questions",
                "url": url,
                "isPartOf": {"@id": url},
                "mainEntity": [
                    {
                        "@type": "Question",
                        "name": question.heading,
                        "acceptedAnswer": {"@type": "Answer", "text": to_plain(question.html)},
                    }
                    for question in questions
                ],
            }
        )
    return {"@context": "https://schema.org", "@graph": graph}


def _trail(shown: CodePage, url: str, site_url: str) -> dict[str, Any]:
    codes, category = site_url + reverse("browse"), shown.page.category
    steps = [
        ("All codes", codes),
        (category.capitalize(), f"{codes}?{urlencode({'category': category}, quote_via=quote)}"),
        (str(shown.code), url),
    ]
    return {
        "@type": "BreadcrumbList",
        "@id": f"{url}#trail",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": item}
            for place, (name, item) in enumerate(steps, start=1)
        ],
    }


def _page(shown: CodePage, url: str, site_url: str, site_name: str) -> dict[str, Any]:
    verified_at = shown.marks.verified_at
    reviewed = {"lastReviewed": timezone.localdate(verified_at).isoformat()} if verified_at else {}
    return {
        "@type": "MedicalWebPage",
        "@id": url,
        "url": url,
        "name": str(shown.code),
        "description": to_plain(shown.fields["answer"].html),
        "inLanguage": "en",
        "isPartOf": {"@type": "WebSite", "url": f"{site_url}/", "name": site_name},
        "breadcrumb": {"@id": f"{url}#trail"},
        "about": {
            "@type": "MedicalCode",
            "codeValue": shown.code.number,
            "codingSystem": "CDT",
            "name": shown.page.title,
        },
        "dateModified": shown.code.changed_at.isoformat(timespec="seconds"),
        **reviewed,
    }
