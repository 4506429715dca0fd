from django.contrib import admin
from django.urls import include, path

from cdtsite import queue

urlpatterns = [
    path("admin/queue/", admin.site.admin_view(queue.show), name="queue"),
    path("admin/queue/next/", admin.site.admin_view(queue.following), name="queue_next"),
    path("admin/", admin.site.urls),
    path("", include("comments.urls")),
    path("", include("codes.urls")),
]
handler404 = "codes.views.reading.not_found"
handler500 = "cdtsite.health.failed"
