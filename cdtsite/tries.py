"""How often somebody may guess at an account: at its password, the code of its app, its recovery codes.

Wrong ones are counted by name and address together, so that nobody can lock somebody else out. A browser that has
logged in before counts for itself. Every try is counted before it is looked at: of many at once no more are looked at
than of one after the other. django-axes was left out: a burst passes its counting, and it stores addresses.
"""

import secrets
from datetime import timedelta

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView

from codes.acts import auditlog
from codes.forms import limits

# Wrong ones in WINDOW: for one name from one address or known browser; from one address for whatever names.
WINDOW = timedelta(minutes=15)
TRIES, ADDRESS_TRIES = 10, 40
# From so many for one name on, from wherever, an address that is no known browser has fewer.
ATTACK, SLOWED = 50, 3
# Six digits are guessed sooner than a password: beside known browsers so many wrong ones of an account in a day.
CODES_A_DAY = 50
KNOWN_BROWSER, KNOWN_FOR = "known_browser", timedelta(days=180)
# Of what is refused, so many a day stand in the audit log for one account, then only the 100th, the 1000th and so on.
LOGGED = 10
_DAY = timedelta(days=1)
_signer = signing.TimestampSigner(salt="cdtsite.login")
_FROM_HERE = "Too many wrong {} came from your network or browser."
_FOR_ACCOUNT = "Too many wrong codes were typed for this account. Use a recovery code, or a browser that you know."


class Limited(forms.ValidationError):
    """Too many tries: nothing was looked at. `wait` is how long it takes until it is again."""

    def __init__(self, wait: timedelta, told: str = _FROM_HERE.format("passwords")):
        self.wait = wait
        minutes = max(-(-wait // timedelta(minutes=1)), 1)
        super().__init__(
            f"{told} Wait {minutes} minute{'s' * (minutes > 1)}, then try again. Nobody’s account is locked.",
            code="limited",
        )


class Try:
    """One try at the password of the account that is called `name`, if there is one.

    Raises Limited when it is one too many; then the password must not be looked at.
    """

    what, said, account_window = "login", "passwords", WINDOW

    def __init__(self, request: HttpRequest, name: str):
        network = limits.client_network(request)
        self.known = known_browser(request, name)
        self._account, self._from = f"{self.what} {name!r}", f"{self.what} from {network}"
        self._place = f"{self._account} in {self.known}" if self.known else f"{self._account} from {network}"
        self.network = named_network(request)
        self._user = get_user_model().objects.filter(username=name).first()
        self._count(self._place, self._allowed())
        if not self.known:
            self._count(self._from, ADDRESS_TRIES)
        self.before = limits.add_try(self._account, self.account_window) - 1

    def _allowed(self) -> int:
        """How many tries the place has."""
        return SLOWED if not self.known and limits.tries(self._account) >= ATTACK else TRIES

    def _count(self, name: str, allowed: int) -> None:
        count = limits.add_try(name, WINDOW)
        if count > allowed:
            if count == allowed + 1:
                self._note(f"{self.what} limited")
            raise Limited(limits.tries_end(name), _FROM_HERE.format(self.said))

    def failed(self) -> None:
        self._note(f"{self.what} failed")

    def succeeded(self) -> None:
        """Nothing wrong is held against the place any more; against the address and the account what was before is."""
        limits.forget_tries(self._place)
        limits.take_back_try(self._account)
        if not self.known:
            limits.take_back_try(self._from)

    def _note(self, act: str) -> None:
        # What was typed for a name may be a password.
        subject = f"User {self._user}" if self._user else "A name that no account has"
        count = limits.add_try(f"{act} {subject}", _DAY)
        if count <= LOGGED or count in (10**power for power in range(2, 10)):
            auditlog.note(act, subject, detail=f"From network {self.network}. Number {count} within a day.")


class RecoveryTry(Try):
    """One try at a recovery code: nobody guesses one, but each costs the machine work."""

    what, said = "recovery", "recovery codes"


class CodeTry(Try):
    """One try at the code of the app. Whoever has the password and many addresses has no more than CODES_A_DAY; the
    owner, whom that may keep out, has recovery codes.
    """

    what, said, account_window = "code", "codes", _DAY

    def __init__(self, request: HttpRequest, name: str):
        super().__init__(request, name)
        if not self.known and self.before >= CODES_A_DAY:
            self._note("code limited")
            raise Limited(limits.tries_end(self._account), _FOR_ACCOUNT)


class Refusing(FormView):  # type: ignore[type-arg] # It takes no parameter when it runs.
    """A view that answers 429 when the form was filled too often."""

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        response = super().form_invalid(form)
        refused = [e for errors in form.errors.as_data().values() for e in errors if isinstance(e, Limited)]
        if refused:
            response.status_code = 429
            response["Retry-After"] = str(int(refused[0].wait.total_seconds()) + 1)
        return response


def named_network(request: HttpRequest) -> str:
    """What the log calls a network: the same for one day, so that editors see what belongs together and nobody can
    follow an address.
    """
    return limits.keyed(f"network {limits.client_network(request)} {timezone.now():%Y%m%d}")[:8]


def known_browser(request: HttpRequest, name: str) -> str:
    """The number of a browser in which the account of this name has logged in, or ""."""
    try:
        value = _signer.unsign(request.COOKIES.get(KNOWN_BROWSER, ""), max_age=KNOWN_FOR)
    except signing.BadSignature:
        return ""
    whose, _, number = value.partition(".")
    return number if whose == limits.keyed(f"browser of {name}") else ""


def remember(response: HttpResponse, name: str, known: str) -> None:
    """Let the browser be known from now on, under the number that it had or a new one."""
    value = f"{limits.keyed(f'browser of {name}')}.{known or secrets.token_urlsafe(12)}"
    response.set_cookie(
        KNOWN_BROWSER,
        _signer.sign(value),
        max_age=KNOWN_FOR,
        path=reverse("admin:index"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
