"""Why a procedure was adopted or a limit set stands in a note of its own, which can lawfully be removed."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases.sql import read


def to(model: str) -> models.ForeignKey:
    return models.ForeignKey(
        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=model
    )


def to_note() -> models.OneToOneField:
    return models.OneToOneField(
        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.rulenote"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_emailchange"),
        ("cases", "0009_legal_holds_beside"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RuleNote",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("written_at", models.DateTimeField()),
                ("content", models.TextField()),
                ("salt", models.BinaryField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("adoption", "Why a procedure was adopted"),
                            ("limit", "Why a limit was set"),
                        ],
                        max_length=12,
                    ),
                ),
                ("agency", to("accounts.agency")),
                ("author", to(settings.AUTH_USER_MODEL)),
                (
                    "partnership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.partnership",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.RemoveConstraint(model_name="localsetting", name="local_setting_has_a_reason"),
        migrations.AlterField(
            model_name="reprojection",
            name="reason",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(model_name="adoption", name="note", field=to_note()),
        migrations.AddField(model_name="localsetting", name="note", field=to_note()),
        migrations.AddField(model_name="reprojection", name="note", field=to("cases.rulenote")),
        migrations.RunSQL(read("reasons_of_rules.sql"), migrations.RunSQL.noop),
        migrations.RemoveField(model_name="adoption", name="reason"),
        migrations.RemoveField(model_name="localsetting", name="reason"),
        migrations.AddConstraint(
            model_name="localsetting",
            constraint=models.CheckConstraint(
                condition=models.Q(("note__isnull", False)), name="local_setting_has_a_reason"
            ),
        ),
        migrations.RunSQL(read("forgetting_rules.sql"), migrations.RunSQL.noop),
        # It knows this kind of text by now.
        migrations.RunSQL(read("erase_text.sql"), migrations.RunSQL.noop),
    ]
