"""The roles nobody logs in as, the audit trail, and its seal."""

import uuid

from django.db import migrations, models
from django.db.models import Q

from escalation.sql import read


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(read("roles.sql"), migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("chain", models.UUIDField()),
                ("seq", models.BigIntegerField(default=0)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("claimed_at", models.DateTimeField()),
                ("actor_id", models.BigIntegerField(null=True)),
                ("acting_for_id", models.BigIntegerField(null=True)),
                ("acting_role", models.CharField(blank=True, max_length=40)),
                ("agency_id", models.BigIntegerField(null=True)),
                ("verb", models.CharField(max_length=40)),
                ("object_ref", models.CharField(max_length=60)),
                ("payload", models.TextField()),
                ("salt", models.BinaryField()),
                ("commitment", models.BinaryField(default=b"")),
                ("prev", models.BinaryField(default=b"")),
                ("hash", models.BinaryField(default=b"")),
                ("token", models.UUIDField(null=True)),
            ],
            options={"db_table": "trail_event", "ordering": ["chain", "seq"]},
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(fields=("chain", "seq"), name="event_has_its_place"),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(
                condition=Q(("token__isnull", False)), fields=("token",), name="event_form_sent_once"
            ),
        ),
        migrations.RunSQL(read("trail.sql"), migrations.RunSQL.noop),
    ]
