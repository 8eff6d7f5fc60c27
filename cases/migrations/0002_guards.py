"""What PostgreSQL itself refuses of the case tables, marks for the reports, and forgets when it lawfully may."""

from django.db import migrations

from cases.sql import guards, read


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("escalation", "0002_seals")]
    operations = [
        migrations.RunSQL(guards(), migrations.RunSQL.noop),
        *[
            migrations.RunSQL(read(name), migrations.RunSQL.noop)
            for name in (
                "procedure_immutable.sql",
                "facts_due.sql",
                "conflicts.sql",
                "erase_text.sql",
                "forgetting.sql",
                "papers.sql",
            )
        ],
    ]
