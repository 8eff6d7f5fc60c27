"""Emergency access to one case: who may, how it is opened and recorded, who hears of it, and how it is looked into.

For a manager, designated lead or chief officer who has to know today and takes no part: an hour, to read alone. It is
no participation: lists, search, exports and every door stay closed (docs/decisions).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.utils import timezone

from accounts.directory import Directory
from accounts.grants import holds
from accounts.models import Partnership, User
from accounts.permissions import Permission
from accounts.roles import Role
from accounts.standing import Standing, acted_for, standing_of
from cases import audit as trail
from cases.access import Look
from cases.actions.change import Change
from cases.audit import Audit, Verb
from cases.deadlines import calendar_of
from cases.holders import directory_for
from cases.models import BreakGlass, Case, Entry, Participation
from cases.models.entry import Kind
from cases.models.glass import LASTS, OPENERS, opens_for
from cases.models.participation import Relation, Side
from cases.refusals import NotAllowed, NotNow
from cases.working_time import add
from escalation.trail.models import REGISTRY
from escalation.trail.writing import Actor, append

LEAST_WORDS = 20
#: As what somebody may be asked to look into an access.
REVIEWERS = frozenset({Role.DESIGNATED_LEAD, Role.CSWO})
REVIEW_WITHIN = (2, "working_days")
#: The reviewer is reminded so long after it was opened, at the due instant, and then each working day.
REMIND_AFTER = (1, "working_days")
#: Said alike for a reference that does not exist and for a case that is not this person's to open.
NO_SUCH = "There is no case with this reference that you can open. Check the reference."


def may_open_any(user: User) -> bool:
    """Return whether the page is for this person at all: somebody with the right in some agency, or who determines."""
    standing = standing_of(user)
    return user.is_active and bool(standing.roles & OPENERS)


def may_open(user: User, case: Case) -> bool:
    """Return whether a person may open this case in an emergency: a manager or lead of one of its two agencies, or who
    determines in its partnership."""
    if user.agency.partnership_id != case.partnership_id:
        return False
    return holds(user, Permission.DETERMINE, case.partnership) or any(
        holds(user, Permission.OPEN_IN_EMERGENCY, agency) for agency in case.agencies()
    )


def open_case(reference: str, *, by: User, reason: str, at: datetime) -> BreakGlass:
    """Give a person an hour to read one case, record why, and tell everybody in it, in one transaction.

    The page asks for a fresh second factor first. Raises NotAllowed for whoever may not and for an unknown reference,
    in the same words; NotNow for too short a reason, and for somebody who takes part or has access already.
    """
    if len(reason.strip()) < LEAST_WORDS:
        raise NotNow("Say in a sentence why you have to know now. Everybody in the case reads it.")
    with transaction.atomic():
        case = Case.objects.whole().select_for_update(of=("self",)).filter(reference=reference).first()
        if case is None or not may_open(by, case):
            raise NotAllowed(NO_SUCH)
        if Case.objects.visible_to(by).filter(pk=case.pk).exists():
            raise NotNow("You take part in this case, so you can open it from your cases.")
        if BreakGlass.objects.live(by, at).filter(case=case).exists():
            raise NotNow("You have access to this case already. It is on this page.")
        change = _as_outsider(case, by, at, Verb.GLASS_BROKEN, opens_for(by, case))
        change.write(Kind.GLASS, {"glass": reason.strip()})
        Entry.objects.bulk_create(change.entries)
        reviewer, calendar = _reviewer(directory_for(case, at), case, by), calendar_of(case.partnership)
        glass = BreakGlass.objects.create(
            case=case,
            user=by,
            agency_id=by.agency_id,
            reason=change.entries[0],
            opened_at=at,
            until=at + LASTS,
            reviewer=reviewer,
            review_due_at=add(*REVIEW_WITHIN, at, calendar),
            remind_at=add(*REMIND_AFTER, at, calendar),
        )
        facts = {"until": glass.until.isoformat(), "reviewer": reviewer.pk if reviewer else None}
        _record(change, facts)
        return glass


def review(glass: BreakGlass, *, by: User, justified: bool, words: str, at: datetime) -> None:
    """Say whether an access was right, with reasons that everybody in the case reads; once.

    Raises NotAllowed for anybody but the reviewer (or who determines, where there is none), NotNow the second time.
    """
    with transaction.atomic():
        case = Case.objects.whole().select_for_update(of=("self",)).get(pk=glass.case_id)
        found = BreakGlass.objects.select_for_update(of=("self",)).get(pk=glass.pk)
        if not may_review(by, found, at):
            raise NotAllowed("Somebody else was asked to look into this.")
        if found.reviewed_at is not None:
            raise NotNow("This was looked into already.")
        change = _as_outsider(case, by, at, Verb.GLASS_REVIEWED, _reviews_for(by, found))
        change.write(Kind.GLASS, {"justified": justified, "review": words.strip()})
        Entry.objects.bulk_create(change.entries)
        found.reviewed_by, found.reviewed_at, found.justified = by, at, justified
        found.review, found.remind_at = change.entries[0], None
        found.save(update_fields=["reviewed_by", "reviewed_at", "justified", "review", "remind_at"])
        _record(change, {"justified": justified, "by": glass.user_id})


def may_review(user: User, glass: BreakGlass, at: datetime) -> bool:
    """Return whether a person is asked to look into an access: its reviewer, whoever acts for them, never oneself.

    Where there is no reviewer, or the time is up, whoever determines in the partnership looks into it too.
    """
    if not user.is_active or user.pk == glass.user_id:
        return False
    if glass.reviewer_id is not None and glass.reviewer_id in standing_of(user).acting_ids:
        return True
    nobody_yet = glass.reviewer_id is None or glass.review_due_at <= at
    return nobody_yet and holds(user, Permission.DETERMINE, glass.case.partnership)


def to_review(user: User, at: datetime) -> list[BreakGlass]:
    """Return what this person is asked to look into, the oldest first."""
    mine = Q(reviewer__in=standing_of(user).acting_ids) | Q(reviewer=None) | Q(review_due_at__lte=at)
    here = BreakGlass.objects.to_review().filter(mine, case__partnership=user.agency.partnership_id)
    found = here.select_related("case__partnership", "user", "agency", "reason__acting_for").order_by(
        "opened_at", "pk"
    )
    return [g for g in found if may_review(user, g, at)]


def waiting_for(user: User, standing: Standing, at: datetime) -> int:
    """Return how many accesses wait for this person; no query for whoever is never asked to look into one."""
    return len(to_review(user, at)) if standing.roles & REVIEWERS else 0


def case_for(user: User, reference: str, at: datetime) -> tuple[Case, BreakGlass] | None:
    """Return the case that a person may read in an emergency now, and until when; None for everybody else."""
    glass = BreakGlass.objects.live(user, at).filter(case__reference=reference).first()
    if glass is None:
        return None
    case = Case.objects.whole().get(pk=glass.case_id)
    return (case, glass) if may_open(user, case) else None


@dataclass(frozen=True)
class Month:
    """How often cases were read in an emergency in one month, and what was found when it was looked into."""

    first: date
    opened: int
    right: int
    wrong: int
    waits: int


def by_month(partnership: Partnership, at: datetime, months: int = 12) -> list[Month]:
    """Return the months of the last year in which a case was opened in an emergency, the newest first (T11); one query.

    Counts alone: an auditor sees that it becomes a habit, not whose case it was.
    """
    today = timezone.localdate(at)
    year, month = divmod(today.year * 12 + today.month - months, 12)
    here = BreakGlass.objects.filter(
        case__partnership=partnership, opened_at__date__gte=date(year, month + 1, 1)
    )
    rows = (
        here.annotate(month=TruncMonth("opened_at"))
        .values("month")
        .annotate(
            opened=Count("pk"),
            right=Count("pk", filter=Q(justified=True)),
            wrong=Count("pk", filter=Q(justified=False)),
            waits=Count("pk", filter=Q(reviewed_at=None)),
        )
        .order_by("-month")
    )
    return [
        Month(timezone.localdate(r["month"]), r["opened"], r["right"], r["wrong"], r["waits"]) for r in rows
    ]


def _reviewer(people: Directory, case: Case, by: User) -> User | None:
    """Return who looks into it: a designated lead of either agency, or the chief officer; never who opened it."""
    out = {by.pk, case.raiser_id, case.counterpart_id}
    for role, agency_id in (
        (Role.DESIGNATED_LEAD, case.raising_agency_id),
        (Role.DESIGNATED_LEAD, case.receiving_agency_id),
        (Role.CSWO, None),
    ):
        found = people.holder(role, agency_id, exclude=out)
        if found is not None:
            return found.user
    return None


def _reviews_for(by: User, glass: BreakGlass) -> int | None:
    """Return for whom a deputy looks into an access: its reviewer, else who determines."""
    if glass.reviewer_id == by.pk:
        return None
    return glass.reviewer_id if glass.reviewer_id in standing_of(by).acting_ids else acted_for(by, Role.CSWO)


def _as_outsider(case: Case, by: User, at: datetime, verb: Verb, acting_for: int | None) -> Change:
    """Return a change made by somebody who takes no part, who so speaks for neither side."""
    part = Participation(
        case=case,
        user_id=acting_for or by.pk,
        agency_id=by.agency_id,
        relation=Relation.OUTSIDER,
        side=Side.NEUTRAL,
    )
    return Change(Look.at_case(case, by, at), Audit(at), verb, part)


def _record(change: Change, facts: dict[str, Any]) -> None:
    """Add the event to the case's chain and to the registry, and tell those who listen. The case itself stays as it is:
    reading moves nothing, and nobody's half-written form grows stale by it."""
    entries = [{"id": str(e.pk), "kind": e.kind, "commitment": e.commitment} for e in change.entries]
    acting_for = change.part.user_id if change.part.user_id != change.by.pk else None
    actor = Actor(change.by.pk, Relation.OUTSIDER.value, change.by.agency_id, acting_for)
    change.facts |= facts | {"entries": entries}
    change.event = trail.record(change.case, change.verb, actor=actor, facts=change.facts, at=change.at)
    append(
        REGISTRY,
        change.verb.value,
        actor=actor,
        object_ref=f"case:{change.case.pk}",
        facts=facts,
        at=change.at,
    )
    trail.recorded.send(sender=Case, change=change)
