"""Emergency access: somebody outside a case read it for an hour, said why, and is asked about it (break-glass)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Agency, User
from accounts.roles import Role
from accounts.standing import acted_for
from cases.models.case import Case
from cases.models.entry import Entry

LASTS = timedelta(minutes=60)
#: As what somebody may open one.
OPENERS = frozenset({Role.LINE_MANAGER, Role.SENIOR_MANAGER, Role.DESIGNATED_LEAD, Role.CSWO})


def opens_for(person: User, case: Case) -> int | None:
    """Return for whom a deputy opens and reads a case in an emergency; None for who may in a role of their own."""
    return acted_for(person, *OPENERS, agencies=[agency.pk for agency in case.agencies()])


class BreakGlassQuerySet(models.QuerySet["BreakGlass"]):
    def live(self, user: User, at: datetime) -> BreakGlassQuerySet:
        """Return the accesses of an active person that have not run out, in their own partnership."""
        if not user.is_active:
            return self.none()
        return self.filter(
            user=user, opened_at__lte=at, until__gt=at, case__partnership=user.agency.partnership_id
        )

    def to_review(self) -> BreakGlassQuerySet:
        """Return those nobody has looked into yet."""
        return self.filter(reviewed_at=None)


class BreakGlass(models.Model):
    """One person, one case, one hour, to read alone. The words of why, and of the review, stand in entries."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="glass")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    reason = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    until = models.DateTimeField()
    reviewer = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    review_due_at = models.DateTimeField()
    remind_at = models.DateTimeField(null=True)  # when the sweep next reminds; null once it was looked into
    reviewed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    justified = models.BooleanField(null=True)
    review = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="+")

    objects = BreakGlassQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "until"], name="glass_live"),
            models.Index(fields=["remind_at"], name="glass_to_remind", condition=Q(reviewed_at=None)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(until__gt=F("opened_at"), until__lte=F("opened_at") + LASTS),
                name="glass_at_most_an_hour",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("user")), name="glass_reviewed_by_another"
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by=None, justified=None)
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False, justified__isnull=False),
                name="glass_reviewed_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} read case {self.case_id} until {self.until}"
