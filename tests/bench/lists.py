"""How much longer public addresses take when there is more: 497 codes to 9,500, some records to 100,000.

Each address is asked in two processes in turn, with the statistics that their databases then have.
"""

from functools import partial
from statistics import median

from codes.management.progress import bar
from tests.bench import processors
from tests.bench.databases import Databases, Site
from tests.bench.table import Row, is_clear, rows_or_broken

SUBJECT = "Everything public, from few to many"
# The code that everybody writes about.
BUSY = "D6011"
# Answers of each address: so many at least; and at most, while they are not clear.
_LEAST, _MOST = 5, 25
_GOAL = 1.5
_PAGE, _API, _FHIR = f"/codes/{BUSY}/", "/api/v1", "/fhir"
_CODE, _DATE = f"{_API}/codes/{BUSY}", "date=2026-03-02"
# Every address that anybody may ask for and that answers with a page, or one of each kind.
PUBLIC = [
    "/",
    "/codes/",
    "/codes/?category=restorative",
    "/codes/?verification=none",
    "/codes/?page=9999",
    f"/codes/?{_DATE}",
    "/codes/?tag=crowns",
    "/search/?q=implant+crown",
    "/search/?q=abutmnt",
    "/suggest.json?q=impl",
    _PAGE,
    f"{_PAGE}?{_DATE}",
    "/codes/D2740/",
    f"{_PAGE}card/",
    f"{_PAGE}fees/",
    f"{_PAGE}check/",
    f"{_PAGE}feed.atom",
    f"{_PAGE}picture.png",
    f"{_PAGE}history/",
    f"{_PAGE}history/?page=2",
    f"{_PAGE}history/2/",
    f"{_PAGE}compare/1..2/",
    f"{_PAGE}correct/",
    f"{_PAGE}comments/",
    f"{_PAGE}comments/?page=2",
    f"{_PAGE}comment/",
    f"{_PAGE}comment/sent/",
    "/compare/",
    "/compare/?codes=D6010,D6011",
    "/date/",
    "/follow/",
    "/follow/server/",
    "/follow/sent/",
    "/corrections/lost/",
    "/changes/",
    "/changes/?page=2",
    "/changes/?category=implant+services",
    "/changes/?source=correction",
    "/changes/?page=9",
    "/changes/1/",
    "/changes/feed.atom",
    "/categories/implant-services/feed.atom",
    "/ledger/",
    "/about/",
    "/guides/",
    "/guides/claims/",
    "/guides/cdt/",
    "/guides/cdt-cpt-hcpcs/",
    "/policy/",
    "/privacy/",
    "/my/",
    "/contact/",
    "/contact/sent/",
    "/data/",
    "/worksheet/",
    "/check/claim/",
    "/check/list/",
    "/choose/",
    "/choose/crown/",
    "/choose/crown/chart/",
    "/choose/apicoectomy/cut/",
    "/episodes/",
    "/episodes/crown/",
    "/sources/",
    "/sources/?page=2",
    "/sources/ihs-cdt4/",
    "/sources/feed.atom",
    "/sources/ihs-cdt4/feed.atom",
    "/sources/ihs-cdt4/correct/",
    "/picture.png",
    "/robots.txt",
    "/opensearch.xml",
    f"/oembed?url=http://127.0.0.1:8000{_PAGE}",
    "/healthz",
    "/readyz",
    f"{_API}/",
    f"{_API}/openapi.json",
    f"{_API}/codes",
    f"{_API}/codes?limit=100",
    f"{_API}/changes",
    f"{_API}/ticket",
    _CODE,
    f"{_CODE}/history",
    f"{_CODE}/history/2",
    f"{_CODE}/compare?first=1&second=2",
    f"{_API}/compare?codes=D6010,D6011",
    f"{_API}/sources",
    f"{_API}/sources/ihs-cdt4",
    f"{_API}/sources/ihs-cdt4/citations",
    f"{_FHIR}/metadata",
    f"{_FHIR}/CodeSystem",
    f"{_FHIR}/CodeSystem/$lookup?system=http://www.ada.org/cdt&code={BUSY}",
    f"{_FHIR}/CodeSystem/cdt/$validate-code?code={BUSY}",
    f"{_FHIR}/CodeSystem/cdt/$subsumes?codeA=D6010&codeB={BUSY}",
    f"{_FHIR}/ValueSet",
    f"{_FHIR}/ValueSet/cdt",
    f"{_FHIR}/ValueSet/cdt/$expand?count=20",
    f"{_FHIR}/ValueSet/cdt/$expand?filter=crown&count=20",
    f"{_FHIR}/ValueSet/cdt/$validate-code?system=http://www.ada.org/cdt&code={BUSY}",
]
# What is asked where there are few codes, and where there are many.
SITEMAP = ("/sitemap.xml", "/sitemap-codes-1.xml")
# What lists all that there is, of a code, a category, an edition or the site, in one answer: by its bytes.
WHOLE = [
    f"{_FHIR}/CodeSystem/cdt",
    f"{_FHIR}/ValueSet/cdt/$expand",
    "/cards.json",
    "/guides/editions/",
    "/editions/2026/",
    f"{_API}/editions",
    f"{_API}/editions/2026",
    f"{_CODE}/relations",
    "/data/implant-services/codes.csv",
]


def rows(databases: Databases) -> list[Row]:
    with databases.site("starter") as few, databases.site("large") as many:
        for site in (few, many):
            site.do("data", "prepare")
            processors.first(site.processes())
        measured = [(one, one, one, False) for one in PUBLIC]
        measured += [(" → ".join(SITEMAP), *SITEMAP, False)]
        measured += [(f"{one}, per byte", one, one, True) for one in WHOLE]
        found = [Row("A page that is not kept", "the median code", few.do("inside", "median_page"), 10, "ms")]
        for one in bar(measured, desc=SUBJECT):
            found += rows_or_broken(SUBJECT, one[0], partial(_times, few, many, *one))
        return found


def _times(few: Site, many: Site, name: str, one: str, other: str, by_bytes: bool) -> list[Row]:
    """How many times as long the second address takes, in the middle of the turns; one answer of each comes first."""
    asked = (few, one), (many, other)
    firsts = [site.do("inside", "took", address) for site, address in asked]
    sizes = [size if by_bytes else 1 for _, size in firsts]
    turns: list[float] = []
    while len(turns) < _LEAST or (len(turns) < _MOST and not is_clear(turns, _GOAL)):
        took, longer = (
            site.do("inside", "took", address)[0] / size for (site, address), size in zip(asked, sizes, strict=True)
        )
        turns.append(longer / took)
    return [Row(SUBJECT, name, median(turns), _GOAL, "x")]
