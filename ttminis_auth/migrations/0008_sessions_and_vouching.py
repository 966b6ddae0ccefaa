from django.db import migrations, models
from django.db.models import F
import django.utils.timezone


def fill(apps, schema_editor):
    """Take the time that only this package has written.

    A removal is outdated if TikTok vouched for the user later, and the times of the
    stored tokens are asked for that, too. allauth's last login would be too late: it
    moves at any save of the account, and the removal would be dropped.
    """
    identities = apps.get_model("ttminis_auth", "Identity").objects
    identities.using(schema_editor.connection.alias).update(vouched_at=F("created_at"))


class Migration(migrations.Migration):

    dependencies = [
        ("ttminis_auth", "0007_one_way_in"),
    ]

    operations = [
        migrations.AddField(
            model_name="identity",
            name="sessions_valid_from",
            field=models.DateTimeField(
                default=django.utils.timezone.now,
                editable=False,
                verbose_name="sessions valid from",
            ),
        ),
        migrations.AddField(
            model_name="identity",
            name="vouched_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now,
                editable=False,
                verbose_name="vouched for at",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
