"""The search index is a row a code. `reindex`, a step of each upgrade, fills it.

The table of the index before stays for the release before, which still reads and writes it while it is replaced; it
refers to no table any more, or emptying that of the codes would need it.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("codes", "0015_lists_from_indexes")]
    operations = [
        migrations.CreateModel(
            "SearchStamp",
            [
                ("hundred", models.CharField(max_length=3, primary_key=True, serialize=False)),
                ("stamp", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            "SearchEntry",
            [
                (
                    "code",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_entry",
                        serialize=False,
                        to="codes.procedurecode",
                    ),
                ),
                (
                    "stamp",
                    models.BigIntegerField(help_text="Another one each time that the page is published."),
                ),
                ("terms", models.JSONField(help_text="How much each word says of the code, in thousandths.")),
                ("wholes", models.JSONField(help_text="The words of its title and of each alias.")),
                ("site", models.JSONField(help_text="What the claim requires.")),
                ("beliefs", models.JSONField(help_text="The words of each wrong belief on its page.")),
                ("texts", models.JSONField(help_text="Texts of its page, with the words that they say.")),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.AlterField(
                    "searchterm",
                    "code",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="terms",
                        to="codes.procedurecode",
                    ),
                ),
            ],
            state_operations=[migrations.DeleteModel("SearchTerm")],
        ),
    ]
