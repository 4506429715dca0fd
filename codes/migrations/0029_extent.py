"""How much there is of each code is kept with it, and whom its changes credit is read from indexes: adding up all pages
took a quarter of a second at 9,500 codes.

`reindex`, a step of each upgrade, fills it, and counts what cites each document.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("codes", "0028_lists_by_indexes")]

    operations = [
        migrations.AddField(
            model_name="procedurecode",
            name="extent",
            field=models.PositiveIntegerField(
                db_default=0, help_text="About how many characters are stored of its page and its changes."
            ),
        ),
        migrations.AddIndex(
            model_name="procedurecode",
            index=models.Index(fields=["category", "changed_at", "extent"], name="code_extent"),
        ),
        migrations.AddIndex(
            model_name="correction",
            index=models.Index(
                condition=models.Q(("decided_with__isnull", False)),
                fields=["code", "decided_with"],
                name="correction_along",
            ),
        ),
        migrations.AddIndex(
            model_name="verification",
            index=models.Index(fields=["code", "at"], name="verification_of_code"),
        ),
        migrations.AlterField(
            model_name="facet",
            name="items",
            field=models.IntegerField(
                default=0, help_text="How many items these codes have in it: verified ones, or that cite a document."
            ),
        ),
    ]
