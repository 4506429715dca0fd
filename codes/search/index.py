"""Writing the index: one page's terms, made anew at each publication."""

from codes.models import ProcedureCode, SearchTerm
from codes.page import Page
from codes.search.words import terms


def index(code: ProcedureCode, page: Page) -> bool:
    """Make the index say of `code` what `page` says; False if it did already. Called inside a transaction."""
    wanted = terms(page)
    if dict(SearchTerm.objects.filter(code=code).values_list("term", "weight")) == wanted:
        return False
    SearchTerm.objects.filter(code=code).delete()
    SearchTerm.objects.bulk_create(
        [SearchTerm(code=code, term=term, weight=weight) for term, weight in sorted(wanted.items())]
    )
    return True


def is_complete() -> bool:
    """Whether every code can be found."""
    return not ProcedureCode.objects.filter(terms=None).exists()
