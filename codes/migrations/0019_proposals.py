"""A page may be proposed for a code that has none; what proposes exactly the same is decided together; lost receipts come
back by mail.

The number of such a code stands in the column of a correction's code before its row is there. Columns that the release
before does not know have a default in the database: what it writes meanwhile is decided alone.
"""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from codes.page import restored, risk


def fill(apps, schema_editor):
    """What waits joins what proposes the same."""
    waiting = apps.get_model("codes", "Correction").objects.filter(decided_at=None)
    for correction in waiting.only("code", "document", "items", "proposed", "edition").iterator(200):
        of = correction.code_id or f"source {correction.document_id}"
        correction.same = risk.same(of, correction.items, restored(correction.proposed), correction.edition_id)
        correction.save(update_fields=["same"])


class Migration(migrations.Migration):
    dependencies = [("codes", "0018_corrections_of_sources")]
    operations = [
        migrations.AlterField(
            "correction",
            "code",
            models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="corrections",
                to="codes.procedurecode",
            ),
        ),
        migrations.AlterField(
            "correction",
            "base",
            models.ForeignKey(
                blank=True,
                help_text="The revision that the contributor saw; none where there was no page.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="codes.revision",
            ),
        ),
        migrations.AddField(
            "correction",
            "same",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Digest of all that it proposes; equal ones are decided together.",
                max_length=64,
            ),
        ),
        migrations.AddField(
            "correction",
            "credited_too",
            models.JSONField(
                blank=True,
                db_default=[],
                default=list,
                help_text="Public: the names that others gave who proposed the same, and were decided with it.",
            ),
        ),
        migrations.AddIndex(
            "correction",
            models.Index(condition=models.Q(("decided_at", None)), fields=["same"], name="correction_same"),
        ),
        migrations.RemoveConstraint("correction", "correction_of_a_code_or_of_a_source"),
        migrations.AddConstraint(
            "correction",
            models.CheckConstraint(
                condition=models.Q(code__isnull=False, document=None, document_base=None, document_revision=None)
                | models.Q(
                    document__isnull=False,
                    document_base__isnull=False,
                    code=None,
                    base=None,
                    revision=None,
                    edition=None,
                ),
                name="correction_of_a_code_or_of_a_source",
            ),
        ),
        migrations.CreateModel(
            "LostReceipts",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AlterField(
            "mail",
            "kind",
            models.CharField(
                choices=[
                    ("confirm", "Confirmation"),
                    ("question", "Question"),
                    ("outcome", "Outcome"),
                    ("access", "Link to act on the receipt"),
                    ("receipts", "Links of all receipts"),
                ],
                max_length=10,
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
