"""The table of requirements: an id without code or test, or a table out of date, stops `make check` by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from escalation.devstack import requirements
from escalation.devstack.requirements import ids_in, main

TOML = 'awaited = {awaited}\n\n[requirements]\nG01 = "The child first"\nX10 = "The last rung"\n'
CODE = '"""The child comes first (G01)."""\n# X10: nothing further up.\n'
TEST = '''
import pytest


class TestTheChild:
    """G01"""

    def test_it(self) -> None: ...


@pytest.mark.requirement("X10")
def test_the_last_rung() -> None: ...
'''


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small project in order: two ids, each with code and a test."""
    for folder in ("docs", "cases", "tests"):
        (tmp_path / folder).mkdir()
    (tmp_path / "docs" / "requirements.toml").write_text(TOML.format(awaited="[]"))
    (tmp_path / "cases" / "child.py").write_text(CODE)
    (tmp_path / "tests" / "test_child.py").write_text(TEST)
    assert main([], tmp_path) == 0
    return tmp_path


def told(tree: Path, capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, list[str]]:
    capsys.readouterr()
    status = main([*args], tree)
    return status, capsys.readouterr().out.splitlines()


def test_a_table_in_order_passes(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(tree, capsys, "--check") == (0, [])
    made = (tree / "docs" / "requirements.md").read_text()
    assert (
        "| G01 | The child first | `cases/child.py` | `tests/test_child.py::TestTheChild` |\n"
        "| X10 | The last rung | `cases/child.py` | `tests/test_child.py::test_the_last_rung` |\n"
    ) in made


def test_an_id_without_a_test_is_named(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    test = tree / "tests" / "test_child.py"
    test.write_text(TEST.replace('@pytest.mark.requirement("X10")\n', ""))
    assert told(tree, capsys)[1] == ["X10 has no test: The last rung"]
    test.write_text(TEST.replace("def test_it", "def looks_like_one"))
    assert told(tree, capsys)[1] == ["G01 has no test: The child first"], (
        "a class without a test holds nothing"
    )
    test.write_text(TEST.replace('"""G01"""', 'wanted = "G01"'))
    assert told(tree, capsys)[1] == ["G01 has no test: The child first"], "a string is no claim"


def test_an_id_without_code_is_named(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "cases" / "child.py").unlink()
    assert told(tree, capsys) == (
        1,
        ["G01 has no code: The child first", "X10 has no code: The last rung"],
    )


def test_a_table_out_of_date_is_refused_and_written_anew(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "cases" / "another.py").write_text('"""G01 here too."""\n')
    assert told(tree, capsys, "--check") == (
        1,
        ["docs/requirements.md is out of date: run `make requirements` and commit it"],
    )
    assert told(tree, capsys) == (0, [])
    assert told(tree, capsys, "--check") == (0, [])


def test_what_is_awaited_is_printed_and_may_not_wait_in_vain(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = tree / "docs" / "requirements.toml"
    asked.write_text(TOML.format(awaited='["X10"]'))
    assert told(tree, capsys) == (
        1,
        [
            "Awaited still: X10",
            "X10 has code and test now: take it off `awaited` in docs/requirements.toml",
        ],
    )
    (tree / "tests" / "test_child.py").write_text(TEST.replace('@pytest.mark.requirement("X10")\n', ""))
    assert told(tree, capsys) == (0, ["Awaited still: X10"])
    asked.write_text(TOML.format(awaited='["X10", "G99"]'))
    assert "G99 is awaited but is no requirement" in told(tree, capsys)[1]


def test_an_id_that_nobody_asked_for_is_named(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "cases" / "child.py").write_text(CODE + "# G77\n")
    assert told(tree, capsys) == (1, ["G77 is named in cases/child.py but is no requirement"])


def test_ranges_name_all_that_lie_between() -> None:
    assert ids_in("Re-think (PO01-PO07)") == {f"PO0{n}" for n in range(1, 8)}
    assert ids_in("X1 to X13, but not X14 or G1 or PGK012") == {f"X{n}" for n in range(1, 14)}


def test_every_requirement_of_the_documents_is_asked_for() -> None:
    """The ids of the five documents and of their conflicts, none left out."""
    import tomllib

    asked = tomllib.loads((requirements.ROOT / "docs" / "requirements.toml").read_text(encoding="utf-8"))
    numbers = {"G": 36, "PK": 13, "WO": 5, "PO": 7}
    wanted = [f"{kind}{n:02}" for kind, most in numbers.items() for n in range(1, most + 1)]
    assert list(asked["requirements"]) == [*wanted, *(f"X{n}" for n in range(1, 14))]
    assert all(words.strip() for words in asked["requirements"].values())
