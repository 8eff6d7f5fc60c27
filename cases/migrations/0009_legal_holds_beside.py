"""Legal holds on Re-thinks and concerns as well; a hold that lasts is never deleted."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases.sql import read


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0008_paper_runs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="legalhold",
            name="concern",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="holds",
                to="cases.agencyconcern",
            ),
        ),
        migrations.AddField(
            model_name="legalhold",
            name="rethink",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="holds",
                to="cases.rethink",
            ),
        ),
        migrations.AlterField(
            model_name="legalhold",
            name="case",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="cases.case"
            ),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("case__isnull", False), ("concern", None), ("rethink", None)),
                    models.Q(("case", None), ("concern", None), ("rethink__isnull", False)),
                    models.Q(("case", None), ("concern__isnull", False), ("rethink", None)),
                    _connector="OR",
                ),
                name="hold_on_one_matter",
            ),
        ),
        migrations.RunSQL(read("holds.sql"), "DROP FUNCTION hold_keeps() CASCADE"),
    ]
