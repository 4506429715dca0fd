"""Rejected corrections that their senders let everybody read, once an editor released them; mails to commenters."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ("codes", "0019_proposals")]
    operations = [
        migrations.AddField(
            model_name="correction",
            name="may_show",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="The sender agreed that it is shown to everybody if it is rejected.",
            ),
        ),
        migrations.AddField(
            model_name="correction",
            name="released_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When an editor released it for everybody; counts for the rejection before.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="correction",
            name="released_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="mail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("confirm", "Confirmation"),
                    ("question", "Question"),
                    ("outcome", "Outcome"),
                    ("access", "Link to act on the receipt"),
                    ("receipts", "Links of all receipts"),
                    ("ask", "Question whether to tell of a comment"),
                    ("told", "News of a comment"),
                ],
                max_length=10,
            ),
        ),
    ]
