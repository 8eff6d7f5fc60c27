"""One child process: how it starts, how it stops, and what it said last."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOG_LIMIT = 5_000_000  # bytes kept in one log file before it is set aside as NAME.log.1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(signum: int, parent: int) -> None:
    """Have the kernel send `signum` to this process when `parent` (a process id) ends. Does nothing outside Linux.

    For use between fork and exec as well: it calls nothing but prctl and getppid.
    """
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0)
    if os.getppid() != parent:  # it ended before prctl could see it
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Account:
    """The operating-system account that a child runs under."""

    uid: int
    gid: int


@dataclass
class Child:
    """A process in a session of its own, so that the terminal's Ctrl-C reaches only the supervisor."""

    name: str
    argv: Sequence[str]
    log: Path
    env: Mapping[str, str]
    cwd: Path
    stop_signal: int = signal.SIGTERM
    patience: float = 15.0  # seconds between the stop signal and SIGKILL
    account: Account | None = None
    process: subprocess.Popen[bytes] = field(init=False)
    _log_start: int = field(init=False, default=0)

    def start(self) -> None:
        """Start the process, its output appended to `log`. Raises OSError when the program cannot be run."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        parent, signum = os.getpid(), self.stop_signal
        with self.log.open("ab") as output:
            self._log_start = output.tell()
            self.process = subprocess.Popen(
                self.argv,
                env=dict(self.env),
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.account.uid if self.account else None,
                group=self.account.gid if self.account else None,
                extra_groups=[] if self.account else None,
                # The supervisor has one thread, so code between fork and exec is safe; a change of account clears
                # the parent-death signal, therefore it is set after it, here.
                preexec_fn=lambda: die_with_parent(signum, parent),  # noqa: PLW1509
            )

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its session and process group."""
        return self.process.pid

    def ended(self) -> int | None:
        """Return its exit status when it has ended (negative: a signal), else None."""
        return self.process.poll()

    def said(self, lines: int = 15) -> str:
        """Return the last `lines` lines that this start of the process wrote."""
        with self.log.open("rb") as source:
            size = source.seek(0, os.SEEK_END)
            source.seek(max(self._log_start, size - 20_000))
            return "\n".join(source.read().decode(errors="replace").rstrip().splitlines()[-lines:])

    def ask_to_stop(self) -> None:
        """Send the stop signal to the main process alone: Celery hangs when its pool gets it too."""
        if self.ended() is None:
            self.process.send_signal(self.stop_signal)

    def stop(self, hurried: Callable[[], bool] = lambda: False) -> None:
        """Stop it: the signal, then `patience` seconds (none when `hurried()`), then SIGKILL to what is left."""
        self.ask_to_stop()
        until = time.monotonic() + self.patience
        while self.ended() is None and time.monotonic() < until and not hurried():
            time.sleep(0.02)
        kill_group(self.pid)
        self.process.wait()


def kill_group(pgid: int) -> None:
    """Kill each process that is left in the group `pgid`; none left is fine."""
    try:
        os.killpg(pgid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS says "not permitted" for a group of zombies
        return
