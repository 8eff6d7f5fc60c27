"""What waits on a person, what they follow, what changed, and all their cases: each a page read through an index.

Every list holds only what `Case.objects.visible_to()` lets through: rows begin at the person's own live
participations or duties and stay in their partnership. No count, no DISTINCT, no query per row.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from accounts.models import User
from accounts.permissions import Permission
from accounts.roles import ROLES
from accounts.standing import standing_of
from cases.models import Case, Deadline, Participation
from cases.models.deadline import Rule
from cases.paging import PAGE, Cursor, Page, after, merged, page_of, some
from cases.prepared import read
from escalation.trail.models import Event

Rows = QuerySet[Any, Any]
#: How many of a person's newest cases are looked through for changes, of which so many are read and shown.
WATCHED = 25
CHANGED_READ = 15
CHANGED_SHOWN = 10
#: How many of the cases one follows stand on the first page.
FOLLOWED_AT_HOME = 10
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
_NEWEST = ("-case_opened_at", "-case_id")
_HELD = ("case__holder_id", "case__holder__full_name", "case__due_at")


def may_record(user: User) -> bool:
    """Return whether the button that starts a new case is shown; the door asks the grant itself."""
    standing = standing_of(user)
    roles = {h.role for h in standing.held if h.agency_id == user.agency_id}
    roles |= {c.role for c in standing.covering if c.agency_id == user.agency_id}
    return any(Permission.LOG_DISAGREEMENT in ROLES[role].permissions for role in roles)


def waiting_on(user: User, cursor: Cursor | None = None) -> Page[Any]:
    """Return the open duties of a person and of those they act for, soonest first; one query."""
    return page_of(read(_waiting, user, cursor), lambda row: Cursor("waiting", row.due_at, row.pk))


def _waiting(user: User, cursor: Cursor | None) -> Rows:
    def of(person: int) -> QuerySet[Deadline]:
        mine = Deadline.objects.open().filter(person_id=person)
        mine = mine.alias(case_seen=_case_of(user), said_before=some(_feedback_before(person)))
        mine = mine.filter(~Q(case_seen=0)).filter(~Q(rule=Rule.ACKNOWLEDGE) | ~Q(said_before=1))
        return after(mine, cursor, "due_at", newest_first=False)

    rows = merged(Deadline, standing_of(user).acting_ids, of, ("due_at", "pk"), PAGE + 1)
    return rows.values_list("pk", "rule", "due_at", "person_id", "first_person_id", *_CASE)


def _feedback_before(person: int) -> QuerySet[Deadline]:
    """Return the earlier feedback of a case that is still to be read: reading it all is one thing to do."""
    return Deadline.objects.open().filter(
        case=OuterRef("case_id"), rule=Rule.ACKNOWLEDGE, person_id=person, pk__lt=OuterRef("pk")
    )


def _case_of(user: User) -> Any:
    """Return 1 when this person may see the case of a row, else 0."""
    return some(Case.objects.visible_to(user).filter(pk=OuterRef("case_id")))


def following(user: User, cursor: Cursor | None = None, *, at_home: bool = False) -> Page[Any]:
    """Return the open cases in which nothing waits on this person now, newest first; one query.

    On the home page a few of them, else a whole page.
    """
    size = FOLLOWED_AT_HOME if at_home else PAGE
    rows = read(_following, user, cursor, at_home=at_home)
    return page_of(rows, lambda row: Cursor("following", row.case_opened_at, row.case_id), size)


def _following(user: User, cursor: Cursor | None, *, at_home: bool) -> Rows:
    limit = 1 + (FOLLOWED_AT_HOME if at_home else PAGE)
    people = standing_of(user).acting_ids
    duty = Deadline.objects.open().filter(case=OuterRef("case_id"), person_id__in=people)

    def of(person: int) -> QuerySet[Participation]:
        rows = _my_parts(user, person).alias(duty=some(duty)).filter(~Q(duty=1), case_open=True)
        return after(rows, cursor, "case_opened_at", "case_id", newest_first=True)

    return merged(Participation, people, of, _NEWEST, limit).values_list(*_FOLLOWED, *_HELD)


def changed_since(user: User) -> list[Any]:
    """Return which of a person's own newest cases others changed since they last looked; last changed first.

    One query. Each row carries `last`: verb, payload and actor of what was recorded last, as JSON. Looks through the
    newest WATCHED cases, so that the page costs the same however many cases somebody has had.
    """
    found = read(_changed, user)
    found = [row._replace(last=json.loads(row.last) if row.last else {}) for row in found]
    return [row for row in found if row.last.get("actor") != user.pk][:CHANGED_SHOWN]


def _changed(user: User, cursor: None) -> Rows:
    last = Event.objects.filter(chain=OuterRef("case__chain")).order_by("-seq")
    newest = _once(Participation.objects.live().filter(user_id=user.pk), (user.pk,)).order_by(*_NEWEST)
    rows = (
        Participation.objects.filter(pk__in=newest.values("pk")[:WATCHED])
        .filter(case__partnership_id=user.agency.partnership_id)
        .filter(Q(looked_at=None) | Q(case__changed_at__gt=F("looked_at")))
        .annotate(
            last=Subquery(last.values(row=JSONObject(verb="verb", payload="payload", actor="actor_id"))[:1])
        )
        .order_by("-case__changed_at", "-case_id")
    )
    return rows.values_list(*_FOLLOWED, "last")[:CHANGED_READ]


@dataclass(frozen=True)
class Wanted:
    """How a list of cases is narrowed; empty values narrow nothing."""

    state: str = ""
    agency_id: int | None = None
    lapsed: bool = False


def all_cases(user: User, wanted: Wanted, now: datetime, cursor: Cursor | None = None) -> Page[Any]:
    """Return a person's cases, open ones first and each newest first; one query, two where the open ones end."""
    facts = {
        "state": wanted.state or None,
        "agency_id": wanted.agency_id,
        "lapsed_at": now if wanted.lapsed else None,
    }
    rows: list[Any] = []
    if cursor is None or cursor.place == "open":
        rows = read(_all, user, cursor, is_open=True, **facts)
        cursor = None
    if len(rows) <= PAGE and not wanted.lapsed:
        rows += read(_all, user, cursor, is_open=False, **facts)
    return page_of(
        rows, lambda row: Cursor("open" if row.case_open else "ended", row.case_opened_at, row.case_id)
    )


def _all(
    user: User,
    cursor: Cursor | None,
    *,
    is_open: bool,
    state: str | None,
    agency_id: int | None,
    lapsed_at: datetime | None,
) -> Rows:
    def of(person: int) -> QuerySet[Participation]:
        rows = _my_parts(user, person).filter(case_open=is_open)
        if state is not None:
            rows = rows.filter(case__state=state)
        if agency_id is not None:
            rows = rows.filter(Q(case__raising_agency_id=agency_id) | Q(case__receiving_agency_id=agency_id))
        if lapsed_at is not None:
            rows = rows.filter(case__due_at__lte=lapsed_at)
        return after(rows, cursor, "case_opened_at", "case_id", newest_first=True)

    people = standing_of(user).acting_ids
    return merged(Participation, people, of, _NEWEST, PAGE + 1).values_list(*_FOLLOWED, *_HELD)


def _my_parts(user: User, person: int) -> QuerySet[Participation]:
    """Return one person's live participations, one for each case that who is signed in may see."""
    rows = Participation.objects.live().filter(user_id=person)
    rows = rows.alias(case_seen=_case_of(user)).filter(~Q(case_seen=0))
    return _once(rows, standing_of(user).acting_ids)


def _once(rows: QuerySet[Participation], people: tuple[int, ...]) -> QuerySet[Participation]:
    """Leave out a case's second and further participation of these people: each case stands once in a list."""
    earlier = Participation.objects.live().filter(
        case=OuterRef("case_id"), user_id__in=people, pk__lt=OuterRef("pk")
    )
    return rows.alias(earlier=some(earlier)).filter(~Q(earlier=1))
