"""A removal waits once for its second person, also where two keepers ask for it in one instant."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0012_words_of_settling")]

    operations = [
        migrations.AddConstraint(
            model_name="removal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("done_at", None), ("replayed", False)),
                fields=("chain", "entry"),
                name="removal_waits_once",
                nulls_distinct=False,
            ),
        ),
    ]
