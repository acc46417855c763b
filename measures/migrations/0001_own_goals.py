import accounts.models.people
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [("accounts", "0004_addresses_are_sealed")]

    operations = [
        migrations.CreateModel(
            name="Goal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.CharField(default=accounts.models.people.new_public_id, editable=False, max_length=16, unique=True)),
                ("words", models.CharField(max_length=200)),
                ("revision", models.PositiveIntegerField(default=1)),
                ("set_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField(blank=True, null=True)),
                ("let_go_at", models.DateTimeField(blank=True, null=True)),
                ("author", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="goals", to="accounts.member")),
            ],
            options={"indexes": [models.Index(fields=["author", "set_at"], name="goal_by_author")]},
        ),
        migrations.CreateModel(
            name="GoalRating",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("score", models.PositiveSmallIntegerField()),
                ("rated_at", models.DateTimeField()),
                ("goal", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="ratings", to="measures.goal")),
            ],
            options={
                "ordering": ["rated_at", "pk"],
                "indexes": [models.Index(fields=["goal", "rated_at"], name="rating_by_goal")],
                "constraints": [models.CheckConstraint(condition=models.Q(("score__gte", 0), ("score__lte", 10)), name="rating_is_0_to_10")],
            },
        ),
    ]
