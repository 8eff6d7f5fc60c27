"""More time for a stage, and days on which its clocks stand still: rows, so that each date can be worked out again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Partnership, User
from cases.models.case import Case, Stage
from cases.models.deadline import Deadline, Rule
from cases.models.procedure import RuleNote
from cases.models.rethink import Rethink


class Pause(models.Model):
    """Local days on which the clocks of a stage stand still: from `first_day` up to, but not including, `resumes_on`.

    The reason stands in the entry. Ended early, `resumes_on` is the day on which it was, and `ended_at` says when.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="pauses")
    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="pauses")
    first_day = models.DateField()
    resumes_on = models.DateField()
    rethink = models.ForeignKey(
        Rethink, null=True, on_delete=models.PROTECT, related_name="+"
    )  # until this one meets; else somebody asked for it
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(resumes_on__gte=F("first_day")), name="pause_days_in_order")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.first_day} to {self.resumes_on}"


class Extension(models.Model):
    """More time for the settle duty of a stage, counted on from when it was due. The reason stands in the entry."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="extensions")
    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="extensions")
    amount = models.PositiveSmallIntegerField()
    unit = models.CharField(max_length=20)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gte=1), name="extension_of_something")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.amount} {self.unit}"


class Reprojection(models.Model):
    """The open dates of a partnership are to be worked out again, since its calendar or a limit of its own changed.

    Made in the transaction of the change; the sweep works through the cases in order of their ids and keeps how far
    it came in `up_to`, so that nothing is lost when it is stopped.
    """

    class Cause(models.TextChoices):
        CALENDAR = "calendar", "The calendar changed"
        LIMIT = "limit", "A limit of the partnership changed"

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="reprojections")
    cause = models.CharField(max_length=10, choices=Cause.choices)
    reason = models.CharField(
        max_length=300, blank=True
    )  # why the calendar changed; for a limit it is the note
    note = models.ForeignKey(RuleNote, null=True, on_delete=models.PROTECT, related_name="+")
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    up_to = models.BigIntegerField(default=0)  # the last case that was looked at
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["id"], name="reprojection_open", condition=Q(done_at=None))]

    def __str__(self) -> str:
        return f"{self.cause} {self.made_at:%Y-%m-%d %H:%M}Z"

    @property
    def why(self) -> str:
        """Return why the dates were worked out again, or that the words were removed."""
        return self.note.words if self.note else self.reason


class MovedDate(models.Model):
    """One date that a reprojection moved: the list of before and after for administrators."""

    append_only = True

    reprojection = models.ForeignKey(Reprojection, on_delete=models.CASCADE, related_name="moved")
    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="+")
    reference = models.CharField(max_length=8)
    rule = models.CharField(max_length=20, choices=Rule.choices)
    was = models.DateTimeField()
    becomes = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.reference} {self.rule}"
