"""One form of an e-mail address for all its spellings. What is sent goes to the address as it was typed."""

import re
import unicodedata

# These ignore dots before the "@"; the second is the first by another name.
_DOTLESS = {"gmail.com", "googlemail.com"}
# Where anybody may have a mailbox, and nobody has all of them.
_PUBLIC = frozenset(
    "gmail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com aol.com icloud.com me.com mac.com"
    " comcast.net att.net sbcglobal.net verizon.net cox.net charter.net proton.me protonmail.com gmx.com".split()
)
_COMMENT = re.compile(r"\([^()]*\)")


def mailbox(email: str) -> str:
    """The mailbox that a spelling of an address leads to.

    Case, compatible letters, comments, quotes, a final dot and the script of the domain do not matter, nor what stands
    behind a "+", nor dots where the host ignores them.

    >>> mailbox('"J.Doe+cdt"@GoogleMail.com.')
    'jdoe@gmail.com'
    """
    text = unicodedata.normalize("NFKC", email)
    text = "".join(c for c in text if unicodedata.category(c) != "Cf" and not c.isspace()).casefold()
    while text != (text := _COMMENT.sub("", text)):
        pass
    local, _, domain = text.rpartition("@")
    domain = _ascii(domain.replace("\u3002", ".").strip("."))
    if local.startswith('"') and local.endswith('"'):
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    # What stands before a "+" is the mailbox; an address that begins with one has nothing before it.
    local = local.partition("+")[0] or local
    if domain in _DOTLESS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def family(email: str) -> str:
    """What counts as one address where mails are limited: a mailbox without its dots, which some hosts ignore too."""
    local, _, domain = mailbox(email).rpartition("@")
    return f"{local.replace('.', '')}@{domain}"


def host(email: str) -> str:
    """The domain of an address."""
    return mailbox(email).rpartition("@")[2]


def is_public(host: str) -> bool:
    """Whether it is the host of a large provider, where each mailbox is somebody else's."""
    return host in _PUBLIC


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain
