"""One sealed line of the audit trail."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

#: Accounts, grants, settings, procedures and denials of the whole deployment are chained here.
REGISTRY = uuid.UUID("00000000-0000-4000-8000-000000000001")


class Event(models.Model):
    """Who did what, when, in which role and for which agency as they were then.

    Sequence, server time, commitment and hashes are computed by a trigger (escalation/sql/trail.sql); what a caller
    puts there is ignored. The runtime role can add and read events only. `payload` is canonical JSON and holds no
    personal text: words that people wrote stand in entries, to which the payload commits.
    """

    append_only = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    chain = models.UUIDField()
    seq = models.BigIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)  # the server's own time, set by the trigger
    claimed_at = models.DateTimeField()  # when the application says it happened
    actor_id = models.BigIntegerField(null=True)  # null: the service itself, by the clock
    acting_for_id = models.BigIntegerField(null=True)
    acting_role = models.CharField(max_length=40, blank=True)
    agency_id = models.BigIntegerField(null=True)
    verb = models.CharField(max_length=40)
    object_ref = models.CharField(max_length=60)
    payload = models.TextField()
    salt = models.BinaryField()
    commitment = models.BinaryField(default=b"")
    prev = models.BinaryField(default=b"")
    hash = models.BinaryField(default=b"")
    token = models.UUIDField(null=True)  # the form that was sent: a second sending adds nothing

    class Meta:
        db_table = "trail_event"
        ordering: ClassVar = ["chain", "seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chain", "seq"], name="event_has_its_place"),
            models.UniqueConstraint(
                fields=["token"], condition=Q(token__isnull=False), name="event_form_sent_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain}/{self.seq} {self.verb}"
