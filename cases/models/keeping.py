"""How long records are kept, what stops their disposal, and what was lawfully removed by whom."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q, TextChoices

from accounts.models import Agency, Partnership, User
from cases.models.case import Case
from cases.models.concern import AgencyConcern
from cases.models.procedure import AddedOnly
from cases.models.rethink import Rethink


class RetentionRule(AddedOnly):
    """How long one kind of record is kept, since when, and who laid that down. The latest one holds.

    Without an agency it holds for the whole partnership; the longest period of the agencies in a case decides.
    """

    class Kind(TextChoices):
        SETTLED = "settled", "Settled and closed"
        WITHDRAWN = "withdrawn", "Withdrawn or taken up elsewhere"
        RETHINK = "rethink", "Re-think beside no case"
        CONCERN = "concern", "Concern about how an agency works"

    class Trigger(TextChoices):
        ENDED = "ended", "When the disagreement ended"
        LAST_ENTRY = "last_entry", "When the last entry was written"

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    years = models.PositiveSmallIntegerField()
    trigger = models.CharField(max_length=12, choices=Trigger.choices)
    authority = models.TextField()
    set_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(authority=""), name="retention_has_an_authority"),
            models.CheckConstraint(condition=Q(years__gte=1), name="retention_is_a_year_at_least"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.years} years"


class LegalHold(models.Model):
    """While it lasts nothing of a case, a Re-think or a concern is disposed of: an inquiry, a court or a review may ask
    for it. A hold on a Re-think keeps the case that it would go with. The database refuses as well."""

    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="holds")
    rethink = models.ForeignKey(Rethink, null=True, on_delete=models.PROTECT, related_name="holds")
    concern = models.ForeignKey(AgencyConcern, null=True, on_delete=models.PROTECT, related_name="holds")
    authority = models.TextField()
    placed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    why_lifted = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(case__isnull=False, rethink=None, concern=None)
                | Q(case=None, rethink__isnull=False, concern=None)
                | Q(case=None, rethink=None, concern__isnull=False),
                name="hold_on_one_matter",
            ),
        ]

    def __str__(self) -> str:
        return f"hold on {self.matter}"

    @property
    def matter(self) -> Case | Rethink | AgencyConcern:
        """Return what is held."""
        found = self.case or self.rethink or self.concern
        assert found is not None  # hold_on_one_matter
        return found


class Removal(models.Model):
    """One lawful removal: of one text, or of all of a case, a Re-think or a concern about an agency.

    Asked for by one person, approved by another, and logged.
    """

    class Kind(TextChoices):
        TEXT = "text", "The words of one entry"
        CASE = "case", "A whole case"
        RETHINK = "rethink", "A whole Re-think"
        CONCERN = "concern", "A whole concern"

    class Ground(TextChoices):
        COURT_ORDER = "court_order", "A court ordered it"
        WRONG_CHILD = "wrong_child", "It is about the wrong child or person"
        RETENTION = "retention", "Its time for keeping has passed"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    ground = models.CharField(max_length=12, choices=Ground.choices)
    authority = models.TextField()  # the order, decision or schedule that asks for it
    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="+")
    # No foreign keys: the log outlives what it is about.
    chain = models.UUIDField()
    entry = models.UUIDField(null=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)  # set by the database when the words were gone
    replayed = models.BooleanField(default=False)  # done again after a restore

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("asked_by")), name="removal_by_two_people"
            ),
            models.CheckConstraint(condition=~Q(authority=""), name="removal_has_an_authority"),
            models.CheckConstraint(
                condition=~Q(kind="text") & Q(entry=None) | Q(kind="text", entry__isnull=False),
                name="removal_says_what",
            ),
            models.UniqueConstraint(
                fields=["chain", "entry"],
                condition=Q(done_at=None, replayed=False),
                nulls_distinct=False,
                name="removal_waits_once",
            ),
        ]

    def __str__(self) -> str:
        return f"removal {self.pk}: {self.get_kind_display().lower()}"


class RemovalRequest(models.Model):
    """Somebody who may read a text asks that its words are removed, and says why. Two keepers of records decide.

    It goes with the case or Re-think that it is about: the reason may say what the removed words said.
    """

    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="removals_asked")
    rethink = models.ForeignKey(Rethink, null=True, on_delete=models.CASCADE, related_name="removals_asked")
    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="+")
    entry = models.UUIDField()  # of an entry or a note
    ground = models.CharField(max_length=12, choices=Removal.Ground.choices)
    why = models.TextField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    refusal = models.TextField(blank=True)  # why not
    removal = models.ForeignKey(Removal, null=True, on_delete=models.PROTECT, related_name="requests")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(case=None, rethink__isnull=False) | Q(case__isnull=False, rethink=None),
                name="removal_request_about_one",
            ),
            models.CheckConstraint(
                condition=Q(answered_by=None) | ~Q(answered_by=F("asked_by")),
                name="removal_request_answered_by_another",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, removal=None, refusal="")
                | Q(answered_at__isnull=False, removal__isnull=False, refusal="")
                | Q(answered_at__isnull=False, removal=None) & ~Q(refusal=""),
                name="removal_request_taken_on_or_refused",
            ),
            models.UniqueConstraint(
                fields=["entry"], condition=Q(answered_at=None), name="removal_requested_once"
            ),
        ]

    def __str__(self) -> str:
        return f"request to remove {self.entry}"
