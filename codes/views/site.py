"""The pages about the site itself."""

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from codes import search


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """How corrections are decided, with the limits that the settings set."""
    return render(request, "guides/policy.html", {"limits": settings.RATE_LIMITS})


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """Claim advice that holds for every code, so that no code's page has to say it."""
    return render(request, "guides/claims.html")


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 and what was checked, or 503 with what is wrong."""
    checks = {"database": False, "migrations": False, "search_index": False}
    try:
        executor = MigrationExecutor(connection)
        checks["database"] = True
        checks["migrations"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        checks["search_index"] = checks["migrations"] and search.is_complete()
    except (DatabaseError, InterfaceError):
        pass
    ok = all(checks.values())
    return JsonResponse({"ok": ok, **checks}, status=200 if ok else 503)
