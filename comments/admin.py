"""Comments and messages in the admin: approve, hide, answer officially, promote to a correction."""

from typing import Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path

from codes.acts.publishing import latest, seen
from codes.admin import Desk, WaitingFilter
from codes.desk import queue
from codes.desk.editor import editor
from codes.forms.correction import CorrectionForm
from codes.forms.guard import paragraph
from comments import moderation
from comments.models import MAX_BODY, Comment, Message

_Row = TypeVar("_Row", bound=Model)


class CommentFilter(WaitingFilter):
    waiting = {"state": Comment.State.HELD}
    states = []


class MessageFilter(WaitingFilter):
    waiting = {"done_at": None}
    states = []


@queue.register
class Comments(queue.Kind):
    model = Comment
    acts = moderation.CommentsTogether()
    searched = ("code__number", "code__title", "body", "name")

    def waiting(self) -> QuerySet[Comment]:
        return Comment.objects.filter(**CommentFilter.waiting)

    def describe(self, rows: dict[int, queue.Row], user: User | AnonymousUser) -> None:
        for pk, comment in Comment.objects.select_related("code", "assigned_to").in_bulk(rows).items():
            row = rows[pk]
            row.title, row.what, row.who = str(comment.code), f"Comment: {comment.body}", comment.name
            row.known_of(comment)


@queue.register
class Messages(queue.Kind):
    model = Message
    acts = moderation.MessagesTogether()
    searched = ("body", "name")
    category = ""

    def waiting(self) -> QuerySet[Message]:
        return Message.objects.filter(**MessageFilter.waiting)

    def describe(self, rows: dict[int, queue.Row], user: User | AnonymousUser) -> None:
        for pk, message in Message.objects.select_related("assigned_to").in_bulk(rows).items():
            row = rows[pk]
            row.title, row.what, row.who = "Message to the editors", message.body, message.name
            row.known_of(message)


class ReplyForm(forms.Form):
    body = paragraph(MAX_BODY, 4, label="Official reply (public, under your name)")


class AnswerForm(forms.Form):
    text = paragraph(MAX_BODY, 6, label="Your answer, by e-mail")


class Inbox(Desk):
    """A desk for what readers wrote."""

    def _row(self, model: type[_Row], request: HttpRequest, object_id: str) -> _Row:
        if not self.has_change_permission(request):
            raise PermissionDenied
        pk = int(object_id) if object_id.isdecimal() and len(object_id) < 19 else 0
        return get_object_or_404(model, pk=pk)

    def _context(self, request: HttpRequest, title: str, **more: object) -> dict[str, object]:
        return {**self.admin_site.each_context(request), "title": title, **more}


@admin.register(Comment)
class CommentAdmin(Inbox):
    list_display = ["__str__", "name", "start", "official", "created_at", "state"]
    list_filter = [CommentFilter, "official"]
    search_fields = ["code__number", "name"]
    search_inside = ("body",)
    ordering = ["created_at", "id"]

    @admin.display(description="Comment")
    def start(self, comment: Comment) -> str:
        return comment.body[:80]

    def get_urls(self) -> list[URLPattern]:
        promote = path(
            "<path:object_id>/promote/", self.admin_site.admin_view(self.promote), name="comments_comment_promote"
        )
        return [promote, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One comment: publish it, with an official reply if one is written; hide it. Then the next that waits."""
        comment = self._row(Comment, request, object_id)
        if request.method != "POST":
            return self._page(request, comment, ReplyForm())
        form = ReplyForm(request.POST)
        valid, written = form.is_valid(), request.POST.get("body", "").strip()
        verb = next((verb for verb in ("approve", "hide", "reply") if verb in request.POST), None)
        try:
            if verb == "approve" and not written:
                moderation.approve(comment, by=editor(request))
            elif verb == "hide" and not written:
                moderation.hide(comment, by=editor(request))
            elif verb in ("approve", "reply") and valid:
                moderation.reply(comment, by=editor(request), body=form.cleaned_data["body"])
            else:
                if verb == "hide":
                    form.add_error("body", "Nobody would see this reply. Delete it, or publish both.")
                return self._page(request, comment, form, 422)
            messages.success(request, f"{comment}: done.")
        except moderation.AlreadyDecided:
            messages.warning(request, f"{comment} was that already. Nothing was changed.")
        return redirect("queue_next")

    def _page(self, request: HttpRequest, comment: Comment, form: ReplyForm, status: int = 200) -> HttpResponse:
        context = self._context(request, str(comment), comment=comment, form=form)
        return render(request, "admin/comments/comment/decide.html", context, status=status)

    def promote(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The correction form with the comment as its note; what it makes waits in the queue like any other."""
        comment = self._row(Comment, request, object_id)
        if comment.correction_id:
            messages.warning(request, f"{comment} already became {comment.correction}.")
            return redirect("admin:codes_correction_change", comment.correction_id)
        if comment.official:
            messages.warning(request, "An editor's own reply cannot be promoted.")
            return redirect("admin:comments_comment_change", comment.pk)
        base = seen(latest(comment.code_id), request.POST.get("base", ""))
        said = {"note": comment.body, "credit": comment.name}
        form = CorrectionForm(request.POST if request.method == "POST" else None, revision=base, initial=said)
        if request.method == "POST" and form.is_valid():
            try:
                sent = moderation.promote(
                    comment, base, form.proposed, by=editor(request), ticket=form.ticket_number, **form.said
                )
            except moderation.AlreadyPromoted:
                messages.warning(request, f"{comment} already became a correction.")
                return redirect("admin:comments_comment_change", comment.pk)
            messages.success(request, f"{comment} became {sent}.")
            return redirect("admin:codes_correction_change", sent.pk)
        context = self._context(request, f"Promote {comment} to a correction", comment=comment, form=form)
        return render(request, "admin/comments/comment/promote.html", context, status=422 if form.is_bound else 200)


@admin.register(Message)
class MessageAdmin(Inbox):
    list_display = ["__str__", "name", "start", "created_at", "done_at"]
    list_filter = [MessageFilter]
    search_fields = ["name"]
    search_inside = ("body",)
    ordering = ["created_at", "id"]

    @admin.display(description="Message")
    def start(self, message: Message) -> str:
        return message.body[:80]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One message: answer it by mail, or mark it as done. Then the next that waits."""
        message = self._row(Message, request, object_id)
        if request.method != "POST":
            return self._page(request, message, AnswerForm())
        form, written = AnswerForm(request.POST), request.POST.get("text", "").strip()
        try:
            if "answer" in request.POST and form.is_valid():
                moderation.answer(message, by=editor(request), text=form.cleaned_data["text"])
            elif "answer" not in request.POST and not written:
                moderation.finish(message, by=editor(request))
            else:
                if "answer" not in request.POST:
                    form.add_error("text", "This would not be sent. Delete it, or send it.")
                return self._page(request, message, form, 422)
            messages.success(request, f"{message}: done.")
        except moderation.NoAddress:
            form.add_error("text", "This cannot be sent: there is no e-mail address that wants mail from this site.")
            return self._page(request, message, form, 422)
        except moderation.AlreadyDecided:
            if written:
                form.add_error("text", "Not sent: somebody has marked this message as done meanwhile.")
                return self._page(request, message, form, 409)
            messages.warning(request, f"{message} was marked as done already.")
        return redirect("queue_next")

    def _page(self, request: HttpRequest, message: Message, form: AnswerForm, status: int = 200) -> HttpResponse:
        message.refresh_from_db()
        context = self._context(request, str(message), message=message, form=form)
        return render(request, "admin/comments/message/decide.html", context, status=status)
