"""Tokens of private links, each made from a row's id with a key of its own.

No table holds one, so no copy of the database and no question to it gives one away, and every mail can make it again.
It does not show the id either: how many rows there are is nobody's business. They are made with
the first of LINK_KEYS; what was made with one of the others is still read.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

_PROOF, _ID = 16, 8


def make(kind: str, pk: int) -> str:
    """The token of the row `pk`: 32 letters, digits, "-" and "_". Each `kind` has a key of its own."""
    return _make(kind, pk, settings.LINK_KEYS[0])


def read(kind: str, token: str) -> int | None:
    """The id of the row that a token was made for; None for one that we did not make."""
    try:
        raw = urlsafe_b64decode(token.encode())
    except ValueError:
        return None
    if len(raw) != _PROOF + _ID:
        return None
    for key in settings.LINK_KEYS:
        pk = int.from_bytes(_veiled(kind, raw[_PROOF:], raw[:_PROOF], key))
        if constant_time_compare(token, _make(kind, pk, key)):
            return pk
    return None


def keys(kind: str, pk: int) -> list[bytes]:
    """Keys of 32 bytes of the row `pk`, which its owner holds too: that of the first of LINK_KEYS, then the others."""
    return [_hmac(f"{kind} key", str(pk), key) for key in settings.LINK_KEYS]


def digest(token: str) -> str:
    """What is kept of a token that was made at random and stored, before tokens were made from ids."""
    return hashlib.sha256(token.encode()).hexdigest()


def _make(kind: str, pk: int, key: str) -> str:
    # The proof is at the same time the seed of the veil, as in SIV (RFC 5297): no two ids are veiled alike.
    proof = _hmac(f"{kind} proof", str(pk), key)[:_PROOF]
    return urlsafe_b64encode(proof + _veiled(kind, pk.to_bytes(_ID), proof, key)).decode()


def _veiled(kind: str, id_: bytes, proof: bytes, key: str) -> bytes:
    return bytes(a ^ b for a, b in zip(id_, _hmac(f"{kind} veil", proof, key), strict=False))


def _hmac(salt: str, value: str | bytes, key: str) -> bytes:
    return salted_hmac(f"codes.tokens {salt}", value, secret=key, algorithm="sha256").digest()
