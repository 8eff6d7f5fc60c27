"""A paper for the committee: figures frozen as they were on the day, words beside them, and what was made public."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Partnership, User


class DisclosureSetting(models.Model):
    """How small numbers are treated in what a partnership publishes, from an instant on. The latest one holds."""

    append_only = True

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="+")
    threshold = models.PositiveSmallIntegerField()
    rounding = models.PositiveSmallIntegerField()
    zeros = models.BooleanField()
    base = models.PositiveSmallIntegerField()
    reason = models.TextField()
    set_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["partnership", "-at", "-id"], name="disclosure_latest")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="disclosure_has_a_reason"),
            models.CheckConstraint(
                condition=Q(
                    threshold__gte=1, threshold__lte=20, rounding__gte=1, rounding__lte=F("threshold")
                ),
                name="disclosure_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partnership}: below {self.threshold}, to {self.rounding}"


class Paper(models.Model):
    """One frozen run of the reports. The database refuses a change of what was frozen (cases/sql/papers.sql)."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        APPROVED = "approved", "Approved"
        PUBLISHED = "published", "Published"

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="+")
    first = models.DateField()
    last = models.DateField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+"
    )  # null: the service
    # {"title", "procedures", "definitions", "parts": [{key, title, about, questions, public, tables, shown}]}
    frozen = models.JSONField()
    digest = models.CharField(max_length=64)  # of the frozen run, as canonical JSON
    words = models.JSONField(default=dict)  # what the committee's officer wrote beside each part
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(
        blank=True
    )  # why so much is shown and no more, for whoever answers an FOI request
    # {"rules", "parts", "hidden", "digest"}: the public edition, as published
    public = models.JSONField(null=True)

    class Meta:
        ordering: ClassVar = ["-last", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(first__lte=F("last")), name="paper_period_in_order"),
            models.CheckConstraint(
                condition=Q(status="draft", approved_at=None, published_at=None)
                | Q(status="approved", approved_at__isnull=False, published_at=None)
                | (Q(status="published", published_at__isnull=False, public__isnull=False) & ~Q(reason="")),
                name="paper_status_with_times",
            ),
        ]

    def __str__(self) -> str:
        return f"Paper {self.first} to {self.last}"


class PaperRun(models.Model):
    """A paper that somebody asked for and the worker makes: how far it has come. Nothing of it is a figure."""

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="+")
    first = models.DateField()
    last = models.DateField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    done = models.PositiveSmallIntegerField(default=0)  # parts counted, of `parts`
    parts = models.PositiveSmallIntegerField(default=0)
    doing = models.CharField(max_length=80, blank=True)  # the title of the part being counted
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)  # the worker took it; taken again when nothing came of it
    ended_at = models.DateTimeField(null=True)
    paper = models.OneToOneField(
        Paper, null=True, on_delete=models.SET_NULL, related_name="+"
    )  # null: it failed

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["partnership"], condition=Q(ended_at=None), name="one_paper_made_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.partnership}: {self.first} to {self.last}, {self.done} of {self.parts}"
