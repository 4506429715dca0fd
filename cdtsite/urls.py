from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path

from cdtsite import login
from codes.desk import batch_page, mail, queue_page

view = admin.site.admin_view


def closed(request: HttpRequest) -> HttpResponse:
    """No form of the desk completes names; Django's address for it would search accounts all the same."""
    raise Http404(request.path)


urlpatterns = [
    path("admin/login/", login.Login.as_view()),
    path("admin/logout/", view(login.log_out)),
    path("admin/password_change/", view(login.PasswordChange.as_view(), cacheable=True)),
    path("admin/autocomplete/", view(closed)),
    path("admin/queue/", view(queue_page.show), name="queue"),
    path("admin/queue/next/", view(queue_page.following), name="queue_next"),
    path("admin/mail/", view(mail.choose), name="desk_mail"),
    path("admin/queue/lists/", view(batch_page.make), name="batch_make"),
    path("admin/queue/lists/<int:pk>/", view(batch_page.batch), name="batch"),
    path("admin/queue/lists/<int:pk>/undo/", view(batch_page.undo), name="batch_undo"),
    path("admin/", admin.site.urls),
    path("", include("comments.urls")),
    path("", include("codes.urls")),
]
handler404 = "codes.views.reading.not_found"
handler500 = "cdtsite.health.failed"
