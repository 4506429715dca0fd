"""mailbox: all spellings of one address are one, and different people stay different."""

import pytest

from codes.mail.mailbox import family, host, mailbox

READER = "reader@example.org"


@pytest.mark.parametrize(
    "typed",
    [
        "READER@Example.ORG",
        "reader+cdt@example.org",
        "reader+a+b@example.org",
        '"reader"@example.org',
        '"reader+x"@example.org',
        r'"re\ader"@example.org',
        "reader@example.org.",
        "reader@example。org",
        "reader(it is me)@example.org",
        "(a (b))reader@(c)example.org",
        "\uff52eader@example.org",  # fullwidth r
        "rea\u200bder@example.org",
        " reader@example.org ",
    ],
)
def test_spellings_of_one_mailbox_are_one(typed):
    assert mailbox(typed) == READER


@pytest.mark.parametrize("typed", ["j.doe@gmail.com", "J.D.O.E+cdt@googlemail.com", '"jdoe"@GMAIL.com.'])
def test_dots_do_not_count_where_the_host_ignores_them(typed):
    assert mailbox(typed) == "jdoe@gmail.com"


def test_dots_count_elsewhere_for_who_it_is_and_not_for_how_often_it_is_written_to():
    assert mailbox("j.doe@example.org") != mailbox("jdoe@example.org")
    assert family("j.d.oe+x@example.org") == family("jdoe@example.org") == "jdoe@example.org"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "bücher.example."),
        ("kind.example", "\u212aind.example"),
    ],
)
def test_a_domain_has_one_script(one, other):
    assert mailbox(f"a@{one}") == mailbox(f"a@{other}")
    assert host(f"a@{one}") == host(f"b@{other}")


@pytest.mark.parametrize(
    "typed", ["", "@", "+@x.org", "a@", "@x.org", "a@" + "x" * 300 + ".org", '"@x.org', "a@b@c.org"]
)
def test_what_is_hardly_an_address_has_one_form_too(typed):
    assert mailbox(mailbox(typed)) == mailbox(typed)


def test_others_are_others():
    assert len({mailbox(a) for a in (READER, "reader@example.com", "readers@example.org", "+reader@example.org")}) == 4
