"""A meeting that somebody is invited to, and the invitations to it: what a Re-think and a chaired meeting share."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q, TextChoices

from accounts.models import User
from cases.models.case import new_reference


class Gathering(models.Model):
    """When and where people meet. `sequence` counts each change, so that calendars take the newest."""

    reference = models.CharField(max_length=8, unique=True, default=new_reference, editable=False)
    meets_at = models.DateTimeField(null=True)
    minutes = models.PositiveSmallIntegerField(null=True)
    place = models.CharField(max_length=200, blank=True)
    link = models.URLField(max_length=500, blank=True)
    sequence = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True

    @property
    def ends_at(self) -> datetime | None:
        """Return when the meeting ends (UTC); None while there is no time for it."""
        if self.meets_at is None:
            return None
        return self.meets_at + timedelta(minutes=self.minutes or 60)

    @property
    def called_off(self) -> bool:
        """Return whether the meeting will not take place."""
        raise NotImplementedError

    @property
    def contact(self) -> User | None:
        """Return who arranges it: whom somebody tells that they cannot come."""
        raise NotImplementedError


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def live(self) -> InvitationQuerySet:
        """Return those that were not withdrawn."""
        return self.filter(withdrawn_at=None)


class Invitation(models.Model):
    """One person is invited to one meeting: somebody with an account, or a guest known by their address alone.

    A guest gets mail with a calendar file and can be recorded as having come. They never read anything here.
    """

    class Part(TextChoices):
        ASKER = "asker", "Asked for it"
        INVITEE = "invitee", "Invited"
        FACILITATOR = "facilitator", "Leads it, takes no side"
        CHAIR = "chair", "Chairs it"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    rethink = models.ForeignKey(
        "cases.Rethink", null=True, on_delete=models.CASCADE, related_name="invitations"
    )
    meeting = models.ForeignKey(
        "cases.ChairedMeeting", null=True, on_delete=models.CASCADE, related_name="invitations"
    )
    part = models.CharField(max_length=12, choices=Part.choices, default=Part.INVITEE)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True)  # of a guest, as written down at the meeting
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    attended = models.BooleanField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(rethink__isnull=False, meeting=None) | Q(rethink=None, meeting__isnull=False),
                name="invitation_to_one_meeting",
            ),
            models.UniqueConstraint(
                fields=["rethink", "email"],
                condition=Q(withdrawn_at=None, rethink__isnull=False),
                name="invited_once_to_a_rethink",
            ),
            models.UniqueConstraint(
                fields=["meeting", "email"],
                condition=Q(withdrawn_at=None, meeting__isnull=False),
                name="invited_once_to_a_meeting",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("invited_at")),
                name="invitation_withdrawn_after_it_was_made",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "rethink"], name="invitation_of_person", condition=~Q(rethink=None))
        ]

    def __str__(self) -> str:
        return f"{self.part} of {self.rethink_id or self.meeting_id}"

    @property
    def gathering(self) -> Gathering:
        """Return the meeting it is to."""
        found: Gathering | None = self.rethink if self.rethink_id else self.meeting
        assert found is not None
        return found

    @property
    def who(self) -> str:
        """Return the name of the person, or the address of a guest whose name nobody has written down yet."""
        return self.user.full_name if self.user else self.name or self.email
