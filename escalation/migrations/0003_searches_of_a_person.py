"""How often somebody searched lately is asked at each search: an index for that."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("escalation", "0002_seals")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX trail_searches ON trail_event (actor_id, claimed_at) WHERE verb = 'searched'",
            "DROP INDEX trail_searches",
        )
    ]
