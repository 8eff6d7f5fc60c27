"""`make run` as a person meets it: mistakes that are named before anything starts, and one whole start."""

import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from escalation.devstack import __main__ as tool
from escalation.devstack import stack, state
from escalation.devstack.errors import StackError
from escalation.devstack.state import OUTSIDE, State
from escalation.devstack.valkey import free_port
from tests.infrastructure.processes import ROOT, begin, left, needs_proc, new_mark, wait_until


@pytest.fixture
def taken() -> Iterator[int]:
    """Give a port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def refusal(root: Path, **environ: str) -> StackError:
    with pytest.raises(StackError) as refused:
        stack.run(root, environ)
    return refused.value


def test_a_taken_port_is_named_with_the_next_one(tmp_path: Path, taken: int) -> None:
    error = refusal(tmp_path, PORT=str(taken))
    assert error.happened == f"Port {taken} is taken by another program."
    assert error.remedy == f"Choose another: `make run PORT={taken + 1}`; or stop that program."


@pytest.mark.parametrize("text", ["http", "0", "70000", "-1", "80 80"])
def test_a_port_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path, PORT=text).happened == f"PORT is {text!r}, which is not a port."


def test_a_nearly_full_disk_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "ENOUGH", 10**18)
    error = refusal(tmp_path, PORT=str(free_port()))
    assert error.happened.startswith(f"The disk of {tmp_path}/.dev is nearly full: ")
    assert error.remedy.startswith("Free some space")
    assert sorted(path.name for path in (tmp_path / ".dev").iterdir()) == ["lock", "logs"]


def test_a_second_start_in_one_checkout_is_told_where_the_first_is(tmp_path: Path) -> None:
    first = State(tmp_path)
    handle = first.lock()
    first.sign(handle, "http://127.0.0.1:8123")
    try:
        happened = refusal(tmp_path, PORT=str(free_port())).happened
    finally:
        os.close(handle)
    assert happened == f"This checkout runs already (process {os.getpid()}, http://127.0.0.1:8123)."


def test_a_wrong_database_address_ends_the_start(tmp_path: Path) -> None:
    error = refusal(tmp_path, PORT=str(free_port()), DATABASE_URL="postgres://me:secret@127.0.0.1:1/mine")
    assert "Connection refused" in error.happened
    assert "secret" not in error.happened + error.remedy
    assert error.remedy == "Is PostgreSQL running there? Check host and port in DATABASE_URL."


def test_the_command_line_says_what_to_do_and_exits_with_1(
    tmp_path: Path, taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["devstack", "run"])
    monkeypatch.setenv("PORT", str(taken))
    assert tool.main() == 1
    said = capsys.readouterr().err
    assert said.startswith(f"\nPort {taken} is taken by another program.\n\nWhat to do: Choose another")


def checkout(folder: Path) -> Path:
    """Make a folder that looks like a checkout of its own: its own state, this checkout's code."""
    folder.mkdir(mode=0o700)
    for name in ("escalation", "accounts", "cases", "notifications", "templates", "manage.py"):
        (folder / name).symlink_to(ROOT / name)
    return folder


RUN = "import os, sys; from pathlib import Path; from escalation.devstack import __main__ as tool; \
tool.ROOT = Path(sys.argv[1]); sys.argv = ['devstack', 'run']; sys.exit(tool.main())"


@needs_proc
@pytest.mark.xdist_group("stack")
def test_two_whole_starts_serve_beside_each_other_and_end_without_a_trace(tmp_path: Path) -> None:
    """One is asked to stop, the other is killed; nothing of either is left."""
    starts = []
    for name in ("one", "two"):
        folder, mark, port = checkout(tmp_path / name), new_mark(), free_port()
        process = begin(
            [sys.executable, "-c", RUN, str(folder)],
            tmp_path / f"{name}.txt",
            mark,
            {"PORT": str(port), "DATABASE_URL": "", "REDIS_URL": ""},
        )
        starts.append((process, folder, mark, port, tmp_path / f"{name}.txt"))
    for process, _, _, port, output in starts:
        wait_until(lambda o=output, p=process: "Ready after" in o.read_text() or p.poll() is not None, 180)
        assert f"http://127.0.0.1:{port}/" in output.read_text()
        with urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
            assert answer.status == 200
    identities = [State(folder).secrets().identity for _, folder, _, _, _ in starts]
    places = [
        [folder, OUTSIDE / f"escalation-{os.geteuid()}-{i}"]
        for (_, folder, *_), i in zip(starts, identities, strict=True)
    ]
    for (_, _, mark, _, _), place in zip(starts, places, strict=True):
        assert sum("bin/postgres" in line for line in left(mark, *place)) >= 1
    starts[0][0].send_signal(signal.SIGTERM)
    starts[1][0].kill()
    assert starts[0][0].wait(timeout=30) == 0
    starts[1][0].wait()
    for (_, folder, mark, _, _), place in zip(starts, places, strict=True):
        assert wait_until(lambda mark=mark, place=place: not left(mark, *place), 30), left(mark, *place)
        measured = folder / ".dev" / state.MEASURED / "record.json"
        measured.parent.mkdir()
        measured.write_text("{}")
        state.reset(State(folder))
        assert [*(folder / ".dev").iterdir()] == [measured.parent]
        assert measured.exists()
        shutil.rmtree(measured.parent)
        state.reset(State(folder))
        assert not any(path.exists() for path in (place[1], folder / ".dev"))
