"""Which items of a scheduled correction clashed on its day is a column; until now the audit log alone told it."""

from django.db import migrations, models


def fill(apps, schema_editor):
    corrections = apps.get_model("codes", "Correction").objects
    given_back = apps.get_model("codes", "AuditEntry").objects.filter(act="gave back").order_by("at", "id")
    # Such as "Correction 212 of D6011" and "clash: answer, use_when.buried".
    for subject, detail in given_back.values_list("subject", "detail"):
        pk, items = subject.split()[1], detail.removeprefix("clash: ").split(", ")
        corrections.filter(pk=pk).update(clashed=items)


class Migration(migrations.Migration):
    dependencies = [("codes", "0010_tries_at_a_password")]
    operations = [
        migrations.AddField(
            "correction",
            "clashed",
            models.JSONField(
                blank=True,
                db_default=[],
                default=list,
                help_text="Keys of the items that clashed with the page on the first day of its edition.",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
