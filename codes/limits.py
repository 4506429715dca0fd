"""How many times an address may post in an hour, exact across processes: one atomic row per address and hour."""

import hmac
import logging
from datetime import timedelta
from functools import cache
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from codes.models import RateCount

_log = logging.getLogger(__name__)


def address(request: HttpRequest) -> str:
    """The visitor's network address: behind PROXIES own proxies, the entry that the outermost of them added.

    Logs, once in a process, that there seem to be fewer or more proxies than that.
    """
    forwarded = [a.strip() for a in request.headers.get("X-Forwarded-For", "").split(",") if a.strip()]
    last = request.META.get("REMOTE_ADDR", "")
    if len(forwarded) < settings.PROXIES:
        _warn(_FEWER.format(len(forwarded), settings.PROXIES))
    elif forwarded and not settings.PROXIES and _is_near(last):
        _warn(_NOT_COUNTED)
    seen = [*forwarded, last][max(len(forwarded) - settings.PROXIES, 0)]
    try:
        ip = ip_address(seen)
    except ValueError:
        return seen
    # A household has a /64 of IPv6 addresses.
    return str(ip_network((ip, 64), strict=False)) if ip.version == 6 and not ip.ipv4_mapped else seen


def allow(request: HttpRequest, form: str) -> bool:
    """Count one post to `form`; False once the address has had its RATE_LIMITS[form] in this hour (of UTC)."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    text = f"{form} {address(request)} {hour:%Y%m%d%H}".encode()
    key = hmac.new(settings.SECRET_KEY.encode(), text, "sha256").hexdigest()
    return _add_one(key, hour) <= settings.RATE_LIMITS[form]


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


def _add_one(key: str, hour) -> int:
    table = connection.ops.quote_name(RateCount._meta.db_table)
    with transaction.atomic(), connection.cursor() as cursor:
        # The ORM's upsert does not return the new value; both databases do, in one statement.
        cursor.execute(
            f"INSERT INTO {table} (key, hour, count) VALUES (%s, %s, 1) "  # noqa: S608 - our own table's name
            f"ON CONFLICT (key, hour) DO UPDATE SET count = {table}.count + 1 RETURNING count",
            [key, connection.ops.adapt_datetimefield_value(hour)],
        )
        count = cursor.fetchone()[0]
        if count == 1:
            RateCount.objects.filter(hour__lt=hour - timedelta(hours=1)).delete()
    return count
