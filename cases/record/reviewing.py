"""Reading a whole case for a review: an officer asks with a reason, somebody else allows it for two weeks."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts.grants import holds
from accounts.models import Partnership, User
from accounts.permissions import Permission
from accounts.roles import Role
from accounts.standing import acted_for, standing_of
from cases.models import Case, ReviewRequest
from cases.record.looks import reads_chain
from cases.refusals import NotAllowed, NotNow
from escalation.trail.models import REGISTRY
from escalation.trail.writing import Actor, Line, append_many

LASTS = timedelta(days=14)
LEAST_WORDS = 5
ROLE = "review"


def may_ask(person: User, partnership: Partnership) -> bool:
    """Return whether somebody may ask to read a case for a review: an officer of the committee."""
    return person.is_active and any(
        h.role == Role.CPC_OFFICER and h.partnership_id == partnership.pk for h in standing_of(person).held
    )


def may_allow(person: User, partnership: Partnership) -> bool:
    """Return whether somebody may allow it: who determines in the partnership, or their deputy."""
    return holds(person, Permission.DETERMINE, partnership)


def ask(reference: str, *, reason: str, by: User, at: datetime) -> ReviewRequest:
    """Ask to read a whole case. Raises NotAllowed, or NotNow with the same words for a case that does not exist."""
    partnership = by.agency.partnership
    if not may_ask(by, partnership):
        raise NotAllowed("Only an officer of the committee asks to read a case for a review.")
    if len(reason.split()) < LEAST_WORDS:
        raise NotNow("Say in a sentence what the review is and why it needs the whole case.")
    case = Case.objects.filter(partnership=partnership, reference=reference.strip().upper()).first()
    if case is None:
        raise NotNow("There is no case with this reference. Check the reference.")
    with transaction.atomic():
        row = ReviewRequest.objects.create(case=case, reason=reason.strip(), asked_by=by, asked_at=at)
        _record("review_asked", row, by, at)
    return row


def answer(request: ReviewRequest, *, allow: bool, by: User, at: datetime) -> None:
    """Allow a request for two weeks, or refuse it. Raises NotAllowed for the one who asked and for who may not."""
    with transaction.atomic():
        row = (
            ReviewRequest.objects.select_for_update(of=("self",))
            .select_related("case__partnership")
            .get(pk=request.pk)
        )
        if row.asked_by_id == by.pk or not may_allow(by, row.case.partnership):
            raise NotAllowed(
                "The Chief Social Work Officer or the deputy allows this, and never who asked for it."
            )
        if row.answered_at is not None:
            raise NotNow("This was answered already.")
        row.answered_by, row.answered_at = by, at
        row.allowed_until = at + LASTS if allow else None
        row.save()
        _record("review_allowed" if allow else "review_refused", row, by, at)


def allowed(pk: int, person: User, at: datetime) -> ReviewRequest | None:
    """Return a request under which this person may read the case now, or None."""
    if not may_ask(person, person.agency.partnership):
        return None
    found: ReviewRequest | None = (
        ReviewRequest.objects.filter(
            pk=pk, asked_by=person, allowed_until__gt=at, case__partnership=person.agency.partnership
        )
        .select_related("case")
        .first()
    )
    return found


def _record(verb: str, row: ReviewRequest, by: User, at: datetime) -> None:
    # Who asks holds the role themselves; who allows it may be a deputy.
    acting_for = None if verb == "review_asked" else acted_for(by, Role.CSWO)
    actor, ref = Actor(by.pk, ROLE, by.agency_id, acting_for), f"review:{row.pk}"
    chains = (reads_chain(row.case.chain), REGISTRY)
    append_many([Line(chain, verb, ref, {"review": row.pk}, actor) for chain in chains], at=at)
