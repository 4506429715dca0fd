"""The code list that an operator has a license for: its words, and the years in which each code is valid."""

import re

from codes import page as pages
from codes.page import Page, Validity
from codes.tables.table import Cells, Column, Found, Question, Record, Said, Table
from codes.text import number as numbers

# A page that we make of a number says this, and nothing of what the list says.
NO_ENTRY = "No entry is written for this code yet. This page gives its number, its category and its validity only."
_NO_YEAR = "“{}” is no year. Write the year of the edition, like 2014, or a date, like 2014-01-01."


class Licensed(Table):
    name = "licensed"
    title = "Licensed code list"
    help = (
        "The whole list: a code that it no longer holds loses its licensed words. Codes that have no page here get one "
        "with number, category and validity."
    )
    columns = (
        Column("code", "Code", ("code", "cdt code", "procedure code", "number", "cdt"), required=True, most=20),
        Column("nomenclature", "Nomenclature", ("nomenclature", "name", "title"), required=True, most=1000),
        Column("descriptor", "Descriptor", ("descriptor", "description", "long description"), most=6000),
        Column("category", "Category", ("category", "category of service", "section")),
        Column("since", "Since", ("since", "effective", "effective date", "start", "start date", "added")),
        Column("until", "Until", ("until", "end", "end date", "deleted", "termination date", "last")),
    )
    questions = (
        Question(
            "shown",
            "Does your license allow that these words are shown to everybody?",
            "Yes shows them on the public page of each code, marked as the ADA’s. No keeps them from every page.",
            (("yes", "Yes, show them"), ("no", "No, only keep them")),
        ),
    )

    def record(self, row: int, cells: Cells, said: Said, found: Found) -> Record | None:
        code = numbers.parse(cells["code"])
        if code is None:
            found("code", f"“{cells['code']}” is no code number. It is the letter D and four digits.")
            return None
        category = pages.category_of(code)
        if category is None:
            found("code", f"{code} lies in none of the categories of CDT.")
            return None
        written = cells.get("category", "")
        if written and _category(written) != category:
            found("category", f"{code} stands among “{category}” here, whatever the list says.", stops=False)
        years = [_year(cells.get(name, ""), name, found) for name in ("since", "until")]
        if None in years:
            return None
        since, until = (year or None for year in years)
        if since and until and until < since:
            found("until", f"It ends in {until}, before it begins in {since}.")
            return None
        data = {name: cells.get(name, "") for name in ("nomenclature", "descriptor", "category")}
        return Record(row, code, {**data, "since": since, "until": until, "shown": said["shown"] == "yes"})


def bare(code: str, since: int | None, until: int | None) -> Page:
    """The page of a number without an entry. It holds no word of any list."""
    category = pages.category_of(code) or ""
    return Page(title=code, answer=NO_ENTRY, category=category, validity=Validity(since, until))


def is_bare(code: str, page: Page) -> bool:
    """Whether a page is as `bare` makes it, for whatever years."""
    return page == bare(code, page.validity.since, page.validity.until)


def _year(written: str, column: str, found: Found) -> int | None:
    """The year of a cell, 0 for none; None after telling why it is none.

    An edition is a calendar year: a first day counts for its year, and so does a last one.
    """
    if not written:
        return 0
    match = re.fullmatch(r"((?:19|20)\d\d)(?:\.0)?(?:[-/.]\d\d?[-/.]\d\d?(?:[T ].*)?)?", written)
    match = match or re.fullmatch(r"\d\d?[-/.]\d\d?[-/.]((?:19|20)\d\d)", written)
    if match is None:
        found(column, _NO_YEAR.format(written[:40]))
        return None
    return int(match[1])


def _category(written: str) -> str | None:
    """Our name of a category as lists write it ("I. Diagnostic", "D0100-D0999 DIAGNOSTIC"), if it is one."""
    return _NAMES.get(_letters(re.sub(r"^\s*[IVXivx]+\.", "", written)))


def _letters(name: str) -> str:
    return " ".join(word for word in re.findall("[a-z]+", re.sub(r"\bD\d{4}", "", name).lower()) if word != "and")


_NAMES = {_letters(name): name for name in pages.CATEGORIES}

LICENSED = Licensed()
