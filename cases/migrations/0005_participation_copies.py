import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

#: What those already there go by, from their cases.
FILL = """
    UPDATE cases_participation p
    SET case_state = c.state, partnership_id = c.partnership_id,
        raising_agency_id = c.raising_agency_id, receiving_agency_id = c.receiving_agency_id
    FROM cases_case c WHERE c.id = p.case_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_second_administrator"),
        ("cases", "0004_beside_the_ladder"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="deadline",
            name="deadline_of_case",
        ),
        migrations.RemoveIndex(
            model_name="participation",
            name="participation_open_list",
        ),
        migrations.RenameIndex(
            model_name="participation",
            new_name="participation_all",
            old_name="participation_whole_list",
        ),
        migrations.AddField(
            model_name="participation",
            name="case_state",
            field=models.CharField(
                choices=[
                    ("resolution", "Resolution"),
                    ("line_manager", "With the line manager"),
                    ("managers", "Between managers"),
                    ("senior_managers", "Between senior managers"),
                    ("cswo", "With the Chief Social Work Officer"),
                    ("committee", "With the committee"),
                    ("agreed", "Agreed, being checked back"),
                    ("determined", "Determined, being checked back"),
                    ("closed", "Closed"),
                    ("withdrawn", "Withdrawn"),
                    ("diverted", "Taken up elsewhere"),
                ],
                max_length=20,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="participation",
            name="partnership",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.partnership",
            ),
        ),
        migrations.AddField(
            model_name="participation",
            name="raising_agency",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.agency",
            ),
        ),
        migrations.AddField(
            model_name="participation",
            name="receiving_agency",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.agency",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="participation",
            name="partnership",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.partnership",
            ),
        ),
        migrations.AlterField(
            model_name="participation",
            name="raising_agency",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.agency",
            ),
        ),
        migrations.AlterField(
            model_name="participation",
            name="receiving_agency",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.agency",
            ),
        ),
        migrations.AlterField(
            model_name="participation",
            name="case_state",
            field=models.CharField(
                choices=[
                    ("resolution", "Resolution"),
                    ("line_manager", "With the line manager"),
                    ("managers", "Between managers"),
                    ("senior_managers", "Between senior managers"),
                    ("cswo", "With the Chief Social Work Officer"),
                    ("committee", "With the committee"),
                    ("agreed", "Agreed, being checked back"),
                    ("determined", "Determined, being checked back"),
                    ("closed", "Closed"),
                    ("withdrawn", "Withdrawn"),
                    ("diverted", "Taken up elsewhere"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="participation",
            name="added_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="participation",
            name="agency",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.agency",
            ),
        ),
        migrations.AlterField(
            model_name="participation",
            name="case_open",
            field=models.BooleanField(),
        ),
        migrations.AlterField(
            model_name="participation",
            name="team",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.team",
            ),
        ),
        migrations.AlterField(
            model_name="participation",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="participations",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="deadline",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["case", "person"], name="deadline_of_case"
            ),
        ),
        migrations.AddIndex(
            model_name="participation",
            index=models.Index(
                condition=models.Q(("ended_at", None)),
                fields=["user", "case_open", "-case_opened_at", "-case"],
                name="participation_open",
            ),
        ),
        migrations.AddIndex(
            model_name="participation",
            index=models.Index(
                condition=models.Q(("ended_at", None)),
                fields=["user", "case_state", "-case_opened_at", "-case"],
                name="participation_state",
            ),
        ),
        migrations.AddIndex(
            model_name="participation",
            index=models.Index(
                condition=models.Q(("ended_at", None)),
                fields=["user", "raising_agency", "case_open", "-case_opened_at", "-case"],
                name="participation_raising",
            ),
        ),
        migrations.AddIndex(
            model_name="participation",
            index=models.Index(
                condition=models.Q(("ended_at", None)),
                fields=["user", "receiving_agency", "case_open", "-case_opened_at", "-case"],
                name="participation_receiving",
            ),
        ),
    ]
