"""The table of requirements: each id, where the code holds it, and the test that shows it.

    python -m escalation.devstack.requirements            write docs/requirements.md anew
    python -m escalation.devstack.requirements --check    fail when it is out of date, or an id has no code or no test

Code names an id in a docstring, a remark or a procedure file. A test names it in its docstring, in that of its class or
module, or by `@pytest.mark.requirement("G21")`; naming it in a string of its own does not count. `awaited` in
docs/requirements.toml lists ids that are still being built: they are printed, and an id that needs no waiting any more
must be taken off the list.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("escalation", "accounts", "cases", "notifications", "templates", "frontend")
KINDS = {".py", ".toml", ".sql", ".html", ".js", ".txt"}
NOT_CODE = ("migrations", "node_modules", "build", "devstack")
ID = re.compile(r"\b(?:(?:G|PK|WO|PO)[0-9]{2}|X(?:1[0-3]|[1-9]))\b")
RANGE = re.compile(r"\b(G|PK|WO|PO|X)([0-9]{1,2})(?: to |-|–)(?:\1)?([0-9]{1,2})\b")
#: More than this many places in a cell help nobody.
SHOWN = 4


@dataclass
class Found:
    """Where each id is named in the code, and by which tests."""

    code: dict[str, list[str]] = field(default_factory=dict)
    tests: dict[str, list[str]] = field(default_factory=dict)


def ids_in(text: str) -> set[str]:
    """Return the ids a text names, those of a range such as "PO01-PO07" included."""
    found = set(ID.findall(text))
    for kind, first, last in RANGE.findall(text):
        width = len(first)
        found |= {f"{kind}{n:0{width}}" for n in range(int(first), int(last) + 1)}
    return found


def search(root: Path) -> Found:
    """Return where ids are named below `root`; tests are read as syntax, the rest as text."""
    found = Found()
    for path in _files(root, CODE):
        for key in ids_in(path.read_text(encoding="utf-8")):
            found.code.setdefault(key, []).append(path.relative_to(root).as_posix())
    for path in sorted((root / "tests").rglob("test_*.py")):
        where = path.relative_to(root).as_posix()
        for key, test in _tests(ast.parse(path.read_text(encoding="utf-8"))):
            found.tests.setdefault(key, []).append(f"{where}::{test}" if test else where)
    return found


def _files(root: Path, folders: Iterable[str]) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in KINDS and not any(part in NOT_CODE for part in path.relative_to(root).parts):
                yield path


def _tests(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield (id, test) for each test that names one; "" stands for a whole file with at least one test in it."""
    tests = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and _is_test(node.name)]
    if tests:
        yield from ((key, "") for key in sorted(ids_in(ast.get_docstring(tree) or "")))
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            if any(isinstance(inner, ast.FunctionDef) and _is_test(inner.name) for inner in node.body):
                yield from ((key, node.name) for key in sorted(_named(node)))
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and _is_test(inner.name):
                    yield from ((key, f"{node.name}::{inner.name}") for key in sorted(_named(inner)))
        elif isinstance(node, ast.FunctionDef) and _is_test(node.name):
            yield from ((key, node.name) for key in sorted(_named(node)))


def _is_test(name: str) -> bool:
    return name.startswith("test_")


def _named(node: ast.ClassDef | ast.FunctionDef) -> set[str]:
    """Return the ids that the docstring or the marks of a test name."""
    marks = [d for d in node.decorator_list if isinstance(d, ast.Call) and _is_mark(d.func)]
    said = [a.value for mark in marks for a in mark.args if isinstance(a, ast.Constant)]
    return ids_in(ast.get_docstring(node) or "") | ids_in(" ".join(map(str, said)))


def _is_mark(func: ast.expr) -> bool:
    return isinstance(func, ast.Attribute) and func.attr == "requirement"


def table(requirements: dict[str, str], awaited: list[str], found: Found) -> str:
    """Return docs/requirements.md."""
    lines = [
        "# Requirements: where each is held, and by which test",
        "",
        "Made by `make requirements` from [requirements.toml](requirements.toml), the code and the tests. Do not edit.",
        f"{len(requirements)} requirements, {len(awaited)} of them still awaited.",
        "",
        "| Id | What it asks | Held in | Test |",
        "|---|---|---|---|",
    ]
    for key, words in requirements.items():
        cells = [_cell(found.code.get(key, [])), _cell(found.tests.get(key, []))]
        waits = " *(awaited)*" if key in awaited else ""
        lines.append(f"| {key} | {words}{waits} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(places: list[str]) -> str:
    shown = [f"`{place}`" for place in places[:SHOWN]]
    return ", ".join(shown) + (" and others" if len(places) > SHOWN else "") or "none yet"


def mistakes(requirements: dict[str, str], awaited: list[str], found: Found) -> list[str]:
    """Return what is wrong, a sentence each: ids without code or test, ids nobody knows, ids that wait in vain."""
    said = []
    for key, words in requirements.items():
        lacking = [
            what for what, places in (("code", found.code), ("test", found.tests)) if not places.get(key)
        ]
        if lacking and key not in awaited:
            said.append(f"{key} has no {' and no '.join(lacking)}: {words}")
        if not lacking and key in awaited:
            said.append(f"{key} has code and test now: take it off `awaited` in docs/requirements.toml")
    said += [f"{key} is awaited but is no requirement" for key in awaited if key not in requirements]
    unknown = (found.code.keys() | found.tests.keys()) - requirements.keys()
    for key in sorted(unknown):
        place = (found.code.get(key) or found.tests[key])[0]
        said.append(f"{key} is named in {place} but is no requirement")
    return said


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """Write the table, or check it; return the exit status."""
    parser = argparse.ArgumentParser(prog="requirements", description="The table of requirements.")
    parser.add_argument("--check", action="store_true", help="fail when the table or an id is not in order")
    check = parser.parse_args(argv).check
    asked = tomllib.loads((root / "docs" / "requirements.toml").read_text(encoding="utf-8"))
    requirements, awaited = asked["requirements"], asked["awaited"]
    found = search(root)
    made, target = table(requirements, awaited, found), root / "docs" / "requirements.md"
    wrong = mistakes(requirements, awaited, found)
    if check and (not target.exists() or target.read_text(encoding="utf-8") != made):
        wrong.append("docs/requirements.md is out of date: run `make requirements` and commit it")
    if not check:
        target.write_text(made, encoding="utf-8")
    if awaited:
        print(f"Awaited still: {', '.join(awaited)}")
    for sentence in wrong:
        print(sentence)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
