"""/admin/: what an address may ask of a list. Declared filters choose; nothing else does, and nothing breaks a page."""

from itertools import product

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import Client, RequestFactory

from cdtsite import roles
from codes.acts import corrections, editions
from codes.acts.publishing import latest
from codes.admin import Listed
from codes.models import Correction, Reason
from comments import moderation
from comments.models import Message
from tests import factories
from tests.tables import previewed
from tests.web.reading import text

CODE = "D6010"
IGNORED = "This list has no such filter. It is shown without any."
GARBAGE = ["x", "-1", "9" * 30, "\0", "'\"<b>%s{{\u2028", "9999"]
# What lists take beside what they declare, and what the desk's own pages take.
OF_LISTS = (("q",), ("o",), ("p",), ("_to_field",), ("e", "all", "_popup", "_facets"))
OF_PAGES = (("_to_field",), ("_changelist_filters", "next", "item", "edition"))
OF_DESKS = ("q", "kind", "risk", "category", "edition", "page", "skip", "state", "status")


@pytest.fixture(scope="module", autouse=True)
def world(module_db) -> dict[str, int]:
    """Two rows of everything that has a desk, one of which a guess would find."""
    editor = factories.editor()
    code = factories.code(CODE)
    done = factories.correction(source_title="The manual", email="done@example.org")
    items, proofs = dict.fromkeys(done.items), factories.proved(done)
    corrections.accept(done, by=editor, items=items, seen=latest(CODE), proofs=proofs)
    waiting = [factories.correction(email=f"{name}@example.org", note=f"{name} knows") for name in ("ann", "bob")]
    factories.account("ann", roles.ADMINISTRATOR, email="ann@example.org")
    for name in ("ann", "bob"):
        body = f"{'So. ' * 30}{name}"
        moderation.post(code, ticket=name, name="A reader", email=f"{name}@example.org", body=body)
        moderation.write(ticket=name, name="A reader", email=f"{name}@example.org", body=body)
        Reason.objects.create(use="ask", title=name, text="So?")
        factories.document(slug=name, title=f"The book of {name}", url="https://library.example.net/book")
    previewed()
    return {"correction": waiting[0].pk, "message": Message.objects.first().pk}


def logged_in(role: str | None) -> Client:
    """None: a superuser."""
    client = Client(raise_request_exception=False)
    who = factories.account("new", role) if role else User.objects.create_superuser("root", password="root-password")
    client.force_login(who)
    return client


def place(model) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def rows(client, url: str, **query) -> list[int] | int:
    """The rows that a list shows, after it has led elsewhere; else the status."""
    response = client.get(url, query, follow=True)
    if response.status_code != 200 or "cl" not in (response.context or {}):
        return response.status_code
    return [row.pk for row in response.context["cl"].result_list]


def led_to(model, who: User, **query) -> str:
    """Where the list itself leads to from an address, past the site's doors; "": it is shown."""
    request = RequestFactory().get(place(model), query)
    request.user, request._messages = who, CookieStorage(request)
    return getattr(admin.site._registry[model].changelist_view(request), "url", "")


def asked(model) -> list[str]:
    """Every field of a table, and every field of the tables that it leads to, as an address names them."""
    paths = []
    for field in model._meta.get_fields():
        name = field.name
        paths.append(name)
        if field.is_relation and field.related_model:
            paths += [f"{name}__{far.name}" for far in field.related_model._meta.get_fields() if not far.is_relation]
    return paths


def declared(list_) -> set[str]:
    return {name for spec in list_.filter_specs for name in spec.expected_parameters()} | {
        f"{list_.date_hierarchy}__{part}" for part in ("year", "month", "day")
    }


def test_every_list_of_the_desk_takes_what_it_declares_and_no_more():
    assert [m.__name__ for m, desk in admin.site._registry.items() if not isinstance(desk, Listed)] == []


@pytest.mark.parametrize("role", [roles.ADMINISTRATOR, None])
@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
def test_no_field_is_asked_for_that_is_not_declared(model, role):
    """Row counts would give a hidden column away by its letters."""
    client, url = logged_in(role), place(model)
    whole = rows(client, url)
    if whole == 403:
        return
    assert len(whole) > 0
    first = client.get(url)
    offered, who = declared(first.context["cl"]), first.context["user"]
    changed = []
    for path, lookup in product(asked(model), ("", "__startswith", "__isnull")):
        if (name := path + lookup) not in offered:
            value = "ann" if lookup in ("", "__startswith") else "True"
            if led_to(model, who, **{name: value}) != f"{url}?e=1":
                changed.append(name)
    assert changed == []
    assert client.get(url, {name: value}).url == f"{url}?e=1"
    assert rows(client, url, e="1") == whole


@pytest.mark.parametrize("name", ["token__regex", "email__startswith", "code__title__regex", "base__data__contains"])
def test_lookup_that_was_an_oracle_shows_the_whole_list_and_says_why(name):
    sent = Correction.objects.filter(state="pending").first()
    value = {"token__regex": f"^{sent.token[:5]}", "email__startswith": sent.email[:3]}.get(name, "x")
    response = logged_in(roles.ADMINISTRATOR).get(place(Correction), {name: value}, follow=True)
    assert response.redirect_chain == [(f"{place(Correction)}?e=1", 302)]
    assert len(response.context["cl"].result_list) == 2
    assert IGNORED in text(response)


def test_mark_of_a_corrected_address_does_not_make_it_a_broken_database():
    client = logged_in(roles.EDITOR)
    response = client.get(place(Correction), {"e": "1", "token__regex": "^a"}, follow=True)
    assert (IGNORED in text(response), "database" in text(response)) == (True, False)


def test_declared_filters_still_choose():
    client = logged_in(roles.EDITOR)
    url = place(Correction)
    sizes = [len(rows(client, url, **asked)) for asked in ({}, {"state": "all"}, {"state": "accepted"})]
    assert sizes == [2, 3, 1]
    assert len(rows(client, place(Message), state="all")) == 2


@pytest.mark.parametrize("model", ["comments/message", "comments/comment", "codes/correction"])
@pytest.mark.parametrize("state", ["x", "pending'", "9", "None"])
def test_state_that_a_list_does_not_offer_is_nobodys_and_no_error(model, state):
    client = logged_in(roles.EDITOR)
    assert rows(client, f"/admin/{model}/", state=state) == []
    assert len(rows(client, f"/admin/{model}/", state="")) == 2


@pytest.mark.parametrize("words", ["knows", "So. ann", "bob"])
@pytest.mark.parametrize("model", ["comments/message", "comments/comment", "codes/correction"])
def test_search_looks_into_what_may_be_opened_only(model, words):
    """An administrator sees the lists, and opens no row of them: nor do they learn its words by searching."""
    found = {role: rows(logged_in(role), f"/admin/{model}/", q=words) for role in (roles.ADMINISTRATOR,)}
    assert found == {roles.ADMINISTRATOR: []}


def test_search_of_those_who_decide_finds_the_words():
    client = logged_in(roles.EDITOR)
    assert [len(rows(client, f"/admin/{m}/", q="ann")) for m in ("comments/message", "codes/correction")] == [1, 1]


@pytest.mark.parametrize("role", [roles.ADMINISTRATOR, roles.EDITOR, roles.SENIOR])
def test_no_search_reads_tokens_passwords_or_addresses(role):
    client = logged_in(role)
    token = Correction.objects.filter(state="pending").first().token
    # An administrator reads the addresses of accounts on their pages.
    lists = [place(model) for model, desk in admin.site._registry.items() if model is not User and desk.search_fields]
    whole = {url: client.get(url).status_code for url in lists}
    for words in (token[:8], "example.org", "md5$"):
        assert {url: rows(client, url, q=words) for url in lists} == {
            url: [] if status == 200 else status for url, status in whole.items()
        }
        if role != roles.ADMINISTRATOR:
            assert client.get("/admin/queue/", {"q": words}).context["total"] == 0
    assert rows(client, "/admin/auth/user/", q="md5$") in ([], 403)


def doors(client, world) -> list[tuple[str, tuple[str, ...]]]:
    """Each page of the desk with each parameter that it takes; those that are looked at apart stand together."""
    lists = {place(model): client.get(place(model)) for model in admin.site._registry}
    found = [
        (url, names)
        for url, response in lists.items()
        if response.status_code == 200
        for names in (*OF_LISTS, *((name,) for name in declared(response.context["cl"])))
    ]
    pages = [f"{place(model)}{model.objects.first().pk}/change/" for model in admin.site._registry]
    pages += [
        *("/admin/login/", "/admin/password_change/", "/admin/codes/edition/add/", "/admin/auth/user/add/"),
        *(f"/admin/codes/procedurecode/{CODE}/revert/1/", "/admin/codes/edition/2027/stage/D6010/"),
        *(f"/admin/codes/correction/{world['correction']}/{page}/" for page in ("change", "history")),
    ]
    desks = [
        *("/admin/queue/", "/admin/queue/next/", "/ledger/", "/admin/codes/edition/2027/change/"),
        *("/admin/codes/procedurecode/verify/", f"/admin/codes/procedurecode/{CODE}/verify/"),
    ]
    return [*found, *product(pages, OF_PAGES), *((desk, (name,)) for desk in desks for name in OF_DESKS)]


def test_garbage_in_any_parameter_of_any_list_or_desk_is_no_error(world, editor, time_machine):
    time_machine.move_to("2026-11-21 12:00:00Z", tick=False)
    editions.open_edition(2027, [CODE], by=editor)
    client = logged_in(None)
    broken = []
    for (url, names), value in product(doors(client, world), GARBAGE):
        status = client.get(url, dict.fromkeys(names, value)).status_code
        # One of several that turns the page away would hide what the others do.
        alone = len(names) > 1 and status != 200
        statuses = [client.get(url, {name: value}).status_code for name in names] if alone else [status]
        broken += [(url, names, value)] * (max(statuses) >= 500)
    assert broken == []


NAMED = {"app_label": "codes", "model_name": "auditentry", "field_name": "by", "term": "an"}


@pytest.mark.parametrize("wrong", [{name: value} for name in NAMED for value in ("", "x", "\0", "id", "comment")])
def test_address_that_completes_names_is_closed(wrong):
    """No form of the desk has such a field."""
    assert logged_in(None).get("/admin/autocomplete/", NAMED | wrong).status_code == 404


@pytest.mark.parametrize("query", [
    {"at__year": "9999"}, {"at__year": "9999", "at__month": "12"}, {"at__year": "1"}, {"at__month": "13"},
    {"at__year": "2026", "at__month": "2", "at__day": "30"}, {"at__day": "1"}, {"at__gte": "2026-01-01"},
])  # fmt: skip
def test_days_that_are_no_days_are_no_error(query):
    assert logged_in(roles.EDITOR).get("/admin/codes/auditentry/", query, follow=True).status_code == 200


def test_search_for_more_words_than_a_database_can_plan_is_refused_in_words():
    client = logged_in(roles.EDITOR)
    refused = "A search takes at most 20 words. The whole list is shown."
    assert rows(client, place(Correction), q="word " * 20) == []
    told = client.get(place(Correction), {"q": "word " * 21}, follow=True)
    assert (refused in text(told), IGNORED in text(told)) == (True, False)
