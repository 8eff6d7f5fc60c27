"""Search: the words of each entry beside it, and the searches that people keep."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cases.sql import read


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("cases", "0003_remind_of_reviews"),
        ("escalation", "0003_searches_of_a_person"),
    ]
    operations = [
        migrations.RunSQL(
            read("finding.sql"),
            "ALTER TABLE cases_entry DROP COLUMN words; DROP FUNCTION entry_words(text)",
        ),
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(max_length=300)),
                ("saved_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_searches",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["name", "pk"], "verbose_name_plural": "saved searches"},
        ),
        migrations.AddConstraint(
            model_name="savedsearch",
            constraint=models.UniqueConstraint(fields=("user", "name"), name="saved_search_once_by_name"),
        ),
    ]
