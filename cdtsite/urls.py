from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from cdtsite import factor_pages, login, reset
from codes.desk import batch_page, mail, queue_page

view = admin.site.admin_view


def closed(request: HttpRequest, **asked: str) -> HttpResponse:
    """Addresses of Django's that nothing at the desk leads to: one would search accounts, one lead to any receipt."""
    raise Http404(request.path)


desk: list[URLPattern | URLResolver] = [
    path("login/", login.Login.as_view()),
    path("login/code/", login.Second.as_view(), name="login_code"),
    path("login/recovery/", login.Recovery.as_view(), name="login_recovery"),
    path("second-factor/", view(factor_pages.Mine.as_view()), name="factor"),
    path("second-factor/set-up/", factor_pages.SetUp.as_view(), name="factor_set_up"),
    path("password_reset/", reset.ask, name="admin_password_reset"),
    path("password_reset/sent/", reset.sent, name="password_reset_sent"),
    path("password_reset/<uidb64>/<token>/", reset.Reset.as_view(), name="password_reset_confirm"),
    path("logout/", view(login.log_out)),
    path("password_change/", view(login.PasswordChange.as_view(), cacheable=True)),
    path("autocomplete/", view(closed)),
    path("r/<path:row>/", view(closed)),
    path("queue/", view(queue_page.show), name="queue"),
    path("queue/next/", view(queue_page.following), name="queue_next"),
    path("mail/", view(mail.choose), name="desk_mail"),
    path("queue/lists/", view(batch_page.make), name="batch_make"),
    path("queue/lists/<int:pk>/", view(batch_page.batch), name="batch"),
    path("queue/lists/<int:pk>/undo/", view(batch_page.undo), name="batch_undo"),
    path("", admin.site.urls),
]
urlpatterns = [
    path(f"{settings.ADMIN_PATH}/", include(desk)),
    path("", include("comments.urls")),
    path("", include("codes.urls")),
]
handler400 = "cdtsite.uploads.unreadable"
handler404 = "codes.views.reading.not_found"
handler500 = "cdtsite.health.failed"
