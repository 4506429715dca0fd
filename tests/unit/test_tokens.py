"""tokens: made from an id and a key, read back, of one kind, not to be guessed, and not telling the id."""

import re

import pytest

from codes.models import tokens

OTHER = "another secret of at least fifty characters, for this test"


@pytest.mark.parametrize("pk", [1, 17, 2**40, 2**63 - 1])
def test_a_token_leads_to_its_row_and_is_the_same_each_time(pk):
    token = tokens.make("receipt", pk)
    assert tokens.make("receipt", pk) == token
    assert re.fullmatch("[A-Za-z0-9_-]{32}", token)
    assert tokens.read("receipt", token) == pk


def test_of_one_kind_opens_no_other():
    assert tokens.read("act", tokens.make("receipt", 17)) is None


def test_any_other_character_makes_it_nobodys():
    token = tokens.make("receipt", 17)
    for place, c in enumerate(token):
        wrong = token[:place] + ("A" if c != "A" else "B") + token[place + 1 :]
        assert tokens.read("receipt", wrong) is None


@pytest.mark.parametrize("token", ["", "x", "x" * 31, "x" * 32, "x" * 40, "é" * 32, "=" * 32, "!" * 32])
def test_what_we_never_made_leads_nowhere(token):
    assert tokens.read("receipt", token) is None


def test_neighbors_have_nothing_in_common():
    one, other = tokens.make("receipt", 17), tokens.make("receipt", 18)
    assert sum(a == b for a, b in zip(one, other, strict=True)) < 8


def test_links_outlive_a_planned_change_of_the_key_and_not_the_loss_of_it(settings):
    token, before = tokens.make("receipt", 17), settings.LINK_KEYS
    settings.LINK_KEYS = [OTHER]
    assert tokens.read("receipt", token) is None
    settings.LINK_KEYS = [OTHER, *before]
    assert tokens.read("receipt", token) == 17
    assert tokens.make("receipt", 17) != token
