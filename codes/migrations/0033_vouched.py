"""A correction knows whether the owner of its address stands behind it. Of those that wait already, none is known to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("codes", "0032_teeth_of_search_entry")]

    operations = [
        migrations.AddField(
            model_name="correction",
            name="vouched",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="By a mail about it, the owner of the address said that it is theirs.",
            ),
        ),
    ]
