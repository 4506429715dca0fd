"""Counters of what pages show. Triggers count; `migrate` makes them at its end (cdtsite.kept.stamps)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("codes", "0016_search_entries")]
    operations = [
        migrations.CreateModel(
            name="Stamp",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "name", "writer", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                (
                    "writer",
                    models.BigIntegerField(
                        help_text="The process of PostgreSQL that wrote it; 0: sums of what was written."
                    ),
                ),
                ("n", models.BigIntegerField()),
            ],
        ),
    ]
