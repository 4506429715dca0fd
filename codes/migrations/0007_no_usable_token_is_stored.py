"""Tokens of links are made from ids now. Of those that were stored only digests stay, so that links already sent keep
working; what a mail says holds such links, and is written when it is sent.

The columns "token", "subject" and "body" stay in the tables, empty from now on, because the release before fills them.
"""

import hashlib
import secrets

from django.db import migrations, models


def digest_tokens(apps, schema_editor):
    for name in ("Correction", "Address"):
        rows = apps.get_model("codes", name).objects.exclude(token=None)
        for pk, token in rows.values_list("pk", "token").iterator():
            rows.filter(pk=pk).update(token=hashlib.sha256(token.encode()).hexdigest())
    apps.get_model("codes", "Mail").objects.update(subject="", body="")


def make_tokens(apps, schema_editor):
    """The release before needs one in each row; the links that were sent lead nowhere then."""
    for name in ("Correction", "Address"):
        rows = apps.get_model("codes", name).objects.order_by()
        for pk in list(rows.values_list("pk", flat=True)):
            rows.filter(pk=pk).update(token=secrets.token_urlsafe(24))


def stored(what: str) -> models.CharField:
    return models.CharField(
        max_length=64, unique=True, null=True, blank=True, editable=False, db_column="token", help_text=what
    )


correction = "Digest of the token in the links of one that was sent before tokens were made from ids."
address = "Digest of the token in links that were mailed before tokens were made from ids."


class Migration(migrations.Migration):
    dependencies = [("codes", "0006_citations_of_their_words")]
    operations = [
        migrations.AlterField("correction", "token", stored(correction)),
        migrations.AlterField("address", "token", stored(address)),
        migrations.AlterField("mail", "subject", models.CharField(max_length=200, db_default="")),
        migrations.AlterField("mail", "body", models.TextField(db_default="")),
        migrations.AlterField(
            "mail",
            "kind",
            models.CharField(
                max_length=10,
                choices=[
                    ("confirm", "Confirmation"),
                    ("question", "Question"),
                    ("outcome", "Outcome"),
                    ("access", "Link to act on the receipt"),
                ],
            ),
        ),
        migrations.AddField(
            "mail",
            "opened_by",
            models.CharField(
                max_length=64,
                blank=True,
                default="",
                db_default="",
                help_text="Digest of the cookie of the first browser that opened its link; only that one may use the"
                " button.",
            ),
        ),
        migrations.RunPython(digest_tokens, make_tokens),
        migrations.RenameField("correction", "token", "old_link"),
        migrations.RenameField("address", "token", "old_link"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField("mail", "subject"),
                migrations.RemoveField("mail", "body"),
            ]
        ),
    ]
