"""A general, cumulative concern about how an agency works: for the designated lead, and never part of a case (WO05)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q, TextChoices

from accounts.models import Agency, Partnership, User
from accounts.roles import Role
from accounts.standing import Covered, Held, standing_of
from cases.models.case import new_reference
from cases.models.procedure import ProcedureVersion
from cases.models.texts import Texts


def leads_for(user: User) -> list[int]:
    """Return the agencies for which a person is designated lead today, in their own role or for somebody."""
    standing = standing_of(user)
    places: tuple[Held | Covered, ...] = (*standing.held, *standing.covering)
    return [p.agency_id for p in places if p.role == Role.DESIGNATED_LEAD and p.agency_id is not None]


class AgencyConcernQuerySet(models.QuerySet["AgencyConcern"]):
    def for_lead(self, user: User) -> AgencyConcernQuerySet:
        """Return those that came to the agencies for which a person is designated lead today."""
        if not user.is_active:
            return self.none()
        return self.filter(
            lead_agency_id__in=leads_for(user), partnership_id=user.agency.partnership_id
        ).exclude(about_id=F("lead_agency_id"))

    def raised_by(self, user: User) -> AgencyConcernQuerySet:
        """Return those a person raised themselves; a deputy does not read them."""
        if not user.is_active:
            return self.none()
        return self.filter(raiser=user, partnership_id=user.agency.partnership_id)


class AgencyConcern(models.Model):
    """Facts without a child and without the words. Who raised it is known to the lead alone."""

    class State(TextChoices):
        RAISED = "raised", "With the designated lead"
        DECIDED = "decided", "Decided, to be followed up"
        ENDED = "ended", "Ended"

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="agency_concerns")
    procedure = models.ForeignKey(ProcedureVersion, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=8, unique=True, default=new_reference, editable=False)
    chain = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RAISED)
    about = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    families = models.JSONField(default=list)  # reporting families, as for reasons of a case
    raiser = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    raising_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    lead_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")  # whose lead decides
    raised_at = models.DateTimeField()
    decision = models.CharField(max_length=40, blank=True)  # key of the procedure's decisions
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    follow_up_on = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)  # when the raiser last read what came of it

    objects = AgencyConcernQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-raised_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="raised", decided_at=None, decision="")
                | ~Q(state="raised") & Q(decided_at__isnull=False) & ~Q(decision=""),
                name="concern_decided_with_a_decision",
            ),
            models.CheckConstraint(
                condition=~Q(about=F("raising_agency")) & ~Q(about=F("lead_agency")),
                name="concern_about_another_agency",
            ),
            models.CheckConstraint(
                condition=~Q(raiser=F("decided_by")), name="concern_not_decided_by_its_raiser"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lead_agency", "state", "-raised_at"], name="concern_of_lead"),
            models.Index(fields=["partnership", "about", "raised_at"], name="concern_pattern"),
        ]

    def __str__(self) -> str:
        return f"Concern {self.reference}"


class ConcernNote(Texts):
    """Words of a concern: what was raised, what the lead decided and why, what the raiser was told."""

    class Kind(TextChoices):
        CONCERN = "concern", "What was noticed"
        REASONS = "reasons", "Why it was decided so"
        TOLD = "told", "What the person who raised it was told"
        FOLLOW_UP = "follow_up", "What came of it"

    concern = models.ForeignKey(AgencyConcern, on_delete=models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=10, choices=Kind.choices)

    class Meta:
        ordering: ClassVar = ["written_at"]
        indexes: ClassVar = [models.Index(fields=["concern", "written_at"], name="concern_note_of")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
