"""
A sign-in no longer holds its address: a seal knows it again.

The addresses of sign-ins made before this are sealed and dropped, not carried into the vault:
no house was open yet, and the demo's people are made anew.
"""

import uuid

from django.db import migrations, models

from vault.seals import seal_address


def seal(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    for user in User.objects.all():
        user.handle = uuid.uuid4()
        user.address_seal = seal_address(user.email)
        user.save(update_fields=["handle", "address_seal"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_learning_from_guides")]

    operations = [
        migrations.AddField(
            "user", "handle", models.UUIDField(null=True, editable=False),
        ),
        migrations.AddField("user", "address_seal", models.CharField(max_length=64, null=True)),
        migrations.RunPython(seal, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            "user", "handle", models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
        migrations.AlterField("user", "address_seal", models.CharField(max_length=64, unique=True)),
        migrations.RemoveField("user", "email"),
    ]
