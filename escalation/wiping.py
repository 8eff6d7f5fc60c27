"""Take what was removed out of the files of its tables: PostgreSQL keeps old rows there until nobody can see them.

A session that began before a removal (a report, an analysis by autovacuum, a forgotten transaction) still sees the
words, so `VACUUM FULL` copies them along and says so in one line that is easily overlooked. Here that line is read.
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
    left = done = sorted(set(tables))
    with conn.cursor() as cursor:
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
