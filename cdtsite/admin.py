"""Accounts and roles in the admin. Nobody makes themselves more than they are, and no account is ever deleted.

Whoever knows the password of an account can act as it, so that only superusers set the passwords of others.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import ManyToManyField, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime

from cdtsite import factor, roles
from codes.admin import Listed, Noted, ReadOnly
from codes.desk.editor import editor
from codes.models import Mail

if TYPE_CHECKING:
    from django.contrib.admin.options import _FieldsetSpec

admin.site.unregister(User)
admin.site.unregister(Group)

_RIGHTS = ("is_active", "is_staff", "groups")
_PASSWORDS = "A superuser sets the passwords of other accounts. Change your own at the desk, under “Change password”."
_OTHERS = "This is your own account: another administrator changes its roles."

# In place of Django's, which speak of other ways to log in and of permissions of single accounts.
_HELP = {
    "username": "What the account logs in with: at most 150 letters, digits and @ . + - _",
    "is_active": "An account that is not active cannot log in. None is deleted: the records name who decided.",
    "is_staff": "Without it an account cannot open the desk, whatever its role.",
    "is_superuser": "The operator’s: may do everything, whatever the roles.",
    "groups": "What each may is listed under Roles.",
}


class AccountForm(UserChangeForm):  # type: ignore[type-arg] # It takes no parameter when it runs.
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if password := self.fields.get("password"):
            has_one = self.instance.has_usable_password()
            password.help_text = "" if has_one else "Nobody can log in to this account before it has a password."


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg] # It takes no parameter when it runs.
    """Sets a password. Who is not to log in has an account that is not active."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)


class NoPasswordForm(forms.ModelForm):  # type: ignore[type-arg] # It takes no parameter when it runs.
    """Adds an account that nobody can log in to until a superuser has set its password."""

    class Meta:
        model = User
        fields = ["username"]

    # Also refuses one that differs from another in capitals only.
    clean_username = UserCreationForm.clean_username

    def save(self, commit: bool = True) -> User:
        self.instance.set_unusable_password()
        account: User = super().save(commit)
        return account


@admin.register(User)
class AccountAdmin(Noted, Listed, UserAdmin):  # type: ignore[type-arg] # It takes no parameter when it runs.
    """Who is no superuser adds accounts without a password, and gives and takes the three roles: not to themselves,
    and not on a superuser's account.
    """

    form, add_form, change_password_form = AccountForm, UserCreationForm, PasswordForm
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("username", "password1", "password2")}),)
    change_user_password_template = "admin/password.html"  # noqa: S105 - its address
    list_display = ["username", "first_name", "last_name", "given", "protected", "is_staff", "is_active"]
    list_filter = ["groups", "is_staff", "is_active"]
    filter_horizontal = []  # Its filter has labels where none may be.

    @admin.display(description="Roles")
    def given(self, user: User) -> str:
        return ", ".join(["Superuser"] * user.is_superuser + [group.name for group in user.groups.all()])

    @admin.display(description="Second factor", boolean=True)
    def protected(self, user: User) -> bool:
        return hasattr(user, "factor")

    @admin.display(description="Second factor")
    def factor_to_remove(self, user: User) -> str:
        """`factor_of` with the way to take it off, for who may."""
        told, address = self.factor_of(user), reverse("admin:remove_factor", args=[user.pk])
        return format_html('{} <a href="{}">Remove it</a>', told, address) if hasattr(user, "factor") else told

    @admin.display(description="Second factor")
    def factor_of(self, user: User) -> str:
        if not hasattr(user, "factor"):
            return "None; it is set up at the next login." if settings.REQUIRE_MFA else "None"
        left = factor.left(user.factor)
        return f"Set up {date_format(localtime(user.factor.since))}, {left} recovery codes left."

    def noted(self, user: User) -> str:
        rights = [self.given(user) or "no role", *["staff"] * user.is_staff, *["inactive"] * (not user.is_active)]
        return f"Now: {', '.join(rights)}."

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).select_related("factor").prefetch_related("groups")

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> "_FieldsetSpec":
        shown = "factor_to_remove" if self._may_remove(request, obj) else "factor_of"
        factor_of: _FieldsetSpec = [("Login", {"fields": [shown]})] if obj else []
        if request.user.is_superuser:
            return [*super().get_fieldsets(request, obj), *factor_of]
        if obj is None:
            return [(None, {"fields": ["username"], "description": _PASSWORDS})]
        return [
            (None, {"fields": ["username"], "description": _PASSWORDS}),
            ("Person", {"fields": ["first_name", "last_name", "email"]}),
            ("What the account may do", {"fields": _RIGHTS, "description": _OTHERS if _own(request, obj) else ""}),
            ("Important dates", {"fields": ["last_login", "date_joined"]}),
            *factor_of,
        ]

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> "type[forms.ModelForm[User]]":
        if obj is None and not request.user.is_superuser:
            kwargs["form"] = NoPasswordForm
        kwargs |= {"labels": {"groups": "Roles"}, "help_texts": _HELP}
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        fixed = [
            *super().get_readonly_fields(request, obj),
            "last_login",
            "date_joined",
            "factor_of",
            "factor_to_remove",
        ]
        return [*fixed, *_RIGHTS] if _own(request, obj) else fixed

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> "forms.ModelMultipleChoiceField[Any] | None":
        if db_field.name == "groups":
            kwargs |= {
                "queryset": Group.objects.filter(name__in=roles.PERMISSIONS).order_by("name"),
                "widget": forms.CheckboxSelectMultiple,
                "label": "Roles",
                "help_text": _HELP["groups"],
            }
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        beyond = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not beyond and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Never: the records name who decided. An account that is not used any more is made inactive."""
        return False

    @transaction.atomic
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        if not request.user.is_superuser:
            raise PermissionDenied(_PASSWORDS)
        # By the row: "01" and "+1" lead to it too.
        account = self.get_object(request, unquote(id))
        if account == request.user:
            # There the old one is asked for.
            return HttpResponseRedirect(reverse("admin:password_change"))
        response = super().user_change_password(request, id, form_url)
        if account and response.status_code == 302:
            factor.tell(Mail.Kind.PASSWORD, account)
        return response

    def get_urls(self) -> list[URLPattern]:
        remove = self.admin_site.admin_view(self.remove_factor)
        return [path("<int:pk>/second-factor/", remove, name="remove_factor"), *super().get_urls()]

    def _may_remove(self, request: HttpRequest, user: User | None) -> bool:
        """Whether who asks may take the second factor off this account: never off one's own."""
        return user is not None and user != request.user and self.has_change_permission(request, user)

    def remove_factor(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Another administrator takes a lost second factor off an account; one's own is replaced under `factor`."""
        account = self.get_object(request, str(pk))
        if account is None or not self.has_change_permission(request, account):
            raise PermissionDenied
        if account == request.user:
            raise PermissionDenied("Your own second factor is replaced under “Second factor”, at the top.")
        if request.method == "POST":
            if factor.remove(account, editor(request)):
                told = "The second factor is removed, and the password too. A superuser sets a new one."
                messages.success(request, told)
            return HttpResponseRedirect(reverse("admin:auth_user_change", args=[pk]))
        context = {**self.admin_site.each_context(request), "title": "Remove the second factor"}
        context |= {"account": account, "held": hasattr(account, "factor")}
        return render(request, "admin/factor/remove.html", context)


def _own(request: HttpRequest, user: User | None) -> bool:
    """Whether it is the account of who asks, and that is no superuser."""
    return user == request.user and not request.user.is_superuser


@admin.register(Group)
class RoleAdmin(ReadOnly):
    """What a role may is said in `roles`."""

    list_display = ["name"]
    fields = ["name", "may"]

    @admin.display(description="Permissions")
    def may(self, group: Group) -> str:
        return "; ".join(group.permissions.order_by("name").values_list("name", flat=True))
