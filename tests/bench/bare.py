"""A bare Django view: no middleware, no database, one constant answer of as many bytes as BYTES says."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, MIDDLEWARE=[], SECRET_KEY="bare")
_BODY = b"x" * int(os.environ["BYTES"])


def constant(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_BODY)


urlpatterns = [path("", constant)]
application = get_wsgi_application()
