"""What the audit reports read: a narrow row for each case and for each visit to a stage, kept beside the record.

Nobody writes these but `cases.reports.facts`: a trigger notes each case that got an event (`FactsDue`), and the next
report, or the worker a minute later, works those cases out again from their own rows. They hold no words of anybody.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import Agency, Partnership
from cases.models.case import Case, Stage


class Replied(models.TextChoices):
    """What became of the first question to the other side."""

    IN_TIME = "in_time", "Answered in time"
    LATE = "late", "Answered late"
    SILENT = "silent", "No answer before it went on"
    WAITING = "waiting", "Still waiting"


class Kept(models.TextChoices):
    """Whether a stage was left by the instant first promised for it."""

    IN_TIME = "in_time", "Left in time"
    LATE = "late", "Left late"
    OPEN = "open", "Still there"
    NO_LIMIT = "no_limit", "No timescale"


class Helped(models.TextChoices):
    """What the two sides said of the child at the second check back."""

    BOTH = "both", "Both say it helped"
    NO = "no", "No side says it helped"
    MISMATCH = "mismatch", "They do not agree"
    WAITING = "waiting", "Not answered by both yet"


class CaseFacts(models.Model):
    """One case as the reports count it. Days are local days of the partnership; hours run round the clock."""

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.CASCADE, related_name="+")
    partnership = models.ForeignKey(Partnership, on_delete=models.CASCADE, related_name="+", db_index=False)
    raising = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+", db_index=False)
    receiving = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+", db_index=False)
    opened_on = models.DateField()
    settled_on = models.DateField(null=True)
    waited_hours = models.IntegerField(null=True)  # from opening to settlement or end; null while in dispute
    reached = models.PositiveSmallIntegerField()  # the highest rung, as its place in LADDER
    families = models.PositiveSmallIntegerField()  # a bit for each reporting family, in the order of Family
    reasons = ArrayField(models.CharField(max_length=40))  # the procedure's own
    lapses = models.PositiveSmallIntegerField()
    safety_lines = models.PositiveSmallIntegerField()  # 1: stated at the start; more: confirmed again
    notices_due = models.PositiveSmallIntegerField()
    notices_given = models.PositiveSmallIntegerField()
    feedback_given = models.PositiveSmallIntegerField()
    feedback_read = models.PositiveSmallIntegerField()
    understood_asked = models.PositiveSmallIntegerField()
    understood_yes = models.PositiveSmallIntegerField()
    understood_no = models.PositiveSmallIntegerField()
    done_asked = models.PositiveSmallIntegerField()
    done_yes = models.PositiveSmallIntegerField()
    done_no = models.PositiveSmallIntegerField()
    reopened = models.PositiveSmallIntegerField()
    declined = models.PositiveSmallIntegerField()
    views_asked = models.PositiveSmallIntegerField()
    views_for = models.PositiveSmallIntegerField()
    views_against = models.PositiveSmallIntegerField()
    determined = models.PositiveSmallIntegerField()
    referred = models.PositiveSmallIntegerField()
    file_reference = models.BooleanField()
    debriefed = models.BooleanField()
    learning = models.BooleanField()
    after_senior = models.BooleanField()  # withdrawn after a senior person had written
    heard_raising = models.CharField(
        max_length=3
    )  # the closing questions: "yes" to all, "no" to one, "" none
    heard_receiving = models.CharField(max_length=3)
    state = models.CharField(max_length=20)
    urgency = models.CharField(max_length=10)
    outcome = models.CharField(max_length=40)
    settled_in = models.CharField(max_length=20)
    replied = models.CharField(max_length=10, choices=Replied.choices)
    helped = models.CharField(max_length=10, choices=Helped.choices, blank=True)
    about = models.CharField(max_length=10)

    class Meta:
        verbose_name_plural = "case facts"
        indexes: ClassVar = [models.Index(fields=["partnership", "opened_on"], name="case_facts_period")]

    def __str__(self) -> str:
        return f"facts of {self.case_id}"


class StageFacts(models.Model):
    """One visit of a case to a rung as the reports count it."""

    stage = models.OneToOneField(Stage, primary_key=True, on_delete=models.CASCADE, related_name="+")
    case_id = models.BigIntegerField()
    partnership = models.ForeignKey(Partnership, on_delete=models.CASCADE, related_name="+", db_index=False)
    opened_on = models.DateField()  # of the case
    hours = models.IntegerField(null=True)  # from coming to leaving; null while it is there
    accepted_hours = models.IntegerField(null=True)
    due_at = models.DateTimeField(null=True)  # as promised on entry, while it is there
    state = models.CharField(max_length=20)
    urgency = models.CharField(max_length=10)  # as it was on entry
    kept = models.CharField(max_length=10, choices=Kept.choices)
    outcome = models.CharField(max_length=40)

    class Meta:
        verbose_name_plural = "stage facts"
        indexes: ClassVar = [models.Index(fields=["partnership", "opened_on"], name="stage_facts_period")]

    def __str__(self) -> str:
        return f"facts of stage {self.stage_id}"


class FactsDue(models.Model):
    """A case got an event since its facts were worked out. Added by a trigger, without any index but its key."""

    case_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"case {self.case_id}"
