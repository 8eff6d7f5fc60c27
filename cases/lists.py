"""What waits on a person, what they follow, what changed, and all their cases: each a page read through an index.

Every list holds only what `Case.objects.visible_to()` lets through: rows begin at the person's own live
participations or duties and stay in their partnership. No count, no DISTINCT, no query per row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from accounts.models import User
from accounts.permissions import Permission
from accounts.roles import ROLES
from accounts.standing import Standing, standing_of
from cases.models import Case, Deadline, Participation
from cases.models.deadline import Rule
from cases.paging import PAGE, Cursor, Page, after, merged, page_of, some
from escalation.trail.models import Event

#: How many of a person's newest cases are looked through for changes, of which so many are read and shown.
WATCHED = 50
CHANGED_READ = 20
CHANGED_SHOWN = 10
_CASE = (
    "case_id",
    "case__reference",
    "case__subject",
    "case__state",
    "case__raising_agency__short_name",
    "case__receiving_agency__short_name",
    "case__procedure_id",
    "case__procedure__sha256",
)
_FOLLOWED = (*_CASE, "user_id", "looked_at", "case_open", "case_opened_at", "case__changed_at")
_HELD = ("case__holder_id", "case__holder__full_name", "case__due_at")


def may_record(user: User) -> bool:
    """Return whether the button that starts a new case is shown; the door asks the grant itself."""
    standing = standing_of(user)
    roles = {h.role for h in standing.held if h.agency_id == user.agency_id}
    roles |= {c.role for c in standing.covering if c.agency_id == user.agency_id}
    return any(Permission.LOG_DISAGREEMENT in ROLES[role].permissions for role in roles)


def waiting_on(user: User, cursor: Cursor | None = None) -> Page[Any]:
    """Return the open duties of a person and of those they act for, soonest first; one query."""

    def of(person: int) -> QuerySet[Deadline]:
        mine = Deadline.objects.open().filter(person_id=person)
        mine = mine.alias(case_seen=_case_of(user), said_before=some(_feedback_before(person)))
        mine = mine.filter(~Q(case_seen=0)).filter(~Q(rule=Rule.ACKNOWLEDGE) | ~Q(said_before=1))
        return after(mine, cursor, "due_at", newest_first=False)

    rows = merged(Deadline, standing_of(user).acting_ids, of, ("due_at", "pk"), PAGE + 1)
    found = rows.values_list("pk", "rule", "due_at", "person_id", "first_person_id", *_CASE, named=True)
    return page_of(found, lambda row: Cursor("waiting", row.due_at, row.pk))


def _feedback_before(person: int) -> QuerySet[Deadline]:
    """Return the earlier feedback of a case that is still to be read: reading it all is one thing to do."""
    return Deadline.objects.open().filter(
        case=OuterRef("case_id"), rule=Rule.ACKNOWLEDGE, person_id=person, pk__lt=OuterRef("pk")
    )


def _case_of(user: User) -> Any:
    """Return 1 when this person may see the case of a row, else 0."""
    return some(Case.objects.visible_to(user).filter(pk=OuterRef("case_id")))


def following(user: User, cursor: Cursor | None = None, size: int = PAGE) -> Page[Any]:
    """Return the open cases in which nothing waits on this person now, newest first; one query."""
    standing = standing_of(user)
    duty = Deadline.objects.open().filter(case=OuterRef("case_id"), person_id__in=standing.acting_ids)

    def of(person: int) -> QuerySet[Participation]:
        rows = _my_parts(user, standing, person).alias(duty=some(duty)).filter(~Q(duty=1), case_open=True)
        return after(rows, cursor, "case_opened_at", "case_id", newest_first=True)

    rows = merged(
        Participation, standing.acting_ids, of, ("-case_opened_at", "-case_id"), size + 1
    ).values_list(*_FOLLOWED, *_HELD, named=True)
    return page_of(rows, lambda row: Cursor("following", row.case_opened_at, row.case_id), size)


def changed_since(user: User) -> list[Any]:
    """Return which of a person's own newest cases others changed since they last looked; last changed first.

    One query. Each row carries `last`: verb, payload and actor of what was recorded last. Looks through the newest
    WATCHED cases, so that the page costs the same however many cases somebody has had.
    """
    last = Event.objects.filter(chain=OuterRef("case__chain")).order_by("-seq")
    newest = _once(Participation.objects.live().filter(user=user), (user.pk,))
    newest = newest.order_by("-case_opened_at", "-case_id")
    rows = (
        Participation.objects.filter(pk__in=newest.values("pk")[:WATCHED])
        .filter(case__partnership_id=user.agency.partnership_id)
        .filter(Q(looked_at=None) | Q(case__changed_at__gt=F("looked_at")))
        .annotate(
            last=Subquery(last.values(row=JSONObject(verb="verb", payload="payload", actor="actor_id"))[:1])
        )
        .order_by("-case__changed_at", "-case_id")
    )
    found = rows.values_list(*_FOLLOWED, "last", named=True)[:CHANGED_READ]
    return [row for row in found if not row.last or row.last["actor"] != user.pk][:CHANGED_SHOWN]


@dataclass(frozen=True)
class Wanted:
    """How a list of cases is narrowed; empty values narrow nothing."""

    state: str = ""
    agency_id: int | None = None
    lapsed: bool = False


def all_cases(user: User, wanted: Wanted, now: datetime, cursor: Cursor | None = None) -> Page[Any]:
    """Return a person's cases, open ones first and each newest first; one query, two where the open ones end."""
    standing = standing_of(user)

    def part(is_open: bool, limit: int, start: Cursor | None) -> list[Any]:
        def of(person: int) -> QuerySet[Participation]:
            rows = _narrowed(_my_parts(user, standing, person), wanted, now).filter(case_open=is_open)
            return after(rows, start, "case_opened_at", "case_id", newest_first=True)

        order = ("-case_opened_at", "-case_id")
        rows = merged(Participation, standing.acting_ids, of, order, limit)
        return list(rows.values_list(*_FOLLOWED, *_HELD, named=True))

    rows: list[Any] = []
    if cursor is None or cursor.place == "open":
        rows = part(True, PAGE + 1, cursor)
        cursor = None
    if len(rows) <= PAGE and not wanted.lapsed:
        rows += part(False, PAGE + 1 - len(rows), cursor)
    return page_of(
        rows, lambda row: Cursor("open" if row.case_open else "ended", row.case_opened_at, row.case_id)
    )


def _my_parts(user: User, standing: Standing, person: int) -> QuerySet[Participation]:
    """Return one person's live participations, one for each case, in the partnership of who is signed in."""
    rows = Participation.objects.live().filter(user_id=person)
    rows = rows.alias(case_seen=_case_of(user)).filter(~Q(case_seen=0))
    return _once(rows, standing.acting_ids)


def _once(rows: QuerySet[Participation], people: tuple[int, ...]) -> QuerySet[Participation]:
    """Leave out a case's second and further participation of these people: each case stands once in a list."""
    earlier = Participation.objects.live().filter(
        case=OuterRef("case_id"), user_id__in=people, pk__lt=OuterRef("pk")
    )
    return rows.alias(earlier=some(earlier)).filter(~Q(earlier=1))


def _narrowed(rows: QuerySet[Participation], wanted: Wanted, now: datetime) -> QuerySet[Participation]:
    if wanted.state:
        rows = rows.filter(case__state=wanted.state)
    if wanted.agency_id is not None:
        rows = rows.filter(
            Q(case__raising_agency_id=wanted.agency_id) | Q(case__receiving_agency_id=wanted.agency_id)
        )
    if wanted.lapsed:
        rows = rows.filter(case__due_at__lte=now)
    return rows
