"""`make check` and `make fix`: every tool that looks at the code without running the product."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

BIN = Path(sys.executable).parent
PACKAGES = ("escalation", "accounts", "cases", "notifications")


def tool(name: str, *arguments: str) -> list[str]:
    """Return the command for a tool of this virtual environment."""
    return [str(BIN / name), *arguments]


def templates(root: Path) -> list[str]:
    """Return the paths of all pages below `root`. Mails are left out: each line break in them is meant."""
    return sorted(str(path.relative_to(root)) for path in (root / "templates").rglob("*.html"))


def checks(root: Path) -> list[tuple[str, list[str]]]:
    """Return what is checked: a name and a command each."""
    manage = [sys.executable, "manage.py"]
    return [
        ("format", tool("ruff", "format", "--check", ".")),
        ("lint", tool("ruff", "check", ".")),
        ("templates", tool("djade", "--check", "--target-version", "5.2", *templates(root))),
        ("imports", tool("lint-imports", "--no-cache")),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"]),
        ("settings", [*manage, "check", "--fail-level", "WARNING"]),
        ("requirements", [sys.executable, "-m", "escalation.devstack.requirements", "--check"]),
        ("words", [sys.executable, "-m", "escalation.devstack.reading"]),
        ("types", tool("mypy")),
    ]


def fix(root: Path) -> int:
    """Format the code and the templates and mend what the linter can mend; return the worst exit status."""
    return run_all(
        [
            ("lint", tool("ruff", "check", "--fix", ".")),
            ("format", tool("ruff", "format", ".")),
            ("templates", tool("djade", "--target-version", "5.2", *templates(root))),
            ("requirements", [sys.executable, "-m", "escalation.devstack.requirements"]),
        ],
        root,
    )


def run_all(
    commands: Sequence[tuple[str, Sequence[str]]], root: Path, say: Callable[[str], None] = print
) -> int:
    """Run each command, even after one has failed; print what the failed ones wrote. Returns 1 if any failed."""
    failed = []
    for name, argv in commands:
        began = time.monotonic()
        done = subprocess.run(
            argv,
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env=os.environ,
        )
        verdict = "ok" if done.returncode == 0 else "FAILED"
        say(f"{name:<12}{verdict:<8}{time.monotonic() - began:5.1f} s")
        if done.returncode != 0:
            failed.append(name)
            say(done.stdout.rstrip())
    if failed:
        say(f"\nFailed: {', '.join(failed)}. `make fix` mends format and simple lint.")
    return 1 if failed else 0


if __name__ == "__main__":
    where = Path(__file__).resolve().parents[2]
    sys.exit(run_all(checks(where), where))
