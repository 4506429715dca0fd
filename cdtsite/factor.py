"""The second factor of an account: codes of an authenticator app (TOTP, RFC 6238), and ten recovery codes.

A code is taken once, whoever sends it twice at the same moment. Keys are made from LINK_KEYS and stored nowhere, as
the tokens of private links are; recovery codes do not hang on them. What is done here ends the other sessions,
by the hash that `Account` gives them, stands in the audit log, and is told by mail.
"""

import base64
import re
import secrets
import time
from urllib.parse import quote, urlencode

import segno
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django_otp.oath import TOTP

from cdtsite.models import Account, RecoveryCode, SecondFactor
from codes.acts import auditlog
from codes.mail import outbox
from codes.models import Mail

CODES, FEW = 10, 3
# Clocks may differ by half a minute.
_TOLERANCE = 1
_KEY_BYTES = 20
# Letters and digits that nobody takes for another; four groups of four are 78 bits.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4
# What is guessed here is not what a person thinks of: a tenth of what a password needs is much.
ITERATIONS = 100_000


class Changed(Exception):
    """The account has another second factor by now, or none."""


class Backend(ModelBackend):
    """Nobody is logged in without a second factor where REQUIRE_MFA asks for one, whatever a session says."""

    def get_user(self, user_id: int) -> Account | None:
        account = Account.get(user_id)
        if account is None or not self.user_can_authenticate(account):
            return None
        return None if settings.REQUIRE_MFA and account.second_factor is None else account


def new_salt() -> str:
    return secrets.token_hex(16)


def key(salt: str) -> str:
    """The key as apps take it, in letters and digits."""
    return base64.b32encode(_key(salt, settings.LINK_KEYS[0])).decode()


def picture(account: User, salt: str) -> str:
    """The key as a picture for the camera: SVG that a strict policy shows."""
    name = quote(f"{settings.SITE_NAME}:{account.get_username()}")
    address = f"otpauth://totp/{name}?{urlencode({'secret': key(salt), 'issuer': settings.SITE_NAME}, quote_via=quote)}"
    return segno.make(address, micro=False).svg_inline(scale=4, border=4, dark="#000", light="#fff", omitsize=True)


def step_of(salt: str, code: str) -> int | None:
    """The half minute that a code of the app belongs to, now or one beside it; None if it is wrong."""
    if not re.fullmatch("[0-9]{6}", code):
        return None
    for secret in settings.LINK_KEYS:
        app = TOTP(_key(salt, secret))
        app.time = time.time()
        if app.verify(int(code), tolerance=_TOLERANCE):
            return int(app.t())
    return None


def take_code(factor: SecondFactor, code: str) -> bool:
    """Whether it is a code of the app that nobody has used; then it is used."""
    step = step_of(factor.salt, code)
    return bool(step) and SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step).update(last_step=step) == 1


def take_recovery_code(factor: SecondFactor, code: str) -> bool:
    """Whether it is a recovery code that nobody has used; then it is used."""
    digest = _digest(factor.salt, code)
    right = [one.pk for one in factor.recovery_codes.all() if constant_time_compare(one.digest, digest)]
    return bool(right) and RecoveryCode.objects.filter(pk__in=right).delete()[0] > 0


def left(factor: SecondFactor) -> int:
    """How many recovery codes there are still."""
    return factor.recovery_codes.count()


def set_up(account: Account, salt: str, step: int) -> list[str]:
    """Bind the app that has the key of `salt`, in place of what the account had, and give ten new recovery codes.

    `step` is the half minute of the code that proved it. Raises Changed if the account has got another one meanwhile.
    """
    codes = _new_codes()
    digests = [_digest(salt, code) for code in codes]
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=account.pk)
        held, before = SecondFactor.objects.filter(user=user).first(), account.second_factor
        if (held and held.pk) != (before and before.pk):
            raise Changed
        if held:
            held.delete()
        factor = SecondFactor.objects.create(user=user, salt=salt, last_step=step)
        RecoveryCode.objects.bulk_create([RecoveryCode(factor=factor, digest=digest) for digest in digests])
        auditlog.note("replaced factor" if held else "set up factor", f"User {user}", by=user, detail="Their own.")
        tell(Mail.Kind.FACTOR, user)
    return codes


def renew_codes(factor: SecondFactor) -> list[str]:
    """Ten new recovery codes; those from before are worth nothing."""
    codes = _new_codes()
    digests = [_digest(factor.salt, code) for code in codes]
    with transaction.atomic():
        SecondFactor.objects.select_for_update(no_key=True).get(pk=factor.pk)
        factor.recovery_codes.all().delete()
        RecoveryCode.objects.bulk_create([RecoveryCode(factor=factor, digest=digest) for digest in digests])
        auditlog.note("renewed codes", f"User {factor.user}", by=factor.user, detail="Their own recovery codes.")
        tell(Mail.Kind.FACTOR, factor.user)
    return codes


def remove(user: User, by: User | None) -> bool:
    """Take the second factor off an account, so that its owner sets up another at the next login; False if it has none.

    Its password goes with it, for whoever knows that one could now set up an app of their own. `by` is None for the
    operator.
    """
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        gone = SecondFactor.objects.filter(user=locked).delete()[0] > 0
        if gone:
            locked.set_unusable_password()
            locked.save(update_fields=["password"])
            auditlog.note("removed factor", f"User {user}", by=by, detail="" if by else "By the operator.")
            tell(Mail.Kind.FACTOR, user)
    return gone


def tell(kind: str, user: User) -> None:
    """Tell an account's address by mail what happened to the account."""
    if user.email:
        outbox.tell(kind, user.email)


def _key(salt: str, secret: str) -> bytes:
    return salted_hmac("cdtsite.factor", salt, secret=secret, algorithm="sha256").digest()[:_KEY_BYTES]


def _new_codes() -> list[str]:
    return ["-".join(_letters() for _ in range(_GROUPS)) for _ in range(CODES)]


def _letters() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_GROUP))


def _digest(salt: str, code: str) -> str:
    typed = re.sub("[^a-z0-9]", "", code.lower())
    return PBKDF2PasswordHasher().encode(typed, salt, ITERATIONS)
