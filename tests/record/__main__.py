"""`make record`: every count of these tests in full (RECORD_FULL=1), and what they printed in docs/record.md.

A part of the full counts, with `--part 0.05`, writes nothing.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "docs" / "record.md"
#: A line of dots, as pytest draws them, and the blank ones.
DOTS = re.compile(r"[.FEsx]*( *\[ *\d+%\])?$")


def main() -> int:
    """Run the tests; return their exit status."""
    parser = argparse.ArgumentParser(prog="make record", description=__doc__)
    parser.add_argument("--part", type=float, default=1.0, help="how much of the full counts (default 1)")
    asked = parser.parse_args()
    began = time.monotonic()
    argv = [sys.executable, "-m", "pytest", "tests/record", "-q", "-p", "no:cacheprovider"]
    env = os.environ | {"RECORD_FULL": str(asked.part)}
    done = subprocess.run(argv, cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE, check=False)
    text = page(done.stdout, (time.monotonic() - began) / 60)
    sys.stdout.write(text)
    if asked.part == 1:
        KEPT.write_text(text)
    return done.returncode


def page(said: str, minutes: float) -> str:
    """Return the page of docs: what the tests counted, and how they ended."""
    lines = [line.rstrip() for line in said.splitlines() if not DOTS.fullmatch(line.strip())]
    counted = [line for line in lines if not re.match(r"(=|\d+ (passed|failed)|SKIPPED|FAILED)", line)]
    ended = next(
        (line for line in reversed(lines) if re.match(r"=* ?\d+ (passed|failed)", line)), "not ended"
    )
    return "\n".join(
        [
            "# What the tests of the record counted",
            "",
            "Written by `make record`; do not edit. Each line was printed by a test of `tests/record`, run with "
            f"full counts; `make test` tries fewer. All of it took {minutes:.0f} minutes.",
            "",
            "```text",
            *counted,
            "```",
            "",
            f"Ended with: {ended.strip('= ')}.",
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
