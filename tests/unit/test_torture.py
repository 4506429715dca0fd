"""The attacks of `make torture`: that none is left out of what it is said to try."""

from django.conf import settings
from django.urls import get_resolver, resolve

from tests.torture import injection


def test_sqlmap_is_given_each_public_address_that_takes_something():
    known = get_resolver().reverse_dict
    wanted = set()
    for name in filter(lambda name: isinstance(name, str), known):
        [(route, takes), *_], *_ = known[name]
        if takes and not route.startswith(f"{settings.ADMIN_PATH}/"):
            wanted.add(name)
    given = {resolve(address.partition("?")[0].replace("*", "")).url_name for address in injection.addresses()}
    assert wanted - given == set()
    assert {name for name in injection.ASKED if name not in given} == set()
