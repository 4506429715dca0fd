"""Reading a response as a browser and a person do: what its form would send, and the text that is seen."""

import re
from functools import lru_cache
from html.parser import HTMLParser
from xml.etree import ElementTree

from django.http import HttpResponse

from codes.mail import proof

_EMPTY = {"input", "meta", "link", "br", "img"}
_INLINE = {"a", "b", "span", "del", "ins", "code", "em", "strong", "time", "small", "kbd", "mark"}


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.sent: dict[str, list[str]] = {}
        self.seen: list[str] = []
        self._open: list[str] = []
        self._posting = False
        self._area: list[str] | None = None
        self._select: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        self._apart(tag)
        if tag not in _EMPTY:
            self._open.append(tag)
        if tag == "form":
            self._posting = a.get("method", "get").lower() == "post"
        if not self._posting:
            return
        if tag == "textarea":
            self._area = self.sent.setdefault(a["name"], [])
            self._area.append("")
        elif tag == "select":
            self._select = (a["name"], self.sent.setdefault(a["name"], []))
        elif tag == "option" and self._select and "selected" in a:
            self._select[1].append(a["value"])
        elif tag == "input" and "name" in a and (a.get("type") not in ("checkbox", "radio") or "checked" in a):
            self.sent.setdefault(a["name"], []).append(
                a.get("value", "on" if a.get("type") == "checkbox" else "") or ""
            )

    def _apart(self, tag):
        """What stands in blocks of its own is read with a space between."""
        if tag not in _INLINE:
            self.seen.append(" ")

    def handle_endtag(self, tag):
        self._apart(tag)
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if tag == "form":
            self._posting = False
        elif tag == "textarea" and self._area is not None:
            self._area[-1] = self._area[-1].removeprefix("\n")
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data):
        if self._area is not None:
            self._area[-1] += data
        elif not {"script", "style", "title"} & set(self._open):
            self.seen.append(data)


@lru_cache(8)
def _read(body: bytes) -> _Reader:
    reader = _Reader()
    reader.feed(body.decode())
    reader.close()
    return reader


def fields(response) -> dict[str, str | list[str]]:
    """What the posting form on the page would send if it were sent as it is; several values of a name are a list."""
    sent = _read(response.content).sent
    return {name: values[0] if len(values) == 1 else list(values) for name, values in sent.items()}


def text(response) -> str:
    """The text that a person sees, without what stands in text areas; runs of space are one space."""
    return " ".join("".join(_read(response.content).seen).split())


def prove(client, sent):
    """Type the access code on the receipt of a correction, as who sent it can; gives the client, which may act then."""
    assert client.post(f"{sent.get_absolute_url()}access/", {"access": proof.code(sent)}).status_code == 302
    return client


def charted(response: HttpResponse, heading: str) -> dict[str, list[tuple[int, int]]]:
    """The table under the heading with this id: first cell -> of each cell with a bar its number and the bar's width.

    A bar that is as wide as it can be has 1,000.
    """
    html = markup(response).partition(f'id="{heading}"')[2]
    table = ElementTree.fromstring(html[html.index("<tbody") : html.index("</tbody>") + 8])  # noqa: S314 - our own page
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
