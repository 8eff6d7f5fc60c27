"""Counts what a start has left behind: processes with its mark in the environment, or at home in its folders."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

ROOT = Path(__file__).resolve().parents[2]
MARK = "ESCALATION_TEST_MARK"
STARTED: list[subprocess.Popen[bytes]] = []  # by the test that runs; conftest.py ends what it leaves

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="counts processes through /proc"
)


def new_mark() -> str:
    """Return a word that no other start has."""
    return uuid4().hex


def left(mark: str, *folders: Path) -> list[str]:
    """Return the commands of all running processes that carry `mark`, or work in or were started from `folders`.

    PostgreSQL writes its title over its environment, so its processes are known by the folder that they work in.
    """
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if not command:  # ended, and not collected yet
                continue
            where = os.readlink(entry / "cwd")
            marked = mark.encode() in (entry / "environ").read_bytes()
        except OSError:
            continue
        if marked or any(str(folder) in f"{where} {command}" for folder in folders):
            found.append(f"{entry.name} {command}")
    return found


def wait_until(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Return whether `true()` became so within `seconds`."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def begin(
    argv: list[str], output: Path, mark: str, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a supervisor in a session of its own, marked, with what it says in the file `output`."""
    with output.open("wb") as sink:
        process = subprocess.Popen(
            argv,
            cwd=ROOT,
            env={**os.environ, **(env or {}), MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    STARTED.append(process)
    return process


def devstack(*arguments: str) -> list[str]:
    """Return the command line of the local stack with `arguments`."""
    return [sys.executable, "-m", "escalation.devstack", *arguments]
