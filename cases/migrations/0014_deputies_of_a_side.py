"""Who wrote for a side as a deputy does not decide the case later: the guard of decisions, laid down anew."""

from django.db import migrations

from cases.sql import read


class Migration(migrations.Migration):
    dependencies = [("cases", "0013_removal_waits_once")]
    operations = [migrations.RunSQL(read("conflicts.sql"), migrations.RunSQL.noop)]
