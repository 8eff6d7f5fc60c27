"""The supervisor, with children that cost nothing: order, signals, a child that dies, a supervisor that is killed."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infrastructure.processes import begin, left, needs_proc, new_mark, wait_until

pytestmark = [needs_proc, pytest.mark.xdist_group("stack")]

# Children that say when they start and when they are asked to stop; the third has a child of its own.
SCRIPT = """
import os, sys
from pathlib import Path
from escalation.devstack import __main__ as tool
from escalation.devstack.children import Child
from escalation.devstack.supervisor import Supervisor

folder = Path(sys.argv[1])
code = '''
import os, signal, subprocess, sys, time
def stop(*_):
    open({diary!r}, "a").write(sys.argv[1] + " stops\\\\n")
    os._exit(0)
signal.signal(signal.SIGTERM, stop)
if sys.argv[1] == "third":
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
open({diary!r}, "a").write(sys.argv[1] + " starts\\\\n")
time.sleep(300)
'''.replace("{diary!r}", repr(str(folder / "diary")))
def serve(root, environ):
    with Supervisor(root) as supervisor:
        for name in ("first", "second", "third"):
            argv, log = [sys.executable, "-c", code, name], folder / f"{name}.log"
            supervisor.start(Child(name, argv, log=log, env=os.environ, cwd=root))
            diary = folder / "diary"
            supervisor.wait_for(lambda: diary.exists() and f"{name} starts" in diary.read_text(), what=name, seconds=20)
        (folder / "pids").write_text(" ".join(str(child.pid) for child in supervisor.children))
        supervisor.watch()
tool.stack.run = serve
sys.argv = ["devstack", "run"]
sys.exit(tool.main())
"""
ALL_STARTED = ["first starts", "second starts", "third starts"]


class Start:
    """One supervisor with three children in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.mark = new_mark()
        self.folder = folder
        self.output = folder / "output"
        self.process = begin([sys.executable, "-c", SCRIPT, str(folder)], self.output, self.mark)
        assert wait_until((folder / "pids").exists), self.output.read_text()
        assert self.diary() == ALL_STARTED
        assert len(left(self.mark)) == 6  # the supervisor, its guard, three children, a grandchild

    def diary(self) -> list[str]:
        return (self.folder / "diary").read_text().splitlines()

    def nothing_left(self) -> bool:
        return wait_until(lambda: not left(self.mark))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_children_in_reverse_order(tmp_path: Path, how: signal.Signals) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it would be ignored, and rightly so
    try:
        start = Start(tmp_path)
    finally:
        signal.signal(signal.SIGHUP, before)
    start.process.send_signal(how)
    assert start.process.wait(timeout=20) == 0
    assert start.nothing_left(), left(start.mark)
    assert start.diary() == [*ALL_STARTED, "third stops", "second stops", "first stops"]
    assert start.output.read_text() == "Stopped.\n"


def test_a_killed_supervisor_leaves_no_process(tmp_path: Path) -> None:
    start = Start(tmp_path)
    start.process.kill()
    start.process.wait()
    assert start.nothing_left(), left(start.mark)
    assert sorted(start.diary()[3:]) == ["first stops", "second stops", "third stops"]


def test_killing_the_guard_as_well_leaves_no_child(tmp_path: Path) -> None:
    start = Start(tmp_path)
    guard = next(int(line.split()[0]) for line in left(start.mark) if "devstack.guard" in line)
    subprocess.run(["kill", "-9", str(guard), str(start.process.pid)], check=True)
    start.process.wait()
    wait_until(lambda: len(left(start.mark)) == 1)
    # The kernel tells children of the supervisor, not children of theirs.
    remaining = left(start.mark)
    assert ["time.sleep(300)" in line and "diary" not in line for line in remaining] == [True], remaining
    subprocess.run(["kill", remaining[0].split()[0]], check=True)


def test_a_dead_child_is_named_with_its_last_words_and_ends_the_rest(tmp_path: Path) -> None:
    start = Start(tmp_path)
    (tmp_path / "second.log").write_text("cannot write: No space left on device\n")
    second = int((tmp_path / "pids").read_text().split()[1])
    subprocess.run(["kill", "-9", str(second)], check=True)
    assert start.process.wait(timeout=20) == 1
    assert start.nothing_left(), left(start.mark)
    said = start.output.read_text()
    assert "second was killed by signal 9. It said last:\n\ncannot write: No space left on device\n" in said
    assert "What to do: Free some space" in said
    assert start.diary()[3:] == ["third stops", "first stops"]
