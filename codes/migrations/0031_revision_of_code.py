"""PostgreSQL finds from an index alone whom the corrections of a code credit: without the number of its row it read each
revision.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("codes", "0030_checked_at")]

    operations = [
        migrations.RemoveIndex(model_name="revision", name="revision_of_code"),
        migrations.AddIndex(
            model_name="revision",
            index=models.Index(fields=["code", "source", "number", "id"], name="revision_of_code"),
        ),
    ]
