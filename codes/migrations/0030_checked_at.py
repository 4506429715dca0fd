"""When each code was last verified is kept with it: /data/ read the time of each verification.

`reindex`, a step of each upgrade, fills it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("codes", "0029_extent")]

    operations = [
        migrations.AddField(
            model_name="procedurecode",
            name="checked_at",
            field=models.DateTimeField(blank=True, help_text="When an item was last verified.", null=True),
        ),
        migrations.RemoveIndex(model_name="procedurecode", name="code_extent"),
        migrations.AddIndex(
            model_name="procedurecode",
            index=models.Index(fields=["category", "changed_at", "checked_at", "extent"], name="code_extent"),
        ),
        migrations.RemoveIndex(model_name="verification", name="verification_of_code"),
    ]
