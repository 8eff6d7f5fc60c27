"""What PostgreSQL itself refuses: illegal moves, changed entries, changed procedures."""

from django.db import migrations

from cases.sql import guards, read


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("escalation", "0001_trail")]
    operations = [
        migrations.RunSQL(guards(), migrations.RunSQL.noop),
        migrations.RunSQL(read("procedure_immutable.sql"), migrations.RunSQL.noop),
    ]
