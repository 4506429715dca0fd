"""Whether the address of a document still answers. Only the public web is asked, and nothing that it says is kept."""

import http.client
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urljoin, urlsplit

from django.conf import settings

from codes.mail.deadline import Deadline
from codes.mail.pinned import NotAsked, Pinned, is_public, quoted

# For so long one request may take, whatever the server does meanwhile.
SECONDS = 15.0
MOST_REDIRECTS = 5
_MOVED_FOR_GOOD = (301, 308)
# What servers say that do not like to be asked for the head alone.
_ASK_WHOLE = (400, 403, 404, 405, 501)


def fault(url: str, may_ask: Callable[[str], bool] = is_public) -> str:
    """What is wrong with an address, in a few words; "" if it answers. `may_ask` judges the IP address behind it.

    Raises NotAsked for what is not to be asked at all.
    """
    asked, for_good = url, True
    for _ in range(MOST_REDIRECTS + 1):
        try:
            status, location = _ask(asked, may_ask)
            if not (300 <= status < 400 and location):
                break
            asked, for_good = urljoin(asked, location), for_good and status in _MOVED_FOR_GOOD
        # ValueError: it leads to what is no address.
        except (OSError, ValueError, http.client.HTTPException) as error:
            return f"no answer: {str(error) or type(error).__name__}"
    else:
        return "leads on and on"
    if status >= 400:
        return f"answers {status} {http.client.responses.get(status, '')}".strip()
    return f"moved to {asked}" if for_good and asked != url else ""


def _ask(url: str, may_ask: Callable[[str], bool]) -> tuple[int, str]:
    """Status and Location: of the head alone, or of the whole where a server does not give the head."""
    status, location = _request("HEAD", url, may_ask)
    return _request("GET", url, may_ask) if status in _ASK_WHOLE else (status, location)


def _request(method: str, url: str, may_ask: Callable[[str], bool]) -> tuple[int, str]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotAsked(f"{url} is no address of the web")
    with Deadline(SECONDS) as deadline, closing(Pinned(url, may_ask, deadline)) as connection:
        headers = {"User-Agent": f"link check of {settings.SITE_URL}"}
        connection.request(method, connection.target, headers=headers)
        answer = connection.getresponse()
        # The bytes that came: http.client reads them as Latin-1.
        return answer.status, quoted((answer.getheader("Location") or "").encode("latin-1"))
