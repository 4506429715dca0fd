"""Mails about an account: a new password, a second factor."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("codes", "0026_fees"),
    ]

    operations = [
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
                    ("reset", "Link to a new password"),
                    ("password", "News of a password"),
                    ("factor", "News of a second factor"),
                ],
                max_length=10,
            ),
        ),
    ]
