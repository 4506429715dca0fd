"""How often somebody may do something, exact across processes: each count is one row, written in one statement."""

import hmac
import logging
import re
from datetime import timedelta
from functools import cache
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from codes.mail.mailbox import family, host, is_public
from codes.models import RateCount, TryCount

# For each correction that an address may send.
PREVIEWS = 3
TOO_MANY_PREVIEWS = (
    "Too many previews from your network in this hour. Your text is still here: send it without one, or try later."
)

# Some proxies add the port, another one for each connection: 203.0.113.9:4711, [2001:db8::1]:4711.
_WITH_PORT = re.compile(r"([0-9.]+):[0-9]+|\[([0-9A-Fa-f:.]+)\](?::[0-9]+)?")
_log = logging.getLogger(__name__)


def client_network(request: HttpRequest) -> str:
    """The visitor's network address: behind PROXIES own proxies, the entry that the outermost of them added.

    Logs, once in a process, that there seem to be fewer or more proxies than that.
    """
    forwarded = [a.strip() for a in request.headers.get("X-Forwarded-For", "").split(",") if a.strip()]
    last = request.META.get("REMOTE_ADDR", "")
    if len(forwarded) < settings.PROXIES:
        _warn(_FEWER.format(len(forwarded), settings.PROXIES))
    elif forwarded and not settings.PROXIES and _is_near(last):
        _warn(_NOT_COUNTED)
    seen: str = [*forwarded, last][max(len(forwarded) - settings.PROXIES, 0)]
    if whole := _WITH_PORT.fullmatch(seen):
        seen = whole[1] or whole[2]
    try:
        ip = ip_address(seen)
    except ValueError:
        return seen
    # A household has a /64 of IPv6 addresses.
    return str(ip_network((ip, 64), strict=False)) if ip.version == 6 and not ip.ipv4_mapped else seen


def keyed(text: str) -> str:
    """A name for `text` from which nobody without the site's key can tell it."""
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), "sha256").hexdigest()


def network_of_day(request: HttpRequest) -> str:
    """What the visitor's network is called on this day: 16 letters and digits that tell nobody its address."""
    return keyed(f"sender {client_network(request)} {timezone.now():%Y%m%d}")[:16]


def allow(request: HttpRequest, form: str) -> bool:
    """Count one post to `form`; False once the address has had its RATE_LIMITS[form] in this hour (of UTC)."""
    return _within(form, client_network(request))


def allow_preview(request: HttpRequest) -> bool:
    """Count one preview of a correction; False once the address has had PREVIEWS for each one that it may send."""
    return _count("preview", client_network(request)) <= PREVIEWS * settings.RATE_LIMITS["correction"]


def allow_try(request: HttpRequest, of: object) -> bool:
    """Count one try to guess the access code `of` something; False once the network, or all together, had theirs."""
    return _within("access", f"{of} {client_network(request)}") and _within("access_all", of)


def allow_link(of: object) -> bool:
    """Count one mail that somebody asks for with the link of something alone; False once it was sent often enough."""
    return _within("link", of)


def allow_receipts(email: str) -> bool:
    """Count one question for the receipts of an address; False once it was asked for often enough, known or not."""
    return _within("receipts", family(email))


def allow_email(request: HttpRequest, email: str) -> bool:
    """Count an e-mail address the first time in this hour that a network gives it, in whatever spelling.

    False, and not counted, once the network has given as many, or all together as many at that address's domain, as
    RATE_LIMITS allow: more at a large provider's, whose contributors a few networks could keep out, while those of a
    small domain may all reach one person. Networks that one household or host may have by the thousand, those of a /48
    of IPv6, together give twice what one may at one domain. Whether the site knows the address plays no part, so that
    nobody learns it from this.
    """
    network, domain = client_network(request), host(email)
    with transaction.atomic():
        if _count("given", f"{network} {family(email)}") > 1:
            return True
        fine = _within("addresses", network) and _within("provider" if is_public(domain) else "domain", domain)
        if fine and (wide := _wide(network)) != network:
            fine = _count("near", f"{wide} {domain}") <= 2 * settings.RATE_LIMITS["addresses"]
        if not fine:
            transaction.set_rollback(True)
        return fine


def _wide(network: str) -> str:
    """The /48 of an IPv6 network; any other network as it is."""
    try:
        known = ip_network(network)
    except ValueError:
        return network
    return str(known.supernet(new_prefix=48)) if known.version == 6 and known.prefixlen == 64 else network


def seconds_left() -> int:
    """How long it takes until what was counted in this hour does not count any more."""
    now = timezone.now()
    return 3600 - 60 * now.minute - now.second


def _within(name: str, whose: object) -> bool:
    return _count(name, whose) <= settings.RATE_LIMITS[name]


def _count(name: str, whose: object) -> int:
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    return RateCount.add_one(keyed(f"{name} {whose} {hour:%Y%m%d%H}"), hour)


# A request waits no longer than this between reading the clock and counting.
_AT_ONCE = timedelta(minutes=1)


def add_try(name: str, within: timedelta) -> int:
    """Count one try under a name; gives how many there were since the first one, which is `within` ago at most.

    Rows whose time is over are deleted by `forget`: here two at once could wait for each other.
    """
    table = connection.ops.quote_name(TryCount._meta.db_table)
    now = timezone.now()
    start, end = (connection.ops.adapt_datetimefield_value(moment) for moment in (now, now + within))
    # Of two at once, the one that counts second may have read the clock first. A row that ends later than that can
    # explain is from before the clock was set back.
    latest = connection.ops.adapt_datetimefield_value(now + within + _AT_ONCE)
    runs = f"{table}.ends_at > %s AND {table}.ends_at <= %s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (key, count, ends_at) VALUES (%s, 1, %s) ON CONFLICT (key) DO UPDATE SET "  # noqa: S608 - our own table's name
            f"count = CASE WHEN {runs} THEN {table}.count + 1 ELSE 1 END, "
            f"ends_at = CASE WHEN {runs} THEN {table}.ends_at ELSE excluded.ends_at END RETURNING count",
            [keyed(name), end, start, latest, start, latest],
        )
        count: int = cursor.fetchone()[0]
        return count


def tries(name: str) -> int:
    """How many tries under a name count now."""
    found = TryCount.objects.filter(key=keyed(name), ends_at__gt=timezone.now())
    return found.values_list("count", flat=True).first() or 0


def tries_end(name: str) -> timedelta:
    """How long it takes until the tries under a name do not count any more."""
    ends = TryCount.objects.filter(key=keyed(name)).values_list("ends_at", flat=True).first()
    return max(ends - timezone.now(), timedelta(0)) if ends else timedelta(0)


def take_back_try(name: str) -> None:
    """Count one try less under a name."""
    TryCount.objects.filter(key=keyed(name), count__gt=0).update(count=F("count") - 1)


def forget_tries(name: str) -> None:
    TryCount.objects.filter(key=keyed(name)).delete()


_FEWER = (
    "X-Forwarded-For held {} addresses of a request, but PROXIES is {}. Either a proxy does not pass it, and all"
    " readers count as one; or PROXIES is too high, and whoever sends may choose the address that counts."
)
_NOT_COUNTED = (
    "A request came through a proxy that passes X-Forwarded-For, but PROXIES is 0: all readers behind it count as one."
    " Set PROXIES to the number of your proxies in front."
)


def _is_near(ip: str) -> bool:
    """Whether it is an address of this machine or of a private network, as a proxy of our own has."""
    try:
        return ip_address(ip).is_private
    except ValueError:  # A socket of this machine has none.
        return True


@cache
def _warn(told: str) -> None:
    _log.warning(told)
