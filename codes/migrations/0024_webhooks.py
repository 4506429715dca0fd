"""Followers may have changes sent to servers: a follow says to which, and two kinds of mails are of those."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("codes", "0023_following_sources"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="follow",
            name="follow_once",
        ),
        migrations.AddField(
            model_name="follow",
            name="url",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Private: the server that gets it, if one does.",
                max_length=500,
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
                    ("follow", "Question whether to follow"),
                    ("changes", "Changes that are followed"),
                    ("waiting", "Corrections that wait"),
                    ("hook", "Change for a server"),
                    ("paused", "Word that a server gets no more"),
                    ("ask", "Question whether to tell of a comment"),
                    ("told", "News of a comment"),
                    ("answer", "Answer to a message"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="follow",
            constraint=models.UniqueConstraint(
                condition=models.Q(("editor", None)), fields=("address", "topic", "url"), name="follow_once_there"
            ),
        ),
    ]
