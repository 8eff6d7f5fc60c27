"""Dumps of PostgreSQL with its own programs. `docs/backup.md` says what is kept where, how long, and the way back."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class BackupError(RuntimeError):
    """A program of PostgreSQL is missing or failed; says which, and what to do."""


def dump(database: Mapping[str, Any], target: Path) -> None:
    """Write a compressed dump of a database (Django's settings of it) to a file. Raises BackupError."""
    _run("pg_dump", ["--format=custom", "--file", str(target)], database)


def dump_plain(database: Mapping[str, Any], target: Path) -> None:
    """Write a dump as SQL text: what somebody who reads a backup could find in it. Raises BackupError."""
    _run("pg_dump", ["--format=plain", "--file", str(target)], database)


def _run(program: str, args: Sequence[str], database: Mapping[str, Any]) -> None:
    given = {
        "PGHOST": database.get("HOST"),
        "PGPORT": database.get("PORT"),
        "PGUSER": database.get("USER"),
        "PGPASSWORD": database.get("PASSWORD"),
        "PGDATABASE": database.get("NAME"),
    }
    env = os.environ | {k: str(v) for k, v in given.items() if v}
    said = ""
    for found in programs(program):
        done = subprocess.run([found, *args], env=env, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        said = done.stderr.strip()[:500]
        if "version" not in said:  # too old for this server or this dump: perhaps the next is not
            break
    raise BackupError(f"{program} failed: {said}")


def programs(name: str) -> list[str]:
    """Return where a program of PostgreSQL is found: the machine's own first, then that of the local stack.

    A dump needs a program at least as new as the server. Raises BackupError when there is none at all.
    """
    found = [path for path in [shutil.which(name), _local(name)] if path and Path(path).is_file()]
    if not found:
        raise BackupError(f"{name} is not installed. On Debian: apt-get install postgresql-client")
    return found


def _local(name: str) -> str | None:
    """Return the program of the local stack; None where there is none, as in the image, which leaves the stack out."""
    try:
        from escalation.devstack.binaries import postgres_programs
        from escalation.devstack.errors import StackError
    except ModuleNotFoundError:
        return None
    try:
        return str(postgres_programs() / name)
    except StackError:
        return None
