"""Commenters who asked are told when their comment is published and answered."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("codes", "0020_public_rejections"), ("comments", "0002_waiting_by_index")]
    operations = [
        migrations.AddField(
            model_name="comment",
            name="tell",
            field=models.BooleanField(
                db_default=False, default=False, help_text="Tell this address when it is published and answered."
            ),
        ),
        migrations.CreateModel(
            name="Told",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "answer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="comments.comment",
                    ),
                ),
                (
                    "comment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="told", to="comments.comment"
                    ),
                ),
                (
                    "mail",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="told", to="codes.mail"
                    ),
                ),
            ],
        ),
    ]
