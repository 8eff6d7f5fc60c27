"""The lock files: exact, hashed, in step with pyproject.toml, and free of any address."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.infrastructure.processes import ROOT

PINNED = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; (.+?))?(?: \\)?$", re.MULTILINE)
LOCKS = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]


def pins(path: Path) -> dict[str, str]:
    return {name: version for name, version, _ in PINNED.findall(path.read_text())}


def declared(*extras: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = project["dependencies"] + [
        line for extra in extras for line in project["optional-dependencies"][extra]
    ]
    return {re.match(r"[a-z0-9-]+", line)[0] for line in lines}  # type: ignore[index]


@pytest.mark.parametrize(
    "path", [*LOCKS, ROOT / "frontend" / "package-lock.json"], ids=lambda path: path.name
)
def test_no_lock_file_names_an_address(path: Path) -> None:
    assert "://" not in path.read_text()


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_each_package_is_pinned_with_a_hash(path: Path) -> None:
    text = path.read_text()
    blocks = re.split(r"\n(?=[a-z0-9])", text.strip())
    # A package may stand there once for each range of Python versions.
    assert len(blocks) == len(PINNED.findall(text)) > 30
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert not re.search(r"^\s*-(?!-hash)", text, re.MULTILINE), (
        "an option, such as an index, stands in the file"
    )


def test_the_lock_files_have_what_pyproject_asks_for_and_agree() -> None:
    run, dev = (pins(path) for path in LOCKS)
    assert declared("local") - run.keys() == set()
    assert declared("local", "dev") - dev.keys() == set()
    assert {name: version for name, version in run.items() if dev.get(name) != version} == {}
    assert not {"pytest", "playwright", "mypy"} & run.keys()


def test_each_dependency_has_its_reason() -> None:
    lists = (ROOT / "pyproject.toml").read_text().partition("[tool.")[0]
    entries = re.findall(r'^  "(.+?)",(.*)$', lists, re.MULTILINE)
    assert {re.split(r"[\[<>=]", entry)[0] for entry, _ in entries} == declared("local", "dev", "notify")
    assert [entry for entry, comment in entries if len(comment.partition("#")[2].split()) < 2] == []
