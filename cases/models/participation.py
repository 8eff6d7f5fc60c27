"""Who stands in which relation to a case: the only source of case access."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q, TextChoices

from accounts.models import Agency, Team, User
from cases.models.case import Case


class Relation(TextChoices):
    RAISER = "raiser", "Raised it"
    COUNTERPART = "counterpart", "Counterpart"
    LINE_MANAGER = "line_manager", "Line manager"
    SENIOR_MANAGER = "senior_manager", "Senior manager"
    DECIDER = "decider", "Decides"
    CHAIR = "chair", "Chairs the meeting"
    ADVISER = "adviser", "Advises"
    COMMITTEE = "committee", "For the committee"
    OWNER = "owner", "Carries out an agreed action"


class Side(TextChoices):
    RAISING = "raising", "Raising side"
    RECEIVING = "receiving", "Receiving side"
    NEUTRAL = "neutral", "Neither side"


class ParticipationQuerySet(models.QuerySet["Participation"]):
    def live(self) -> ParticipationQuerySet:
        """Return those that have not ended."""
        return self.filter(ended_at=None)


class Participation(models.Model):
    """A person takes part in a case, from one instant to another, for a reason."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="participations")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="participations")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")
    relation = models.CharField(max_length=20, choices=Relation.choices)
    side = models.CharField(max_length=10, choices=Side.choices)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    added_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=200, blank=True)
    looked_at = models.DateTimeField(null=True)  # when this person last opened the case
    # Copies that give each person's list of cases its own index (PERFORMANCE.md: no DISTINCT, no growth).
    case_open = models.BooleanField(default=True)
    case_opened_at = models.DateTimeField()

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "user", "relation"],
                condition=Q(ended_at=None),
                name="participation_once_while_live",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["user", "-case_opened_at", "-case"],
                name="participation_open_list",
                condition=Q(ended_at=None, case_open=True),
            ),
            models.Index(
                fields=["user", "-case_opened_at", "-case"],
                name="participation_whole_list",
                condition=Q(ended_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.relation} of {self.case_id}"
