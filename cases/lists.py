"""What waits on a person, what they follow, what changed, and all their cases: each a page read through an index.

Every list holds only what `Case.objects.visible_to()` lets through: rows begin at the person's own live
participations or duties and stay in their partnership. No count, no DISTINCT, no query per row.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.permissions import Permission
from accounts.roles import ROLES
from accounts.standing import standing_of
from cases.models import Deadline, Participation
from cases.models.deadline import Rule
from cases.paging import PAGE, Cursor, Page, after, merged, page_of, some
from cases.prepared import read

Rows = QuerySet[Any, Any]
#: How many of a person's newest cases are looked through for changes, and how many of those are shown.
WATCHED = 25
CHANGED_SHOWN = 10
#: How many of the cases one follows stand on the first page.
FOLLOWED_AT_HOME = 10
_CASE = (
    "case_id",
    "case__reference",
    "case__subject",
    "case__state",
    "case__rung_key",
    "case__urgency",
    "case__procedure_id",
)
_PARTIES = ("raising_agency_id", "receiving_agency_id")
_FOLLOWED = (*_CASE, *_PARTIES, "user_id", "looked_at", "case_open", "case_opened_at", "case__changed_at")
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
    seen = some(Participation.objects.letting_in(user).filter(case=OuterRef("case_id")))

    def of(person: int) -> Rows:
        mine: Any = Deadline.objects.open().filter(person_id=person)
        mine = mine.alias(seen=seen, said_before=some(_feedback_before(person)))
        mine = mine.filter(~Q(seen=0)).filter(~Q(rule=Rule.ACKNOWLEDGE) | ~Q(said_before=1))
        mine = after(mine, cursor, "due_at", newest_first=False)
        parties = (F("case__raising_agency_id"), F("case__receiving_agency_id"))
        told = mine.annotate(**dict(zip(_PARTIES, parties, strict=True)))
        rows: Rows = told.values_list(
            "pk", "rule", "label", "due_at", "person_id", "first_person_id", *_CASE, *_PARTIES
        )
        return rows

    return merged(standing_of(user).acting_ids, of, order=("due_at", "pk"), limit=PAGE + 1)


def _feedback_before(person: int) -> QuerySet[Deadline]:
    """Return the earlier feedback of a case that is still to be read: reading it all is one thing to do."""
    return Deadline.objects.open().filter(
        case=OuterRef("case_id"), rule=Rule.ACKNOWLEDGE, person_id=person, pk__lt=OuterRef("pk")
    )


def following(user: User, cursor: Cursor | None = None, *, besides: Sequence[Any] | None = None) -> Page[Any]:
    """Return the open cases in which nothing waits on this person now, newest first; one query.

    On the home page a few of them, which are told from the rows `besides` that show what waits: there a case may stand
    whose duty comes only on a further page of those.
    """
    if besides is None:
        size, facts = PAGE, {}
    else:
        size, above = FOLLOWED_AT_HOME, dict(enumerate(row.case_id for row in besides))
        facts = {f"above_{n}": above.get(n, 0) for n in range(PAGE)}
    rows = once(read(_following, user, cursor, **facts), user)
    return page_of(rows, lambda row: Cursor("following", row.case_opened_at, row.case_id), size)


def _following(user: User, cursor: Cursor | None, **above: int) -> Rows:
    people = standing_of(user).acting_ids
    duty = Deadline.objects.open().filter(case=OuterRef("case_id"), person_id__in=people)

    def of(person: int) -> Rows:
        rows = _parts(user, person, cursor).filter(case_open=True)
        if not above:
            rows = rows.alias(duty=some(duty)).filter(~Q(duty=1))
        return rows.exclude(case_id__in=above.values()).values_list(*_FOLLOWED, *_HELD)

    return merged(people, of, order=_NEWEST, limit=1 + (FOLLOWED_AT_HOME if above else PAGE), each=True)


def changed_since(user: User) -> list[Any]:
    """Return which of a person's own newest cases others changed since they last looked; last changed first.

    One query. Each row carries `last`: the verb and facts of what changed it last, and who. Looks through the newest
    WATCHED cases, so that the page costs the same however many cases somebody has had.
    """
    found = [
        row._replace(last=json.loads(row.last))
        for row in read(_changed, user)
        if row.last and (row.looked_at is None or row.case__changed_at > row.looked_at)
    ]
    found.sort(key=lambda row: (row.case__changed_at, row.case_id), reverse=True)
    return [row for row in found if row.last["actor"] != user.pk][:CHANGED_SHOWN]


def _changed(user: User, cursor: None) -> Rows:
    rows = _parts(user, user.pk, cursor).annotate(last=F("case__last_change"))
    return rows.order_by(*_NEWEST).values_list(*_FOLLOWED, "last")[:WATCHED]


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
        rows = once(read(_all, user, cursor, is_open=True, **facts), user)
        cursor = None
    if len(rows) <= PAGE and not wanted.lapsed:
        rows += once(read(_all, user, cursor, is_open=False, **facts), user)
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
    def of(person: int) -> Rows:
        rows = _parts(user, person, cursor).filter(case_open=is_open)
        if state is not None:
            rows = rows.filter(case_state=state)
        if lapsed_at is not None:
            rows = rows.filter(case__due_at__lte=lapsed_at)
        return rows.values_list(*_FOLLOWED, *_HELD)

    def raised(person: int) -> Rows:
        return of(person).filter(raising_agency_id=agency_id)

    def received(person: int) -> Rows:
        return of(person).filter(receiving_agency_id=agency_id)

    lists = (of,) if agency_id is None else (raised, received)
    return merged(standing_of(user).acting_ids, *lists, order=_NEWEST, limit=PAGE + 1, each=True)


def _parts(user: User, person: int, cursor: Cursor | None) -> QuerySet[Participation]:
    """Return one person's live participations, one for each case that who is signed in may see, newest first."""
    mine: QuerySet[Participation] = Participation.objects.letting_in(user).filter(user_id=person)
    rows = after(mine, cursor, "case_opened_at", "case_id", newest_first=True)
    return rows.distinct("case_opened_at", "case_id")


def once(rows: list[Any], user: User) -> list[Any]:
    """Return the rows with each case once: in one's own name rather than in that of somebody one acts for."""
    found: dict[int, Any] = {}
    for row in rows:
        if row.case_id not in found or row.user_id == user.pk:
            found[row.case_id] = row
    return list(found.values())
