"""Stops the children when the supervisor can't any more, because somebody killed it with `kill -9`.

A small process of its own. It reads lines from a pipe whose other end only the supervisor holds: `start PID SIGNAL
PATIENCE`, `end PID`, `remove FOLDER`. When the pipe closes it stops what is left, the last started first, and removes
the folders of throw-away servers. After an orderly stop nothing is left and it just ends.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from escalation.devstack.children import kill_group


def alive(pid: int) -> bool:
    """Tell whether process `pid` still runs; one that ended and was not collected yet (a zombie) does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return sys.platform != "linux"


def stop(pid: int, signum: int, patience: float) -> None:
    """Send `signum` to `pid`, wait `patience` seconds for its end, then kill its whole process group."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signum)
    until = time.monotonic() + patience
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    kill_group(pid)


def guard(pipe: int) -> None:
    """Follow the supervisor's lines from file descriptor `pipe` until it closes, then clean up after it."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)  # it ends when the supervisor does, not before
    running: dict[int, tuple[int, float]] = {}
    folders: list[str] = []
    with open(pipe) as lines:
        for line in lines:
            word, _, rest = line.rstrip("\n").partition(" ")
            if word == "start":
                pid, stop_signal, patience = rest.split()
                running[int(pid)] = (int(stop_signal), float(patience))
            elif word == "end":
                running.pop(int(rest), None)
            elif word == "remove":
                folders.append(rest)
    for child, how in reversed(running.items()):
        stop(child, *how)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    guard(int(sys.argv[1]))
