"""What the local stack keeps on disk: private, stable, and never trusted when somebody else made it."""

import os
import stat
import threading
from pathlib import Path

import pytest

from escalation.devstack import postgres
from escalation.devstack.errors import RESET, StackError, from_os_error
from escalation.devstack.state import State, private_folder


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    first = State(tmp_path).secrets()
    assert State(tmp_path).secrets() == first
    assert stat.S_IMODE((tmp_path / ".dev").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / ".dev" / "secrets.json").stat().st_mode) == 0o600
    assert len(first.secret_key) == 64
    assert len({first.superuser, first.owner, first.runtime}) == 3


def test_a_start_waits_for_the_one_that_is_ending(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ending = State(tmp_path)
    handle = ending.lock()
    ending.sign(handle, "http://127.0.0.1:8000")
    with pytest.raises(StackError, match="runs already"):
        State(tmp_path).lock()
    ending.sign_off(handle)
    release = threading.Timer(0.3, os.close, [handle])
    release.start()
    os.close(State(tmp_path).lock())
    release.join()
    assert capsys.readouterr().out == "Waiting for the start before this one to clear up ...\n"


@pytest.mark.parametrize("spoilt", ["", "{", "[]", '{"identity": "a", "unknown": 1}'])
def test_a_spoilt_file_of_secrets_is_told(tmp_path: Path, spoilt: str) -> None:
    path = State(tmp_path).folder / "secrets.json"
    path.write_text(spoilt)
    with pytest.raises(StackError) as refused:
        State(tmp_path).secrets()
    assert refused.value.happened.startswith(f"{path} is spoilt: ")
    assert refused.value.remedy == RESET


def test_a_folder_in_reach_of_everybody_is_taken_only_when_it_is_ours_alone(tmp_path: Path) -> None:
    assert private_folder(tmp_path / "new") == tmp_path / "new"
    assert private_folder(tmp_path / "new") == tmp_path / "new"
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "link").symlink_to(tmp_path / "new")
    for name in ("open", "link"):
        with pytest.raises(StackError, match=f"{name} was made by somebody else"):
            private_folder(tmp_path / name)


def test_sockets_move_when_a_path_is_too_long_or_reads_like_a_list() -> None:
    elsewhere = Path("/elsewhere")
    assert postgres.sockets_folder(Path("/home/me/tree/.dev/sockets"), elsewhere) == Path(
        "/home/me/tree/.dev/sockets"
    )
    assert postgres.sockets_folder(Path("/home") / ("x" * 90), elsewhere) == elsewhere
    assert (
        postgres.sockets_folder(Path("/home/ä") / ("ä" * 45), elsewhere) == elsewhere
    )  # bytes count, not letters
    assert postgres.sockets_folder(Path("/home/a,b"), elsewhere) == elsewhere


def test_refusals_of_the_operating_system_are_told_in_words() -> None:
    full = from_os_error(OSError(28, os.strerror(28), "x"))
    assert (full.happened, full.remedy.split(",")[0]) == (
        "The disk is full.",
        "Free some space (`df -h .` shows what is left)",
    )
    assert (
        from_os_error(PermissionError(13, "no", "/a/.dev")).happened
        == "/a/.dev cannot be written by this account."
    )
