"""Indexes for what the clock and the leads ask of the trail; each covers a small part of it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("escalation", "0003_eraser")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX trail_event_weighty ON trail_event (at) "
            "WHERE verb IN ('determined', 'committee_decided', 'text_erased', 'case_disposed')",
            "DROP INDEX trail_event_weighty",
        ),
        migrations.RunSQL(
            "CREATE INDEX trail_event_without_duty ON trail_event (claimed_at) "
            "WHERE verb = 'looked' AND payload LIKE '{\"duty\":false,%'",
            "DROP INDEX trail_event_without_duty",
        ),
    ]
