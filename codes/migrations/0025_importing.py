"""Runs of tables that an operator brings in, what each changes, and the words of a licensed code list."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("codes", "0024_webhooks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LicensedWords",
            fields=[
                (
                    "code",
                    models.CharField(
                        help_text="Its number; there may be no page of it.",
                        max_length=5,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("nomenclature", models.TextField()),
                ("descriptor", models.TextField(blank=True)),
                ("category", models.CharField(blank=True, max_length=200)),
                ("since", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("until", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "shown",
                    models.BooleanField(
                        default=False, help_text="Whether the license allows it, as the operator said."
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "licensed words",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(help_text="Name of a table of codes.tables.", max_length=30)),
                ("file_name", models.CharField(max_length=200)),
                ("digest", models.CharField(help_text="SHA-256 of the file.", max_length=64)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "Not read yet"),
                            ("previewed", "Shown, not applied"),
                            ("applying", "Being applied"),
                            ("applied", "Applied"),
                            ("undoing", "Being undone"),
                            ("undone", "Undone"),
                        ],
                        default="uploaded",
                        max_length=10,
                    ),
                ),
                ("mapping", models.JSONField(blank=True, default=dict, help_text="Column -> heading in the file.")),
                (
                    "said",
                    models.JSONField(
                        blank=True, default=dict, help_text="What was answered, and what the file says of itself."
                    ),
                ),
                ("counts", models.JSONField(blank=True, default=dict)),
                (
                    "findings",
                    models.JSONField(blank=True, default=list, help_text="Row, column, words, whether it stops."),
                ),
                (
                    "basis",
                    models.CharField(
                        blank=True, help_text="Digest of what the database held when it was shown.", max_length=64
                    ),
                ),
                ("applied_at", models.DateTimeField(blank=True, help_text="When applying began.", null=True)),
                ("undone_at", models.DateTimeField(blank=True, help_text="When undoing began.", null=True)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "row",
                    models.PositiveIntegerField(help_text="Its row in the file; 0 for what the file does not hold."),
                ),
                ("key", models.CharField(max_length=200)),
                (
                    "change",
                    models.CharField(
                        choices=[("added", "Added"), ("changed", "Changed"), ("removed", "Removed")], max_length=10
                    ),
                ),
                ("before", models.JSONField(blank=True, null=True)),
                ("after", models.JSONField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("done", "done"),
                            ("left", "left as it is"),
                            ("undone", "undone"),
                            ("late", "not undone"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        blank=True, default="", help_text="Why it was left, or not undone.", max_length=300
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="codes.importrun"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.AddConstraint(
            model_name="importrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("applied_at", None), ("state__in", ("uploaded", "previewed"))),
                    models.Q(
                        ("applied_at__isnull", False), ("state__in", ("applying", "applied", "undoing", "undone"))
                    ),
                    _connector="OR",
                ),
                name="import_run_applied_at_some_time",
            ),
        ),
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(fields=["run", "outcome", "id"], name="import_row_to_do"),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.UniqueConstraint(fields=("run", "key"), name="import_row_once"),
        ),
    ]
