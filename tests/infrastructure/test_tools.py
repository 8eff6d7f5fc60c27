"""The tools around the product: light to start, old Pythons told, checks that go on after a failure."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from escalation.devstack import install, lint
from tests.infrastructure.processes import ROOT


def test_the_local_stack_starts_without_django() -> None:
    heavy = "{'django', 'celery', 'psycopg2'}"
    code = f"import sys, escalation.devstack.__main__; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_an_old_python_is_told_which_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install, "OLDEST", (9, 1))
    with pytest.raises(SystemExit, match="1"):
        install.main()
    assert capsys.readouterr().err.startswith(f"\nPython 9.1 or newer is needed; {sys.executable} is ")


def test_a_first_install_looks_at_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "requirements.txt").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(install, "ENOUGH", 10**18)
    with pytest.raises(SystemExit, match="1"):
        install.install("requirements.txt")
    assert "The disk is nearly full" in capsys.readouterr().err
    assert os.listdir() == ["requirements.txt"]


def test_what_is_installed_is_installed_again_only_after_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    (tmp_path / "requirements.txt").write_text("a==1\n")
    (tmp_path / ".venv").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(install, "works", lambda python: True)
    monkeypatch.setattr(install.subprocess, "call", lambda argv, **_: asked.append(argv[-1]) or 0)
    for _ in range(2):
        install.install("requirements.txt")
    assert asked == ["requirements.txt"]
    (tmp_path / "requirements.txt").write_text("a==2\n")
    install.install("requirements.txt")
    assert asked == ["requirements.txt", "requirements.txt"]


@pytest.mark.xdist_group("stack")
def test_tests_of_a_group_are_kept_together_where_tests_are_shared_out(
    request: pytest.FixtureRequest,
) -> None:
    """pytest-xdist reads the group from the name; see tests/conftest.py."""
    shared_out = getattr(request.config.option, "loadgroup", False)
    assert request.node.nodeid.endswith("@stack") is shared_out


def test_checks_go_on_after_a_failure_and_show_what_failed(tmp_path: Path) -> None:
    said: list[str] = []
    commands = [
        ("one", [sys.executable, "-c", "print('wrong here'); raise SystemExit(3)"]),
        ("two", [sys.executable, "-c", "print('quiet when right')"]),
    ]
    assert lint.run_all(commands, tmp_path, said.append) == 1
    assert [line.split()[:2] for line in said] == [
        ["one", "FAILED"],
        ["wrong", "here"],
        ["two", "ok"],
        ["Failed:", "one."],
    ]
    assert lint.run_all(commands[1:], tmp_path, said.append) == 0


def test_ci_runs_the_same_two_commands_and_names_no_address() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert "make check" in script
    assert "REQUIRE_BROWSER=1 make test" in script
    assert "://" not in script


def test_each_make_command_that_a_document_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / ".ci" / "run"]
    named = {
        word
        for path in documents
        for word in re.findall(r"(?:`|^ *|&& )make ([a-z-]+)\b", path.read_text(), re.M)
    }
    assert {"run", "test", "check", "reset"} <= named
    assert named - targets == set()
