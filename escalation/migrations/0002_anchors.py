import uuid

import django.db.models.deletion
from django.db import migrations, models

from escalation.sql import read


class Migration(migrations.Migration):
    dependencies = [
        ("escalation", "0001_trail"),
    ]

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("n", models.BigIntegerField(default=0, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("prev", models.BinaryField(default=b"")),
                ("chains", models.BigIntegerField()),
                ("events", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("hash", models.BinaryField(default=b"")),
            ],
            options={
                "db_table": "trail_checkpoint",
            },
        ),
        migrations.CreateModel(
            name="Tombstone",
            fields=[
                ("chain", models.UUIDField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
                ("hash", models.BinaryField()),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "db_table": "trail_tombstone",
            },
        ),
        migrations.CreateModel(
            name="Witness",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("agency", "Agency"), ("auditor", "Auditor")], max_length=10),
                ),
                ("organisation", models.CharField(max_length=120)),
                ("email", models.EmailField(max_length=254)),
                ("since", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name_plural": "witnesses",
                "db_table": "trail_witness",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("email",),
                        name="witness_once_while_asked",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Head",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("chain", models.UUIDField()),
                ("seq", models.BigIntegerField()),
                ("hash", models.BinaryField()),
                (
                    "checkpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="heads",
                        to="escalation.checkpoint",
                    ),
                ),
            ],
            options={
                "db_table": "trail_checkpoint_head",
                "constraints": [
                    models.UniqueConstraint(fields=("chain", "seq"), name="head_once_for_each_place")
                ],
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("try_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, max_length=200)),
                ("acknowledged_at", models.DateTimeField(null=True)),
                (
                    "checkpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="escalation.checkpoint",
                    ),
                ),
                (
                    "witness",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="escalation.witness",
                    ),
                ),
            ],
            options={
                "db_table": "trail_receipt",
                "indexes": [
                    models.Index(
                        condition=models.Q(("try_at__isnull", False)),
                        fields=["try_at"],
                        name="receipt_to_send",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("checkpoint", "witness"), name="receipt_once")
                ],
            },
        ),
        migrations.RunSQL(read("anchors.sql"), migrations.RunSQL.noop),
    ]
