"""Assignments, and networks of a day, of comments and messages."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("comments", "0003_told"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="comment",
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
            model_name="comment",
            name="network",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="The same for what came from one network on one day; keyed; erased by `forget`.",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="message",
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
            model_name="message",
            name="network",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="The same for what came from one network on one day; keyed; erased by `forget`.",
                max_length=16,
            ),
        ),
    ]
