from django.db import migrations

import ttminis_auth.models.exact


def compare_uids_exactly(apps, schema_editor):
    """Have MariaDB and MySQL compare the uid of allauth's accounts exactly.

    It is the open_id, in a unique index of allauth's: by default, a user whose ID
    differs from another one's by the case of a letter could not log in.
    """
    if schema_editor.connection.vendor != "mysql":
        return
    account = apps.get_model("socialaccount", "SocialAccount")
    uid = account._meta.get_field("uid")
    exact = ttminis_auth.models.exact.ExactCharField(max_length=uid.max_length)
    exact.set_attributes_from_name("uid")
    exact.model = account
    schema_editor.alter_field(account, uid, exact)


class Migration(migrations.Migration):

    dependencies = [
        ('ttminis_auth', '0008_sessions_and_vouching'),
    ]

    operations = [
        migrations.AlterField(
            model_name='dailycount',
            name='client_key',
            field=ttminis_auth.models.exact.ExactCharField(max_length=191, verbose_name='client key'),
        ),
        migrations.AlterField(
            model_name='identity',
            name='client_key',
            field=ttminis_auth.models.exact.ExactCharField(max_length=191, verbose_name='client key'),
        ),
        migrations.AlterField(
            model_name='identity',
            name='open_id',
            field=ttminis_auth.models.exact.ExactCharField(db_index=True, max_length=191, verbose_name='open ID'),
        ),
        migrations.AlterField(
            model_name='identity',
            name='searchable_name',
            field=ttminis_auth.models.exact.ExactCharField(blank=True, db_index=True, default='', editable=False, max_length=191),
        ),
        migrations.AlterField(
            model_name='identity',
            name='union_id',
            field=ttminis_auth.models.exact.ExactCharField(blank=True, db_index=True, max_length=191, null=True, verbose_name='union ID'),
        ),
        migrations.AlterField(
            model_name='linkingconflict',
            name='union_id',
            field=ttminis_auth.models.exact.ExactCharField(db_index=True, max_length=191, verbose_name='union ID'),
        ),
        migrations.AlterField(
            model_name='webhookdelivery',
            name='client_key',
            field=ttminis_auth.models.exact.ExactCharField(max_length=191, verbose_name='client key'),
        ),
        migrations.AlterField(
            model_name='webhookdelivery',
            name='user_openid',
            field=ttminis_auth.models.exact.ExactCharField(blank=True, db_index=True, max_length=191, verbose_name='open ID'),
        ),
        # MariaDB alters no table within a transaction.
        migrations.RunPython(
            compare_uids_exactly, migrations.RunPython.noop, atomic=False
        ),
    ]
