"""Followers are told of sources too: what is waiting to be told is of a revision, of a version or of a correction."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("codes", "0022_desk"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="news",
            name="news_is_one_thing",
        ),
        migrations.RemoveConstraint(
            model_name="untold",
            name="untold_is_one_thing",
        ),
        migrations.AddField(
            model_name="news",
            name="document_revision",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="codes.documentrevision",
            ),
        ),
        migrations.AddField(
            model_name="untold",
            name="document_revision",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="codes.documentrevision",
            ),
        ),
        migrations.AddConstraint(
            model_name="news",
            constraint=models.UniqueConstraint(fields=("follow", "document_revision"), name="news_of_version_once"),
        ),
        migrations.AddConstraint(
            model_name="news",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("correction__isnull", True), ("document_revision__isnull", True), ("revision__isnull", False)
                    ),
                    models.Q(
                        ("correction__isnull", True), ("document_revision__isnull", False), ("revision__isnull", True)
                    ),
                    models.Q(
                        ("correction__isnull", False), ("document_revision__isnull", True), ("revision__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="news_is_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="untold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("correction__isnull", True), ("document_revision__isnull", True), ("revision__isnull", False)
                    ),
                    models.Q(
                        ("correction__isnull", True), ("document_revision__isnull", False), ("revision__isnull", True)
                    ),
                    models.Q(
                        ("correction__isnull", False), ("document_revision__isnull", True), ("revision__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="untold_is_one",
            ),
        ),
    ]
