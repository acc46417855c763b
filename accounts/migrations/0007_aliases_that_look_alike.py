"""
Aliases get a skeleton that is unique, and members what they consented to and came for.

Where two aliases of before look alike, the later keeps its name and gets a skeleton of its own.
"""

import django.contrib.postgres.fields
from django.db import migrations, models

from accounts.confusables import skeleton


def fill(apps, schema_editor):
    Member = apps.get_model("accounts", "Member")
    seen = set()
    for member in Member.objects.order_by("pk").iterator():
        bare = skeleton(member.alias) or member.alias
        # A tilde is in no skeleton, so nothing that is picked later can meet this.
        member.alias_skeleton = bare if bare not in seen else f"{bare}~{member.pk}"
        seen.add(bare)
        member.save(update_fields=["alias_skeleton"])


REASONS = [
    ("talk", "I want to say how I feel"),
    ("listen", "I want to hear from people who have been there"),
    ("lonely", "I feel alone"),
    ("relationships", "Family, friends or a partner"),
    ("stress", "There is too much going on"),
    ("work", "Study or work"),
    ("money", "Money"),
    ("identity", "Who I am"),
    ("mind", "My mind makes days hard"),
    ("body", "My body makes days hard"),
    ("loss", "I miss someone, or something"),
    ("ways", "I want to find ways to cope"),
    ("waiting", "I need something while I wait for help"),
    ("give", "I want to be there for others"),
    ("look", "I am just looking"),
]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_the_members_own_room")]

    operations = [
        migrations.AddField(
            "member", "alias_skeleton", models.CharField(max_length=200, null=True, editable=False)
        ),
        migrations.AddField(
            "member", "consented_version", models.PositiveSmallIntegerField(default=0)
        ),
        migrations.AddField(
            "member", "reasons",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=REASONS, max_length=20),
                blank=True, default=list, size=None,
            ),
        ),
        migrations.AddField("member", "on_waiting_list", models.BooleanField(null=True, blank=True)),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            "member", "alias_skeleton",
            models.CharField(max_length=200, unique=True, editable=False),
        ),
    ]
