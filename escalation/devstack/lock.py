"""`make lock`: writes requirements.txt and requirements-dev.txt from pyproject.toml, with hashes and without addresses.

Arguments are passed on, so `python -m escalation.devstack.lock --upgrade` takes the newest versions allowed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# --universal: one file for each platform. No address of an index may be written: it differs from machine to machine.
OPTIONS = (
    *("--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-header", "--quiet"),
)
FILES = (
    ("requirements.txt", ("--extra", "local")),
    ("requirements-dev.txt", ("--extra", "local", "--extra", "dev", "-c", "requirements.txt")),
)


def main() -> None:
    """Install uv into a temporary environment and have it write both files."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        tools = Path(folder) / "bin"
        subprocess.run([tools / "pip", "install", "--disable-pip-version-check", "-qq", "uv"], check=True)
        for name, extras in FILES:
            argv = [
                tools / "uv",
                "pip",
                "compile",
                "pyproject.toml",
                *extras,
                *OPTIONS,
                *sys.argv[1:],
                "-o",
                name,
            ]
            subprocess.run(
                argv, check=True, cwd=ROOT, env={**os.environ, "UV_NO_CONFIG": "1"}, stdout=subprocess.DEVNULL
            )
            print(
                f"{name}: {sum(' ' not in line[:1] and '==' in line for line in (ROOT / name).open())} packages"
            )


if __name__ == "__main__":
    main()
