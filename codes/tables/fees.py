"""The fee schedule of a program or a plan: what it pays at most for a code, and from when until when.

An amount and a date are taken only where they can mean one thing; everything else is told by row and column.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from codes import page as pages
from codes.tables.table import Cells, Column, Found, Question, Record, Said, Table
from codes.text import number as numbers
from codes.text import web

_Read = TypeVar("_Read")

STATES = (
    "AK AL AR AS AZ CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN MO MP MS MT NC ND NE NH NJ NM NV "
    "NY OH OK OR PA PR RI SC SD TN TX UT VA VI VT WA WI WV WY"
).split()
MAX_PROGRAM = 120
MOST = Decimal("50000.00")
FIRST_YEAR, LAST_YEAR = 1990, 2100
# A last day that programs write for "still in force".
_OPEN_YEARS = (2099, 2999, 9999)
_DAY_ZERO = date(1899, 12, 30)
_DATES = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%m/%d/%Y", "%m-%d-%Y", "%B %d, %Y", "%b %d, %Y")
_ZERO = (
    "0.00 may mean “not covered”, “by report” or “part of another service”. Leave the row out: without a row the page "
    "says nothing of the code."
)


class Fees(Table):
    name = "fees"
    title = "Fee schedule of a program or plan"
    help = (
        "A row for each code and period. It takes the place of a row from the same day, and stands before one from an "
        "earlier day as long as it is in force. What the file does not name stays as it is."
    )
    columns = (
        Column("code", "Code", ("code", "cdt code", "procedure code", "hcpcs", "cdt", "procedure"), True, 20),
        Column("amount", "Amount", ("amount", "fee", "rate", "maximum fee", "max fee", "allowable", "price"), True, 30),
        Column("modifiers", "Modifiers", ("modifiers", "modifier", "mod"), most=20),
        Column("since", "From", ("from", "since", "effective", "effective date", "start", "start date", "begin date")),
        Column("until", "Until", ("until", "to", "end", "end date", "termination date", "thru", "through")),
        Column("note", "Note", ("note", "notes", "limits"), most=pages.MAX_LINE),
    )
    questions = (
        Question("program", "Name of the program or plan", "As its document names it. The same name next time."),
        Question("state", "State, if it is of one", "Two capital letters, like MD.", required=False),
        Question("source_title", "Its document: title", "What a reader would look for."),
        Question("source_url", "Its web address", "Empty if it is in print only.", required=False),
        Question("source_dated", "Date of the document", "Year, month and day, like 2026-07-01."),
        Question("since", "In force from, for rows without a date", "Like 2026-07-01.", required=False),
    )

    def __init__(self) -> None:
        # What was answered of the file, once it is read; None if it cannot be.
        self._document: dict[str, str] | None = None
        self._is_read = False
        # Code and modifiers -> row and period of each row of the file that was read.
        self._periods: dict[tuple[str, str], list[tuple[int, date, date]]] = {}

    def fresh(self) -> "Fees":
        return Fees()

    def record(self, row: int, cells: Cells, said: Said, found: Found) -> Record | None:
        def cell(column: str, read: Callable[[str], _Read]) -> _Read | None:
            try:
                return read(cells.get(column, ""))
            except Wrong as error:
                found(column, str(error))
                return None

        code, amount, modifiers = cell("code", _code), cell("amount", money), cell("modifiers", _modifiers)
        since, until = cell("since", lambda text: day(text or said.get("since", ""))), cell("until", _until)
        if not self._is_read:
            self._is_read, self._document = True, _document(said, found)
        document = self._document
        if code is None or amount is None or modifiers is None or since is None or until is None or document is None:
            return None
        if until < since:
            found("until", f"It ends on {until}, before it begins on {since}.")
        elif self._is_alone(row, (code, modifiers), since, until, found):
            key = f"{code} {modifiers}".strip() + f" from {since}, {document['program']}"
            period = {"since": str(since), "until": None if until == date.max else str(until)}
            thing = {"code": code, "modifiers": modifiers, "amount": str(amount), "note": cells.get("note", "")}
            named = f"{key} ({document['state']})" if document["state"] else key
            return Record(row, named, {**thing, **period, **document})
        return None

    def _is_alone(self, row: int, thing: tuple[str, str], since: date, until: date, found: Found) -> bool:
        """Whether no other row of the file is about a day of the period; tells of the first that is.

        Two from the same day are told of as rows that stand there twice.
        """
        others = self._periods.setdefault(thing, [])
        clash = next((one for one in others if one[1] != since and one[1] <= until and since <= one[2]), None)
        others.append((row, since, until))
        if clash:
            ends = "" if clash[2] == date.max else f" until {clash[2]}"
            found("since", f"Its period overlaps that of row {clash[0]}, from {clash[1]}{ends}. End one of them.")
        return clash is None


class Wrong(ValueError):
    """A cell does not say what its column holds; the message tells why."""


def money(written: str) -> Decimal:
    """US dollars and cents of a cell; raises Wrong.

    >>> money("$1,234.5"), money("85"), money("57.230000000000004")
    (Decimal('1234.50'), Decimal('85.00'), Decimal('57.23'))
    """
    text = re.sub(r"^(\$|USD|US\$)\s*|\s*(USD)$", "", written.strip())
    if re.search("[€£¥]|EUR|GBP|CAD", text):
        raise Wrong(f"“{written}” is not in US dollars.")
    if re.match(r"[-(−–]", text):
        raise Wrong(f"“{written}” is a negative amount.")
    if re.fullmatch(r"[0-9]{1,3}([. '][0-9]{3})*,[0-9]{1,2}", text):
        raise Wrong(f"“{written}” has a comma before the cents. Write them after a point, like 1,234.50.")
    if not re.fullmatch(r"([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?", text):
        raise Wrong(
            f"“{written}” is no amount. Write dollars and cents, like 1,234.50, and leave out rows without one."
        )
    exact = Decimal(text.replace(",", ""))
    amount = exact.quantize(Decimal("0.01")) if exact < 10 * MOST else exact
    if abs(exact - amount) > Decimal("0.000001"):
        raise Wrong(f"“{written}” has parts of a cent, or a point between thousands. Write 1,234.50.")
    if amount > MOST:
        raise Wrong(f"“{written}” is more than {MOST:,}. No procedure costs that: look at the row, and at the column.")
    if not amount:
        raise Wrong(_ZERO)
    return amount


def day(written: str) -> date:
    """The day that a cell names; raises Wrong. Of two numbers with a slash the first is the month.

    >>> day("7/1/2026"), day("2026-07-01T00:00:00"), day("July 1, 2026") == day("20260701")
    (datetime.date(2026, 7, 1), datetime.date(2026, 7, 1), True)
    """
    if not written:
        raise Wrong("The row has no date from which it is in force, and the file was given none.")
    text = re.sub("^([0-9]{4})([0-9]{2})([0-9]{2})$", r"\1-\2-\3", written.strip())
    for form in _DATES:
        try:
            read = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if FIRST_YEAR <= read.year <= LAST_YEAR:
            return read
        raise Wrong(f"“{written}” lies outside the years {FIRST_YEAR} to {LAST_YEAR}.")
    if re.fullmatch(r"[34567][0-9]{4}(\.[0-9]+)?", written):
        meant = _DAY_ZERO + timedelta(days=int(written[:5]))
        raise Wrong(f"“{written}” is a date as a number, maybe {meant}. Format the column as dates, or write {meant}.")
    raise Wrong(f"“{written}” is no date. Write 2026-07-01 or 7/1/2026, month first and the year in four digits.")


def _code(written: str) -> str:
    if code := numbers.parse(written):
        return code
    raise Wrong(f"“{written}” is no code number. It is the letter D and four digits.")


def _until(written: str) -> date:
    """A last day; date.max for none."""
    if not written or re.search("|".join(map(str, _OPEN_YEARS)), written):
        return date.max
    return day(written)


def _modifiers(written: str) -> str:
    modifiers = sorted(set(re.findall(r"[^\s,;/+]+", written.upper())))
    if all(re.fullmatch("[0-9A-Z]{2}", one) for one in modifiers):
        return " ".join(modifiers)
    raise Wrong(f"“{written}” are no modifiers. Each is two letters or digits, with a space between two.")


def _document(said: Said, found: Found) -> dict[str, str] | None:
    """What was answered of the whole file; None after telling what of it cannot be."""
    url, state, dated = said.get("source_url", ""), said.get("state", ""), ""
    longest = {"program": MAX_PROGRAM, "source_title": pages.MAX_SOURCE, "source_url": pages.MAX_URL}
    wrong = [f"“{said[name][:40]}…” is too long." for name, most in longest.items() if len(said.get(name, "")) > most]
    wrong += [] if state in ("", *STATES) else [f"“{state[:20]}” is no state. Write two capital letters, like MD."]
    wrong += [refusal] if url and (refusal := web.refusal(url)) else []
    try:
        dated = str(day(said["source_dated"]))
    except Wrong as error:
        wrong.append(f"The date of the document: {error}")
    for words in wrong:
        found("", words)
    answers = {"program": said["program"], "source_title": said["source_title"], "source_url": url}
    return None if wrong else {**answers, "state": state, "source_dated": dated}


FEES = Fees()
