"""Celery only nudges: short tasks without arguments, and nothing is queued by anything but its clock."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("escalation", "accounts", "cases", "notifications")
QUEUES = {"delay", "apply_async", "send_task", "signature"}


def trees() -> Iterator[tuple[str, ast.Module]]:
    for package in PRODUCT:
        for file in sorted((ROOT / package).rglob("*.py")):
            yield str(file.relative_to(ROOT)), ast.parse(file.read_text(encoding="utf-8"))


def test_every_task_is_short_and_takes_nothing() -> None:
    found = []
    for name, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and any(
                "shared_task" in ast.dump(d) for d in node.decorator_list
            ):
                lines = (node.end_lineno or 0) - node.lineno + 1
                assert lines <= 10, f"{name}: {node.name} has {lines} lines"
                assert not node.args.args and not node.args.kwonlyargs, f"{name}: {node.name} takes arguments"
                found.append(node.name)
    assert {"sweep", "send"} <= set(found)


def test_nothing_is_queued_from_a_request_or_for_later() -> None:
    """No call queues a task, and so none has an ETA; what is to be done later stands in PostgreSQL."""
    wrong, calls = [], 0
    for name, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                calls += 1
                if node.func.attr in QUEUES:
                    wrong.append(f"{name}:{node.lineno}")
    assert wrong == []
    assert calls > 1000
