"""Search over what a person may see: references, people, agencies, and the words they may read.

It begins at the person's own live participations, as every list does, so no word of anybody else's case is looked at.
Words are looked for in the cases that would be shown first; only if these do not fill a page, in all of them. So a word
that most texts hold costs no more than one that few hold, however many cases the person has.
"""

from __future__ import annotations

import re
from collections import namedtuple
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from accounts.models import User
from accounts.standing import standing_of
from cases.lists import Wanted
from cases.models import Participation
from cases.models.case import ALPHABET, Urgency
from cases.paging import PAGE, Cursor, Page, page_of

NEWEST, URGENT = "newest", "urgent"
#: How urgent a case is before anything is due: danger today comes first, whatever has lapsed elsewhere.
RANKS = {Urgency.IMMEDIATE: 0, Urgency.URGENT: 1, Urgency.STANDARD: 2}
#: An ended case comes after all that are open.
ENDED_RANK = 3
#: In so many cases words are looked for at first: a word in every twentieth case fills a page from them.
NEAR = 500
_NEVER_DUE = datetime(9000, 1, 1, tzinfo=UTC)
_REFERENCE = re.compile(f"[{ALPHABET}]{{7}}")


@dataclass(frozen=True)
class Search:
    """What is asked for; empty values narrow nothing."""

    wanted: Wanted = field(default_factory=Wanted)
    words: str = ""
    urgency: str = ""
    order: str = NEWEST

    @property
    def is_more_than_a_list(self) -> bool:
        """Return whether the plain lists cannot answer it."""
        return bool(self.words or self.urgency or self.order != NEWEST)


Found = namedtuple(
    "Found",
    "case_id user_id looked_at case_open case_opened_at raising_agency_id receiving_agency_id case__reference "
    "case__subject case__state case__rung_key case__procedure_id case__changed_at case__due_at case__holder_id "
    "case__holder__full_name kinds entry_id rank due",
)


def reference_in(words: str) -> str:
    """Return the reference that was typed, with or without its line and in any letters; "" when it is none."""
    typed = re.sub(r"[\s\-–—]", "", words.upper())
    return f"{typed[:3]}-{typed[3:]}" if _REFERENCE.fullmatch(typed) else ""


def find(user: User, search: Search, now: datetime, cursor: Cursor | None = None) -> Page[Any]:
    """Return a page of the cases that fit, open ones first, by newest or by urgency; one statement, seldom two.

    `kinds` says in which kinds of entry the words stand, and `entry_id` names the newest of them: never the words
    themselves. Somebody inactive finds nothing.
    """
    words = search.words.replace("\x00", " ").split()  # PostgreSQL has no NUL in text
    if not user.is_active or (search.words and not words):
        return Page([], None)
    seen = Participation.objects.letting_in(user).values(
        "case_id", "user_id", "agency_id", "relation", "side", "looked_at", "case_open", "case_opened_at"
    )
    seen = seen.values(*seen.query.values_select, "raising_agency_id", "receiving_agency_id")
    if search.wanted.state:
        seen = seen.filter(case_state=search.wanted.state)
    if search.wanted.lapsed:
        seen = seen.filter(case_open=True)
    sql, given = seen.query.sql_with_params()
    # The parts of the person are asked for by place, everything else by name: one of them has to give way.
    values: dict[str, Any] = {f"seen{n}": value for n, value in enumerate(given)}
    sql = sql % tuple(f"%(seen{n})s" for n in range(len(given)))
    values |= {
        "me": user.pk,
        "ids": list(standing_of(user).acting_ids),
        "words": " ".join(words),
        "like": [f"%{_plain(word)}%" for word in words],
        "reference": reference_in(search.words),
        "agency": search.wanted.agency_id,
        "urgency": search.urgency,
        "now": now if search.wanted.lapsed else None,
        "never": _NEVER_DUE,
        "limit": PAGE + 1,
        "near": NEAR,
        "rank": None if cursor is None else int(cursor.place[1:]),
        "at": None if cursor is None else cursor.at,
        "row": None if cursor is None else cursor.row,
    }
    letter = "u" if search.order == URGENT else "n"
    if cursor is not None and cursor.place[0] != letter:
        values |= {"rank": None, "at": None, "row": None}
    rows, whole = _rows(_statement(sql, search, near=bool(words)), values)
    if not whole:
        rows, _ = _rows(_statement(sql, search, near=False), values)
    return page_of(
        rows,
        lambda row: Cursor(
            f"{letter}{row.rank}", row.due if letter == "u" else row.case_opened_at, row.case_id
        ),
    )


def _rows(statement: str, values: dict[str, Any]) -> tuple[list[Found], bool]:
    """Return what was found, and whether that is all there is, or all that a page takes."""
    with connection.cursor() as db:
        db.execute(statement, values)
        found = db.fetchall()
    many, rows = found[0][0], [Found(*row[1:]) for row in found if row[1] is not None]
    return rows, many is None or many < NEAR or len(rows) > PAGE


#: Every place at which a page may end.
PLACES = tuple(f"{letter}{rank}" for letter in "nu" for rank in range(ENDED_RANK + 1))


def _plain(word: str) -> str:
    """Return a word in which no letter means something else to LIKE."""
    return re.sub(r"([\\%_])", r"\\\1", word)


# The rule of cases.reading.Reading, for many cases at once; tests/finding compares the two, entry by entry.
# A correction is as open as what it corrects.
_READABLE = """
    e.author_id = ANY(%(ids)s) OR e.acting_for_id = ANY(%(ids)s) OR (
        (f.visibility <> 'own_agency' OR f.agency_id = ANY(m.agencies))
        AND (f.visibility <> 'deciders' OR m.decides)
        AND (
            f.kind <> 'position' OR m.sides = '{}' OR f.side = ANY(m.sides)
            OR (SELECT s.left_at FROM cases_stage s WHERE s.id = f.stage_id) IS NOT NULL
            OR EXISTS (
                SELECT FROM cases_entry own WHERE own.case_id = e.case_id AND own.stage_id = f.stage_id
                AND own.kind = 'position' AND own.side = ANY(m.sides)
            )
        )
    )
"""
# The first of a chain of corrections. Few entries correct another one, so only they go this way.
_ROOT = """
    CROSS JOIN LATERAL (
        WITH RECURSIVE up AS (
            SELECT r.id, r.supersedes_id, r.visibility, r.agency_id, r.kind, r.side, r.stage_id
            FROM cases_entry r WHERE r.id = e.supersedes_id
            UNION ALL
            SELECT r.id, r.supersedes_id, r.visibility, r.agency_id, r.kind, r.side, r.stage_id
            FROM up JOIN cases_entry r ON r.id = up.supersedes_id
        )
        SELECT * FROM up WHERE up.supersedes_id IS NULL
    ) f
"""
_WORDS = "e.words @@ websearch_to_tsquery('english', %(words)s)"
_HITS = f"""
    word AS (
        SELECT e.case_id, e.kind, e.id, e.written_at
        FROM near m JOIN cases_entry e ON e.case_id = m.case_id
        WHERE {_WORDS} AND e.supersedes_id IS NULL AND ({_READABLE.replace("f.", "e.")})
        UNION ALL
        SELECT e.case_id, e.kind, e.id, e.written_at
        FROM near m JOIN cases_entry e ON e.case_id = m.case_id {_ROOT}
        WHERE {_WORDS} AND e.supersedes_id IS NOT NULL AND ({_READABLE})
    ),
    hit AS (
        SELECT case_id, array_agg(DISTINCT kind) AS kinds, (array_agg(id ORDER BY written_at DESC, id))[1] AS entry_id
        FROM word GROUP BY case_id
    ),
    person AS MATERIALIZED (
        SELECT u.id FROM accounts_user u WHERE u.full_name ILIKE ALL(%(like)s)
    ),
    place AS MATERIALIZED (
        SELECT a.id FROM accounts_agency a
        WHERE a.short_name ILIKE ALL(%(like)s) OR a.name ILIKE ALL(%(like)s)
    ),
"""  # noqa: S608 (words of this module alone)
_FITS = """
    (hit.case_id IS NOT NULL OR c.reference = %(reference)s
        OR m.raising_agency_id IN (SELECT id FROM place) OR m.receiving_agency_id IN (SELECT id FROM place)
        OR EXISTS (
            SELECT FROM cases_participation p WHERE p.case_id = m.case_id AND p.ended_at IS NULL
            AND p.user_id IN (SELECT id FROM person)
        ))
"""


def _statement(seen: str, search: Search, *, near: bool) -> str:
    """Return the statement; what is not asked for is left out of it, so that it costs nothing.

    With `near` it looks among the first of those cases alone that fit but for the words. Each row begins with how many
    these were, or with nothing when it looked through all; a row without a case stands for nothing found.
    """
    conditions = ["true"]
    if search.wanted.agency_id is not None:
        conditions.append("%(agency)s IN (m.raising_agency_id, m.receiving_agency_id)")
    if search.urgency:
        conditions.append("c.urgency = %(urgency)s")
    if search.wanted.lapsed:
        conditions.append("c.due_at <= %(now)s")
    ranks = " ".join(f"WHEN '{urgency.value}' THEN {rank}" for urgency, rank in RANKS.items())
    if search.order == URGENT:
        rank = f"CASE WHEN NOT m.case_open THEN {ENDED_RANK} ELSE CASE c.urgency {ranks} END END"
        order, after = "rank, due, case_id", "(rank, due, case_id) > (%(rank)s, %(at)s, %(row)s)"
    else:
        rank = f"CASE WHEN m.case_open THEN 0 ELSE {ENDED_RANK} END"
        order = "rank, case_opened_at DESC, case_id DESC"
        after = "(rank > %(rank)s OR (rank = %(rank)s AND (case_opened_at, case_id) < (%(at)s, %(row)s)))"
    further = f"(%(rank)s::int IS NULL OR {after})"
    narrowed = " AND ".join(conditions)
    hits = _HITS if search.words else ""
    fits = f"WHERE {_FITS}" if search.words else ""
    first = f"WHERE {further} ORDER BY {order} LIMIT %(near)s" if near else ""
    many = "SELECT count(*) AS many FROM near" if near else "SELECT NULL::bigint AS many"
    kinds = "hit.kinds, hit.entry_id" if search.words else "NULL::varchar[] AS kinds, NULL::uuid AS entry_id"
    join = "LEFT JOIN hit ON hit.case_id = m.case_id" if search.words else ""
    return f"""
        WITH seen AS ({seen}),
        mine AS (
            SELECT case_id, case_open, case_opened_at, raising_agency_id, receiving_agency_id,
                array_agg(agency_id) AS agencies,
                coalesce(array_agg(side) FILTER (WHERE side <> 'neutral'), '{{}}') AS sides,
                bool_or(relation IN ('decider', 'committee')) AS decides,
                (array_agg(user_id ORDER BY user_id <> %(me)s, user_id))[1] AS user_id, max(looked_at) AS looked_at
            FROM seen GROUP BY 1, 2, 3, 4, 5
        ),
        narrowed AS (
            SELECT m.*, {rank} AS rank, coalesce(c.due_at, %(never)s) AS due
            FROM mine m JOIN cases_case c ON c.id = m.case_id WHERE {narrowed}
        ),
        near AS (SELECT * FROM narrowed {first}),
        {hits}
        listed AS (
            SELECT m.case_id, m.user_id, m.looked_at, m.case_open, m.case_opened_at, m.raising_agency_id,
                m.receiving_agency_id, c.reference, c.subject, c.state, c.rung_key, c.procedure_id, c.changed_at,
                c.due_at, c.holder_id, h.full_name, {kinds}, m.rank, m.due
            FROM near m JOIN cases_case c ON c.id = m.case_id {join}
            LEFT JOIN accounts_user h ON h.id = c.holder_id
            {fits}
        )
        SELECT many.many, shown.* FROM ({many}) many LEFT JOIN (
            SELECT * FROM listed WHERE {further} ORDER BY {order} LIMIT %(limit)s
        ) shown ON true ORDER BY {order}
    """  # noqa: S608 (no value stands in the text; the words of this module alone do)
