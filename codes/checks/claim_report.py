"""How a claim check is shown: its lines, what was found, and the very items behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from codes.checks import claims
from codes.checks.claim_line import TypedLine
from codes.checks.claims import Verdict
from codes.display import quotes
from codes.display.quotes import Quotable, Quote
from codes.text import number as numbers
from codes.text.markup import to_html


@dataclass(frozen=True)
class Finding:
    """A verdict with the item behind it (None if no page can say anything) and the names of the other lines."""

    verdict: Verdict
    says: SafeString
    strength: str
    quote: Quote | None
    others: list[tuple[int, str]]


@dataclass
class CheckedLine:
    """A line with what was found, the worst first; `notes` are what its page asks for and sets apart."""

    typed: TypedLine
    title: str
    found: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    @property
    def degree(self) -> str:
        """The worst of what was found, "" if nothing."""
        return self.found[0].verdict.degree if self.found else ""


@dataclass(frozen=True)
class Report:
    lines: list[CheckedLine]
    pages: list[Quotable]

    def count(self, degree: str) -> int:
        """How many findings of this strength there are; one about several lines is one."""
        found = (finding.verdict for line in self.lines for finding in line.found)
        return len({(v.says, v.code, v.item, not v.others and v.line) for v in found if v.degree == degree})

    @property
    def problems(self) -> int:
        return self.count("problem")

    @property
    def looks(self) -> int:
        return self.count("look")

    @property
    def unchecked(self) -> int:
        """How many lines have a code without a page."""
        return sum(not line.title for line in self.lines)

    @property
    def unverified(self) -> list[Quotable]:
        """The pages with items that nobody has verified against the current edition."""
        return [page for page in self.pages if page.marks.survey.left]


def report(typed: Sequence[TypedLine]) -> Report:
    """What our pages say of the lines, in five queries."""
    titles = quotes.known()
    pages = quotes.quotable(t.line.code for t in typed)
    live = {number: quotable.page for number, quotable in pages.items()}
    typed = [TypedLine(t.name, claims.settled(t.line, live.get(t.line.code))) for t in typed]
    checked = [CheckedLine(t, titles.get(t.line.code, "")) for t in typed]
    for verdict in claims.check([t.line for t in typed], live, sorted(titles)):
        quote = pages[verdict.code].quote(verdict.item) if verdict.code else None
        others = [(n, typed[n].name) for n in verdict.others]
        # to_html's result is safe (codes.text).
        said = SafeString(to_html(verdict.says, quotes.linked(numbers.mentioned(verdict.says), titles)))
        finding = Finding(verdict, said, claims.DEGREES[verdict.degree], quote, others)
        line = checked[verdict.line]
        (line.notes if verdict.lists else line.found).append(finding)
    return Report(checked, list(pages.values()))
