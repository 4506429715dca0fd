"""Search knows which teeth a code is for. `reindex`, which each start runs, writes them down."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("codes", "0031_revision_of_code")]

    operations = [
        migrations.AddField(
            model_name="searchentry",
            name="teeth",
            field=models.JSONField(default=list, help_text="Which teeth it is for."),
        ),
    ]
