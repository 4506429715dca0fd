"""Corrections sent before the queue was ordered by risk get the severity and the topic that they would get today."""

from django.db import migrations

from codes.page import risk


def fill(apps, schema_editor):
    for correction in apps.get_model("codes", "Correction").objects.only("code", "items").iterator():
        correction.severity = risk.severity(correction.items)
        correction.topic = risk.topic(correction.code_id, correction.items)
        correction.save(update_fields=["severity", "topic"])


class Migration(migrations.Migration):
    dependencies = [("codes", "0002_editors_desk")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
