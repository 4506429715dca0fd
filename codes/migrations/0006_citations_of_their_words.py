"""Citations that outlived their words go: from corrections that can still be published, and from the live pages.

Until now an item kept its sources whatever became of its words. A page of today reads a stored citation as made for
the words beside it, so what was carried over from other words is taken out here. Revisions stay as they were
published; a live page that carries such a citation gets one more, with the reason, for everybody to see.
"""

from datetime import timedelta

from django.conf import settings
from django.db import migrations
from django.db.models import Q
from django.utils import timezone

from codes import page as pages

REASON = "A source was still cited for words that it was not cited for: other words had been put in their place."


def apart(data):
    return pages.items(pages.from_json(data))


def cited(item):
    return [str(key) for key in item.get("sources", ())]


def without(item, lost):
    return item | {"sources": [key for key in cited(item) if key not in lost]}


def carried(before, item):
    """The sources that an item with other words has from the one before it."""
    if not before or "sources" not in item or pages.words(before) == pages.words(item):
        return set()
    return set(cited(before)) & set(cited(item))


def release(apps, schema_editor):
    revisions = apps.get_model("codes", "Revision").objects
    release_corrections(apps.get_model("codes", "Correction").objects, revisions)
    release_pages(apps.get_model("codes", "ProcedureCode").objects, revisions)


def release_corrections(corrections, revisions):
    undoable = Q(state="accepted", decided_at__gt=timezone.now() - timedelta(minutes=settings.UNDO_MINUTES))
    waiting = corrections.filter(Q(state__in=["pending", "needs_answer", "scheduled", "rejected"]) | undoable)
    # The content files say for themselves what they cite.
    for correction in waiting.exclude(ticket__startswith="import-").select_related("base").iterator():
        base, proposed = apart(correction.base.data), apart(correction.proposed)
        changed = {key: without(item, lost) for key, item in proposed.items() if (lost := carried(base.get(key), item))}
        chosen = correction.chosen
        if chosen and any(chosen["items"].values()):
            seen = apart(revisions.get(code=correction.code_id, number=chosen["seen"]).data)
            kept = {
                key: item and without(item, carried(seen.get(key), item)) if item and "sources" in item else item
                for key, item in chosen["items"].items()
            }
            chosen = chosen | {"items": kept}
        if changed or chosen != correction.chosen:
            correction.proposed = pages.to_json(pages.assemble(proposed | changed))
            correction.chosen = chosen
            correction.save(update_fields=["proposed", "chosen"])


def release_pages(codes, revisions):
    for code in codes.select_related("imported").iterator():
        last, outlived = None, {}
        if revisions.filter(code=code, source="correction").exists():
            imported = getattr(code, "imported", None)
            last, outlived = _outlived(revisions, code, apart(imported.data) if imported else {})
        if outlived:
            live = apart(last.data)
            page = pages.assemble(live | {key: without(live[key], lost) for key, lost in outlived.items()})
            revisions.create(
                code=code,
                number=last.number + 1,
                data=pages.to_json(page),
                items=[key for key in live if key in outlived],
                source="revert",
                reason=REASON,
                created_at=timezone.now(),
            )
            codes.filter(pk=code.pk).update(changed_at=timezone.now())


def _outlived(revisions, code, filed):
    """The latest revision of a code, and item key -> sources that it cites for words that they were not cited for."""
    # For each item, by its words: the sources that were cited for them.
    made: dict[str, list[tuple[dict, set]]] = {}
    before, last = {}, None
    for revision in revisions.filter(code=code).order_by("number").iterator():
        now, last = apart(revision.data), revision
        for key, item in now.items():
            was = before.get(key)
            if was and pages.words(was) == pages.words(item):
                # What a load adds to the same words may be for other words in the file; see below.
                added = set() if revision.source == "import" else set(cited(item)) - set(cited(was))
            else:
                lost = carried(was, item)
                if revision.source == "import":
                    lost = {source for source in lost if source.startswith("sent-")}
                added = set(cited(item)) - lost
            _said(made, key, item).update(added)
        before = now
    outlived = {}
    for key, item in before.items():
        vouched = _said(made, key, item)
        if key in filed and pages.words(filed[key]) == pages.words(item):
            vouched = vouched | set(cited(filed[key]))
        if lost := set(cited(item)) - vouched:
            outlived[key] = lost
    return last, outlived


def _said(made, key, item):
    for words, sources in made.setdefault(key, []):
        if words == pages.words(item):
            return sources
    made[key].append((pages.words(item), set()))
    return made[key][-1][1]


class Migration(migrations.Migration):
    dependencies = [("codes", "0005_evidence_and_replies_of_items")]
    operations = [migrations.RunPython(release, migrations.RunPython.noop)]
