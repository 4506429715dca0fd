"""What an editor has of a correction is a reservation; a claim is what an insurer gets. The columns keep their names,
which the release before reads and writes.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("codes", "0011_clashed_items"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.RemoveConstraint("correction", "correction_claim_lapses"),
        migrations.AlterField(
            "correction",
            "claimed_by",
            models.ForeignKey(
                blank=True,
                db_column="claimed_by_id",
                help_text="Who looks at it.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RenameField("correction", "claimed_by", "reserved_by"),
        migrations.AlterField(
            "correction", "claimed_until", models.DateTimeField(blank=True, db_column="claimed_until", null=True)
        ),
        migrations.RenameField("correction", "claimed_until", "reserved_until"),
        migrations.AlterField(
            "correction",
            "kept",
            models.BooleanField(
                db_default=False,
                default=False,
                help_text="Reserved for the editor who asked; nobody looks at it.",
            ),
        ),
        migrations.AddConstraint(
            "correction",
            models.CheckConstraint(
                condition=models.Q(reserved_by=None) | models.Q(reserved_until__isnull=False),
                name="correction_reservation_lapses",
            ),
        ),
    ]
