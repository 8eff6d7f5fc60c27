"""One append-only piece of the record: words that somebody wrote, with when it happened and when it was written."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q, TextChoices

from accounts.models import Agency, User
from cases.models.case import Case, Stage
from cases.models.participation import Side
from escalation.trail.writing import canonical

#: Written more than a day after it happened: shown as a late entry (G27).
LATE_AFTER = timedelta(hours=24)


class Kind(TextChoices):
    CONCERN = "concern", "The concern"
    SAFETY_LINE = "safety_line", "What keeps the child safe meanwhile"
    SITUATION = "situation", "The situation now"
    CONTACT = "contact", "Contact with the other side"
    MEETING = "meeting", "Meeting"
    POSITION = "position", "Position"
    COMMON_GROUND = "common_ground", "Agreed and disputed facts"
    INTENTION = "intention", "Intention to escalate"
    BRIEF = "brief", "Brief to the next stage"
    ENTRY_CHECK = "entry_check", "Confirmed before the next stage"
    MANAGER_VIEW = "manager_view", "The manager’s view"
    NEW_FACTS = "new_facts", "New facts"
    VIEW_REQUEST = "view_request", "Request for an independent view"
    INDEPENDENT_VIEW = "independent_view", "Independent view"
    ADVICE_REQUEST = "advice_request", "Request for advice"
    ADVICE = "advice", "Advice"
    UPDATE = "update", "Update"
    URGENCY = "urgency", "Change of urgency"
    HORIZON = "horizon", "Change of the time by which harm could occur"
    EXTENSION = "extension", "More time for this stage"
    PAUSE = "pause", "The clock stands still"
    RESUMED = "resumed", "The clock runs again"
    AGREEMENT = "agreement", "Agreement"
    ACTION = "action", "Agreed action"
    ACTION_DONE = "action_done", "Action reported"
    DUTY_DONE = "duty_done", "Duty of the procedure done"
    DETERMINATION = "determination", "Determination"
    REFERRAL = "referral", "Referral"
    CHAIRED_MEETING = "chaired_meeting", "Chaired meeting"
    MINUTES = "minutes", "Minutes of the chaired meeting"
    COMMITTEE_OUTCOME = "committee_outcome", "Outcome of the committee"
    FEEDBACK = "feedback", "Feedback to the raiser"
    CHECK_BACK = "check_back", "Check back"
    DEBRIEF = "debrief", "Debrief"
    CLOSING = "closing", "Closing statement"
    REOPENING = "reopening", "Reason for reopening"
    CORRECTION = "correction", "Correction"
    GLASS = "glass", "Emergency access"


class Visibility(TextChoices):
    SHARED = "shared", "Everybody in the case"
    OWN_AGENCY = "own_agency", "My agency only"
    DECIDERS = "deciders", "Those who decide"


class EntryQuerySet(models.QuerySet["Entry"]):
    def of_kind(self, *kinds: Kind) -> EntryQuerySet:
        """Return the entries of these kinds."""
        return self.filter(kind__in=kinds)


class Entry(models.Model):
    """Never edited: a correction supersedes it and both are shown.

    `content` is the canonical JSON of the named texts; with `salt` it is what an event commits to, so that a text can
    be lawfully erased and the chain still verifies. The runtime role may only add and read.
    """

    append_only = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="entries", db_index=False)
    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="entries", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    acting_for = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(max_length=60)  # the role as it was then, in words
    side = models.CharField(max_length=10, choices=Side.choices)
    happened_at = models.DateTimeField()
    written_at = models.DateTimeField()
    visibility = models.CharField(max_length=12, choices=Visibility.choices, default=Visibility.SHARED)
    supersedes = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by", db_index=False
    )
    content = models.TextField()
    salt = models.BinaryField()

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        indexes: ClassVar = [models.Index(fields=["case", "written_at"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["stage"],
                condition=Q(kind="determination", supersedes=None),
                name="one_determination_per_stage",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @classmethod
    def compose(cls, texts: dict[str, Any], **facts: Any) -> Entry:
        """Return an unsaved entry holding these named texts."""
        return cls(content=canonical(texts), salt=os.urandom(32), **facts)

    @cached_property
    def texts(self) -> dict[str, Any]:
        """Return the named texts."""
        return dict(json.loads(self.content)) if self.content else {}

    @property
    def commitment(self) -> str:
        """Return what the event that carries this entry commits to, as hex."""
        return hashlib.sha256(b"\x03" + bytes(self.salt) + self.content.encode()).hexdigest()

    @property
    def late(self) -> bool:
        """Return whether it was written more than a day after it happened."""
        return self.written_at - self.happened_at > LATE_AFTER
