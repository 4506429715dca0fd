"""Lists of rows to decide together, notes between editors, assignments, networks of a day; changes of editions."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("codes", "0021_following"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AnnouncedChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(help_text="Its number; there may be no page of it.", max_length=5)),
                (
                    "change",
                    models.CharField(
                        choices=[("added", "Added"), ("revised", "Revised"), ("deleted", "Deleted")], max_length=10
                    ),
                ),
                ("note", models.TextField(blank=True, help_text="Public.")),
            ],
            options={
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                (
                    "query",
                    models.JSONField(
                        blank=True, default=dict, help_text="The filters that found the rows; none: boxes."
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        blank=True, choices=[("reject", "Reject"), ("assign", "Assign")], default="", max_length=10
                    ),
                ),
                (
                    "text",
                    models.TextField(
                        blank=True, default="", help_text="The reason, which who sent corrections is told."
                    ),
                ),
                ("done_at", models.DateTimeField(blank=True, help_text="When the act began.", null=True)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="BatchRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=30)),
                ("subject", models.PositiveBigIntegerField(help_text="Primary key in the table of its kind.")),
                ("version", models.PositiveIntegerField()),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("done", "done"),
                            ("decided", "decided or taken back by somebody meanwhile"),
                            ("asked", "an editor has asked the contributor meanwhile"),
                            ("changed", "changed by who sent it meanwhile"),
                            ("own", "yours, another editor decides it"),
                            ("undone", "undone"),
                            ("late", "not undone: decided otherwise meanwhile, or the contributor was told"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                (
                    "was",
                    models.PositiveBigIntegerField(blank=True, help_text="Whom it was assigned to before.", null=True),
                ),
            ],
            options={
                "ordering": ["kind", "subject"],
            },
        ),
        migrations.CreateModel(
            name="ChangeFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("source_title", models.CharField(max_length=300)),
                ("source_url", models.URLField(blank=True, max_length=500)),
                (
                    "added",
                    models.JSONField(
                        blank=True, default=list, help_text="Numbers that it added to those that are affected."
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["at", "id"],
            },
        ),
        migrations.AddField(
            model_name="correction",
            name="assigned_to",
            field=models.ForeignKey(
                blank=True,
                help_text="Who decides it.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="correction",
            name="network",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="The same for what came from one network on one day; keyed; erased by `forget`.",
                max_length=16,
            ),
        ),
        migrations.AddIndex(
            model_name="correction",
            index=models.Index(fields=["network"], name="correction_network"),
        ),
        migrations.AddField(
            model_name="announcedchange",
            name="correction",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="announced",
                to="codes.correction",
            ),
        ),
        migrations.AddField(
            model_name="announcedchange",
            name="edition",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="announced", to="codes.edition"
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="assignee",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="reason",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="codes.reason"
            ),
        ),
        migrations.AddField(
            model_name="batchrow",
            name="batch",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="codes.batch"),
        ),
        migrations.AddField(
            model_name="changefile",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="changefile",
            name="edition",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="files", to="codes.edition"
            ),
        ),
        migrations.AddField(
            model_name="announcedchange",
            name="file",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="codes.changefile"
            ),
        ),
        migrations.AddField(
            model_name="note",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="note",
            name="correction",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="notes", to="codes.correction"
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("act", ""), ("done_at", None), ("undone_at", None)),
                    models.Q(models.Q(("act", ""), _negated=True), ("done_at__isnull", False)),
                    _connector="OR",
                ),
                name="batch_done_at_some_time",
            ),
        ),
        migrations.AddIndex(
            model_name="batchrow",
            index=models.Index(fields=["batch", "outcome", "kind", "subject"], name="batch_row_to_do"),
        ),
        migrations.AddConstraint(
            model_name="batchrow",
            constraint=models.UniqueConstraint(fields=("batch", "kind", "subject"), name="batch_row_once"),
        ),
        migrations.AddConstraint(
            model_name="announcedchange",
            constraint=models.UniqueConstraint(fields=("edition", "code"), name="announced_once"),
        ),
    ]
