"""An independently chaired meeting about one case: convened, held or called off, with who was there (WO04)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from cases.models.case import Case, Stage
from cases.models.entry import Entry
from cases.models.gathering import Gathering


class ChairedMeetingQuerySet(models.QuerySet["ChairedMeeting"]):
    def ahead(self) -> ChairedMeetingQuerySet:
        """Return those convened that were neither held nor called off."""
        return self.filter(held_at=None, cancelled_at=None)


class ChairedMeeting(Gathering):
    """The words of it, minutes and outcome, stand in entries of the case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="chaired_meetings")
    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="chaired_meetings")
    convener = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    chair = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    convened_at = models.DateTimeField()
    held_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    minutes_entry = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="+")

    objects = ChairedMeetingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["case", "convened_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(held_at=None, cancelled_at=None),
                name="one_chaired_meeting_ahead",
            ),
            models.CheckConstraint(condition=~Q(chair=F("convener")), name="convener_does_not_chair"),
            models.CheckConstraint(
                condition=Q(held_at=None) | Q(cancelled_at=None), name="chaired_meeting_held_or_called_off"
            ),
        ]

    def __str__(self) -> str:
        return f"Chaired meeting {self.reference}"

    @property
    def called_off(self) -> bool:
        return self.cancelled_at is not None

    @property
    def contact(self) -> User:
        return self.convener
