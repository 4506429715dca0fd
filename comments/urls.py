from django.urls import path

from codes import urls as _codes  # noqa: F401 - registers the converter of code numbers
from comments import views

urlpatterns = [
    path("codes/<code:code>/comments/", views.comments, name="comments"),
    path("codes/<code:code>/comment/", views.preview, name="comment"),
    path("codes/<code:code>/comment/send/", views.send, name="comment_send"),
    path("codes/<code:code>/comment/sent/", views.sent, name="comment_sent"),
    path("contact/", views.contact, name="contact"),
    path("contact/sent/", views.contact_sent, name="contact_sent"),
]
