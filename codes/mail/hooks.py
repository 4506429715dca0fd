"""Changes for followers who run servers (webhooks): what is sent, signed as Standard Webhooks has it, and sending it.

A server gets nothing before it has answered a challenge with its secret, so that nobody follows for somebody else's.
The secret is made from the follow's id, as private links are, and stored nowhere. See docs/webhooks.md.
"""

import hashlib
import hmac
import http.client
import ipaddress
import json
import re
import secrets
from base64 import b64encode
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from codes.mail.deadline import Deadline
from codes.mail.pinned import NotAsked, Pinned, is_public
from codes.models import DocumentRevision, Follow, Mail, Published, Revision, tokens
from codes.page.wording import differences
from codes.text import web

# For so long a server may take to answer, whatever it does meanwhile.
SECONDS = 5.0
PORTS = (443, 8443)
# So much of an answer is read, and only that to the challenge.
_MOST_READ = 200
_GONE = 410


class Refused(Exception):
    """A server did not take what was sent; `status` is what it answered, 0 where it was not to be asked."""

    def __init__(self, status: int = 0):
        super().__init__(status)
        self.status = status

    @property
    def for_good(self) -> bool:
        """Whether it wants no more: 410 Gone."""
        return self.status == _GONE


def objection(url: str) -> str | None:
    """Why nothing is sent to an address, as a sentence; None if something may be. Its IP address is judged later, each
    time that something is sent.
    """
    if settings.DEBUG and re.match(r"http://127\.0\.0\.1:\d+/", url):
        return None
    if wrong := web.refusal(url):
        return wrong
    parts = urlsplit(url)
    if parts.scheme != "https":
        return "The address of a server begins with https://."
    if (parts.port or 443) not in PORTS:
        return f"Use one of these ports: {', '.join(map(str, PORTS))}."
    return None


def secret(follow: Follow) -> str:
    """What the server checks signatures with, and answers the challenge with."""
    return f"whsec_{b64encode(tokens.keys('hook', follow.pk)[0]).decode()}"


def challenge(follow: Follow) -> bool:
    """Whether the server answers a challenge, signed and sent like any change, by its HMAC-SHA256 with the secret."""
    asked = secrets.token_urlsafe(24)
    body = _packed("challenge", {"challenge": asked, "about": follow.named})
    try:
        said = _post(follow, f"msg_{secrets.token_hex(16)}", body)
    except (Refused, OSError, http.client.HTTPException):
        return False
    proof = hmac.new(tokens.keys("hook", follow.pk)[0], asked.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(said.strip().lower(), proof.encode())


def deliver(mail: Mail) -> bool:
    """Send the change that a mail to a server is about; False if there is none any more.

    Raises Refused, OSError and http.client.HTTPException. The id is the same in each try.
    """
    news = mail.news.select_related("revision__code", "document_revision__document").first()
    published = (news.revision or news.document_revision) if news else None
    if published is None or mail.follow is None:
        return False
    _post(mail.follow, f"msg_{mail.message_id.strip('<>').partition('@')[0]}", _packed("change", _told(published)))
    return True


def signature(key: bytes, id_: str, at: int, body: bytes) -> str:
    """One signature of a message, as Standard Webhooks has it."""
    return f"v1,{b64encode(hmac.new(key, b'%b.%d.%b' % (id_.encode(), at, body), hashlib.sha256).digest()).decode()}"


def _told(published: Published) -> dict[str, Any]:
    page, before = published.page, published.page_before
    correction = getattr(published, "correction", None)
    return {
        "kind": "code" if isinstance(published, Revision) else "source",
        "about": published.document_id if isinstance(published, DocumentRevision) else published.code_id,
        "title": page.title,
        "revision": published.number,
        "published_at": published.created_at.isoformat(),
        "how": published.get_source_display(),
        "credit": published.credit,
        "reason": published.reason,
        "correction": f"{settings.SITE_URL}{correction.public_url}" if correction else "",
        "url": f"{settings.SITE_URL}{published.get_absolute_url()}",
        "items": [
            {"item": one.key, "label": one.label, "before": one.before, "after": one.after}
            for one in differences(before, page)
        ],
    }


def _packed(type_: str, data: dict[str, Any]) -> bytes:
    return json.dumps({"type": type_, "data": data}, ensure_ascii=False, separators=(",", ":")).encode()


def _post(follow: Follow, id_: str, body: bytes) -> bytes:
    """Send a signed message; gives the beginning of the answer. No redirect is followed."""
    if objection(follow.url):
        raise Refused
    at = int(timezone.now().timestamp())
    signed = " ".join(signature(key, id_, at, body) for key in tokens.keys("hook", follow.pk))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"webhook of {settings.SITE_URL}",
        "webhook-id": id_,
        "webhook-timestamp": str(at),
        "webhook-signature": signed,
    }
    with Deadline(SECONDS) as deadline:
        try:
            connection = Pinned(follow.url, _may_ask, deadline)
        except NotAsked as error:
            raise Refused from error
        with closing(connection):
            connection.request("POST", connection.target, body, headers)
            answer = connection.getresponse()
            if not 200 <= answer.status < 300:
                raise Refused(answer.status)
            return answer.read(_MOST_READ)


def _may_ask(address: str) -> bool:
    # Who develops a receiver has it on the same machine.
    return is_public(address) or settings.DEBUG and ipaddress.ip_address(address).is_loopback
