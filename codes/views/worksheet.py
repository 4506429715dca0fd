"""A worksheet: chosen codes with what their claims need. Which codes it is stands in the address and nowhere else."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from codes.display import quotes
from codes.display.quotes import Needs, Quote
from codes.forms import service_date
from codes.text import number as numbers

MAX_CODES = 30
_MAX_TYPED = 1000


@dataclass(frozen=True)
class Sheet:
    """What one code's claim needs; `without` is the worksheet without this code, as the address has it."""

    number: str
    title: str
    status: str
    without: str
    needs: Needs
    checklist: list[Quote]


@require_safe
@service_date.applies
def worksheet(request: HttpRequest) -> HttpResponse:
    """?codes= are numbers in any shape, with anything between; what is no known code is told beside the field."""
    typed = request.GET.get("codes", "").replace("\x00", "")[:_MAX_TYPED]
    wanted, unread = numbers.listed(typed)
    titles = quotes.known(wanted)
    chosen = [number for number in wanted if number in titles][:MAX_CODES]
    found = quotes.quotable(chosen)
    day = service_date.of(request)
    context = {
        "typed": typed,
        "codes": ",".join(chosen),
        "sheets": [_sheet(quotable, titles, chosen, day) for quotable in found.values()],
        "unread": [piece[:20] for piece in unread][:10],
        "unknown": [number for number in wanted if number not in titles],
        "left_out": len([number for number in wanted if number in titles]) - len(chosen),
        "max_codes": MAX_CODES,
    }
    return render(request, "codes/worksheet.html", context)


def _sheet(quotable: quotes.Quotable, titles: dict[str, str], chosen: list[str], day: date) -> Sheet:
    page = quotable.page
    return Sheet(
        number=quotable.number,
        title=titles[quotable.number],
        status=page.validity.on(day),
        without=",".join(number for number in chosen if number != quotable.number),
        needs=quotes.needs(quotable),
        checklist=[quotable.quote(statement.key) for statement in page.of_kind("documentation")],
    )
