"""What PostgreSQL itself holds of the trail: the seal, the heads, the checkpoints, and who may forget."""

from django.db import migrations

from escalation.sql import read


class Migration(migrations.Migration):
    dependencies = [("escalation", "0001_initial")]
    operations = [
        migrations.RunSQL(read(name), migrations.RunSQL.noop)
        for name in ("roles.sql", "trail.sql", "anchors.sql", "eraser.sql")
    ]
