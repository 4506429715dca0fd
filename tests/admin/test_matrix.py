"""Who gets where at the desk: every address that the site has below it, by everybody who may ask.

The addresses are read from the site's own table, so that a new one is asked for without a line here; one whose rule is
not known fails until somebody says who may open it.
"""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from cdtsite import factor, roles
from cdtsite.models import Account
from codes.acts import corrections, editions
from codes.acts.publishing import latest
from codes.mail import proof
from codes.models import Address, Batch, Correction, Edition, Reason
from comments import moderation
from comments.models import Comment, Message
from tests import factories
from tests.admin.test_roles import contents

pytestmark = pytest.mark.django_db
CODE = "D6010"
EDITORS, SENIORS = {roles.EDITOR, roles.SENIOR}, {roles.SENIOR}
EVERYBODY = {*roles.PERMISSIONS, "view only"}
# What answers before anybody is logged in.
DOORS = {
    "login", "login_code", "login_recovery", "factor_set_up", "admin_password_reset", "password_reset_sent",
    "password_reset_confirm",
}  # fmt: skip
# Who may open what is no list or row of a table.
OWN = {
    "index": EVERYBODY, "logout": EVERYBODY, "password_change": EVERYBODY, "password_change_done": EVERYBODY,
    "jsi18n": EVERYBODY, "factor": EVERYBODY, "app_list": EVERYBODY,
    "queue": EDITORS, "queue_next": EDITORS, "desk_mail": EDITORS, "batch_make": EDITORS, "batch": EDITORS,
    "batch_undo": EDITORS, "codes_correction_undo": EDITORS, "codes_correction_release": EDITORS,
    "codes_procedurecode_revert": SENIORS, "codes_procedurecode_verify": EDITORS,
    "codes_procedurecode_sources": EDITORS, "codes_edition_stage": EDITORS, "codes_edition_changes": SENIORS,
    "codes_edition_changes_undo": SENIORS, "comments_comment_promote": EDITORS,
    "codes_procedurecode_add": EDITORS, "codes_verification_add": set(), "auth_user_password_change": set(),
    "remove_factor": {roles.ADMINISTRATOR},
}  # fmt: skip
# What somebody gave with a comment or a message stands on its page, for those who decide it.
SHOWS_ADDRESS = {"comments_comment_change", "comments_message_change"}
# Tables whose rows are opened by those who act on them, not by those who look.
ACTED_ON = {"correction", "comment", "message", "importrun"}
# Leads elsewhere, or to nothing: to a row's page, to a page that is not there; and what is closed.
NOWHERE = {None, "autocomplete", "view_on_site"}


def addresses(resolver: URLResolver, before: str = "") -> list[tuple[str, str | None]]:
    """Every address below the desk as it is written in the table, with its name; of the same one the first counts."""
    found: dict[str, str | None] = {}
    for one in resolver.url_patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLPattern):
            found.setdefault(path, one.name)
        else:
            for below, name in addresses(one, path):
                found.setdefault(below, name)
    return list(found.items())


DESK = [one for one in addresses(get_resolver()) if one[0].startswith(reverse("admin:index")[1:])]


@pytest.fixture(scope="module", autouse=True)
def world(module_db) -> dict[str, object]:
    """A row of everything that has a page at the desk: the name in an address -> what stands there."""
    code = factories.code(CODE)
    editor = factories.account("ed", roles.SENIOR)
    document = factories.document().document
    done = factories.correction(source_title="The manual", email="done@secret.example.org")
    chosen, proofs = dict.fromkeys(done.items), factories.proved(done)
    corrections.accept(done, by=editor, items=chosen, seen=latest(CODE), proofs=proofs)
    for name in ("ann", "bob"):
        factories.correction(email=f"{name}@secret.example.org", note="So.")
    said = dict.fromkeys(("name", "body"), "A reader")
    moderation.post(code, ticket="one", email="comment@secret.example.org", **said)
    moderation.write(ticket="one", email="message@secret.example.org", **said)
    Reason.objects.create(use="reject", title="Not so", text="It is not so.")
    coming = Edition.objects.order_by("year").last().year + 1
    editions.open_edition(coming, [CODE], by=editor)
    rows = {model._meta.model_name: model._default_manager.order_by("-pk").first() for model in admin.site._registry}
    rows |= {"correction": Correction.objects.filter(state="pending").first(), "document": document}
    rows |= {"user": editor, "procedurecode": code, "edition": Edition.objects.get(year=coming)}
    return rows


def address(path: str, name: str | None, world: dict) -> str:
    """An address of the table with a row's number, or whatever else it asks for, in each place."""
    model = (re.search(r"admin/\w+/(\w+)/", path) or [None, ""])[1]
    row = getattr(world.get(model), "pk", 1)
    places = {"object_id": row, "pk": row, "id": row, "number": CODE, "revision": 1, "uidb64": "MQ", "token": "a-b"}
    places |= {"year": world["edition"].pk, "row": "1/1", "app_label": "codes", "content_type_id": "1"}
    path = re.sub(r"\^\(\?P<app_label>[^)]*\)/\$", "codes/", path).replace("(?P<url>.*)$", "no/such/page/")
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda place: str(places[place[1]]), path)


def allowed(name: str) -> set[str]:
    """The roles that may open an address of this name."""
    if name in OWN:
        return OWN[name]
    app, model, kind = name.split("_")
    held = {role: {one.partition(".")[2] for one in names} for role, names in roles.PERMISSIONS.items()}
    held["view only"] = {f"view_{one._meta.model_name}" for one in admin.site._registry}
    assert apps.get_model(app, model) in admin.site._registry
    may = {
        "changelist": {"view", "change"},
        "history": {"view", "change"},
        "change": {"change"} if model in ACTED_ON else {"view", "change"},
        "add": {"add"},
        "delete": {"delete"},
    }[kind]
    if kind == "delete" and model != "reason" or kind == "add" and model in {"group", "tag"}:
        return set()
    return {role for role, names in held.items() if names & {f"{act}_{model}" for act in may}}


def client_of(role: str) -> Client:
    client = Client(raise_request_exception=False)
    if role == "view only":
        who = User.objects.create_user("new", password="new-password", is_staff=True)
        tables = ContentType.objects.get_for_models(*admin.site._registry).values()
        who.user_permissions.set(Permission.objects.filter(codename__startswith="view_", content_type__in=tables))
    else:
        who = factories.account("new", role)
    client.force_login(who)
    return client


def outsider(kind: str, world: dict) -> Client:
    """Somebody who is not logged in: with nothing, with the receipt of a correction, with a right password alone."""
    client = Client(raise_request_exception=False)
    if kind == "submitter":
        correction = world["correction"]
        client.cookies[f"receipt_{correction.pk}"] = proof.cookie(correction)
    elif kind == "password alone":
        account = Account.get(world["user"].pk)
        factor.set_up(account, factor.new_salt(), 0)
        answer = client.post("/admin/login/", {"username": "ed", "password": "ed-password"})
        assert answer.url.startswith("/admin/login/code/")
    return client


POSTED = {
    **{"accept": "1", "answer:choice": "accept", "version": "1", "seen": "2", "reason": "So.", "reply": "So."},
    **{"approve": "1", "hide": "1", "body": "So.", "post": "yes", "_save": "1", "is_superuser": "on", "send": "1"},
    **{"username": "else", "name": "Else", "title": "Else", "text": "Else", "use": "ask", "place": "1", "code": "1"},
    **{"password1": "long-enough-4", "password2": "long-enough-4", "usable_password": "true", "action": "delete"},
}
TABLES = [*admin.site._registry, Address, Batch]


def everything() -> dict[str, list]:
    return contents(*(model for model in TABLES if model is not User))


def test_every_address_has_a_rule():
    unknown = []
    for path, name in DESK:
        if name not in DOORS | NOWHERE:
            try:
                allowed(name)
            except (KeyError, ValueError, LookupError):
                unknown.append((path, name))
    assert (unknown, len(DESK) > 80) == ([], True)


@pytest.mark.parametrize("kind", ["anonymous", "submitter", "password alone"])
def test_who_is_not_logged_in_is_led_to_the_login_from_everywhere(world, kind):
    client = outsider(kind, world)
    before, wrong = everything(), []
    for path, name in DESK:
        url = address(path, name, world)
        for ask in (client.get, client.post):
            answer = ask(url)
            # Both have two lines in the table; the first one, which counts, has no name.
            if name in DOORS or url in (reverse("admin:login"), reverse("admin:logout")):
                continue
            if (answer.status_code, answer.headers.get("Location", "").partition("?")[0]) != (302, "/admin/login/"):
                wrong.append((url, answer.status_code))
    assert (wrong, everything() == before) == ([], True)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_role_opens_what_it_may_and_is_refused_everywhere_else_and_reads_no_address(world, role):
    client, wrong = client_of(role), []
    asked = {address(*one, world): one[1] for one in DESK if one[1] not in DOORS | NOWHERE | {"logout"}}
    for url, name in asked.items():
        answer = client.get(url)
        fine = (200, 302, 404, 405) if role in allowed(name) else (403, 404, 405)
        # Django leads from a row that is not there to the first page of the desk.
        if answer.headers.get("Location") == reverse("admin:index"):
            continue
        if answer.status_code not in fine or "/admin/login/" in answer.headers.get("Location", ""):
            wrong.append((url, "get", answer.status_code))
        if b"secret.example.org" in answer.content and name not in SHOWS_ADDRESS:
            wrong.append((url, "shows an address"))
    # To open a correction notes who looks at it; to be refused notes nothing.
    before = everything()
    for url, name in asked.items():
        if role in allowed(name):
            continue
        refused = client.post(url, POSTED)
        if refused.status_code not in (403, 404, 405) and refused.headers.get("Location") != reverse("admin:index"):
            wrong.append((url, "post", refused.status_code))
    assert (wrong, everything() == before) == ([], True)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_no_list_is_filtered_ordered_or_searched_by_an_address_or_a_token(world, role):
    """Else whether a row is there would give it away letter by letter."""
    client = client_of(role)
    wrong = []
    for model in (Correction, Comment, Message):
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        whole = [row.pk for row in client.get(url).context["cl"].result_list]
        for field in ("email", "network", "token", "mails__to", "mails__recipient__digest", "decided_by__password"):
            for lookup in ("", "__startswith", "__contains", "__regex", "__gt", "__in", "__isnull"):
                asked = {field + lookup: "ann@secret.example.org" if lookup != "__isnull" else "False"}
                if client.get(url, asked).headers.get("Location") != f"{url}?e=1":
                    wrong.append((url, asked))
        for words in ("ann@secret.example.org", "secret.example", "ann@"):
            if found := list(client.get(url, {"q": words}).context["cl"].result_list):
                wrong.append((url, words, found))
        for order in ("email", "99", "-99", "1.email", "email.1"):
            answer = client.get(url, {"o": order}, follow=True)
            if {row.pk for row in answer.context["cl"].result_list} != set(whole):
                wrong.append((url, order))
    assert wrong == []


def test_no_address_of_the_desk_leads_to_any_receipt(world):
    client, row = client_of(roles.ADMINISTRATOR), world["correction"]
    kind = ContentType.objects.get_for_model(Correction).pk
    assert client.get(f"/admin/r/{kind}/{row.pk}/").status_code == 404
