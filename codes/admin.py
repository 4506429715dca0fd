"""The admin: the moderation queue, the codes with their way back, and no way to write a page past `publish`."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ListFilter, SimpleListFilter
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR, ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import CharField, Count, EmailField, QuerySet, TextField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import truncatechars
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from taggit.models import Tag

from codes import page as pages
from codes.acts import auditlog, corrections
from codes.acts.publishing import latest, seen
from codes.desk import changes, imports, review, rollover, sources, verify
from codes.desk.editor import editor
from codes.desk.names import names
from codes.display.sources import to_check
from codes.forms.guard import CodeNumbers, paragraph, readable
from codes.models import (
    AuditEntry,
    Correction,
    Document,
    Edition,
    ImportRun,
    ProcedureCode,
    Reason,
    Revision,
    Verification,
    editor_name,
)
from codes.page.merge import Conflict
from codes.page.wording import differences
from codes.text import number as numbers

# Tags belong to pages, and pages change through publish() alone.
admin.site.unregister(Tag)
admin.site.site_header = "Editors’ desk"
admin.site.site_title = "Editors’ desk"
admin.site.enable_nav_sidebar = False  # The lists need its room, and the first page has all it links to.
admin.site.index_title = "Moderation"


# By whom an act without an account was.
NOBODY = "a contributor or the site"
# What nobody does without an account but the operator, by a command.
_COMMANDED = {"added", "applied", "removed factor", "took back"}
# Each word is looked for in each field: PostgreSQL plans a search of corrections for 400 words in minutes.
_MOST_WORDS = 20


class DeclaredList(ChangeList):
    """A list that its address can filter by what the list offers, and by nothing else.

    Django lets an address ask for any field of the table, shown or not, so that one could be guessed by its letters.
    """

    def get_filters(self, request: HttpRequest) -> tuple[list[ListFilter], bool, dict[str, bool | str], bool, bool]:
        asked = set(self.get_filters_params())
        found = super().get_filters(request)
        offered = {name for spec in found[0] for name in spec.expected_parameters()}
        offered |= {f"{self.date_hierarchy}__{part}" for part in ("year", "month", "day")}
        if asked - offered:
            raise IncorrectLookupParameters
        return found


class Listed(admin.ModelAdmin):  # type: ignore[type-arg]  # It takes no parameter when it runs.
    """What every list of the desk is: an address that it cannot answer shows it whole, and says so."""

    # What is typed at the desk is read by everybody too: names, and canned replies.
    formfield_overrides = {kind: {"validators": [readable]} for kind in (CharField, EmailField, TextField)}
    # What is not in the list itself and is searched for those who may open a row.
    search_inside: tuple[str, ...] = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeclaredList

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        said = "This list has no such filter. It is shown without any."
        try:
            if any("\0" in value for values in request.GET.lists() for value in values[1]):
                raise IncorrectLookupParameters
            if len(request.GET.get(SEARCH_VAR, "").split()) > _MOST_WORDS:
                said = f"A search takes at most {_MOST_WORDS} words. The whole list is shown."
                raise IncorrectLookupParameters
            return super().get_changelist_instance(request)
        except (IncorrectLookupParameters, DisallowedModelAdminLookup, ValueError, OverflowError) as error:
            messages.warning(request, said)
            raise IncorrectLookupParameters from error

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        # Django takes a wrong address for a broken database when it also holds the mark of having been corrected.
        query = request.GET.copy()
        query.pop(ERROR_FLAG, None)
        request.GET = query  # type: ignore[assignment]  # Django reads it as the one that it made.
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        """Straight to the page: Django's address for it would lead everybody at the desk to any row's, receipts too."""
        return obj.get_absolute_url() if self.view_on_site and hasattr(obj, "get_absolute_url") else None

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        inside = self.search_inside if self.has_change_permission(request) else ()
        return [*super().get_search_fields(request), *inside]


class ReadOnly(Listed):
    """Looked at in the admin, written by the acts only."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Noted(admin.ModelAdmin):  # type: ignore[type-arg]  # It takes no parameter when it runs.
    """What is added, changed or deleted by hand stands in the audit log too."""

    def noted(self, row: Any) -> str:
        """What the entry tells of the row, as it is now."""
        raise NotImplementedError

    def log_addition(self, request: HttpRequest, row: Any, message: Any) -> LogEntry:
        self._note("added", request, row)
        return super().log_addition(request, row, message)

    def log_change(self, request: HttpRequest, row: Any, message: Any) -> LogEntry:
        logged = super().log_change(request, row, message)
        if message:
            self._note("changed", request, row, f"{logged.get_change_message()} ")
        return logged

    def log_deletions(self, request: HttpRequest, rows: QuerySet[Any]) -> list[LogEntry] | LogEntry:
        for row in rows:
            self._note("deleted", request, row)
        return super().log_deletions(request, rows)

    def _note(self, act: str, request: HttpRequest, row: Any, how: str = "") -> None:
        name = f"{capfirst(row._meta.verbose_name)} {row}"
        auditlog.note(act, name, by=editor(request), detail=how + self.noted(row))


class WaitingFilter(SimpleListFilter):
    """A queue shows what waits, by `waiting`, unless it is asked for another of its `states` or for all."""

    title = "state"
    parameter_name = "state"
    waiting: dict[str, Any] = {"state": Correction.State.PENDING}
    states: list[tuple[Any, Any]] = [
        choice for choice in Correction.State.choices if choice[0] != Correction.State.PENDING
    ]

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[Any, Any]]:
        return [(None, "Waiting"), *self.states, ("all", "All")]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for value, title in self.lookup_choices:
            query = changelist.get_query_string({"state": value} if value else {}, [] if value else ["state"])
            yield {"selected": self.value() == value, "query_string": query, "display": title}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        state = self.value()
        if state == "all":
            return queryset
        if not state:
            return queryset.filter(**self.waiting)
        return queryset.filter(state=state) if state in dict(self.states) else queryset.none()


class Desk(Listed):
    """A list, and one page a row on which an editor acts; nothing is added, edited or deleted by hand."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        """None for those who may look and not act: the page behind the link is for acting."""
        return super().get_list_display_links(request, list_display) if self.has_change_permission(request) else None


@admin.register(Correction)
class CorrectionAdmin(Desk):
    """The moderation queue. A row opens the review page; there is no other way to decide."""

    list_display = ["__str__", "title", "what", "credit", "created_at", "state"]
    list_filter = [WaitingFilter, "code__category"]
    list_select_related = ["code", "document"]
    search_fields = ["code__number", "code__title", "document__slug", "document__title"]
    search_inside = ("note", "source_title")
    ordering = ["created_at", "id"]
    list_per_page = 50

    @admin.display(description="Title")
    def title(self, correction: Correction) -> str:
        return correction.title

    @admin.display(description="Changes")
    def what(self, correction: Correction) -> str:
        return ", ".join(dict.fromkeys(pages.label(key) for key in correction.items))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        if not object_id.isdecimal() or len(object_id) > 18:
            raise Http404(object_id)
        return review.decide(request, int(object_id))

    def get_urls(self) -> list[URLPattern]:
        undo = path("<int:pk>/undo/", self.admin_site.admin_view(self.undo), name="codes_correction_undo")
        release = path("<int:pk>/release/", self.admin_site.admin_view(self.release), name="codes_correction_release")
        return [undo, release, *super().get_urls()]

    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        return review.undo(request, pk)

    def release(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        return review.release(request, pk)


def _revisions_of(number: str) -> str:
    """Where the desk lists the revisions of a code, each with the way back to it."""
    return f"{reverse('admin:codes_revision_changelist')}?q={number}"


class RevertForm(forms.Form):
    reason = paragraph(500, 2, label="Why it is reverted (public)")
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class AddForm(forms.Form):
    """The number of a code that has no page yet."""

    number = CodeNumbers(max_length=10, label="Number of the code, such as D5284")

    def clean_number(self) -> str:
        number = numbers.parse(self.cleaned_data["number"])
        if number is None:
            raise ValidationError("Write one code number: the letter D and four digits.")
        if ProcedureCode.objects.filter(pk=number).exists():
            raise ValidationError(f"{number} has a page already. Suggest a correction there.")
        return number


@admin.register(ProcedureCode)
class CodeAdmin(ReadOnly):
    list_display = ["number", "title", "since", "until", "links"]
    list_filter = ["category"]
    search_fields = ["number", "title"]
    fields = ["number", "title", "answer", "category", "subcategory", "since", "until", "changed_at"]

    @admin.display(description="Go to")
    def links(self, code: ProcedureCode) -> str:
        return format_html(
            '<a href="{}">page</a> · <a href="{}">history</a> · <a href="{}">revisions</a> · <a href="{}">sources</a>',
            code.get_absolute_url(),
            reverse("history", args=[code.number]),
            _revisions_of(code.number),
            reverse("admin:codes_procedurecode_sources", args=[code.number]),
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        mine = [
            path("<str:number>/revert/<int:revision>/", view(self.revert), name="codes_procedurecode_revert"),
            path("verify/", view(verify.listing), name="codes_procedurecode_verify"),
            path("<str:number>/verify/", view(verify.one), name="codes_procedurecode_verify"),
            path("<str:number>/sources/", view(sources.of_page), name="codes_procedurecode_sources"),
        ]
        return [*mine, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("codes.change_correction")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Asks for the number and leads to the form of a first page; what that makes waits in the queue."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = AddForm(request.GET if "number" in request.GET else None)
        if form.is_valid():
            return redirect("correct", form.cleaned_data["number"])
        context = {**self.admin_site.each_context(request), "title": "Add code", "form": form}
        return render(request, "admin/codes/procedurecode/add.html", context, status=422 if form.errors else 200)

    def revert(self, request: HttpRequest, number: str, revision: int) -> HttpResponse:
        """Shows what going back would change, and does it as a new revision."""
        if not request.user.has_perm("codes.revert_procedurecode"):
            raise PermissionDenied("Only senior editors revert a page.")
        old = get_object_or_404(Revision.objects.select_related("code"), code=number, number=revision)
        live = latest(number)
        form = RevertForm(request.POST if request.method == "POST" else None, initial={"seen": live.number})
        if request.method == "POST" and form.is_valid():
            compared = seen(live, form.cleaned_data["seen"])
            try:
                made = corrections.put_back(compared, revision, by=editor(request), reason=form.cleaned_data["reason"])
                if isinstance(made, Correction):
                    said = f"{made} waits: two other editors have to agree before it is published."
                else:
                    said = f"Reverted: {made}." if made else "The page already says that. Nothing was changed."
                messages.success(request, said)
                return redirect("history", number)
            except corrections.TooMuch as refused:
                form.add_error(None, str(refused))
            except Conflict as conflict:
                changed = pages.in_words(conflict.items)
                form.data = {**request.POST.dict(), "seen": str(live.number)}
                form.add_error(
                    None, f"Somebody else has just changed: {changed}. Nothing was reverted. Check it again."
                )
        found = differences(live.page, old.page)
        called = names({one.key: one.after or one.before for one in found})
        context = {
            **self.admin_site.each_context(request),
            "title": f"Revert {number} to revision {revision}",
            "old": old,
            "live": live,
            "form": form,
            "differences": [(called[one.key], one) for one in found],
            "two_editors": any(corrections.is_guarded(one.key) for one in found),
        }
        return render(request, "admin/codes/procedurecode/revert.html", context, status=422 if form.errors else 200)


@admin.display(description="Code", ordering="code")
def code_number(row: Revision | Verification) -> str:
    return row.code_id


@admin.register(Revision)
class RevisionAdmin(ReadOnly):
    list_display = [code_number, "number", "source", "by", "created_at", "back"]
    list_filter = ["source"]
    list_select_related = ["by", "code"]
    ordering = ["code", "-number"]
    search_fields = ["code__number"]
    fields = ["code", "number", "source", "by", "reason", "changed", "created_at"]

    @admin.display(description="Changed")
    def changed(self, revision: Revision) -> str:
        return pages.in_words(revision.items)

    @admin.display(description="Revert")
    def back(self, revision: Revision) -> str:
        url = reverse("admin:codes_procedurecode_revert", args=[revision.code_id, revision.number])
        return format_html('<a href="{}">revert to {}</a>', url, revision.number)


class ToCheckFilter(SimpleListFilter):
    """The sources that have changed since pages cited them."""

    title = "what cites it"
    parameter_name = "check"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[Any, Any]]:
        return [("again", "To check again")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(slug__in=to_check()) if self.value() == "again" else queryset


@admin.register(Document)
class DocumentAdmin(Listed):
    """The register of sources. A record is written by `publish_document` alone, and never deleted."""

    actions = None
    list_display = ["__str__", "kind", "dated", "seen", "version", "resting"]
    list_filter = [ToCheckFilter, "kind"]
    search_fields = ["slug", "title", "publisher", "url"]
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request).annotate(codes=Count("citations__code", distinct=True))
        return found

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Sources", **(extra_context or {})})

    @admin.display(description="Codes")
    def resting(self, document: Any) -> int:
        return int(document.codes)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return sources.add(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return sources.change(request, object_id)


@admin.register(Verification)
class VerificationAdmin(ReadOnly):
    list_display = [code_number, "what", "edition", "source", "by", "at"]
    list_select_related = ["edition", "by"]
    search_fields = ["code__number"]
    fields = ["code", "what", "edition", "source", "by", "at", "correction"]

    @admin.display(description="Item", ordering="item")
    def what(self, verification: Verification) -> str:
        return pages.label(verification.item)


class PersonFilter(admin.RelatedOnlyFieldListFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title, self.empty_value_display = "person", SafeString("no account")


@admin.register(AuditEntry)
class AuditAdmin(ReadOnly):
    """Everything that anybody did, for every editor to read."""

    list_display = ["when", "who", "act", "subject", "code", "start"]
    list_filter = ["act", ("by", PersonFilter)]
    list_select_related = ["by"]
    search_fields = ["subject", "code", "detail", "by__username", "by__first_name", "by__last_name"]
    date_hierarchy = "at"
    fields = ["when", "who", "act", "subject", "code", "whole"]

    @admin.display(description="When", ordering="at")
    def when(self, entry: AuditEntry) -> str:
        return f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M:%S %Z}"

    @admin.display(description="Who")
    def who(self, entry: AuditEntry) -> str:
        by = entry.by
        if by is None:
            if entry.act in _COMMANDED:
                return "the operator, by a command"
            return "a visitor" if entry.act.startswith("login") else NOBODY
        return editor_name(by)

    @admin.display(description="Detail")
    def start(self, entry: AuditEntry) -> str:
        return truncatechars(pages.labelled(entry.detail), 120)

    @admin.display(description="Detail")
    def whole(self, entry: AuditEntry) -> str:
        return pages.labelled(entry.detail)


@admin.register(Reason)
class ReasonAdmin(Noted, Listed):
    """The canned replies of the editors."""

    list_display = ["title", "use", "text", "place"]
    list_filter = ["use"]
    fieldsets = [
        (
            None,
            {
                "fields": ["use", "title", "text", "place"],
                "description": "The title of a reason to reject is shown in the public ledger. The text is sent to the"
                " contributor after the editor has edited it.",
            },
        )
    ]

    def noted(self, reason: Reason) -> str:
        return f"{reason.get_use_display()}: {reason.text}"


@admin.register(Edition)
class EditionAdmin(Listed):
    """The editions, each with its workbench. Opened and extended by `editions`, and never deleted."""

    actions = None
    list_display = ["__str__", "first_day", "opened_at", "opened_by"]
    list_select_related = ["opened_by"]

    @admin.display(description="First day")
    def first_day(self, edition: Edition) -> date:
        return edition.first_day

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        mine = [
            path("<int:year>/stage/<str:number>/", view(rollover.stage), name="codes_edition_stage"),
            path("<int:year>/changes/", view(changes.changes), name="codes_edition_changes"),
            path("<int:year>/changes/<int:pk>/undo/", view(changes.undo), name="codes_edition_changes_undo"),
        ]
        return [*mine, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return rollover.open_one(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if not object_id.isdecimal() or len(object_id) > 4:
            raise Http404(object_id)
        return rollover.workbench(request, int(object_id))


@admin.register(ImportRun)
class ImportAdmin(Desk):
    """The tables that an operator brought in. A row opens its run; nothing else changes one."""

    list_display = ["file_name", "kind", "state", "by", "at"]
    list_filter = ["kind", "state"]
    list_select_related = ["by"]
    search_fields = ["file_name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(imports.PERMISSION)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        mine = [
            path("add/", view(imports.upload), name="codes_importrun_add"),
            path("<int:pk>/change/", view(imports.run), name="codes_importrun_change"),
        ]
        return [*mine, *super().get_urls()]
