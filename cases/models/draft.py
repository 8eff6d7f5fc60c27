"""What somebody has begun to write, and what the scope screen sent elsewhere."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from accounts.models import Agency, Partnership, User
from cases.models.case import Case
from cases.models.procedure import ProcedureVersion


class Draft(models.Model):
    """Half-written words, kept on the server for their writer alone until they are sent or thrown away.

    One for each person and form: `purpose` is "log" for a new disagreement, else the name of the step of a case.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="drafts")
    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="drafts")
    purpose = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "case", "purpose"], name="draft_one_per_form", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"draft of {self.purpose} by {self.user_id}"


class Diversion(models.Model):
    """The scope screen sent somebody to another route: counted without a child or a person (G05)."""

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=40)
    route = models.CharField(max_length=30)
    # What they were shown: under which procedure, and the title of its signpost as it stood then.
    procedure = models.ForeignKey(ProcedureVersion, null=True, on_delete=models.PROTECT, related_name="+")
    signpost = models.CharField(max_length=200, blank=True)
    on = models.DateField()

    def __str__(self) -> str:
        return f"{self.route} on {self.on}"
