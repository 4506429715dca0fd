"""What lets somebody act on a receipt, beside its address: proxies log addresses, so that one alone proves nothing.

The browser that sent the correction keeps a cookie; the access code was shown after sending and stands in mails to
a confirmed address. Both are made from the correction's id, each with a key of its own, and stored nowhere.
"""

import unicodedata

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from codes.models import Correction, tokens

# Without those that are taken for each other: 0 O, 1 I L, 5 S, 2 Z, 8 B, U V.
ALPHABET = "3467ACDEFGHJKMNPQRTWXY9"
LENGTH = 10
LONGEST = 100
_COOKIE = "act"


def cookie(correction: Correction) -> str:
    """What the browser of the contributor keeps."""
    return tokens.make(_COOKIE, correction.pk)


def is_cookie(correction: Correction, kept: str) -> bool:
    return tokens.read(_COOKIE, kept) == correction.pk


def code(correction: Correction) -> str:
    """The access code, such as "K7QMA-2XNAP": one of 4·10¹³."""
    return _code(correction, settings.LINK_KEYS[0])


def is_code(correction: Correction, typed: str) -> bool:
    """Whether it is the code, however its letters are written; nothing longer than `LONGEST` is."""
    # To compose marks takes the square of their number.
    if len(typed) > LONGEST:
        return False
    plain = "".join(c for c in unicodedata.normalize("NFKC", typed).upper() if c.isalnum())
    # All keys are tried, so that the time tells nothing.
    return any([constant_time_compare(plain, _code(correction, key).replace("-", "")) for key in settings.LINK_KEYS])


def _code(correction: Correction, key: str) -> str:
    number = int.from_bytes(salted_hmac("codes.proof", str(correction.pk), secret=key, algorithm="sha256").digest())
    letters = [ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(LENGTH)]
    half = LENGTH // 2
    return f"{''.join(letters[:half])}-{''.join(letters[half:])}"
