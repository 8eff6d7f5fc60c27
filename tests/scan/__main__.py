"""`make scan`: bandit over the code, wapiti and sqlmap over a demonstration, each after it found a planted defect.

A scanner that finds nothing proves nothing until it has found something: each is first shown a hole of ours. Findings
that were looked into stand in docs/security-scan.md with their reason; a new one fails the run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from tests.scan.attacking import check_pages, check_plants
from tests.scan.injecting import ADDRESSES, check_plant, check_questions
from tests.scan.kept import keep, write_page
from tests.scan.reviewed import REVIEWED
from tests.scan.visitors import ROLES, most_cases

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("escalation", "accounts", "cases", "notifications")
PLANT = "import subprocess\n\n\ndef run(words):\n    return subprocess.call(words, shell=True)\n"


def bandit(folder: Path, *paths: str) -> list[dict[str, str]]:
    """Return bandit's findings of medium weight and more."""
    argv = [sys.executable, "-m", "bandit", "-r", *paths, "-ll", "-q", "-f", "json"]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    return list(json.loads(done.stdout)["results"])


def check_code() -> bool:
    """Run bandit: it must find the plant, and nothing in our code that was not looked into."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "plant.py").write_text(PLANT)
        if "B602" not in {f["test_id"] for f in bandit(Path(folder), "plant.py")}:
            print("bandit: did not find the planted defect, so its silence means nothing")
            return False
    found: dict[str, Counter[str]] = {}
    for finding in bandit(ROOT, *PACKAGES):
        found.setdefault(finding["filename"].removeprefix("./"), Counter())[finding["test_id"]] += 1
    new = {
        name: dict(counted)
        for name, counted in found.items()
        if any(number > REVIEWED.get(name, ({}, ""))[0].get(test, 0) for test, number in counted.items())
    }
    total = sum(sum(counted.values()) for counted in found.values())
    print(f"bandit: found the plant; {total} findings, not looked into: {new or 'none'}")
    left = {f"{test} in {name}": number for name, tests in new.items() for test, number in tests.items()}
    keep(
        "bandit", "code", {"new": left, "reviewed": total - sum(left.values()), "version": _version("bandit")}
    )
    return not new


def _version(scanner: str) -> str:
    argv = [sys.executable, "-m", scanner, "--version"]
    said = re.search(r"\d[\d.]+", subprocess.run(argv, capture_output=True, text=True, check=False).stdout)
    return said[0] if said else ""


@contextmanager
def demonstration() -> Iterator[str]:
    """Serve a demonstration on a free port for as long as it is scanned; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    argv = [str(ROOT / ".venv" / "bin" / "python"), "-m", "escalation.devstack", "--with-parent", "run"]
    with subprocess.Popen(argv, cwd=ROOT, env={**os.environ, "PORT": str(port)}) as runs:
        try:
            _waits_for(urllib.parse.urljoin(url, "/healthz"))
            yield url
        finally:
            runs.terminate()


def _waits_for(address: str) -> None:
    """Wait until this is answered; on a busy machine the demonstration takes minutes to be made."""
    for _ in range(900):
        with suppress(OSError):
            urllib.request.urlopen(address, timeout=5).close()
            return
        time.sleep(1)
    raise SystemExit("The demonstration did not start within 15 minutes. Its logs are in .dev/logs.")


def main() -> int:
    """Run all, or what is asked for, and return the exit status: 0 when nothing new was found."""
    asked = argparse.ArgumentParser(prog="make scan", description=__doc__)
    asked.add_argument("--url", default="", help="a demonstration that runs already; its data are changed")
    asked.add_argument("--seconds", type=int, default=300, help="how long wapiti may take as each role")
    asked.add_argument(
        "--sql-seconds", type=int, default=300, help="how long sqlmap may take at each address"
    )
    asked.add_argument("--roles", nargs="*", default=ROLES, metavar="ROLE", help="as whom wapiti goes (all)")
    numbers = range(1, len(ADDRESSES) + 1)
    asked.add_argument(
        "--addresses", nargs="*", type=int, default=numbers, metavar="N", help="which of sqlmap's"
    )
    asked.add_argument("--code-only", action="store_true", help="bandit alone")
    options = asked.parse_args()
    well = check_code()
    if options.code_only:
        write_page(ROLES, tuple(ADDRESSES))
        return 0 if well else 1
    if (options.roles and not check_plants()) or (options.addresses and not check_plant()):
        return 1
    with nullcontext(options.url) if options.url else demonstration() as url:
        people = most_cases(url)
        for role in options.roles:
            well &= check_pages(url, options.seconds, role, people[role])
        for number in options.addresses:
            well &= check_questions(url, options.sql_seconds, list(ADDRESSES)[number - 1], people)
    write_page(ROLES, tuple(ADDRESSES))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
