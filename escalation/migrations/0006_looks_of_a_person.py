"""An index for what one person opened lately, and whether that was said (bar F8)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("escalation", "0005_seal_first")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX trail_event_looks_of_a_person ON trail_event (actor_id, claimed_at) "
            "WHERE verb IN ('looked', 'many_cases_opened')",
            "DROP INDEX trail_event_looks_of_a_person",
        ),
    ]
