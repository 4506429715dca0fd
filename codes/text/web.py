"""The address of a web page: what is refused, and to which host a browser goes. No Django.

Browsers read addresses by WHATWG's URL standard, which differs from what a person reads: a name and "@" before the
host are skipped, "\\" is "/", blanks are dropped, numbers and wide letters become a host. Only what both read alike
passes.
"""

import re
import unicodedata
from functools import lru_cache

from codes.text.characters import hidden_character

_PARTS = re.compile(r"(?P<scheme>https?)://(?P<place>[^/?#]*)(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_NUMBER = "This address leads to a machine by its number. Write the name of its site."
_LONGEST = 63
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# What stands for a host in a title: names with dots between them. A file's name is none.
_NAMED = re.compile(r"(?<![\w@.-])(?:https?:/+)?([^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+)", re.IGNORECASE)
_FILES = frozenset("pdf htm html doc docx xls xlsx csv txt zip php asp aspx jsp".split())


def refusal(address: str) -> str | None:
    """What is wrong with the address of a web page, as a sentence; None if it can stand on a page."""
    if hidden := hidden_character(address):
        return hidden
    if re.search(r"\s", address):
        return "A web address has no spaces. Copy it again."
    if "\\" in address:
        return "A web address has no “\\”. Write “/”."
    found = _PARTS.fullmatch(address)
    if found is None:
        return "A web address begins with https:// or http://."
    place = found["place"]
    if "@" in place:
        return f"This leads to {place.rpartition('@')[2]}, whatever stands before the “@”. Remove everything before it."
    if "%" in place:
        return "The host in this address is written with “%”. Write its plain name."
    if "[" in place:
        return _NUMBER
    name, _, port = place.partition(":")
    if ":" in place and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        return "What follows “:” after the host is not a port number."
    labels = [_ascii(label) for label in name.removesuffix(".").split(".")]
    if len(labels) < 2 or not all(label and _LABEL.fullmatch(label) for label in labels):
        return "This address names no host on the web, such as www.example.org."
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        return _NUMBER
    return None


@lru_cache(maxsize=4096)
def host(address: str) -> str:
    """The host that a browser goes to, in ASCII (a name in other letters in its xn-- form), with a port if named.

    "" for an address that is refused: it is not to be linked.
    """
    found = _PARTS.fullmatch(address)
    if found is None or refusal(address):
        return ""
    name, _, port = found["place"].partition(":")
    return ".".join(map(_ascii, name.removesuffix(".").split("."))) + (f":{port}" if port else "")


def other_host(words: str, address: str) -> str | None:
    """The host that the words of a link name while it goes to another site; None if they name none, or its own.

    www.ada.org, ada.org and shop.ada.org are one site.
    """
    there = _site(host(address).partition(":")[0])
    # Browsers read the full stop of Chinese and Japanese as a dot.
    for found in _NAMED.finditer(unicodedata.normalize("NFKC", words).replace("\u3002", ".")):
        name = found[1]
        last = name.rpartition(".")[2].casefold()
        if last in _FILES or len(last) < 2 or not last.isalpha():
            continue
        here = _site(".".join(map(_ascii, name.split("."))))
        if here != there and not there.endswith(f".{here}") and not here.endswith(f".{there}"):
            return name
    return None


def _site(name: str) -> str:
    return re.sub(r"^www[0-9]*\.", "", name)


def _ascii(label: str) -> str:
    """A label of a host as browsers send it; "" for one that they would first turn into another."""
    small = label.lower()
    if small.isascii():
        return small
    # No label is longer, and what it costs to spell one grows by the square of its letters.
    if len(small) > _LONGEST:
        return ""
    spelled = all(unicodedata.category(c)[0] in "LMN" or c == "-" for c in small)
    if not spelled or unicodedata.normalize("NFKC", small) != small:
        return ""
    return f"xn--{small.encode('punycode').decode()}"
