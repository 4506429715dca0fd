"""Corrections of sources: each correction has a code, or the record of a document."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('codes', '0017_stamp'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='correction',
            name='document',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='codes.document'),
        ),
        migrations.AddField(
            model_name='correction',
            name='document_base',
            field=models.ForeignKey(blank=True, help_text='The version that the contributor saw.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='codes.documentrevision'),
        ),
        migrations.AddField(
            model_name='correction',
            name='document_revision',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='correction', to='codes.documentrevision'),
        ),
        migrations.AlterField(
            model_name='correction',
            name='base',
            field=models.ForeignKey(blank=True, help_text='The revision that the contributor saw.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='codes.revision'),
        ),
        migrations.AlterField(
            model_name='correction',
            name='code',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='codes.procedurecode'),
        ),
        migrations.AlterField(
            model_name='documentrevision',
            name='source',
            field=models.CharField(choices=[('import', 'Import'), ('edit', 'Edit'), ('correction', 'Correction'), ('revert', 'Revert'), ('undo', 'Decision taken back')], max_length=12),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('base__isnull', False), ('code__isnull', False), ('document', None), ('document_base', None), ('document_revision', None)), models.Q(('base', None), ('code', None), ('document__isnull', False), ('document_base__isnull', False), ('edition', None), ('revision', None)), _connector='OR'), name='correction_of_a_code_or_of_a_source'),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.CheckConstraint(condition=models.Q(('document_revision', None), ('state', 'accepted'), _connector='OR'), name='correction_accepted_as_a_version'),
        ),
    ]
