
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('codes', '0020_public_rejections'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='mail',
            name='kind',
            field=models.CharField(choices=[('confirm', 'Confirmation'), ('question', 'Question'), ('outcome', 'Outcome'), ('access', 'Link to act on the receipt'), ('receipts', 'Links of all receipts'), ('follow', 'Question whether to follow'), ('changes', 'Changes that are followed'), ('waiting', 'Corrections that wait'), ('ask', 'Question whether to tell of a comment'), ('told', 'News of a comment'), ('answer', 'Answer to a message')], max_length=10),
        ),
        migrations.CreateModel(
            name='Follow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(help_text='Private: where its mails go.', max_length=254)),
                ('topic', models.CharField(max_length=110)),
                ('how_often', models.CharField(choices=[('at_once', 'At once'), ('daily', 'Once a day'), ('weekly', 'Once a week')], max_length=10)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now, help_text='When we asked for its confirmation.')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('address', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='follows', to='codes.address')),
                ('editor', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='follow', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AddField(
            model_name='mail',
            name='follow',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='mails', to='codes.follow'),
        ),
        migrations.CreateModel(
            name='News',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField()),
                ('correction', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='codes.correction')),
                ('follow', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='news', to='codes.follow')),
                ('mail', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='news', to='codes.mail')),
                ('revision', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='codes.revision')),
            ],
        ),
        migrations.CreateModel(
            name='Untold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('correction', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='codes.correction')),
                ('revision', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='codes.revision')),
            ],
        ),
        migrations.AddIndex(
            model_name='follow',
            index=models.Index(condition=models.Q(('confirmed_at__isnull', False)), fields=['topic', 'id'], name='follow_topic'),
        ),
        migrations.AddConstraint(
            model_name='follow',
            constraint=models.UniqueConstraint(condition=models.Q(('editor', None)), fields=('address', 'topic'), name='follow_once'),
        ),
        migrations.AddConstraint(
            model_name='follow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('editor__isnull', False), ('topic', 'queue')), models.Q(models.Q(('topic', 'queue'), _negated=True), ('editor', None)), _connector='OR'), name='follow_queue_is_an_editors'),
        ),
        migrations.AddIndex(
            model_name='news',
            index=models.Index(condition=models.Q(('mail', None)), fields=['due_at'], name='news_due'),
        ),
        migrations.AddConstraint(
            model_name='news',
            constraint=models.UniqueConstraint(fields=('follow', 'revision'), name='news_of_change_once'),
        ),
        migrations.AddConstraint(
            model_name='news',
            constraint=models.UniqueConstraint(fields=('follow', 'correction'), name='news_of_correction_once'),
        ),
        migrations.AddConstraint(
            model_name='news',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('correction__isnull', False), ('revision', None)), models.Q(('correction', None), ('revision__isnull', False)), _connector='OR'), name='news_is_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='untold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('correction__isnull', False), ('revision', None)), models.Q(('correction', None), ('revision__isnull', False)), _connector='OR'), name='untold_is_one_thing'),
        ),
    ]
