"""Take what was removed out of the files of its tables: PostgreSQL keeps old rows there until nobody can see them.

A session that began before a removal (a report, an analysis by autovacuum, a forgotten transaction) still sees the
words, so `VACUUM FULL` copies them along and says so in one line that is easily overlooked. Here that line is read.
What the planner knows of a table (`pg_statistic`) holds the values that are met most often, words among them, and it
stays as it was until rows are counted again: that is done here too.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import Any

from django.db import connection

LEFT = re.compile(r"(\d+) dead row versions cannot be removed yet")
NOT_OURS = "skipping it"
#: Whoever holds dead rows back: sessions, prepared transactions, replicas.
HOLDERS = """
    SELECT format('session %s (%s, %s) since %s', pid, coalesce(nullif(application_name, ''), backend_type), state,
                  to_char(xact_start, 'YYYY-MM-DD HH24:MI:SS'))
        FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND (datname = current_database() OR datname IS NULL)
        AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
    UNION ALL SELECT 'prepared transaction ' || gid FROM pg_prepared_xacts WHERE database = current_database()
    UNION ALL SELECT 'replication slot ' || slot_name FROM pg_replication_slots WHERE xmin IS NOT NULL
"""
#: Columns of an empty table of which the planner still knows values: ANALYZE passes over a table without rows.
STILL_KNOWN = """
    SELECT DISTINCT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
    JOIN pg_stats s ON s.schemaname = current_schema() AND (s.tablename, s.attname) = (%s, a.attname)
    WHERE a.attrelid = %s::regclass ORDER BY 1
"""
#: From this version on PostgreSQL has a function that lets the planner forget a column.
FORGETS = 18_00_00
STATISTICS = "pg_statistic"


class NotWiped(RuntimeError):
    """Removed rows are still in the files; the sentence says of which tables, who holds them there, and what to do."""


def wipe(tables: Iterable[str], *, patience: float = 60, conn: Any = None) -> int:
    """Write these tables anew without what was removed from them; return how many were written.

    Each table is locked while it is written. Waits `patience` seconds for sessions that still see what was removed.
    `conn` is a connection of the owner outside a transaction, Django's own by default. Raises NotWiped.
    """
    if conn is None:
        connection.ensure_connection()
        conn = connection.connection
    end = time.monotonic() + patience
    done = sorted(set(tables))
    left = [*done, STATISTICS]
    with conn.cursor() as cursor:
        for table in done:
            _count_again(conn, cursor, table)
        while True:
            left = [table for table in left if _dead_rows(conn, cursor, table)]
            if not left:
                return len(done)
            if time.monotonic() >= end:
                cursor.execute(HOLDERS)
                holders = "; ".join(row[0] for row in cursor.fetchall()) or "nobody who can be named"
                raise NotWiped(
                    f"Removed rows are still in the files of {', '.join(left)}. They are held there by: {holders}. "
                    "End or wait for what is named, then run this again."
                )
            time.sleep(0.5)


def _count_again(conn: Any, cursor: Any, table: str) -> None:
    """Let the planner forget what it knew of a table: its statistics are those of the rows that are there."""
    cursor.execute(f'ANALYZE "{table}"')
    cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}")')  # noqa: S608 - tables of our own only
    if cursor.fetchone()[0]:
        return
    cursor.execute(STILL_KNOWN, [table, f'"{table}"'])
    for column, kind in cursor.fetchall():
        if conn.server_version >= FORGETS:
            cursor.execute(
                "SELECT pg_clear_attribute_stats(current_schema(), %s, %s, false)", [table, column]
            )
        else:  # the type stays what it is; what was known of the column goes, and there is no row to be written anew
            cursor.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE {kind}')


def _dead_rows(conn: Any, cursor: Any, table: str) -> int:
    """Write one table anew and return how many removed rows had to be copied along."""
    del conn.notices[:]
    cursor.execute(f'VACUUM (FULL, VERBOSE) "{table}"')
    said = "".join(conn.notices)
    if NOT_OURS in said:
        raise NotWiped(f"Only the owner of {table} can write it anew. Run this as the owner of the database.")
    found = LEFT.findall(said)
    if not found:
        raise NotWiped(f"PostgreSQL did not say whether anything was left in {table}: set lc_messages to C.")
    return sum(map(int, found))
