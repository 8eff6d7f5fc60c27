"""Any number of rungs: a rung is known by its key in the procedure, its state says of which kind it is."""

import django.contrib.postgres.fields
from django.db import migrations, models

from cases.sql import guards

#: So far each procedure had one rung of each state. The guard wants the version counted up; these are the same facts.
NAME_THE_RUNGS = """
UPDATE cases_stage SET rung_key = state WHERE rung_key = '';
ALTER TABLE cases_case DISABLE TRIGGER case_state_guard;
UPDATE cases_case c SET rung_key = s.state FROM cases_stage s WHERE s.id = c.current_stage_id AND c.rung_key = '';
ALTER TABLE cases_case ENABLE TRIGGER case_state_guard;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0010_keeping"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="rung_key",
            field=models.CharField(default="", max_length=40),
        ),
        migrations.AddField(
            model_name="case",
            name="urgency_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="deadline",
            name="clock",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="deadline",
            name="label",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="procedureversion",
            name="shape",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="stage",
            name="follow_ups",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="stage",
            name="rung_key",
            field=models.CharField(default="", max_length=40),
        ),
        migrations.AlterField(
            model_name="case",
            name="settled_in",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AlterField(
            model_name="case",
            name="subject",
            field=models.CharField(
                choices=[
                    ("unborn_baby", "Unborn baby"),
                    ("baby", "Baby"),
                    ("child", "Child"),
                    ("young_person", "Young person"),
                    ("sibling_group", "Brothers and sisters"),
                    ("theme", "Several children"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="deadline",
            name="rule",
            field=models.CharField(
                choices=[
                    ("settle", "Settle this or take it on"),
                    ("accept", "Accept this"),
                    ("reply", "Answer and give your side's position"),
                    ("answer_refusal", "Decide what to do after your manager's answer"),
                    ("independent_view", "Give an independent view"),
                    ("advice", "Give advice"),
                    ("acknowledge", "Read the feedback and say so"),
                    ("action", "Carry out an agreed action"),
                    ("check_understood", "Confirm what was agreed"),
                    ("check_done", "Say whether it was done and whether it helped"),
                    ("debrief", "Debrief and close"),
                    ("safety", "Confirm what keeps the child safe"),
                    ("duty", "Do what the procedure asks for"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="entry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("concern", "The concern"),
                    ("safety_line", "What keeps the child safe meanwhile"),
                    ("situation", "The situation now"),
                    ("contact", "Contact with the other side"),
                    ("meeting", "Meeting"),
                    ("position", "Position"),
                    ("common_ground", "Agreed and disputed facts"),
                    ("intention", "Intention to escalate"),
                    ("brief", "Brief to the next stage"),
                    ("entry_check", "Confirmed before the next stage"),
                    ("manager_view", "The manager's view"),
                    ("new_facts", "New facts"),
                    ("view_request", "Request for an independent view"),
                    ("independent_view", "Independent view"),
                    ("advice_request", "Request for advice"),
                    ("advice", "Advice"),
                    ("update", "Update"),
                    ("urgency", "Change of urgency"),
                    ("horizon", "Change of the time by which harm could occur"),
                    ("extension", "More time for this stage"),
                    ("pause", "The clock stands still"),
                    ("resumed", "The clock runs again"),
                    ("agreement", "Agreement"),
                    ("action", "Agreed action"),
                    ("action_done", "Action reported"),
                    ("duty_done", "Duty of the procedure done"),
                    ("determination", "Determination"),
                    ("referral", "Referral"),
                    ("chaired_meeting", "Chaired meeting"),
                    ("minutes", "Minutes of the chaired meeting"),
                    ("committee_outcome", "Outcome of the committee"),
                    ("feedback", "Feedback to the raiser"),
                    ("check_back", "Check back"),
                    ("debrief", "Debrief"),
                    ("closing", "Closing statement"),
                    ("reopening", "Reason for reopening"),
                    ("correction", "Correction"),
                    ("glass", "Emergency access"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="moveddate",
            name="rule",
            field=models.CharField(
                choices=[
                    ("settle", "Settle this or take it on"),
                    ("accept", "Accept this"),
                    ("reply", "Answer and give your side's position"),
                    ("answer_refusal", "Decide what to do after your manager's answer"),
                    ("independent_view", "Give an independent view"),
                    ("advice", "Give advice"),
                    ("acknowledge", "Read the feedback and say so"),
                    ("action", "Carry out an agreed action"),
                    ("check_understood", "Confirm what was agreed"),
                    ("check_done", "Say whether it was done and whether it helped"),
                    ("debrief", "Debrief and close"),
                    ("safety", "Confirm what keeps the child safe"),
                    ("duty", "Do what the procedure asks for"),
                ],
                max_length=20,
            ),
        ),
        migrations.RunSQL(NAME_THE_RUNGS, migrations.RunSQL.noop),
        migrations.RunSQL(guards(), migrations.RunSQL.noop),
    ]
