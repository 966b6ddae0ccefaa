from django.db import migrations

SIZE = 500


def fill(apps, schema_editor):
    """Note the names of those who shared theirs before names could be searched for."""
    identities = apps.get_model("ttminis_auth", "Identity").objects.using(
        schema_editor.connection.alias
    )
    named = identities.filter(profile_fetched_at__isnull=False, searchable_name="")
    rows, last = named.select_related("account").order_by("pk"), 0
    while batch := list(rows.filter(pk__gt=last)[:SIZE]):
        for identity in batch:
            stored = identity.account.extra_data
            # Other programs write to this column, too, and JSON may be anything.
            name = stored.get("display_name") if isinstance(stored, dict) else None
            if isinstance(name, str):
                identity.searchable_name = name.casefold()[:191]
        identities.bulk_update(batch, ["searchable_name"])
        last = batch[-1].pk


class Migration(migrations.Migration):
    dependencies = [("ttminis_auth", "0004_admin")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
