"""The floor of a sweep: one SQL statement that writes the very rows the sweep writes for a set of due duties."""

from __future__ import annotations

from datetime import datetime
from typing import Any

#: Each part copies the row that the product's own sweep made for the rehearsed case, with another case's keys.
STATEMENT = """
WITH due AS (
    SELECT d.id, d.case_id, d.stage_id, d.due_at, d.plan, c.chain, c.reference
    FROM cases_deadline d JOIN cases_case c ON c.id = d.case_id
    WHERE d.state = 'open' AND d.next_at <= %(at)s FOR UPDATE OF c, d
), noted AS (
    UPDATE cases_deadline d SET plan = due.plan - 0, next_at = (due.plan #>> '{{1,0}}')::timestamptz,
        lapsed_at = due.due_at FROM due WHERE d.id = due.id
), let_in AS (
    UPDATE cases_case c SET stand_in_id = %(stand_in)s, changed_at = %(at)s FROM due WHERE c.id = due.case_id
), joined AS ({part}), passed AS ({copy}), sealed AS ({event} RETURNING id, chain)
{message}
"""


def floor(cursor: Any, made: dict[str, Any], at: datetime) -> None:
    """Run the statement for everything due by `at`, in the caller's transaction."""
    own = "nextval(pg_get_serial_sequence('{table}', 'id'))"
    parts = {
        "part": _copy(cursor, "cases_participation", "due", id=own, case_id="due.case_id"),
        "copy": _copy(
            cursor,
            "cases_deadline",
            "due",
            id=own,
            case_id="due.case_id",
            stage_id="due.stage_id",
            due_at="due.due_at",
            lapsed_at="due.due_at",
        ),
        "event": _copy(
            cursor,
            "trail_event",
            "due",
            id="gen_random_uuid()",
            chain="due.chain",
            object_ref="'case:' || due.case_id",
        ),
        "message": _copy(
            cursor,
            "notifications_message",
            "due JOIN sealed ON sealed.chain = due.chain",
            id=own,
            case_id="due.case_id",
            deadline_id="due.id",
            event="sealed.id",
            reference="due.reference",
            key="'floor:' || due.id || ':' || t.id",
        ),
    }
    keys = {"part": [made["part"]], "copy": [made["copy"]], "event": [made["event"]]}
    values = {
        "at": at,
        "stand_in": made["stand_in"],
        "cases_participation": keys["part"],
        "cases_deadline": keys["copy"],
        "trail_event": keys["event"],
        "notifications_message": made["messages"],
    }
    cursor.execute(STATEMENT.format(**parts), values)


def _copy(cursor: Any, table: str, source: str, **new: str) -> str:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
        [table],
    )
    names = [row[0] for row in cursor.fetchall()]
    values = ", ".join(new.get(name, f't."{name}"').format(table=table) for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    kind = "uuid" if table == "trail_event" else "bigint"
    return (
        f"INSERT INTO {table} ({columns}) SELECT {values} FROM {source}, {table} t "
        f"WHERE t.id = ANY (%({table})s::{kind}[])"
    )
