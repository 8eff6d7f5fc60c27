"""What was agreed to be done, the two check backs on it, and referrals."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q, TextChoices

from accounts.models import Agency, User
from cases.models.case import Case, Stage
from cases.models.entry import Entry
from cases.models.participation import Side


class Action(models.Model):
    """An agreed action: what (its entry), who, agency, by which day, and how it ended (G24)."""

    class Status(TextChoices):
        OPEN = "open", "To do"
        DONE = "done", "Done"
        NOT_DONE = "not_done", "Not done"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="actions")
    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="actions")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    done_at = models.DateTimeField(null=True)
    report = models.ForeignKey(Entry, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["case", "stage", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stage", "number"], name="action_numbered_once")
        ]

    def __str__(self) -> str:
        return f"Action {self.number} of case {self.case_id}"


class CheckBack(models.Model):
    """One question of a check back, asked of one side: understood the same way? done, and did it help? (G25, G36)."""

    class Round(TextChoices):
        UNDERSTOOD = "understood", "Understood the same way"
        DONE = "done", "Done, and did it help"

    class Answer(TextChoices):
        YES = "yes", "Yes"
        NO = "no", "No"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="check_backs")
    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="check_backs")
    round = models.CharField(max_length=12, choices=Round.choices)
    side = models.CharField(max_length=10, choices=Side.choices)
    asked_of = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=3, choices=Answer.choices, blank=True)
    helped = models.CharField(max_length=3, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True)
    entry = models.ForeignKey(Entry, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stage", "round", "side"], name="check_back_asked_once"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None) | Q(answered_at__isnull=False) & ~Q(answer=""),
                name="check_back_answered_with_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} of {self.side} in case {self.case_id}"


class Referral(models.Model):
    """The CSWO referred a case to the committee or the Chief Officers Group (PK05)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="referrals")
    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="referrals")
    body = models.CharField(max_length=20)  # key of the procedure's referral bodies
    referred_on = models.DateField()
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")
    outcome_on = models.DateField(null=True)
    outcome_entry = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stage", "body"], name="referred_once_per_body")
        ]

    def __str__(self) -> str:
        return f"{self.body} referral of case {self.case_id}"
