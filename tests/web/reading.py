"""Reading a response as a browser and a person do: what its form would send, and the text that is seen."""

import re
from functools import lru_cache
from xml.etree import ElementTree

from django.http import HttpResponse
from lxml import etree, html

from codes.mail import proof

_INLINE = {"a", "b", "span", "del", "ins", "code", "em", "strong", "time", "small", "kbd", "mark"}
# Stands for U+0000, in whose place a parser puts U+FFFD, while a page is read.
_ZERO = "\ue000"


def _page(body: bytes) -> html.HtmlElement:
    return html.document_fromstring(body.decode().replace("\0", _ZERO))


@lru_cache(8)
def _sent(body: bytes) -> dict[str, list[str]]:
    sent: dict[str, list[str]] = {}
    for form in _posting(_page(body)):
        for a in form.iter("textarea", "select", "input"):
            kind, name = a.get("type"), a.get("name")
            if a.tag == "textarea":
                sent.setdefault(name, []).append("".join(a.itertext()).removeprefix("\n").replace(_ZERO, "\0"))
            elif a.tag == "select":
                chosen = [option.get("value") for option in a.iter("option") if "selected" in option.attrib]
                sent.setdefault(name, []).extend(chosen)
            elif name is not None and (kind not in ("checkbox", "radio") or "checked" in a.attrib):
                value = a.get("value", "on" if kind == "checkbox" else "")
                sent.setdefault(name, []).append(value.replace(_ZERO, "\0"))
    return sent


def _posting(page: html.HtmlElement) -> list[html.HtmlElement]:
    return [form for form in page.iter("form") if form.get("method", "get").lower() == "post"]


@lru_cache(8)
def _seen(body: bytes) -> str:
    page = _page(body)
    for form in _posting(page):
        for area in form.iter("textarea"):
            area.text = None
    etree.strip_elements(page, "script", "style", "title", with_tail=False)
    etree.strip_tags(page, etree.Comment, *_INLINE)
    # What stands in blocks of its own is read with a space between.
    return " ".join(" ".join(page.itertext()).split()).replace(_ZERO, "\0")


def fields(response) -> dict[str, str | list[str]]:
    """What the posting form on the page would send if it were sent as it is; several values of a name are a list."""
    sent = _sent(response.content)
    return {name: values[0] if len(values) == 1 else list(values) for name, values in sent.items()}


def text(response) -> str:
    """The text that a person sees, without what stands in text areas; runs of space are one space."""
    return _seen(response.content)


def prove(client, sent):
    """Type the access code on the receipt of a correction, as who sent it can; gives the client, which may act then."""
    assert client.post(f"{sent.get_absolute_url()}access/", {"access": proof.code(sent)}).status_code == 302
    return client


def charted(response: HttpResponse, heading: str) -> dict[str, list[tuple[int, int]]]:
    """The table under the heading with this id: first cell -> of each cell with a bar its number and the bar's width.

    A bar that is as wide as it can be has 1,000.
    """
    below = markup(response).partition(f'id="{heading}"')[2]
    table = ElementTree.fromstring(below[below.index("<tbody") : below.index("</tbody>") + 8])  # noqa: S314 - our own page
    bars = {"".join(row[0].itertext()): row.findall(".//span[@class='charted']") for row in table}
    return {
        name: [(int(bar[0].text), int(bar.find(".//rect").get("width"))) for bar in row] for name, row in bars.items()
    }


_IN_LINE = "a|abbr|b|button|code|del|em|i|input|ins|kbd|label|mark|q|select|small|span|strong|sub|sup|textarea|time"
_BLOCK_TAG = rf"</?(?!(?:{_IN_LINE})\b)[a-zA-Z][^<>]*>"
_WHOLE = re.compile(r"<(textarea|pre|script)\b.*?</\1>|<div class=\"diff\">.*?</div>", re.DOTALL)


def markup(response: HttpResponse) -> str:
    """The body, with the blanks alone that a browser shows: none within a tag or around a block, else one.

    What stands in a text area, a script or preformatted stays as it is.
    """
    return tight(response.content.decode())


@lru_cache(8)
def tight(body: str) -> str:
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\0{len(kept) - 1}\0"

    body = _WHOLE.sub(keep, body)
    body = re.sub(r"\s+", " ", body)
    body = re.sub(r" ?(/?>)", r"\1", re.sub(r"(<[a-zA-Z][^<>]*?) (?=/?>)", r"\1", body))
    body = re.sub(rf" ?({_BLOCK_TAG}) ?", r"\1", body)
    body = re.sub(r"(<(?:a|button|label|summary)\b[^<>]*>) ", r"\1", body)
    return re.sub("\0(\\d+)\0", lambda found: kept[int(found[1])], body)
