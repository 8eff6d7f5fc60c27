import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases.sql import read


class Migration(migrations.Migration):
    dependencies = [
        ("escalation", "0003_eraser"),
        ("accounts", "0005_sign_in"),
        ("cases", "0009_fewer_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("authority", models.TextField()),
                ("placed_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
                ("why_lifted", models.TextField(blank=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="cases.case"
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "placed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Removal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("text", "The words of one entry"), ("case", "A whole case")], max_length=6
                    ),
                ),
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
                ("authority", models.TextField()),
                ("chain", models.UUIDField()),
                ("entry", models.UUIDField(null=True)),
                ("asked_at", models.DateTimeField()),
                ("approved_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("replayed", models.BooleanField(default=False)),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "partnership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.partnership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by", None),
                            models.Q(("approved_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="removal_by_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("authority", ""), _negated=True), name="removal_has_an_authority"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("entry", None), ("kind", "case")),
                            models.Q(("entry__isnull", False), ("kind", "text")),
                            _connector="OR",
                        ),
                        name="removal_says_what",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RetentionRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("settled", "Settled and closed"),
                            ("withdrawn", "Withdrawn or taken up elsewhere"),
                        ],
                        max_length=12,
                    ),
                ),
                ("years", models.PositiveSmallIntegerField()),
                (
                    "trigger",
                    models.CharField(
                        choices=[
                            ("ended", "When the disagreement ended"),
                            ("last_entry", "When the last entry was written"),
                        ],
                        max_length=12,
                    ),
                ),
                ("authority", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "agency",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.agency",
                    ),
                ),
                (
                    "partnership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.partnership",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("authority", ""), _negated=True),
                        name="retention_has_an_authority",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("years__gte", 1)), name="retention_is_a_year_at_least"
                    ),
                ],
            },
        ),
        migrations.RunSQL(read("forgetting.sql"), migrations.RunSQL.noop),
    ]
