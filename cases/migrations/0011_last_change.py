"""Each case keeps what changed it last, for lists; cases that are there get it from the trail."""

from django.db import migrations, models

from cases.sql import guards

#: What `audit.in_short` writes, from the newest event of each case.
KNOWN = """
UPDATE cases_case SET last_change = jsonb_build_object(
    'verb', last.verb, 'facts', last.payload::jsonb - 'entries', 'actor', last.actor_id
)::text
FROM cases_case c CROSS JOIN LATERAL (
    SELECT verb, payload, actor_id FROM trail_event WHERE chain = c.chain ORDER BY seq DESC LIMIT 1
) last
WHERE c.id = cases_case.id
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0010_reasons_of_rules")]
    operations = [
        migrations.AddField("case", "last_change", models.TextField(blank=True, default="")),
        migrations.RunSQL(guards(), migrations.RunSQL.noop),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
