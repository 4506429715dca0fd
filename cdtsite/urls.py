from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("comments.urls")),
    path("", include("codes.urls")),
]
handler404 = "codes.views.reading.not_found"
