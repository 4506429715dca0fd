"""Writing the figures of fee files: each record is a row of one table, under its key."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Model

from codes.acts import auditlog
from codes.acts.tables.kind import Change, Kind
from codes.models import Fee, RelativeValue
from codes.models.fees import in_force_on, periods_of
from codes.tables import Data, Finding, Record
from codes.tables.fees import FEES
from codes.tables.medicare import MEDICARE


class _Figures(Kind):
    """Its records hold the fields of `model`: numbers with decimals and days as text."""

    model: ClassVar[type[Model]]

    def stored(self, keys: Collection[str], *, lock: bool = False) -> dict[str, Data]:
        rows = self.model._default_manager.filter(pk__in=keys)
        held = (rows.select_for_update() if lock else rows).values()
        return {row.pop("key"): {name: _plain(value) for name, value in row.items()} for row in held}

    def write(self, changes: Sequence[Change], *, why: str = "", undoing: bool = False) -> dict[str, str]:
        manager = self.model._default_manager
        manager.filter(pk__in=[one.key for one in changes if one.after is None]).delete()
        put = [self.model(key=one.key, **one.after) for one in changes if one.after is not None]
        fields = [field.name for field in self.model._meta.local_concrete_fields if not field.primary_key]
        manager.bulk_create(put, update_conflicts=True, unique_fields=["key"], update_fields=fields)
        return {}


class RelativeValues(_Figures):
    table, model = MEDICARE, RelativeValue

    def fill(self, records: Iterable[Record]) -> int:
        """Put in those records of which the database has none; gives how many. For the files of the project."""
        wanted = {one.key: one.data for one in records}
        with transaction.atomic():
            missing = sorted(wanted.keys() - self.stored(wanted.keys(), lock=True).keys())
            self.write([Change(key, None, wanted[key]) for key in missing])
            if missing:
                auditlog.note("loaded", self.table.title, detail=f"{len(missing)} figures of the content files")
        return len(missing)


class FeeSchedule(_Figures):
    table, model = FEES, Fee

    def notes(self, records: Sequence[Record]) -> Iterator[Finding]:
        """In place of which fee each comes, and which comes in its place."""
        held: dict[tuple[Any, ...], list[Fee]] = {}
        for fee in Fee.objects.filter(code__in={one.data["code"] for one in records}):
            held.setdefault((fee.code, fee.program, fee.state, fee.modifiers), []).append(fee)
        for one in records:
            others = held.get(tuple(one.data[name] for name in ("code", "program", "state", "modifiers")), [])
            since = date.fromisoformat(one.data["since"])
            now = in_force_on(periods_of(others), since)
            then = next((fee for fee in others if fee.since > since), None)
            said = ""
            if now and now.fee.since < since:
                ends = f" until {one.data['until']}" if one.data["until"] else " on"
                said = f"From {since}{ends}, it is in force in place of {now.fee.dollars} of {now.fee.since}."
            if then and not one.data["until"]:
                said = f"{said} From {then.since} on, {then.dollars} is in force in its place.".strip()
            if said:
                yield Finding(one.row, FEES.column("since").title, said, stops=False)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else str(value)
