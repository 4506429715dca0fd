"""Sessions that end: a while after they were used last, and at the end of a day however much they are used.

Being used is noted in the table alone, so that no page sets a cookie for it.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.db import SessionStore as Stored
from django.http import HttpRequest
from django.utils import timezone

BEGAN = "began"
# A use is noted once in so long, not with every page.
_NOTED = timedelta(minutes=5)


class SessionStore(Stored):
    def load(self) -> dict[str, Any]:
        now = timezone.now()
        row = self.model.objects.filter(session_key=self.session_key, expire_date__gt=now).first()
        held: dict[str, Any] = self.decode(row.session_data) if row else {}
        if row is None or BEGAN in held and held[BEGAN] + settings.SESSION_LONGEST < now.timestamp():
            self._session_key = None
            return {}
        until = now + timedelta(seconds=self.get_session_cookie_age())
        if BEGAN in held and row.expire_date < until - _NOTED:
            self.model.objects.filter(pk=row.pk).update(expire_date=until)
        return held


def _begin(request: HttpRequest, **_: Any) -> None:
    request.session[BEGAN] = timezone.now().timestamp()


user_logged_in.connect(_begin, dispatch_uid="cdtsite.sessions")
