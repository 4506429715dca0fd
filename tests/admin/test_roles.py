"""/admin/: what each role may do, at every door, by looking and by posting; and that nobody makes themselves more."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db.models import Model
from django.test import Client
from pytest_django.asserts import assertNumQueries, assertRedirects

from cdtsite import roles
from codes.acts import corrections
from codes.acts.publishing import latest
from codes.models import AuditEntry, Correction, Document, Edition, ProcedureCode, Reason, Revision, Verification
from comments import moderation
from comments.models import Comment, Message
from tests import factories
from tests.web.reading import fields, text

CODE = "D6010"
EVERYBODY = {roles.EDITOR, roles.SENIOR, roles.ADMINISTRATOR}
EDITORS = {roles.EDITOR, roles.SENIOR}
SENIORS = {roles.SENIOR}
ADMINISTRATORS = {roles.ADMINISTRATOR}
USERS = "/admin/auth/user/"

# Door -> who may look behind it, and who may post there.
DOORS = {
    "/admin/": (EVERYBODY, EVERYBODY),
    "/admin/queue/": (EDITORS, set()),
    "/admin/queue/next/": (EDITORS, set()),
    "/admin/codes/correction/": (EVERYBODY, EVERYBODY),
    "/admin/codes/correction/{correction}/change/": (EDITORS, EDITORS),
    "/admin/codes/correction/{correction}/undo/": (set(), EDITORS),
    "/admin/codes/correction/{correction}/history/": (EVERYBODY, EVERYBODY),
    "/admin/codes/procedurecode/": (EVERYBODY, EVERYBODY),
    "/admin/codes/procedurecode/D6010/change/": (EVERYBODY, set()),
    "/admin/codes/procedurecode/D6010/revert/1/": (SENIORS, SENIORS),
    "/admin/codes/procedurecode/verify/": (EDITORS, EDITORS),
    "/admin/codes/procedurecode/D6010/verify/": (EDITORS, EDITORS),
    "/admin/codes/revision/{revision}/change/": (EVERYBODY, set()),
    "/admin/codes/verification/{verification}/change/": (EVERYBODY, set()),
    "/admin/codes/edition/": (EVERYBODY, EVERYBODY),
    "/admin/codes/reason/": (EVERYBODY, EVERYBODY),
    "/admin/codes/reason/add/": (SENIORS, SENIORS),
    "/admin/codes/reason/{reason}/change/": (EVERYBODY, SENIORS),
    "/admin/codes/reason/{reason}/delete/": (SENIORS, SENIORS),
    "/admin/codes/document/": (EVERYBODY, EVERYBODY),
    "/admin/codes/document/add/": (EDITORS, EDITORS),
    "/admin/codes/document/book/change/": (EVERYBODY, EDITORS),
    "/admin/codes/document/book/delete/": (set(), set()),
    "/admin/codes/procedurecode/D6010/sources/": (EDITORS, EDITORS),
    "/admin/codes/auditentry/": (EVERYBODY, EVERYBODY),
    "/admin/codes/auditentry/add/": (set(), set()),
    "/admin/codes/auditentry/{entry}/change/": (EVERYBODY, set()),
    "/admin/codes/auditentry/{entry}/delete/": (set(), set()),
    "/admin/comments/comment/": (EVERYBODY, EVERYBODY),
    "/admin/comments/comment/{comment}/change/": (EDITORS, EDITORS),
    "/admin/comments/comment/{comment}/promote/": (EDITORS, EDITORS),
    "/admin/comments/message/": (EVERYBODY, EVERYBODY),
    "/admin/comments/message/{message}/change/": (EDITORS, EDITORS),
    "/admin/auth/user/": (ADMINISTRATORS, ADMINISTRATORS),
    "/admin/auth/user/add/": (ADMINISTRATORS, ADMINISTRATORS),
    "/admin/auth/user/{user}/change/": (ADMINISTRATORS, ADMINISTRATORS),
    "/admin/auth/user/{user}/password/": (set(), set()),
    "/admin/auth/user/{user}/delete/": (set(), set()),
    "/admin/auth/user/{root}/change/": (ADMINISTRATORS, set()),
    "/admin/auth/user/{root}/password/": (set(), set()),
    "/admin/auth/user/{root}/delete/": (set(), set()),
    "/admin/auth/group/": (ADMINISTRATORS, ADMINISTRATORS),
    "/admin/auth/group/add/": (set(), set()),
    "/admin/auth/group/{group}/change/": (ADMINISTRATORS, set()),
    "/admin/auth/group/{group}/delete/": (set(), set()),
}
ALL_ROWS = (ProcedureCode, Document, Revision, Correction, Verification, Edition, Reason, AuditEntry, Comment, Message)


@pytest.fixture
def root(db) -> User:
    return User.objects.create_superuser("root", password="root-password")


@pytest.fixture
def places(root, editor) -> dict[str, int]:
    """One row of everything, by the names that the doors have for their numbers."""
    code = factories.code(CODE)
    factories.document()
    done = factories.correction(source_title="The manual")
    chosen, proofs = dict.fromkeys(done.items), factories.proved(done)
    corrections.accept(done, by=editor, items=chosen, seen=latest(CODE), proofs=proofs)
    return {
        "correction": factories.correction().pk,
        "revision": Revision.objects.last().pk,
        "verification": Verification.objects.get().pk,
        "reason": Reason.objects.create(use="reject", title="Not so", text="It is not so.").pk,
        "entry": AuditEntry.objects.first().pk,
        "comment": moderation.post(code, ticket="one", name="A reader", email="", body="So.").pk,
        "message": moderation.write(ticket="one", name="A reader", email="", body="So.").pk,
        "user": editor.pk,
        "root": root.pk,
        "group": Group.objects.get(name=roles.EDITOR).pk,
    }


@pytest.fixture
def administrator(client, db) -> User:
    made = factories.account("adam", roles.ADMINISTRATOR)
    client.force_login(made)
    return made


def contents(*models: type[Model]) -> dict[str, list]:
    rows = {model.__name__: list(model.objects.order_by("pk").values()) for model in models}
    given = {user.username: sorted(user.groups.values_list("name", flat=True)) for user in User.objects.all()}
    may = {group.name: sorted(group.permissions.values_list("codename", flat=True)) for group in Group.objects.all()}
    people = list(User.objects.order_by("pk").values("username", "password", "is_active", "is_staff", "is_superuser"))
    return rows | {"given": given, "may": may, "people": people}


def logged_in(role: str) -> Client:
    client = Client()
    client.force_login(factories.account("new", role))
    return client


# --- The groups


def test_roles_hold_what_they_are_said_to_hold_and_not_a_permission_more(db):
    roles.make(apps)
    held = {
        group.name: {f"{p.content_type.app_label}.{p.codename}" for p in group.permissions.all()}
        for group in Group.objects.all()
    }
    assert held == {role: set(names) for role, names in roles.PERMISSIONS.items()}


def test_making_them_again_takes_back_what_was_given_beside_the_map(db):
    roles.make(apps)
    group = Group.objects.get(name=roles.EDITOR)
    group.permissions.add(Permission.objects.get(codename="delete_user"))
    group.permissions.remove(Permission.objects.get(codename="change_correction"))
    before = Group.objects.count()
    roles.make(apps)
    assert Group.objects.count() == before
    assert set(group.permissions.values_list("codename", flat=True)) == {
        name.partition(".")[2] for name in roles.PERMISSIONS[roles.EDITOR]
    }


def test_no_role_deletes_anything_but_reasons_nor_writes_what_only_the_acts_write():
    for role, names in roles.PERMISSIONS.items():
        assert {name for name in names if ".delete_" in name} <= {"codes.delete_reason"}, role
        assert not names & {"codes.add_correction", "codes.change_revision", "codes.change_auditentry"}, role
        assert not {name for name in names if name.endswith(("_group", "_permission"))} - {"auth.view_group"}, role
    decide = {"codes.change_correction", "comments.change_comment", "comments.change_message", "codes.add_verification"}
    assert not roles.PERMISSIONS[roles.ADMINISTRATOR] & decide


@pytest.mark.django_db(transaction=True)
def test_migration_makes_them_in_a_database_that_has_no_permissions_yet():
    call_command("migrate", "cdtsite", "zero", verbosity=0)
    Group.objects.all().delete()
    Permission.objects.all().delete()
    call_command("migrate", "cdtsite", verbosity=0)
    assert {g.name: g.permissions.count() for g in Group.objects.all()} == {
        role: len(names) for role, names in roles.PERMISSIONS.items()
    }


# --- Role × door


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_role_sees_what_it_works_with_and_is_refused_all_else(places, role):
    client = logged_in(role)
    for door, (allowed, _) in DOORS.items():
        status = client.get(door.format(**places)).status_code
        if door.endswith("/undo/"):
            assert status == (405 if role in EDITORS else 403), door
        else:
            assert status in ((200, 302) if role in allowed else (403,)), (door, status)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_role_that_may_not_post_is_refused_and_nothing_changes(places, role):
    client = logged_in(role)
    posted = {
        **{"accept": "1", "answer:choice": "accept", "version": "1", "seen": "2", "reason": "So.", "reply": "So."},
        **{"approve": "1", "hide": "1", "body": "So.", "post": "yes", "_save": "1", "is_superuser": "on"},
        **{"username": "else", "name": "Else", "title": "Else", "text": "Else", "use": "ask", "place": "1"},
        **{"password1": "long-enough-4", "password2": "long-enough-4", "usable_password": "true"},
    }
    before = contents(*ALL_ROWS)
    for door, (_, allowed) in DOORS.items():
        if role not in allowed:
            refused = (403, 405) if door.startswith("/admin/queue/") else (403,)
            assert client.post(door.format(**places), posted).status_code in refused, door
    assert contents(*ALL_ROWS) == before


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_desk_offers_a_role_its_own_doors_only(places, role):
    page = logged_in(role).get("/admin/").content.decode()
    assert ('href="/admin/auth/user/add/"' in page) == (role in ADMINISTRATORS)
    assert ('href="/admin/codes/reason/add/"' in page) == (role in SENIORS)
    assert ('href="/admin/queue/"' in page) == (role in EDITORS)
    assert 'href="/admin/codes/auditentry/"' in page


def test_administrator_sees_the_queues_without_links_that_would_refuse(client, places, administrator):
    for kind in ("codes/correction", "comments/comment", "comments/message"):
        page = client.get(f"/admin/{kind}/").content.decode()
        assert "1 correction" in page or "1 comment" in page or "1 message" in page
        assert f'href="/admin/{kind}/{places[kind.partition("/")[2]]}/change/"' not in page


def test_administrator_who_is_an_editor_too_decides(client, places, administrator):
    administrator.groups.add(Group.objects.get(name=roles.EDITOR))
    assert client.get(f"/admin/codes/correction/{places['correction']}/change/").status_code == 200


def test_refusal_is_a_page_that_says_why_and_leads_back(places):
    response = logged_in(roles.EDITOR).get(f"/admin/codes/procedurecode/{CODE}/revert/1/")
    assert response.status_code == 403
    assert "Your account is not allowed to do this Only senior editors revert a page. Nothing was ch" in text(response)
    assert '<a href="/admin/">Go to the desk</a>' in response.content.decode()


def test_refusal_says_of_roles_what_is_true_for_who_reads_it(client, places, administrator, root):
    url = "/admin/codes/revision/add/"
    for account, told in (
        (
            factories.account("new", roles.SENIOR),
            "It is not part of your role. Nothing was changed. An administrator can",
        ),
        (
            administrator,
            "It is not part of your role. Nothing was changed. Nobody changes their own roles: another administrator "
            "can give you one. Go to the desk",
        ),
        (root, "Nobody does this at the desk, whatever their role. Nothing was changed. Go to the desk"),
    ):
        client.force_login(account)
        response = client.get(url)
        assert response.status_code == 403
        assert told in text(response)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_account_that_was_made_inactive_or_is_no_staff_gets_to_nothing(client, places, role):
    account = factories.account("new", role)
    client.force_login(account)
    for name in ("is_staff", "is_active"):
        User.objects.filter(pk=account.pk).update(**{"is_staff": True, "is_active": True, name: False})
        for door in DOORS:
            assertRedirects(
                client.get(door.format(**places)),
                f"/admin/login/?next={door.format(**places)}",
                fetch_redirect_response=False,
            )


# --- Accounts


def change(client, user: User, **typed):
    """Open the account's page, change what is said, save. A field named with None is left out."""
    url = f"{USERS}{user.pk}/change/"
    data = fields(client.get(url)) | typed
    # The buttons, all but "Save", begin with a line.
    sent = {name: value for name, value in data.items() if value is not None and not name.startswith("_")}
    return client.post(url, sent)


def ids(*names: str) -> list[int]:
    return list(Group.objects.filter(name__in=names).values_list("pk", flat=True))


TYPED = {"usable_password": "true", "password1": "long-enough-4", "password2": "long-enough-4", "set-password": "1"}


def test_administrator_adds_an_editor_who_can_decide_once_a_superuser_has_set_the_password(
    client, places, administrator, root
):
    page = text(client.get(f"{USERS}add/"))
    assert "A superuser sets the passwords of other accounts." in page
    client.post(f"{USERS}add/", {"username": "nora", **TYPED})
    nora = User.objects.get(username="nora")
    assert (nora.is_staff, nora.is_superuser, nora.groups.count(), nora.has_usable_password()) == (
        False,
        False,
        0,
        False,
    )
    response = change(client, nora, is_staff="on", groups=ids(roles.EDITOR), last_name="Norman")
    assertRedirects(response, USERS)
    other = Client()
    assert not other.login(username="nora", password="long-enough-4")
    assert list(AuditEntry.objects.filter(by=administrator).order_by("id").values_list("act", "subject", "detail")) == [
        ("added", "User nora", "Now: no role."),
        ("changed", "User nora", "Changed Last name, Staff status and Roles. Now: Editor, staff."),
    ]
    client.force_login(root)
    client.post(f"{USERS}{nora.pk}/password/", TYPED)
    assert other.login(username="nora", password="long-enough-4")
    other.force_login(nora)
    assert other.get(f"/admin/codes/correction/{places['correction']}/change/").status_code == 200


def test_accounts_are_spoken_of_in_the_desk_s_own_words(client, administrator, editor, root):
    client.force_login(root)
    editor.set_unusable_password()
    editor.save()
    pages = ["add/", f"{editor.pk}/change/", f"{administrator.pk}/password/", f"{editor.pk}/password/"]
    seen = {page: text(client.get(f"{USERS}{page}")) for page in pages}
    client.force_login(administrator)
    seen |= {f"{page} ": text(client.get(f"{USERS}{page}")) for page in (f"{root.pk}/change/", f"{editor.pk}/change/")}
    seen["roles"] = text(client.get("/admin/auth/group/"))
    for page, said in seen.items():
        words = ("authentication", "Authentication", "Single Sign-On", "Designates", "Groups", "groups")
        assert not [word for word in words if word in said], page
    assert "Home › Accounts › Roles Roles Name Administrator Senior editor Editor 3 roles" in seen["roles"]
    assert "Nobody can log in to this account before it has a password." in seen[f"{editor.pk}/change/"]


def test_name_that_differs_from_another_in_capitals_only_is_not_added(client, administrator, editor):
    response = client.post(f"{USERS}add/", {"username": "ED"})
    assert "A user with that username already exists." in text(response)
    assert User.objects.filter(username__iexact="ed").count() == 1


@pytest.mark.parametrize("spelled", ["{}", "0{}", "+{}", "%20{}", "_30{}"])
def test_superuser_changes_the_own_password_only_where_the_old_one_is_asked_for(client, root, spelled):
    client.force_login(root)
    url = f"{USERS}{spelled.format(root.pk)}/password/"
    for response in (client.get(url), client.post(url, TYPED)):
        assert response.status_code in (302, 404)
    assert User.objects.get(pk=root.pk).check_password("root-password")


@pytest.mark.parametrize("role", [None, *sorted(EVERYBODY)])
@pytest.mark.parametrize("active", [True, False])
def test_administrator_sets_nobodys_password_whatever_the_role_and_logs_in_as_nobody_else(
    client, administrator, role, active
):
    other = factories.account("other", *filter(None, [role]), is_active=active)
    password = other.password
    for url in (f"{USERS}{other.pk}/password/", f"{USERS}{administrator.pk}/password/"):
        for response in (client.get(url), client.post(url, TYPED)):
            assert response.status_code == 403
            assert "A superuser sets the passwords of other accounts." in text(response)
    # Neither by the way round: take the role, set the password, give the role back; nor on the page of the account.
    for groups in (None, ids(roles.EDITOR)):
        change(client, other, groups=groups, is_active="on", password="long-enough-4", **TYPED)
        client.post(f"{USERS}{other.pk}/password/", TYPED)
    other.refresh_from_db()
    assert other.password == password
    assert not Client().login(username="other", password="long-enough-4")
    page = client.get(f"{USERS}{other.pk}/change/").content.decode()
    assert [words in page for words in ("password/", password, "Hash")] == [False, False, False]


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_administrator_gives_and_takes_each_role(client, administrator, editor, role):
    change(client, editor, groups=ids(role))
    assert [group.name for group in editor.groups.all()] == [role]
    change(client, editor, groups=None)
    assert editor.groups.count() == 0


def test_administrator_makes_an_account_inactive(client, administrator, editor):
    change(client, editor, is_active=None)
    editor.refresh_from_db()
    assert not editor.is_active
    entry = AuditEntry.objects.get(by=administrator)
    assert (entry.act, entry.detail) == ("changed", "Changed Active. Now: Editor, staff, inactive.")


@pytest.mark.parametrize("who", ["adam", "ed"])
def test_administrator_makes_nobody_a_superuser_nor_gives_single_permissions(client, administrator, editor, who):
    user = User.objects.get(username=who)
    page = client.get(f"{USERS}{user.pk}/change/").content.decode()
    assert ("is_superuser" in page, "user_permissions" in page) == (False, False)
    every = list(Permission.objects.values_list("pk", flat=True))
    assert change(client, user, is_superuser="on", user_permissions=every).status_code == 302
    user.refresh_from_db()
    assert (user.is_superuser, user.user_permissions.count()) == (False, 0)


def test_superuser_is_not_made_by_adding_one_either(client, administrator):
    typed = {"username": "nora", "password1": "long-enough-4", "password2": "long-enough-4", "usable_password": "true"}
    client.post(f"{USERS}add/", typed | {"is_superuser": "on", "is_staff": "on", "groups": ids(*EVERYBODY)})
    nora = User.objects.get(username="nora")
    assert (nora.is_superuser, nora.is_staff, nora.groups.count()) == (False, False, 0)


def test_administrator_does_not_change_their_own_roles_but_their_own_name(client, administrator):
    own = text(client.get(f"{USERS}{administrator.pk}/change/"))
    assert "This is your own account: another administrator changes its roles." in own
    response = change(client, administrator, groups=ids(*EVERYBODY), is_staff=None, is_active=None, first_name="Ada")
    assert response.status_code == 302
    administrator.refresh_from_db()
    assert [group.name for group in administrator.groups.all()] == [roles.ADMINISTRATOR]
    assert (administrator.is_staff, administrator.is_active, administrator.first_name) == (True, True, "Ada")


@pytest.mark.parametrize("name", ["username", "first_name", "last_name", "email"])
def test_name_that_deceives_is_refused_because_readers_see_it(client, administrator, editor, name):
    for hidden in ("\u1160", "\u3164", "\u202e"):
        response = change(client, editor, **{name: f"ada{hidden}@example.org"})
        assert "Character 4 cannot be seen (U+" in text(response)
        response = client.post(f"{USERS}add/", {"username": f"ada{hidden}"})
        assert "Character 4 cannot be seen (U+" in text(response)
    assert User.objects.filter(**{f"{name}__startswith": "ada"}).exclude(pk=administrator.pk).count() == 0


@pytest.mark.parametrize("name", ["title", "text"])
def test_text_that_answers_start_from_holds_nothing_hidden(client, root, name):
    client.force_login(root)
    typed = {"use": "reject", "title": "Not so", "text": "The manual says otherwise.", "place": "1"}
    for wrong, message in (
        ("No\u2800.", "Character 3 cannot be seen"),
        ("See D６０１０.", "looks like the code number D6010"),
    ):
        response = client.post("/admin/codes/reason/add/", typed | {name: wrong})
        assert message in text(response)
        assert fields(response)[name] == wrong
    assert not Reason.objects.filter(use="reject", place=1, **{f"{name}__in": ["No\u2800.", "See D６０１０."]}).exists()


def test_group_that_is_no_role_is_not_given(client, administrator, editor):
    other = Group.objects.create(name="Everything")
    other.permissions.set(Permission.objects.all())
    response = change(client, editor, groups=[other.pk])
    assert response.status_code == 200
    assert "is not one of the available choices" in text(response)
    assert [group.name for group in editor.groups.all()] == [roles.EDITOR]


@pytest.mark.parametrize("url", ["change", "password"])
def test_administrator_leaves_the_accounts_of_superusers_alone(client, administrator, root, url):
    password = root.password
    typed = {"username": "mine", "password1": "long-enough-4", "password2": "long-enough-4", "usable_password": "true"}
    assert client.post(f"{USERS}{root.pk}/{url}/", typed | {"is_active": ""}).status_code == 403
    root.refresh_from_db()
    assert (root.username, root.password, root.is_active) == ("root", password, True)
    assert password not in client.get(f"{USERS}{root.pk}/change/").content.decode()


def test_superuser_sets_an_editors_password_and_the_log_says_so(client, root, editor):
    client.force_login(root)
    client.post(f"{USERS}{editor.pk}/password/", TYPED)
    assert Client().login(username="ed", password="long-enough-4")
    entry = AuditEntry.objects.get(by=root)
    assert (entry.act, entry.subject) == ("changed", "User ed")
    assert entry.detail == "Changed password. Now: Editor, staff."


def test_saving_without_a_change_is_no_act(client, administrator, editor):
    change(client, editor)
    assert not AuditEntry.objects.filter(by=administrator).exists()


def test_superuser_makes_a_superuser_and_deletes_no_account(client, root, editor):
    client.force_login(root)
    change(client, editor, is_superuser="on")
    editor.refresh_from_db()
    assert editor.is_superuser
    assert AuditEntry.objects.get(by=root).detail == "Changed Superuser status. Now: Superuser, Editor, staff."
    for method in ("get", "post"):
        assert getattr(client, method)(f"{USERS}{editor.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(USERS, {"action": "delete_selected", "_selected_action": editor.pk, "post": "yes"})
    assert User.objects.filter(pk=editor.pk).exists()
    assert "delete_selected" not in client.get(USERS).content.decode()


def test_groups_are_read_only_even_for_a_superuser(client, root, places):
    client.force_login(root)
    before = contents(Group)
    url = f"/admin/auth/group/{places['group']}/"
    assert "Can change correction" in text(client.get(f"{url}change/"))
    for door in ("/admin/auth/group/add/", f"{url}change/", f"{url}delete/"):
        assert client.post(door, {"name": "Else", "permissions": [1], "post": "yes"}).status_code == 403
    assert contents(Group) == before


@pytest.mark.parametrize("accounts", [1, 3])
def test_list_of_accounts_shows_their_roles_in_constant_queries(client, administrator, accounts):
    for number in range(accounts):
        factories.account(f"ed{number}", roles.EDITOR, roles.SENIOR)
    client.get(USERS)
    with assertNumQueries(9):
        page = client.get(USERS)
    assert text(page).count("Editor, Senior editor") == accounts
