"""How many times an address may post in an hour, exact across processes: one atomic row per address and hour."""

import hmac
from datetime import timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from codes.models import RateCount

# For each correction that an address may send.
PREVIEWS = 3
TOO_MANY_PREVIEWS = (
    "Too many previews from your network in this hour. Your text is still here: send it without one, or try later."
)


def address(request: HttpRequest) -> str:
    """The visitor's network address: behind PROXIES own proxies, the entry that the outermost of them added."""
    chain = [a.strip() for a in request.headers.get("X-Forwarded-For", "").split(",") if a.strip()]
    chain.append(request.META.get("REMOTE_ADDR", ""))
    seen = chain[max(len(chain) - 1 - settings.PROXIES, 0)]
    try:
        ip = ip_address(seen)
    except ValueError:
        return seen
    # A household has a /64 of IPv6 addresses.
    return str(ip_network((ip, 64), strict=False)) if ip.version == 6 and not ip.ipv4_mapped else seen


def allow(request: HttpRequest, form: str) -> bool:
    """Count one post to `form`; False once the address has had its RATE_LIMITS[form] in this hour."""
    return _count(request, form) <= settings.RATE_LIMITS[form]


def allow_preview(request: HttpRequest) -> bool:
    """Count one preview of a correction; False once the address has had PREVIEWS for each one that it may send."""
    return _count(request, "preview") <= PREVIEWS * settings.RATE_LIMITS["correction"]


def _count(request: HttpRequest, form: str) -> int:
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    text = f"{form} {address(request)} {hour:%Y%m%d%H}".encode()
    key = hmac.new(settings.SECRET_KEY.encode(), text, "sha256").hexdigest()
    return _add_one(key, hour)


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
