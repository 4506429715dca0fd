"""Who may do what at the desk: three groups, each with the least that its work needs.

The permissions are Django's, "app.codename". What a role may is changed here, and brought into the database by a
migration that calls `make`.
"""

from django.apps.registry import Apps

EDITOR, SENIOR, ADMINISTRATOR = "Editor", "Senior editor", "Administrator"

_RECORDS = frozenset(
    f"codes.view_{name}"
    for name in ("procedurecode", "revision", "verification", "edition", "reason", "auditentry", "document")
)
_DECIDE = {
    "codes.change_correction",
    "comments.change_comment",
    "comments.change_message",
    "codes.add_verification",
    "codes.add_document",
    "codes.change_document",
}
_LEAD = {
    "codes.revert_procedurecode",
    "codes.add_edition",
    "codes.change_edition",
    *(f"codes.{act}_reason" for act in ("add", "change", "delete")),
}
_QUEUES = {"codes.view_correction", "comments.view_comment", "comments.view_message"}
_ACCOUNTS = {"auth.view_user", "auth.add_user", "auth.change_user", "auth.view_group"}

PERMISSIONS: dict[str, frozenset[str]] = {
    EDITOR: _RECORDS | _DECIDE,
    SENIOR: _RECORDS | _DECIDE | _LEAD,
    ADMINISTRATOR: _RECORDS | _QUEUES | _ACCOUNTS,
}


def make(apps: Apps, using: str = "default") -> None:
    """Make the groups of the roles, each with exactly its permissions; what is right already stays as it is.

    `apps` is a registry of models: django.apps.apps, or a migration's. A permission that a later migration brings is
    left to the migration of the roles after that.
    """
    permissions = apps.get_model("auth", "Permission").objects.using(using).select_related("content_type")
    known = {f"{one.content_type.app_label}.{one.codename}": one for one in permissions}
    for role, names in PERMISSIONS.items():
        group, _ = apps.get_model("auth", "Group").objects.using(using).get_or_create(name=role)
        group.permissions.set([known[name] for name in names & known.keys()])
