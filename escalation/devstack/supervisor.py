"""Keeps the children: starts them in order, notices when one ends, stops them all in reverse order."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from escalation.devstack.children import Child, die_with_parent, kill_group
from escalation.devstack.errors import Interrupted, StackError, remedy_for

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Use as a context manager: whatever happens inside, no child is left when the block ends.

    Signals only set a flag, which every wait looks at; so none can come between starting a child and knowing it.
    """

    def __init__(self, root: Path, *, hold: Sequence[int] = ()) -> None:
        """Take the checkout `root`, and file descriptors that the guard is to hold as long as a child may run."""
        self.root = root
        self.children: list[Child] = []
        self._hold = tuple(hold)
        self._folders: list[Path] = []
        self._asked: list[int] = []
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Listen to signals and start the guard."""
        for signum in SIGNALS:
            # Set even SIGINT by hand: a script that starts us in the background leaves it ignored. `nohup` is honoured.
            if not (signum == signal.SIGHUP and signal.getsignal(signum) == signal.SIG_IGN):
                self._before[signum] = signal.signal(signum, self._ask)
        reading, self._pipe = os.pipe()
        self._guard = subprocess.Popen(
            [sys.executable, "-m", "escalation.devstack.guard", str(reading)],
            cwd=self.root,
            pass_fds=(reading, *self._hold),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(reading)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Stop what runs, the last started first. A second Ctrl-C during it makes it short."""
        before = len(self._asked)
        for child in reversed(self.children):
            child.stop(hurried=lambda: len(self._asked) > before)
            self._tell(f"end {child.pid}")
        self.children.clear()
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)
        os.close(self._pipe)
        self._guard.wait()
        for signum, handler in self._before.items():
            signal.signal(signum, handler)

    def _ask(self, signum: int, frame: FrameType | None) -> None:
        self._asked.append(signum)

    def _tell(self, line: str) -> None:
        with contextlib.suppress(
            BrokenPipeError
        ):  # the guard was killed; parent-death signals are still there
            os.write(self._pipe, f"{line}\n".encode())

    def temporary_folder(self, place: Path, mode: int) -> Path:
        """Make a folder in `place` that is removed once the children have stopped, even when we are killed."""
        folder = Path(tempfile.mkdtemp(prefix="escalation-", dir=place))
        self._folders.append(folder)
        self._tell(f"remove {folder}")
        folder.chmod(mode)
        return folder

    def start(self, child: Child) -> Child:
        """Start `child` and keep it. Raises StackError when its program cannot be run."""
        self.check()
        try:
            child.start()
        except OSError as error:
            raise StackError(
                f"{child.name} could not be started: {error.strerror} ({child.argv[0]}).",
                remedy_for(error.strerror or "", "Remove the folder .venv, then start again."),
            ) from error
        self.children.append(child)
        self._tell(f"start {child.pid} {int(child.stop_signal)} {child.patience}")
        return child

    def forget(self, child: Child) -> None:
        """Let go of a child that has ended as it should."""
        self.children.remove(child)
        self._tell(f"end {child.pid}")

    def check(self) -> None:
        """Raise Interrupted when asked to stop, StackError when a child has ended by itself."""
        if self._asked:
            raise Interrupted(self._asked[0])
        for child in self.children:
            status = child.ended()
            if status is not None:
                raise died(child, status)

    def wait_for(self, ready: Callable[[], bool], *, what: str, seconds: float) -> None:
        """Wait until `ready()`. Raises StackError after `seconds`, and whatever `check` raises."""
        until = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > until:
                said = "\n\n".join(f"{c.name} said last:\n{c.said(5)}" for c in self.children[-2:])
                raise StackError(
                    f"{what} was not ready after {seconds:.0f} s.\n{said}",
                    "Is the machine very busy? Start again.",
                )
            time.sleep(0.03)

    def pause(self, seconds: float) -> None:
        """Wait `seconds`, unless `check` raises."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.check()
            time.sleep(0.1)

    def finish(self, child: Child, *, seconds: float) -> str:
        """Start `child`, wait for its end and return what it wrote. Raises StackError when it fails or hangs."""
        self.start(child)
        until = time.monotonic() + seconds
        while (status := child.ended()) is None:
            if time.monotonic() > until:
                raise StackError(
                    f"{child.name} did not end within {seconds:.0f} s.",
                    "Is the machine very busy? Start again.",
                )
            self.check()
            time.sleep(0.02)
        if status != 0:
            raise died(child, status)
        self.forget(child)
        return child.said(1000)

    def watch(self) -> None:
        """Watch for ever. Ends only by what `check` raises."""
        while True:
            self.pause(60)

    def foreground(self, argv: Sequence[str], env: Mapping[str, str]) -> int:
        """Run a command on our own terminal and return its exit status (128 + signal when it was killed by one).

        On a terminal it shares our session, so that Ctrl-C and a debugger's prompt work; without one it gets its own,
        and everything that it started is killed when it ends.
        """
        own_session = not os.isatty(0)
        parent = os.getpid()
        process = subprocess.Popen(
            argv,
            env=dict(env),
            start_new_session=own_session,
            preexec_fn=lambda: die_with_parent(signal.SIGTERM, parent),  # noqa: PLW1509 (one thread)
        )
        if own_session:
            self._tell(f"start {process.pid} {int(signal.SIGINT)} 10")
        try:
            return self._follow(process, own_session)
        finally:
            if own_session:
                _kill_session(process)
                self._tell(f"end {process.pid}")

    def _follow(self, process: subprocess.Popen[bytes], own_session: bool) -> int:
        passed_on, until = 0, float("inf")
        while (status := process.poll()) is None:
            if len(self._asked) > passed_on:
                passed_on = len(self._asked)
                # Ctrl-C on a terminal has reached it already; pytest ends in order on SIGINT, not on SIGTERM.
                if own_session or self._asked[-1] != signal.SIGINT:
                    process.send_signal(signal.SIGINT if passed_on == 1 else signal.SIGTERM)
                until = time.monotonic() + 20
            if time.monotonic() > until:
                process.kill()
            for child in self.children:
                if (ended := child.ended()) is not None:
                    process.terminate()
                    raise died(child, ended)
            time.sleep(0.05)
        return status if status >= 0 else 128 - status


def _kill_session(process: subprocess.Popen[bytes]) -> None:
    kill_group(process.pid)
    process.wait()


def died(child: Child, status: int) -> StackError:
    """Return the message for a child that ended by itself with `status` (negative: killed by that signal)."""
    how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
    said = child.said()
    remedy = remedy_for(said, "If the lines above do not say why, start again.")
    return StackError(f"{child.name} {how}. It said last:\n\n{said}\n\n(all of it: {child.log})", remedy)
