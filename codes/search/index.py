"""Writing the index: one page's terms, made anew at each publication."""

from codes.models import ProcedureCode, SearchTerm
from codes.page import Page
from codes.search.words import terms


def index(code: ProcedureCode, page: Page) -> None:
    """Make the index say of `code` what `page` says. Called inside the transaction that publishes the page."""
    SearchTerm.objects.filter(code=code).delete()
    SearchTerm.objects.bulk_create(
        [SearchTerm(code=code, term=term, weight=weight) for term, weight in sorted(terms(page).items())]
    )


def is_complete() -> bool:
    """Whether every code can be found."""
    return not ProcedureCode.objects.filter(terms=None).exists()
