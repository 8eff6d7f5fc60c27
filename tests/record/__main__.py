"""`make record`: every count of these tests in full (RECORD_FULL=1), and what they printed in docs/record.md.

A part of the full counts, with `--part 0.05`, writes nothing. `--only` runs some of the tests and keeps what they
printed in .dev; the page is written when each of them was run in full.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "docs" / "record.md"
APART = ROOT / ".dev" / "measured" / "record.json"
#: What can be run apart. The two verifiers take four fifths of the time: by quarters.
PARTS = {
    "verifiers-1": "test_tampering.py::test_two_verifiers_agree[1]",
    "verifiers-2": "test_tampering.py::test_two_verifiers_agree[2]",
    "verifiers-3": "test_tampering.py::test_two_verifiers_agree[3]",
    "verifiers-4": "test_tampering.py::test_two_verifiers_agree[4]",
    "tampering": "test_tampering.py -k not two_verifiers",
    "forgetting": "test_forgetting.py test_removed_words.py test_asked_removals.py",
    "outside": "test_chains_under_load.py test_checkpoints.py test_trail.py test_restore.py",
    "keeping": "test_keeping.py test_retention.py test_many_years.py test_subject.py",
    "pages": "test_entries.py test_every_write.py test_pack.py test_printing.py test_who_looked.py",
}
#: A line of dots, as pytest draws them, and the blank ones.
DOTS = re.compile(r"[.FEsx]*( *\[ *\d+%\])?$")


def main() -> int:
    """Run the tests; return the exit status: 1 when one failed."""
    parser = argparse.ArgumentParser(prog="make record", description=__doc__)
    parser.add_argument("--part", type=float, default=1.0, help="how much of the full counts (default 1)")
    parser.add_argument("--only", choices=PARTS, action="append", help="these tests alone; may be repeated")
    asked = parser.parse_args()
    done = {name: run(PARTS[name], asked.part) for name in asked.only or PARTS}
    if asked.part == 1:
        keep(done)
    else:
        sys.stdout.write(page(done))
    return 0 if all(part["passed"] for part in done.values()) else 1


def run(tests: str, part: float) -> dict[str, Any]:
    """Run these tests; return what they printed, how they ended, the minutes, and whether all passed."""
    began = time.monotonic()
    files, _, words = tests.partition(" -k ")
    argv = [sys.executable, "-m", "pytest", *(f"tests/record/{file}" for file in files.split())]
    argv += ["-k", words] if words else []
    argv += ["-q", "-p", "no:cacheprovider", "-o", "faulthandler_timeout=0"]
    env = os.environ | {"RECORD_FULL": str(part)}
    done = subprocess.run(argv, cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE, check=False)
    lines = [line.rstrip() for line in done.stdout.splitlines() if not DOTS.fullmatch(line.strip())]
    ended = next((line for line in reversed(lines) if _ended(line)), "not ended").strip("= ")
    counted = [line for line in lines if not _ended(line) and not re.match(r"=|SKIPPED|FAILED", line)]
    if done.returncode:
        sys.stderr.write(done.stdout)
    return {
        "counted": counted,
        "ended": ended,
        "minutes": (time.monotonic() - began) / 60,
        "passed": done.returncode == 0,
    }


def _ended(line: str) -> bool:
    return re.match(r"=* ?\d+ (passed|failed)", line) is not None


def keep(done: dict[str, dict[str, Any]]) -> None:
    """Keep these beside what was run before; write the page when nothing is missing."""
    kept = json.loads(APART.read_text()) if APART.exists() and done.keys() < PARTS.keys() else {}
    kept |= done
    APART.parent.mkdir(parents=True, exist_ok=True)
    APART.write_text(json.dumps(kept, indent=1))
    sys.stdout.write(page(done))
    if missing := [name for name in PARTS if name not in kept]:
        sys.stdout.write(f"\nNot run yet: {', '.join(missing)}. docs/record.md stays as it is.\n")
        return
    KEPT.write_text(page({name: kept[name] for name in PARTS}))


def page(done: dict[str, dict[str, Any]]) -> str:
    """Return the page of docs: what the tests counted, and how they ended."""
    minutes = sum(part["minutes"] for part in done.values())
    return "\n".join(
        [
            "# What the tests of the record counted",
            "",
            "Written by `make record`; do not edit. Each line was printed by a test of `tests/record`, run with "
            f"full counts; `make test` tries fewer. All of it took {minutes:.0f} minutes.",
            "",
            "```text",
            *(line for part in done.values() for line in part["counted"]),
            "```",
            "",
            "Ended with:",
            "",
            *(f"- {name}: {part['ended']}" for name, part in done.items()),
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
