"""What keeps the trail honest towards whoever runs the database: checkpoints, and who holds them outside."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q, TextChoices


class Checkpoint(models.Model):
    """The heads of all chains at one instant, as one root. Number, time, chaining and hash are set by the database."""

    append_only = True

    n = models.BigIntegerField(primary_key=True, default=0)
    at = models.DateTimeField(auto_now_add=True)
    prev = models.BinaryField(default=b"")
    chains = models.BigIntegerField()
    events = models.BigIntegerField()
    root = models.BinaryField()
    hash = models.BinaryField(default=b"")

    class Meta:
        db_table = "trail_checkpoint"

    def __str__(self) -> str:
        return f"checkpoint {self.n}"


class Head(models.Model):
    """The head of a chain that has grown since the checkpoint before: what a later reader needs for the root."""

    append_only = True

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="heads")
    chain = models.UUIDField()
    seq = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        db_table = "trail_checkpoint_head"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chain", "seq"], name="head_once_for_each_place"),
        ]

    def __str__(self) -> str:
        return f"{self.chain}/{self.seq} at checkpoint {self.checkpoint_id}"


class Tombstone(models.Model):
    """What is left of a chain that was lawfully disposed of: its last sequence and hash. Written by the database."""

    append_only = True
    written_by_database = True

    chain = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField()
    hash = models.BinaryField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "trail_tombstone"

    def __str__(self) -> str:
        return f"{self.chain}, disposed of"


class Witness(models.Model):
    """A mailbox outside that is sent every checkpoint: of an agency, or of the auditor."""

    class Kind(TextChoices):
        AGENCY = "agency", "Agency"
        AUDITOR = "auditor", "Auditor"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    organisation = models.CharField(max_length=120)
    email = models.EmailField()
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "trail_witness"
        verbose_name_plural = "witnesses"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["email"], condition=Q(ended_at=None), name="witness_once_while_asked"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation} ({self.get_kind_display().lower()})"


class Receipt(models.Model):
    """One checkpoint for one witness: sent when, and acknowledged when. `key` is in the mail and nowhere else."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="receipts")
    witness = models.ForeignKey(Witness, on_delete=models.PROTECT, related_name="receipts")
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    try_at = models.DateTimeField(null=True)  # null: sent, or given up
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "trail_receipt"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["checkpoint", "witness"], name="receipt_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["try_at"], name="receipt_to_send", condition=Q(try_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint} for {self.witness}"
