"""Who stands in which relation to a case: the only source of case access."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q, TextChoices

from accounts.models import Agency, Partnership, Team, User
from accounts.standing import standing_of
from cases.models.case import Case
from cases.workflow import State

#: The order of lists of cases.
NEWEST = ("-case_opened_at", "-case")


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
    OUTSIDER = "outsider", "Emergency access"  # stands in the record only: nobody takes part by it


class Side(TextChoices):
    RAISING = "raising", "Raising side"
    RECEIVING = "receiving", "Receiving side"
    NEUTRAL = "neutral", "Neither side"


class ParticipationQuerySet(models.QuerySet["Participation"]):
    def live(self) -> ParticipationQuerySet:
        """Return those that have not ended."""
        return self.filter(ended_at=None)

    def letting_in(self, user: User) -> ParticipationQuerySet:
        """Return those through which a person sees a case now: their own, and those of whom they act for today."""
        return self.live().filter(
            user_id__in=standing_of(user).acting_ids, partnership_id=user.agency.partnership_id
        )

    def read_as(self, case: Case, user: User) -> Participation | None:
        """Return the part in which a person reads a case: their own first, else one of whom they act for; or None."""
        mine = self.letting_in(user).filter(case=case)
        return min(mine, key=lambda part: (part.user_id != user.pk, part.pk), default=None)


class Participation(models.Model):
    """A person takes part in a case, from one instant to another, for a reason.

    It is also the case's line in that person's lists, so it carries copies of what lists go by: a list is then one
    stretch of an index, whatever it is narrowed by and however many cases there are.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="participations")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="participations", db_index=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", db_index=False)
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    relation = models.CharField(max_length=20, choices=Relation.choices)
    side = models.CharField(max_length=10, choices=Side.choices)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    added_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    why = models.CharField(max_length=200, blank=True)
    mail_failed_at = models.DateTimeField(null=True)  # an email about the case could not be delivered to them
    looked_at = models.DateTimeField(null=True)  # when this person last opened the case
    # Copies from the case. Only its state changes; `Change.save` writes it here too.
    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="+", db_index=False)
    raising_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", db_index=False)
    receiving_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", db_index=False)
    case_state = models.CharField(max_length=20, choices=State.choices)
    case_open = models.BooleanField()
    case_opened_at = models.DateTimeField()

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(relation="outsider"), name="participation_of_insiders"),
            models.CheckConstraint(
                condition=~Q(relation__in=["decider", "committee"]) | Q(side="neutral"),
                name="participation_decides_on_no_side",
            ),
            models.UniqueConstraint(
                fields=["case", "user", "relation"],
                condition=Q(ended_at=None),
                name="participation_once_while_live",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["user", *by, *NEWEST], name=f"participation_{name}", condition=Q(ended_at=None)
            )
            for name, by in {
                "all": [],
                "open": ["case_open"],
                "state": ["case_state"],
                "raising": ["raising_agency", "case_open"],
                "receiving": ["receiving_agency", "case_open"],
            }.items()
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.relation} of {self.case_id}"

    @staticmethod
    def copies(case: Case) -> dict[str, Any]:
        """Return what a new participation copies from its case as it is now, by column."""
        return {
            "partnership_id": case.partnership_id,
            "raising_agency_id": case.raising_agency_id,
            "receiving_agency_id": case.receiving_agency_id,
            "case_state": case.state,
            "case_open": not case.ended,
            "case_opened_at": case.opened_at,
        }

    @classmethod
    def of(cls, case: Case, **fields: Any) -> Participation:
        """Return a new participation, not yet saved, with its copies."""
        return cls(case=case, **cls.copies(case), **fields)
