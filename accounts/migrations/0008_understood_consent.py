import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_aliases_that_look_alike")]

    operations = [
        migrations.CreateModel(
            name="ConsentTerms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveSmallIntegerField(unique=True)),
                ("words_hash", models.CharField(max_length=64)),
                ("published_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ConsentGiven",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("given_at", models.DateTimeField()),
                ("member", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="accounts.member")),
                ("terms", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="given", to="accounts.consentterms")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("member", "terms"), name="one_consent_of_a_member_per_version")
                ],
            },
        ),
        migrations.CreateModel(
            name="TeachBackCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveSmallIntegerField()),
                ("question", models.CharField(max_length=20)),
                ("option", models.CharField(blank=True, max_length=20)),
                ("month", models.DateField()),
                ("times", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("version", "question", "option", "month"), name="one_count_of_an_answer_per_month")
                ],
            },
        ),
    ]
