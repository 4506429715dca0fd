"""Editors add and change the records of sources."""

from django.apps import apps as live
from django.contrib.auth.management import create_permissions
from django.db import migrations

from cdtsite import roles


def make(apps, schema_editor):
    using = schema_editor.connection.alias
    # Django makes permissions when all migrations are done; the groups need them now.
    create_permissions(live.get_app_config("codes"), verbosity=0, using=using, apps=apps)
    roles.make(apps, using)


class Migration(migrations.Migration):
    dependencies = [("cdtsite", "0001_roles"), ("codes", "0014_sources")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
