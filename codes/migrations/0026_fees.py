"""What Medicare says of codes by release, and the fees of programs and plans."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("codes", "0025_importing"),
    ]

    operations = [
        migrations.CreateModel(
            name="Fee",
            fields=[
                (
                    "key",
                    models.CharField(
                        help_text="That of its record.", max_length=200, primary_key=True, serialize=False
                    ),
                ),
                ("code", models.CharField(db_index=True, max_length=5)),
                (
                    "state",
                    models.CharField(blank=True, help_text="Empty for a program of no single state.", max_length=2),
                ),
                ("program", models.CharField(max_length=120)),
                (
                    "modifiers",
                    models.CharField(
                        blank=True, help_text="In the order of the alphabet, a space between.", max_length=20
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, help_text="US dollars.", max_digits=8)),
                ("since", models.DateField()),
                ("until", models.DateField(blank=True, help_text="The last day, if it was named.", null=True)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("source_title", models.CharField(max_length=300)),
                ("source_url", models.CharField(blank=True, max_length=500)),
                ("source_dated", models.DateField(help_text="The date of the document.")),
            ],
            options={
                "ordering": ["code", "program", "state", "modifiers", "since"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"),
                        name="fee_begins_then_ends",
                    ),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="fee_is_an_amount"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RelativeValue",
            fields=[
                (
                    "key",
                    models.CharField(
                        help_text="That of its record: code, modifier, release.",
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("code", models.CharField(db_index=True, max_length=5)),
                ("modifier", models.CharField(blank=True, max_length=2)),
                ("year", models.PositiveSmallIntegerField()),
                ("month", models.PositiveSmallIntegerField(help_text="From its first day on the release is in force.")),
                ("released", models.DateField()),
                ("status", models.CharField(max_length=1)),
                ("work", models.DecimalField(decimal_places=2, max_digits=6)),
                ("nonfacility_pe", models.DecimalField(decimal_places=2, max_digits=6)),
                ("facility_pe", models.DecimalField(decimal_places=2, max_digits=6)),
                ("malpractice", models.DecimalField(decimal_places=2, max_digits=6)),
                ("nonfacility_total", models.DecimalField(decimal_places=2, max_digits=6)),
                ("facility_total", models.DecimalField(decimal_places=2, max_digits=6)),
                ("global_days", models.CharField(max_length=3)),
            ],
            options={
                "ordering": ["code", "-year", "-month", "modifier"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("month__range", (1, 12))), name="relative_value_month")
                ],
            },
        ),
    ]
