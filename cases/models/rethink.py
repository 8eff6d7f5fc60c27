"""A Re-think: a facilitated meeting beside the ladder, with notes that only those in the room may read (PO01-PO06)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q, TextChoices

from accounts.models import Agency, Partnership, User
from accounts.roles import Role
from accounts.standing import Covered, Held, standing_of
from cases.models.case import Case
from cases.models.gathering import Gathering, Invitation
from cases.models.procedure import ProcedureVersion
from cases.models.texts import Texts


def coordinates_for(user: User) -> list[int]:
    """Return the partnerships whose Re-thinks a person arranges today, in their own role or for somebody."""
    standing = standing_of(user)
    places: tuple[Held | Covered, ...] = (*standing.held, *standing.covering)
    return [p.partnership_id for p in places if p.role == Role.RETHINK_COORDINATOR]


class RethinkQuerySet(models.QuerySet["Rethink"]):
    def visible_to(self, user: User) -> RethinkQuerySet:
        """Return those a person takes part in: they asked, were invited once it was arranged, or arrange them.

        A deputy sees what a coordinator arranges, and nobody else's Re-think: the room is a personal one.
        """
        if not user.is_active:
            return self.none()
        asked = Q(part=Invitation.Part.ASKER) | Q(rethink__arranged_at__isnull=False)
        mine = Invitation.objects.live().filter(asked, rethink=OuterRef("pk"), user=user)
        arranges = Q(partnership_id__in=coordinates_for(user))
        return self.filter(Exists(mine) | arranges, partnership_id=user.agency.partnership_id)


class Rethink(Gathering):
    """Facts for lists, rules and reports. Words that people wrote stand in notes."""

    class Reason(TextChoices):
        DISAGREEMENT = "disagreement", "We disagree"
        STUCK = "stuck", "The work is stuck"

    class State(TextChoices):
        ASKED = "asked", "Asked for"
        ARRANGED = "arranged", "Arranged"
        HELD = "held", "Held"
        REDIRECTED = "redirected", "Not arranged"
        CANCELLED = "cancelled", "Called off"

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="rethinks")
    procedure = models.ForeignKey(ProcedureVersion, on_delete=models.PROTECT, related_name="rethinks")
    chain = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ASKED)
    reason = models.CharField(max_length=14, choices=Reason.choices)
    considered = models.JSONField(default=dict)  # consideration -> yes or no; never a bar (PO02)
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="rethinks")
    became = models.OneToOneField(Case, null=True, on_delete=models.PROTECT, related_name="rethink_before")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    arranged_at = models.DateTimeField(null=True)  # first
    arranged_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    held_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # redirected or called off
    outcomes = ArrayField(
        models.CharField(max_length=40), default=list
    )  # hoped-for outcomes that were ticked

    objects = RethinkQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-asked_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state__in=["arranged", "held"])
                | Q(arranged_at__isnull=False, meets_at__isnull=False),
                name="rethink_arranged_with_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="held", held_at__isnull=False) | ~Q(state="held") & Q(held_at=None),
                name="rethink_held_with_a_time",
            ),
            models.CheckConstraint(
                condition=Q(became=None) | Q(state="held", case=None),
                name="rethink_held_before_it_became_a_case",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["partnership", "-asked_at"], name="rethink_of_partnership"),
        ]

    def __str__(self) -> str:
        return f"Re-think {self.reference}"

    @property
    def label(self) -> str:
        """Return what the procedure it follows calls such a meeting."""
        laid = ProcedureVersion.of(self.procedure_id).definition.rethink
        return laid.label if laid is not None else "Re-think"

    @property
    def called_off(self) -> bool:
        return self.state in (self.State.REDIRECTED, self.State.CANCELLED)

    @property
    def contact(self) -> User | None:
        return self.arranged_by


class RethinkNoteQuerySet(models.QuerySet["RethinkNote"]):
    def readable_by(self, user: User) -> RethinkNoteQuerySet:
        """Return the notes of Re-thinks this person takes part in, room notes only where they were in the room.

        The only way to the words of a Re-think: pages, drafts of a case and exports all start here. No role opens
        the room, and no deputy stands in for somebody who was there (PO06).
        """
        there = Invitation.objects.filter(
            rethink=OuterRef("rethink"), user=user, attended=True, withdrawn_at=None
        )
        return self.filter(Q(room=False) | Exists(there), rethink__in=Rethink.objects.visible_to(user))


class RethinkNote(Texts):
    """Words written in a Re-think. Never edited, only corrected by a note beside them; an event of its trail commits
    to each."""

    class Kind(TextChoices):
        REQUEST = "request", "What it is about"
        CONSIDERED = "considered", "What was thought of first"
        ANSWER = "answer", "Answer of the coordinator"
        STEP = "step", "Notes of a step"
        OUTCOME = "outcome", "A hoped-for outcome"
        ACTION = "action", "Action"
        CORRECTION = "correction", "Correction of a step"

    rethink = models.ForeignKey(Rethink, on_delete=models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    key = models.CharField(max_length=40, blank=True)  # of the step or the outcome
    room = models.BooleanField(default=False)  # for those who were in the room alone

    objects = RethinkNoteQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["written_at"]
        indexes: ClassVar = [models.Index(fields=["rethink", "written_at"], name="rethink_note_of")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} {self.id}"


class RethinkAction(models.Model):
    """Something to be done that came out of a Re-think: what (its note), who, by which day."""

    class Status(TextChoices):
        OPEN = "open", "To do"
        DONE = "done", "Done"
        NOT_DONE = "not_done", "Not done"

    rethink = models.ForeignKey(Rethink, on_delete=models.CASCADE, related_name="actions")
    number = models.PositiveSmallIntegerField()
    note = models.OneToOneField(RethinkNote, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Invitation, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    reported_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["rethink", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rethink", "number"], name="rethink_action_numbered_once")
        ]

    def __str__(self) -> str:
        return f"Action {self.number} of Re-think {self.rethink_id}"
