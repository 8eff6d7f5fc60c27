"""One sweep in a process of its own: waits for a line on its input, sweeps, prints what it did and cost as JSON."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from datetime import datetime
from typing import Any

import django


def main() -> None:
    """Sweep up to the instant of the first argument; `idle` as second repeats it and prints the median."""
    from django.db import connection

    from cases.clock import sweep

    at, idle = datetime.fromisoformat(sys.argv[1]), sys.argv[2:] == ["idle"]
    statements = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal statements
        statements += not sql.startswith(("SAVEPOINT", "RELEASE"))
        return execute(sql, params, many, context)

    connection.ensure_connection()
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    with connection.execute_wrapper(count):
        began = time.perf_counter()
        done = sweep(at)
        seconds = time.perf_counter() - began
    if idle:
        rounds = []
        for _ in range(200):
            began = time.perf_counter()
            sweep(at)
            rounds.append(time.perf_counter() - began)
        seconds = sorted(rounds)[len(rounds) // 2]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"seconds": seconds, "statements": statements, "peak_mb": peak, **done.as_dict()}
    print(json.dumps(found), flush=True)  # noqa: T201


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "escalation.settings")
    django.setup()
    main()
