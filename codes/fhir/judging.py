"""$validate-code: whether a code may be reported on a date, and whether it is in a value set. No Django.

A deleted code is in no later edition of CDT, so that it is never called valid after its last day, whatever set it is
in. A display that is not ours makes nothing wrong: the ADA's own words are not here to compare with.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from codes.editorial.outside import OUTSIDE
from codes.fhir.given import Coding
from codes.fhir.outcome import Resource, quoted
from codes.fhir.terms import CDT, SLUGS, Site, When, parameter, parameters, written
from codes.page import Page
from codes.text import number as numbers


@dataclass(frozen=True)
class Verdict:
    """Whether a code is valid; what is wrong or to be known; our title for it, "" if there is none."""

    valid: bool
    message: str = ""
    display: str = ""

    @property
    def resource(self) -> Resource:
        said = [parameter("result", "Boolean", self.valid)]
        said += [parameter("message", "String", self.message)] if self.message else []
        return parameters(*said, *([parameter("display", "String", self.display)] if self.display else []))


@dataclass(frozen=True)
class Judge:
    """What single codes are judged by. `pages`: number -> live page of those that are asked about, where there is one.

    `system`: the one that is asked about, "" for any. `within`: what is wrong with a known code that is not in the
    value set asked about, "" if it is in.
    """

    site: Site
    pages: Mapping[str, Page]
    when: Callable[[Coding], When]
    system: str = ""
    within: Callable[[str, When], str] = lambda number, when: ""

    def all(self, codings: Iterable[Coding]) -> Verdict:
        """On several codings of one thing: one that is valid is enough."""
        verdicts = [self.one(coding) for coding in codings]
        right = next((verdict for verdict in verdicts if verdict.valid), None)
        return right or Verdict(False, " ".join(dict.fromkeys(v.message for v in verdicts)), verdicts[0].display)

    def one(self, coding: Coding) -> Verdict:
        if self.system and coding.system != self.system:
            return Verdict(False, f"The coding is of {quoted(coding.system)}, and not of {self.system}.")
        if coding.system == self.site.categories:
            return self._category(coding)
        if coding.system != CDT:
            return Verdict(False, f"The code system {quoted(coding.system)} is not here.")
        page = self.pages.get(coding.code)
        if page is None:
            return Verdict(False, not_here(coding.code))
        when = self.when(coding)
        wrong = not_valid(coding.code, page, when.day) or self.within(coding.code, when)
        said = " ".join(filter(None, [wrong, _other_words(coding.display, page)]))
        return Verdict(not wrong, said, page.title)

    def _category(self, coding: Coding) -> Verdict:
        if coding.code not in SLUGS:
            return Verdict(False, f"There is no category {quoted(coding.code)}.")
        if wrong := self.within(coding.code, self.when(coding)):
            return Verdict(False, wrong)
        return Verdict(True, display=SLUGS[coding.code].capitalize())


def not_valid(number: str, page: Page, day: date) -> str:
    """Why a code may not be reported on a day, and what to report instead; "" if it may."""
    v = page.validity
    status = v.on(day)
    if status == "deleted" and v.last_day:
        instead = (
            f"Report {_either(v.replaced_by)} instead." if v.replaced_by else "No code is named to report instead."
        )
        return f"{number} is not valid on {written(day)}: its last date of service was {written(v.last_day)}. {instead}"
    if status == "future" and v.first_day:
        return f"{number} is not valid on {written(day)}: its first date of service is {written(v.first_day)}."
    return ""


def not_here(code: str) -> str:
    """What is to be said of a code of which there is no page."""
    if code in OUTSIDE:
        return f"{code} is a code of CDT 2026 of which this site has no page: its validity is not known here."
    read = numbers.parse(code)
    if read == code:
        return f"This site has no page of {code}. It does not have all of CDT: look into the current CDT manual."
    meant = f" Write {read}." if read else ""
    return f"{quoted(code)} is no CDT code: each is the letter D and four digits.{meant}"


def _other_words(display: str, page: Page) -> str:
    """What is to be said of a display that is neither our title nor another name that we give."""
    ours = {_plain(words) for words in (page.title, *page.aliases)}
    if not display or _plain(display) in ours:
        return ""
    return (
        f"The display {quoted(display)} is not ours. Our title is {quoted(page.title)}; the ADA's nomenclature is not"
        " here to compare with."
    )


def _plain(words: str) -> str:
    return " ".join(words.casefold().split())


def _either(several: Iterable[str]) -> str:
    *first, last = several
    return f"{', '.join(first)} or {last}" if first else last
