"""What a worker takes that has answered everything, with many codes."""

from urllib.parse import quote

from codes.management.progress import bar
from tests.bench import servers
from tests.bench.databases import MANY, Databases
from tests.bench.lists import PUBLIC
from tests.bench.search import asked
from tests.bench.table import Row

_PAGES = 500


def rows(databases: Databases) -> list[Row]:
    with databases.site("large") as site:
        site.do("data", "prepare")
        pages = [f"/codes/{number}/" for number in site.do("inside", "numbers")]
    addresses = [*pages[:: len(pages) // _PAGES], *PUBLIC]
    addresses += [f"/search/?q={quote(query)}" for query in asked()["words"][::3]]
    with servers.site(databases.url("large")) as server:
        for address in bar(addresses, desc="Memory", position=site.row):
            servers.answer(server.port, address, {"Accept-Encoding": "br"})
        return [Row("Memory", f"a worker with {MANY:,} codes that has answered everything", server.memory(), 120, "MB")]
