"""What is learnt: items that come back to whoever raised them, good practice recognised, and one's own reflections."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, TextChoices

from accounts.models import Agency, Partnership, User
from cases.models.case import Case
from cases.models.procedure import ProcedureVersion


class Theme(TextChoices):
    THRESHOLDS = "thresholds", "Referrals and thresholds"
    ASSESSMENT = "assessment", "Assessing risk and need"
    PLANS = "plans", "Plans and services"
    TIMESCALES = "timescales", "Timescales and drift"
    INFORMATION = "information", "Sharing information"
    ROLES = "roles", "Roles and working together"
    GUIDANCE = "guidance", "The guidance itself"
    OTHER = "other", "Something else"


class LearningQuerySet(models.QuerySet["LearningItem"]):
    def shared_in(self, partnership: Partnership) -> LearningQuerySet:
        """Return what everybody of a partnership may read: items with a decision that were shared."""
        return self.filter(partnership=partnership, shared=True, state__in=["adopted", "done"])


class LearningItem(models.Model):
    """One thing practice, policy or procedure should learn from; written without anybody's name (G30, G31).

    `raised_by` and `case` serve to tell the raiser what changed; no page of the committee shows either.
    """

    class Source(TextChoices):
        CASE = "case", "A disagreement"
        RETHINK = "rethink", "A Re-think"
        DEBRIEF = "debrief", "A debrief"
        GUIDANCE = "guidance", "Guidance that was not clear"

    class Route(TextChoices):
        GROUP = "practice_improvement_group", "Practice improvement group"
        COMMITTEE = "cpc", "The committee"
        PARTICIPANTS = "participants", "Those who took part"

    class State(TextChoices):
        RAISED = "raised", "Waiting for a decision"
        ADOPTED = "adopted", "Taken up"
        NOTED = "noted", "Noted, nothing to change"
        DONE = "done", "Changed"

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", db_index=False)
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="learning")
    # Not a constraint: when the case is disposed of, what was learnt from it stays.
    case = models.ForeignKey(
        Case, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="learning"
    )
    theme = models.CharField(max_length=12, choices=Theme.choices)
    source = models.CharField(max_length=10, choices=Source.choices)
    route = models.CharField(max_length=30, choices=Route.choices)
    what = models.TextField()
    raised_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.RAISED)
    decision = models.TextField(blank=True)
    owner = models.CharField(max_length=120, blank=True)
    due_on = models.DateField(null=True)
    shared = models.BooleanField(default=False)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    changed = models.TextField(blank=True)  # what altered, in words for the raiser
    procedure = models.ForeignKey(
        ProcedureVersion, null=True, on_delete=models.PROTECT, related_name="learning"
    )
    done_at = models.DateTimeField(null=True)

    objects = LearningQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-raised_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["partnership", "-raised_at"], name="learning_of_partnership")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="raised", decided_at=None)
                | (~Q(state="raised") & Q(decided_at__isnull=False) & ~Q(decision="")),
                name="learning_decided_with_words",
            ),
            models.CheckConstraint(
                condition=~Q(state="adopted") | (~Q(owner="") & Q(due_on__isnull=False)),
                name="learning_taken_up_with_owner_and_day",
            ),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False) & ~Q(changed="") | ~Q(state="done"),
                name="learning_done_with_what_changed",
            ),
        ]

    def __str__(self) -> str:
        return f"Learning item {self.pk}"


class Recognition(models.Model):
    """A message that recognises good practice, to a colleague and their manager. Nobody else reads it."""

    append_only = True

    sender = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    colleague = models.ForeignKey(User, on_delete=models.PROTECT, related_name="recognised")
    manager = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    words = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(sender=models.F("colleague")), name="recognition_of_somebody_else"
            )
        ]

    def __str__(self) -> str:
        return f"Recognition of {self.colleague_id}"


class ReflectiveAccount(models.Model):
    """Somebody's own reflection for their registration (PK11). It belongs to them: no other page ever reads it."""

    class Setting(TextChoices):
        ALONE = "individual", "On my own"
        GROUP = "group", "In a group"
        SUPERVISION = "supervision", "In supervision"

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=120)
    on = models.DateField()
    setting = models.CharField(max_length=12, choices=Setting.choices)
    practice = models.TextField()
    learned = models.TextField()
    changed = models.TextField(blank=True)
    codes = ArrayField(models.CharField(max_length=40), default=list)
    relevance = models.TextField(blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-on", "-pk"]

    def __str__(self) -> str:
        return f"Reflective account {self.pk}"
