"""The three roles as groups."""

from django.apps import apps as live
from django.contrib.auth.management import create_permissions
from django.db import migrations

from cdtsite import roles


def make(apps, schema_editor):
    using = schema_editor.connection.alias
    # Django makes permissions when all migrations are done; the groups need them now.
    for label in sorted({name.partition(".")[0] for names in roles.PERMISSIONS.values() for name in names}):
        create_permissions(live.get_app_config(label), verbosity=0, using=using, apps=apps)
    roles.make(apps, using)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("codes", "0004_first_reasons"),
        ("comments", "0001_initial"),
    ]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
