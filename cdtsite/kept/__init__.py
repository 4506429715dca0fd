"""Pages made once: finished bytes, handed out before Django until something that they show changes.

`stamps.py` knows what was changed, `store.py` keeps pages, `door.py` makes and hands them out. Why it cannot serve an
old page:

1. **What a page hangs on is what was read to make it.** All SQL of a rendering is listened to. Each table that is named
   in it counts as read, whole; a page with a table that is not in `stamps.SHOWN` is not kept. A page about single codes
   (`door.PLACES`) hangs on the tables of people and the like whole, but of all that belongs to codes only on those in
   its address, on the title and validity of those whose numbers stand in its bytes, and on which codes there are.
2. **Nobody can change a row unnoticed.** Triggers of the database count each row that is inserted, changed or deleted,
   in the transaction that does it: by the table, and by the code that the row belongs to. Whoever writes, by whatever
   way, cannot leave them out. Counters only grow, and one that is rolled back was never there.
3. **Bytes and counters are of one moment.** A page is rendered and the sum of its counters read in one transaction that
   sees one state of the database (a read transaction of SQLite, REPEATABLE READ of PostgreSQL).
4. **Each request asks.** A kept page goes out only if the sum of its counters is what it was. It is read after the
   request came in, by a connection that does nothing else; it sees all that was committed by then. If the sum of
   numbers that only grow is the same, each of them is: nothing that the page shows was changed.
5. **The day.** A page is good for the day, in TIME_ZONE, on which it was made; what shows a time of day is not kept.
6. **The release.** Pages lie in a folder named by a digest of code, templates, settings and the collected static files.
   The counters of another release's triggers do not count: while the database is migrated nothing is kept or handed
   out, and after it only by the release whose triggers were made.

If the counters cannot be read, or the folder not be written, the page is made for each request.
"""
