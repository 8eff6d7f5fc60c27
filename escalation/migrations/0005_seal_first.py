"""Two who begin a chain at the same instant both get their place in it."""

from django.db import migrations

from escalation.sql import read


class Migration(migrations.Migration):
    dependencies = [("escalation", "0004_trail_indexes")]
    operations = [migrations.RunSQL(read("seal_first.sql"), migrations.RunSQL.noop)]
