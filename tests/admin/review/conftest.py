"""A code with a page, a waiting correction of it, and a second editor."""

import pytest
from django.contrib.auth import get_user_model

from codes.models import Correction
from tests import factories
from tests.admin.review.reviewing import CODE, NEW_WORDS, publish_meanwhile


@pytest.fixture(scope="module", autouse=True)
def _a_code(module_db):
    factories.editor()
    factories.code(**factories.RICH)


@pytest.fixture
def sent() -> Correction:
    """A waiting correction of three items."""
    return factories.propose(CODE, NEW_WORDS, note="The manual says so.", credit="Edith Tor")


@pytest.fixture
def other_editor(db):
    return get_user_model().objects.create_superuser("other", password="other-password")


@pytest.fixture
def clashing(sent, editor) -> Correction:
    """Another answer was published since the contributor opened the page."""
    publish_meanwhile(editor, {"answer": {"value": "Report it at the end.", "sources": []}})
    return sent
