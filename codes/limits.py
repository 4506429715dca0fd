"""How often an address may do something, exact across processes: each count is one row, written in one statement."""

import hmac
from datetime import timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from codes.models import RateCount, TryCount


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


def keyed(text: str) -> str:
    """A name for `text` from which nobody without the site's key can tell it."""
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), "sha256").hexdigest()


def allow(request: HttpRequest, form: str) -> bool:
    """Count one post to `form`; False once the address has had its RATE_LIMITS[form] in this hour."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    key = keyed(f"{form} {address(request)} {hour:%Y%m%d%H}")
    return _add_one(key, hour) <= settings.RATE_LIMITS[form]


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


def add_try(name: str, within: timedelta) -> int:
    """Count one try under a name; gives how many there were since the first one, which is `within` ago at most.

    Rows whose time is over are deleted by `forget`: here two at once could wait for each other.
    """
    table = connection.ops.quote_name(TryCount._meta.db_table)
    now = timezone.now()
    start, end = (connection.ops.adapt_datetimefield_value(moment) for moment in (now, now + within))
    # One that ends later than a new one would is from before the clock was set back.
    runs = f"{table}.ends_at > %s AND {table}.ends_at <= %s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (key, count, ends_at) VALUES (%s, 1, %s) ON CONFLICT (key) DO UPDATE SET "  # noqa: S608 - our own table's name
            f"count = CASE WHEN {runs} THEN {table}.count + 1 ELSE 1 END, "
            f"ends_at = CASE WHEN {runs} THEN {table}.ends_at ELSE excluded.ends_at END RETURNING count",
            [keyed(name), end, start, end, start, end],
        )
        return cursor.fetchone()[0]


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
