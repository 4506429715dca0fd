"""What lists are filtered and counted by is derived when it is written; here, of all that was written before."""

from collections import Counter, defaultdict

from django.db import migrations, models

from codes import page as pages
from codes.acts import facets, tallies
from codes.text.bits import bit


def fill(apps, schema_editor):
    _facets(*(apps.get_model("codes", name) for name in ("Facet", "Revision", "Verification")), apps)
    counts = Counter()
    light = ("created_at", "decided_at", "state", "outcomes", "reason")
    for correction in apps.get_model("codes", "Correction").objects.order_by("pk").only(*light).iterator(500):
        counts.update(tallies.of(correction))
    made = apps.get_model("codes", "Tally")
    made.objects.bulk_create(made(key=key, count=count) for key, count in counts.items())


def _facets(facet, revision, verification, apps):
    verified, newest, bits, items = defaultdict(list), {}, defaultdict(int), Counter()
    for code, *about in verification.objects.order_by("pk").values_list("code", "item", "digest", "edition"):
        verified[code].append(tuple(about))
    for pk, code in revision.objects.order_by("number").values_list("pk", "code"):
        newest[code] = pk
    for code, pk in newest.items():
        page = pages.from_json(revision.objects.values_list("data", flat=True).get(pk=pk))
        for key, count in facets.of(page, verified[code]).items():
            bits[key] |= bit(code)
            items[key] += count
    tags = apps.get_model("taggit", "Tag").objects.values_list("slug", "name")
    names = {f"tag:{slug}": name for slug, name in tags}
    facet.objects.bulk_create(
        facet(key=key, name=names.get(key, ""), codes=facets.stored(bits[key]), items=items[key]) for key in bits
    )


class Migration(migrations.Migration):
    dependencies = [
        ("codes", "0014_sources"),
        ("taggit", "0006_rename_taggeditem_content_type_object_id_taggit_tagg_content_8fc721_idx"),
    ]
    operations = [
        migrations.CreateModel(
            "Facet",
            [
                (
                    "key",
                    models.CharField(
                        help_text='Filter and value: "category:diagnostic".',
                        max_length=240,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("name", models.CharField(blank=True, help_text="The name of a tag.", max_length=100)),
                ("codes", models.BinaryField(default=bytes)),
                ("items", models.IntegerField(default=0, help_text="How many verified items these codes have in it.")),
            ],
        ),
        migrations.CreateModel(
            "Tally",
            [
                ("key", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("count", models.IntegerField()),
            ],
        ),
        migrations.AddIndex("auditentry", models.Index(fields=["code", "at"], name="audit_entry_of_code")),
        migrations.AddIndex("correction", models.Index(fields=["code", "state"], name="correction_of_code")),
        migrations.AddIndex("correction", models.Index(fields=["revision", "credit"], name="correction_credit")),
        migrations.AddIndex(
            "correction", models.Index(fields=["decided_by", "decided_at"], name="correction_decided_by")
        ),
        migrations.AddIndex(
            "correction",
            models.Index(
                fields=["code", "created_at"], condition=models.Q(decided_at=None), name="correction_open"
            ),
        ),
        migrations.AddIndex(
            "revision", models.Index(fields=["source", "created_at", "id"], name="revision_newest_of_source")
        ),
        migrations.AddIndex("revision", models.Index(fields=["code", "source", "number"], name="revision_of_code")),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
