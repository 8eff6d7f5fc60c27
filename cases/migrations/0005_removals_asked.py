"""Removals are asked for by people in a case; Re-thinks and concerns are lawfully forgotten as well."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases.sql import read


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("cases", "0004_finding"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RemovalRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry", models.UUIDField()),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("court_order", "A court ordered it"),
                            ("wrong_child", "It is about the wrong child or person"),
                            ("retention", "Its time for keeping has passed"),
                        ],
                        max_length=12,
                    ),
                ),
                ("why", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("refusal", models.TextField(blank=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="removal",
            name="removal_says_what",
        ),
        migrations.AlterField(
            model_name="removal",
            name="kind",
            field=models.CharField(
                choices=[
                    ("text", "The words of one entry"),
                    ("case", "A whole case"),
                    ("rethink", "A whole Re-think"),
                    ("concern", "A whole concern"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="retentionrule",
            name="kind",
            field=models.CharField(
                choices=[
                    ("settled", "Settled and closed"),
                    ("withdrawn", "Withdrawn or taken up elsewhere"),
                    ("rethink", "Re-think beside no case"),
                    ("concern", "Concern about how an agency works"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="removal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(models.Q(("kind", "text"), _negated=True), ("entry", None)),
                    models.Q(("entry__isnull", False), ("kind", "text")),
                    _connector="OR",
                ),
                name="removal_says_what",
            ),
        ),
        migrations.AddField(
            model_name="removalrequest",
            name="answered_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="removalrequest",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="removalrequest",
            name="case",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="removals_asked",
                to="cases.case",
            ),
        ),
        migrations.AddField(
            model_name="removalrequest",
            name="partnership",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.partnership"
            ),
        ),
        migrations.AddField(
            model_name="removalrequest",
            name="removal",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="requests",
                to="cases.removal",
            ),
        ),
        migrations.AddField(
            model_name="removalrequest",
            name="rethink",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="removals_asked",
                to="cases.rethink",
            ),
        ),
        migrations.AddConstraint(
            model_name="removalrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("case", None), ("rethink__isnull", False)),
                    models.Q(("case__isnull", False), ("rethink", None)),
                    _connector="OR",
                ),
                name="removal_request_about_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="removalrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("answered_by", None),
                    models.Q(("answered_by", models.F("asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="removal_request_answered_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="removalrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answered_at", None), ("refusal", ""), ("removal", None)),
                    models.Q(("answered_at__isnull", False), ("refusal", ""), ("removal__isnull", False)),
                    models.Q(
                        ("answered_at__isnull", False),
                        ("removal", None),
                        models.Q(("refusal", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="removal_request_taken_on_or_refused",
            ),
        ),
        migrations.AddConstraint(
            model_name="removalrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("answered_at", None)), fields=("entry",), name="removal_requested_once"
            ),
        ),
        migrations.RunSQL(read("forgetting_beside.sql"), migrations.RunSQL.noop),
    ]
