"""Keeping the figures of the reports: works out anew, from its own rows, each case that got an event since last time.

A trigger notes the case inside the transaction of the change (cases/sql/facts_due.sql), so nothing is missed and the
door pays one small insert and no statement. Whoever reads a report calls `catch_up` first: what a report says is never
older than the last committed change. docs/decisions/reports-read-facts.md has the reasons and the figures.
"""

from __future__ import annotations

from django.db import connection, models, transaction

from cases.models import CaseFacts, FactsDue, StageFacts
from cases.procedures.vocabulary import FAMILY_WORDS
from cases.sql import read
from cases.workflow import LADDER

#: Notes worked off in one transaction.
BATCH = 2000
LOCK = 724011


def _filled(name: str, model: type[models.Model]) -> str:
    """Return the statement of a file with the columns of its table, in the order of the model."""
    columns = [str(f.column) for f in model._meta.concrete_fields]
    key = model._meta.pk.column if model._meta.pk else ""
    updates = ", ".join(f"{c} = excluded.{c}" for c in columns if c != key)
    return read(name).format(columns=", ".join(columns), updates=updates)


CASES = _filled("facts_of_cases.sql", CaseFacts)
STAGES = _filled("facts_of_stages.sql", StageFacts)
TAKE = """
    DELETE FROM cases_factsdue WHERE id IN (SELECT id FROM cases_factsdue ORDER BY id LIMIT %s) RETURNING case_id
"""


def catch_up() -> int:
    """Work out what changed since the last time and return how many cases that were; one statement when nothing did."""
    worked = 0
    while FactsDue.objects.exists():
        with transaction.atomic(), connection.cursor() as cursor:
            # Whoever comes second waits, and then finds the notes gone and the figures there.
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            cursor.execute(TAKE, [BATCH])
            keys = sorted({row[0] for row in cursor.fetchall()})
            if keys:
                given = {"keys": keys, "ladder": [s.value for s in LADDER], "families": list(FAMILY_WORDS)}
                cursor.execute(CASES, given)
                cursor.execute(STAGES, given)
        worked += len(keys)
    return worked
