"""Pages beside the cases ask the trail for whom a deputy did something: an index of what deputies did, by its object."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("escalation", "0003_searches_of_a_person")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX trail_by_deputies ON trail_event (object_ref) WHERE acting_for_id IS NOT NULL",
            "DROP INDEX trail_by_deputies",
        )
    ]
