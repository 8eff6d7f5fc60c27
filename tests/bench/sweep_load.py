"""Fills a database with open duties by copying one case in SQL, as its owner: some of them due, at minutes apart.

Run as a process of its own with DATABASE_URL of the owner: `python -m tests.bench.sweep_load OPEN SETS`, where SETS is
a list of sizes such as "1000,1000,10000". Prints what `tests.bench.sweep_measure` must know, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime, timedelta
from typing import Any

import django

#: The settle duty of the cast's case: opened on Tuesday 2 June, due on Tuesday 9 June 2026 at 5pm in Scotland.
DUE = datetime.fromisoformat("2026-06-09T16:00:00+00:00")
LATER = datetime.fromisoformat("2027-06-09T16:00:00+00:00")
DUTIES_A_CASE = 3
CHUNK = 50_000


def due_of(number: int) -> datetime:
    """Return when the duties of a set are due: each set a minute after the one before."""
    return DUE + timedelta(minutes=1 + number)


def load(open_duties: int, sets: list[int]) -> dict[str, Any]:
    """Fill the database; return the ids of the template's rows and the first case of each set."""
    from django.db import connection, transaction

    from cases.clock import sweep
    from cases.models import Case, Deadline, Participation
    from cases.models.deadline import Rule
    from escalation.trail.models import Event
    from notifications.models import Message
    from tests.cast import make_cast, opened

    with transaction.atomic():
        cast = make_cast()
        rehearsed = opened(cast)
        Deadline.objects.exclude(rule=Rule.SETTLE).update(next_at=None)
        Message.objects.all().delete()
        before = set(Participation.objects.values_list("pk", flat=True))
        sweep(DUE)
        made = {
            "duty": Deadline.objects.get(rule=Rule.SETTLE, ordinal=0).pk,
            "copy": Deadline.objects.get(rule=Rule.SETTLE, ordinal__gt=0).pk,
            "part": Participation.objects.exclude(pk__in=before).get().pk,
            "event": str(Event.objects.get(verb="lapsed").pk),
            "messages": list(Message.objects.order_by("pk").values_list("pk", flat=True)),
            "stand_in": Case.objects.get(pk=rehearsed.pk).stand_in_id,
        }
        Deadline.objects.update(next_at=None)
        template = opened(cast)
        Message.objects.filter(case=template).delete()
    cases = max(open_duties // DUTIES_A_CASE, sum(sets))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for first in range(1, cases + 1, CHUNK):
            _copies(cursor, template, first, min(first + CHUNK - 1, cases))
        _far_away(cursor, template.pk)
        begins, firsts = template.pk + 1, []
        for number, size in enumerate(sets):
            _due(cursor, begins, size, due_of(number))
            firsts.append(begins)
            begins += size
        for table in ("cases_case", "cases_participation", "cases_deadline"):
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
            )
        cursor.execute("RESET session_replication_role")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    return {"made": made, "firsts": firsts, "sets": sets, "cases": cases}


def _copies(cursor: Any, template: Any, first: int, last: int) -> None:
    span = [first, last]
    stage = "md5(n::text)::uuid"
    of_case = {"case_id": "t.case_id + n"}
    own_id = {"id": "nextval(pg_get_serial_sequence('{table}', 'id'))"}
    plans: list[tuple[str, str, object, dict[str, str]]] = [
        (
            "cases_case",
            "id",
            template.pk,
            {
                "id": "t.id + n",
                "reference": "'X' || lpad(n::text, 7, '0')",
                "chain": "md5('chain' || n)::uuid",
                "current_stage_id": stage,
            },
        ),
        ("cases_stage", "id", str(template.current_stage_id), {"id": stage, **of_case}),
        ("cases_participation", "case_id", template.pk, {**own_id, **of_case}),
        ("cases_deadline", "case_id", template.pk, {**own_id, **of_case, "stage_id": stage}),
        ("trail_head", "chain", str(template.chain), {"chain": "md5('chain' || n)::uuid"}),
    ]
    for table, key, value, new in plans:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND "
            "is_generated = 'NEVER' ORDER BY ordinal_position",
            [table],
        )
        names = [row[0] for row in cursor.fetchall()]
        values = ", ".join(new.get(name, f't."{name}"').format(table=table) for name in names)
        columns = ", ".join(f'"{name}"' for name in names)
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} t, "
            f'generate_series(%s, %s) n WHERE t."{key}" = %s',
            [*span, value],
        )


def _far_away(cursor: Any, template_id: int) -> None:
    """Let no duty be due for a year, each at a minute of its own as they would be."""
    cursor.execute(
        "UPDATE cases_deadline SET next_at = %s + (id %% 100000) * interval '1 minute' WHERE case_id >= %s",
        [LATER, template_id],
    )


def _due(cursor: Any, first: int, size: int, due: datetime) -> None:
    """Let the settle duty of a set of cases be due; the reminders before it have gone."""
    cursor.execute(
        "UPDATE cases_deadline SET due_at = %(due)s, next_at = %(due)s, plan = jsonb_build_array("
        "jsonb_build_array(%(due)s::text, 'at', '[\"holder\", \"deputy\"]'::jsonb),"
        "jsonb_build_array(%(later)s::text, 'after', '[\"holder\", \"holder_manager\"]'::jsonb)) "
        "WHERE rule = 'settle' AND ordinal = 0 AND case_id >= %(first)s AND case_id < %(end)s",
        {"due": due.isoformat(), "later": LATER.isoformat(), "first": first, "end": first + size},
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "escalation.settings")
    django.setup()
    asked = [int(size) for size in sys.argv[2].split(",")] if sys.argv[2] else []
    print(json.dumps(load(int(sys.argv[1]), asked)))  # noqa: T201 (read by tests.bench.sweep)
