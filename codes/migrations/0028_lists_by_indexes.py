"""Lists of what happened are read by indexes of their own, with statistics and without."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("codes", "0027_account_mails"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="correction",
            index=models.Index(
                condition=models.Q(("document_revision__isnull", False)),
                fields=["document_revision"],
                name="correction_of_version",
            ),
        ),
        migrations.AddIndex(
            model_name="verification",
            index=models.Index(fields=["at", "id"], name="verification_oldest"),
        ),
    ]
