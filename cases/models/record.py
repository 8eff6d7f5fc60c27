"""Records of cases that left the service: to whom, for whom, in which form, and why."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Agency, User
from cases.models.case import Case


class RecordExport(models.Model):
    """One record that somebody took out of the service."""

    append_only = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="exports")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    audience = models.CharField(max_length=10)
    form = models.CharField(max_length=10)
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case", "at"])]

    def __str__(self) -> str:
        return f"{self.form} of {self.case_id}"


class ReviewRequest(models.Model):
    """A committee's officer asks to read a whole case for a review, with a reason; somebody else allows it."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="review_requests")
    reason = models.TextField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    allowed_until = models.DateTimeField(null=True)  # null: not allowed, or not answered

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(answered_by=None) | ~Q(answered_by=F("asked_by")),
                name="review_allowed_by_another",
            )
        ]

    def __str__(self) -> str:
        return f"review of {self.case_id}"
