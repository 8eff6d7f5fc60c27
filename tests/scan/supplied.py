"""What the service is made of, in `make scan`: no secret in its files, holes of its packages, a list of them (H2).

pip-audit that cannot reach its service says "no known vulnerabilities" and skips each package: printed as NOT RUN.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent
PARTS_LIST = ROOT / ".dev" / "sbom.json"
PLANT = 'AWS_SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"\n'
#: Looked into one by one: names of fields and verbs, alphabets, addresses of an example, passwords of tests alone.
REVIEWED = {
    ".env.example": 1,
    "accounts/audit.py": 4,
    "accounts/forms.py": 2,
    "accounts/sign_in/password_rules.py": 1,
    "accounts/sign_in/recovery.py": 1,
    "cases/models/case.py": 1,
    "docs/running.md": 1,
    "escalation/devstack/binaries.py": 1,
    "escalation/devstack/own_servers.py": 1,
    "escalation/management/commands/runtime_login.py": 1,
    "escalation/settings.py": 1,
    "notifications/models.py": 1,
    "tests/accounts/test_sign_in.py": 2,
    "tests/conftest.py": 1,
    "tests/factories.py": 1,
    "tests/infrastructure/test_docs.py": 2,
    "tests/infrastructure/test_own_servers.py": 1,
    "tests/scan/supplied.py": 1,
    "tests/sign_in/local_provider.py": 1,
    "tests/sign_in/proof.py": 1,
    "tests/sign_in/test_no_oracle.py": 1,
    "tests/sign_in/test_web_surface.py": 4,
}


def secrets(folder: Path, *more: str) -> Counter[str]:
    """Return how many things that look like a secret stand in each file; of those that git knows, or of all."""
    argv = [str(TOOLS / "detect-secrets"), "scan", *more]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=True)
    return Counter({name: len(rows) for name, rows in json.loads(done.stdout)["results"].items()})


def no_secrets() -> bool:
    """Find the plant, and then nothing that was not looked into."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "plant.py").write_text(PLANT)
        if not secrets(Path(folder), "--all-files"):
            print("detect-secrets: did not find the planted secret, so its silence means nothing")
            return False
    found = secrets(ROOT)
    new = {name: number for name, number in found.items() if number > REVIEWED.get(name, 0)}
    print(f"detect-secrets: found the plant; {found.total()} findings, not looked into: {new or 'none'}")
    return not new


def no_known_holes() -> bool:
    """Ask for advisories about each pinned package; NOT RUN, and no failure, where nobody answers."""
    argv = [str(TOOLS / "pip-audit"), "-r", "requirements.txt", "--disable-pip", "--no-deps", "-f", "json"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    if not done.stdout.strip():
        print("pip-audit: NOT RUN, it ended without an answer")
        return True
    packages = json.loads(done.stdout)["dependencies"]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    holes = {p["name"]: [v["id"] for v in p["vulns"]] for p in packages if p.get("vulns")}
    if skipped:
        print(
            f"pip-audit: NOT RUN for {len(skipped)} of {len(packages)} packages; the service did not answer"
        )
    else:
        print(f"pip-audit: {len(packages)} packages, known holes: {holes or 'none'}")
    return not holes


def parts_list() -> bool:
    """Write what the service is made of (CycloneDX) to .dev/sbom.json; every pinned package must stand in it."""
    PARTS_LIST.parent.mkdir(exist_ok=True)
    argv = [str(TOOLS / "cyclonedx-py"), "requirements", "requirements.txt", "-o", str(PARTS_LIST)]
    subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    parts = {part["name"] for part in json.loads(PARTS_LIST.read_text())["components"]}
    pinned = {
        line.split("==")[0] for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line
    }
    print(f"cyclonedx: {len(parts)} parts in .dev/sbom.json, missing: {sorted(pinned - parts) or 'none'}")
    return pinned <= parts


if __name__ == "__main__":
    sys.exit(0 if all([no_secrets(), no_known_holes(), parts_list()]) else 1)
