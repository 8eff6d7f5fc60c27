"""Who looked: every view of what a case holds is one sealed event in the case's chain of reads.

A chain of its own, so that reading never waits for somebody who writes. The case page notes one look a minute unless
the case has changed since: there was nothing new to see. Every other page notes each view.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from accounts.models import Agency, User
from accounts.standing import standing_of
from cases.models import Case
from cases.models.participation import Relation
from cases.workflow import ENDED
from escalation.trail.writing import Actor, Line, append_many, canonical

LOOKED = "looked"
#: The part of somebody who is invited to a meeting about a case and takes no part in the case itself.
INVITED = "invited"
#: Parts that are no relation to the case, in words.
_PARTS = {"emergency": "emergency access", INVITED: "invited to a meeting", "keeper": "keeps the records"}
#: So many different cases in so short a time are slowed down, but for those in which something waits on the person.
MANY = 40
WITHIN = timedelta(minutes=10)
_NAMESPACE = UUID("6f6a4b1e-6a0e-5c1b-9d2b-2f4f6c8a9b10")


class LookNotRecorded(Exception):
    """The trail could not take a look, so nothing of the case may be shown."""


class TooManyLooks(Exception):
    """The person opened so many different cases in a short time that the next one has to wait."""


def reads_chain(chain: UUID) -> UUID:
    """Return the chain of reads that belongs to a case's chain."""
    return uuid.uuid5(_NAMESPACE, str(chain))


# One statement: what the person stands in the case for, whether anything waits on them in it, the event, and for the
# page of the case when they last saw it.
_SEEN = """
    WITH seen AS (
        UPDATE cases_participation SET looked_at = %(at)s
        WHERE %(touch)s AND case_id = %(case)s AND user_id = %(user)s AND ended_at IS NULL
    )
"""
_INSERT = """
    INSERT INTO trail_event (id, chain, seq, at, claimed_at, actor_id, acting_for_id, acting_role, agency_id, verb,
        object_ref, payload, salt, commitment, prev, hash)
    SELECT gen_random_uuid(), %(chain)s, 0, %(at)s, %(at)s, %(user)s,
        CASE WHEN p.user_id IS NULL THEN %(for_whom)s::bigint ELSE nullif(p.user_id, %(user)s) END,
        coalesce(p.relation, %(role)s), coalesce(p.agency_id, %(agency)s), %(verb)s, 'read:' || c.id,
        CASE WHEN {duty} THEN %(with_duty)s ELSE %(without)s END, %(salt)s, '', '', ''
    FROM cases_case c
    LEFT JOIN LATERAL (
        SELECT user_id, relation, agency_id FROM cases_participation
        WHERE case_id = c.id AND user_id = ANY(%(ids)s) AND ended_at IS NULL
        ORDER BY user_id <> %(user)s, id LIMIT 1
    ) p ON true
    WHERE c.id = %(case)s AND (NOT %(slow)s OR {few} OR {duty})
"""
# Fewer different cases than many in the last minutes, besides this one (bar F8).
_FEW = """
    (SELECT count(DISTINCT e.object_ref) FROM trail_event e WHERE e.verb = 'looked' AND e.actor_id = %(user)s
        AND e.claimed_at > %(since)s AND e.object_ref <> 'read:' || c.id) < %(many)s
"""
_DUTY = """
    c.state <> ALL(%(ended)s) AND (
        ARRAY[c.raiser_id, c.counterpart_id, c.holder_id, c.stand_in_id] && %(ids)s::bigint[]
        OR EXISTS (SELECT FROM cases_stage s WHERE s.id = c.current_stage_id
                   AND ARRAY[s.acting_id, s.opposite_id] && %(ids)s::bigint[])
        OR EXISTS (SELECT FROM cases_deadline d WHERE d.case_id = c.id AND d.state = 'open'
                   AND d.person_id = ANY(%(ids)s))
    )
"""
_ONE_LOOK = (_SEEN + _INSERT).replace("{few}", _FEW).replace("{duty}", _DUTY)


def note(
    case: Case,
    user: User,
    *,
    page: str,
    at: datetime,
    touch: bool = False,
    role: str = "",
    acting_for: int | None = None,
    slow: bool = False,
) -> None:
    """Record that a person looked at a page of a case; one statement. `touch` also notes when they last saw the case.

    `role` and `acting_for` are written down for somebody who takes no part, such as in an emergency access. `slow`
    holds somebody back who opens one case after the other with nothing to do in them. Raises LookNotRecorded when the
    trail does not take it, TooManyLooks when the person is held back: then nothing of the case may be shown.
    """
    values: dict[str, Any] = {
        "at": at,
        "touch": touch,
        "case": case.pk,
        "user": user.pk,
        "ids": list(standing_of(user).acting_ids),
        "chain": reads_chain(case.chain),
        "role": role,
        "for_whom": acting_for,
        "agency": user.agency_id,
        "verb": LOOKED,
        "ended": [s.value for s in ENDED],
        "with_duty": canonical({"duty": True, "page": page}),
        "without": canonical({"duty": False, "page": page}),
        "salt": os.urandom(32),
        "slow": slow,
        "many": MANY,
        "since": at - WITHIN,
    }
    try:
        with connection.cursor() as cursor:
            cursor.execute(_ONE_LOOK, values)
            taken = cursor.rowcount
    except DatabaseError as error:
        raise LookNotRecorded from error
    if slow and not taken:
        raise TooManyLooks


def note_beside(
    chain: UUID, ref: str, user: User, *, page: str, at: datetime, role: str, acting_for: int | None = None
) -> None:
    """Record that a person read something beside the ladder: a Re-think, a concern about an agency (`ref`), or of a
    case no more than a meeting or what is asked about its record.

    It stands in the reads of that chain, and does not say whether anything waited on the person.

    Raises LookNotRecorded when the trail does not take it: then nothing of it may be shown.
    """
    actor = Actor(user.pk, role, user.agency_id, acting_for)
    line = Line(reads_chain(chain), LOOKED, f"read-{ref}", {"page": page}, actor)
    try:
        with transaction.atomic():
            append_many([line], at=at)
    except DatabaseError as error:
        raise LookNotRecorded from error


@dataclass(frozen=True)
class Looker:
    """One person's looks at one case: who, in which part, for which agency, how often, and how often without a duty."""

    user_id: int
    name: str
    job: str
    agency: str
    part: str
    times: int
    first: datetime
    last: datetime
    idle: int  # looks at times when nothing in the case waited on them
    acting_for: str | None = None  # in whose place, at the last look

    @property
    def part_words(self) -> str:
        words = self._part_words()
        return f"{words}, acting for {self.acting_for}" if self.acting_for else words

    def _part_words(self) -> str:
        if self.part in Relation.values:
            return Relation(self.part).label
        return _PARTS.get(self.part, "No part any more")


def who_looked(case: Case) -> list[Looker]:
    """Return everybody who opened a case, the latest first; one query."""
    sql = """
        SELECT e.actor_id, u.full_name, u.job_title, a.short_name, (array_agg(e.acting_role ORDER BY e.seq DESC))[1],
            count(*), min(e.claimed_at), max(e.claimed_at), count(*) FILTER (WHERE e.payload LIKE '{"duty":false,%%'),
            (array_agg(o.full_name ORDER BY e.seq DESC))[1]
        FROM trail_event e JOIN accounts_user u ON u.id = e.actor_id JOIN accounts_agency a ON a.id = e.agency_id
        LEFT JOIN accounts_user o ON o.id = e.acting_for_id
        WHERE e.chain = %s AND e.verb = %s GROUP BY 1, 2, 3, 4 ORDER BY max(e.seq) DESC
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [reads_chain(case.chain), LOOKED])
        return [Looker(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Flagged:
    """Looks of one person of an agency at one case, at times when nothing in it waited on them."""

    name: str
    job: str
    reference: str
    times: int
    last: datetime
    acting_for: str | None = None  # in whose place, at the last look


def without_duty(agency: Agency, at: datetime, days: int = 30) -> list[Flagged]:
    """Return the looks without a live duty of an agency's people in the last days, the latest first; one query.

    Whoever sends a step is shown the case at once, and by then it may wait on nobody: what somebody sees within ten
    minutes of writing in the case is nothing to ask about.
    """
    sql = """
        SELECT u.full_name, u.job_title, c.reference, count(*), max(e.claimed_at),
            (array_agg(o.full_name ORDER BY e.seq DESC))[1]
        FROM trail_event e JOIN accounts_user u ON u.id = e.actor_id
        JOIN cases_case c ON 'read:' || c.id = e.object_ref
        LEFT JOIN accounts_user o ON o.id = e.acting_for_id
        WHERE e.verb = 'looked' AND e.payload LIKE '{"duty":false,%%' AND e.claimed_at > %s AND u.agency_id = %s
            AND NOT EXISTS (SELECT FROM trail_event own WHERE own.chain = c.chain AND own.actor_id = e.actor_id
                            AND own.claimed_at BETWEEN e.claimed_at - make_interval(secs => %s)
                                AND e.claimed_at)
        GROUP BY 1, 2, 3 ORDER BY max(e.claimed_at) DESC, 1, 3 LIMIT 200
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [at - timedelta(days=days), agency.pk, WITHIN.total_seconds()])
        return [Flagged(*row) for row in cursor.fetchall()]
