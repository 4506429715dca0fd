"""How much of the content has a source, counted."""

from codes.editorial.report import counts
from codes.page import Page, Relation, Source, Statement, Validity


def test_each_share_counts_what_has_it_of_all_that_could():
    billed = Page(
        "Prophy", "Report it.", "preventive", validity=Validity(revised=((2020, "So."),)),
        site=("none",), per="visit", cites=(("answer", ("a",)), ("per", ("a",))),
        sources=(Source("a", "A book", "https://example.org/"), Source("b", "A print")),
        statements=(Statement("use_when.a", "So.", sources=("a",)), Statement("narrative.a", "So.")),
        related=(Relation("follows", "D1120", "So.", ("a",)),),
    )  # fmt: skip
    other = Page(
        "Pano",
        "Report it.",
        "diagnostic",
        per="image",
        statements=(Statement("case.a", "So.", "A case"), Statement("appeal.a", "So.")),
    )
    assert counts({"D1110": billed, "D0331": other}) == {
        "answers with a source": (1, 2),
        "validity with a source": (0, 2),
        "statements with a source": (1, 4),
        "statements with a source, codes billed most": (1, 2),
        "relations with a source": (1, 1),
        "sources with an address": (1, 2),
        "entries with a line on a revision": (1, 2),
        "entries with a narrative": (1, 2),
        "entries with an example": (1, 2),
        "entries with advice on an appeal": (1, 2),
        "entries with a source for 35 % of their statements": (1, 2),
        "“site” with a source": (0, 1),
        "“teeth” with a source": (0, 0),
        "“surfaces” with a source": (0, 0),
        "“per” with a source": (1, 2),
        "“attachments” with a source": (0, 0),
    }
