"""What the machine and the database say: processor time and memory from /proc, statements from pg_stat_statements."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

TICK = os.sysconf("SC_CLK_TCK")
#: Opening and closing a transaction, and Django's question whether the connection still lives.
NOT_COUNTED = re.compile(
    r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET |SHOW |SELECT \$1$|SELECT set_config)"
)


def children(pid: int) -> list[int]:
    """Return the processes that this one started and that still run."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(place.parent.name))
    return found


def cpu_of(pid: int, *, with_ended: bool = False) -> float:
    """Return the seconds of processor time of a process; with those of its children that have ended, if asked."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    ticks = sum(int(f) for f in fields[11 : 15 if with_ended else 13])
    return ticks / TICK


def peak_memory(pids: Iterable[int]) -> float:
    """Return the most memory that any of these processes ever held, in MB."""
    peaks = [0]
    for pid in pids:
        status = Path(f"/proc/{pid}/status").read_text()
        peaks += [int(kb) for kb in re.findall(r"VmHWM:\s+(\d+) kB", status)]
    return max(peaks) / 1024


class Processor:
    """The processor time of the web server and of PostgreSQL, without what the bench itself asks of PostgreSQL."""

    def __init__(self, web: int, postgres: int) -> None:
        self.web, self.postgres = web, postgres

    def read(self) -> float:
        """Return the seconds used so far."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE usename = current_user")
            own = {row[0] for row in cursor.fetchall()}
        total = cpu_of(self.web, with_ended=True) + cpu_of(self.postgres, with_ended=True)
        total += sum(cpu_of(pid) for pid in children(self.web))
        return total + sum(cpu_of(pid) for pid in children(self.postgres) if pid not in own)


@dataclass(frozen=True)
class Asked:
    """What some requests asked of the database, for one request."""

    statements: float
    repeated: float  # statements that are the second or a further one of their kind
    blocks: float  # pages of 8 kB touched
    worst: list[tuple[str, float, float, float]]  # text, calls, blocks, milliseconds; the costliest first


def forget() -> None:
    """Begin counting statements anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_statements_reset()")


def asked(login: str, requests: int) -> Asked:
    """Return what the web server's login has asked since `forget`, for one of so many requests."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.query, s.calls, s.shared_blks_hit + s.shared_blks_read, s.total_exec_time "
            "FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid "
            "JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database() WHERE r.rolname = %s",
            [login],
        )
        found = [
            (text, calls / requests, blocks / requests, ms / requests) for text, calls, blocks, ms in cursor
        ]
    counted = [row for row in found if not NOT_COUNTED.match(row[0])]
    return Asked(
        sum(calls for _, calls, _, _ in counted),
        sum(max(0, round(calls) - 1) for _, calls, _, _ in counted),
        sum(blocks for _, _, blocks, _ in found),
        sorted(counted, key=lambda row: -row[3]),
    )
