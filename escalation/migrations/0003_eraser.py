"""The role that may forget, through functions that write down what was forgotten."""

from django.db import migrations

from escalation.sql import read


class Migration(migrations.Migration):
    dependencies = [("escalation", "0002_anchors")]
    operations = [migrations.RunSQL(read("eraser.sql"), migrations.RunSQL.noop)]
