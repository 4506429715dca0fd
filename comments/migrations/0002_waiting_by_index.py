"""The queue finds what waits without passing over what was decided."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("comments", "0001_initial")]
    operations = [
        migrations.AddIndex("comment", models.Index(fields=["state", "created_at", "id"], name="comment_waiting")),
        migrations.AddIndex("message", models.Index(fields=["done_at", "created_at", "id"], name="message_waiting")),
    ]
