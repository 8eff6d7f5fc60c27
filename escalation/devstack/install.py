"""Makes the virtual environment `.venv` and installs a requirements file into it, when that is not done yet.

Run by the Makefile with the machine's own Python, before anything is installed: it uses the standard library only, and
nothing newer than Python 3.7 until it has looked at the version.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from typing import NoReturn

VENV = ".venv"
OLDEST = (3, 11)
ENOUGH = 700_000_000  # bytes that a first install needs
QUIET = ["--disable-pip-version-check", "--no-input", "-qq"]  # -qq: errors only


def fail(happened: str, remedy: str) -> NoReturn:
    """Say what happened and what to do, and end."""
    sys.stderr.write(f"\n{happened}\n\nWhat to do: {remedy}\n")
    sys.exit(1)


def fingerprint(requirements: str) -> str:
    """Return what must be unchanged for an installed environment to be used again."""
    with open(requirements, "rb") as file:
        content = file.read()
    return hashlib.sha256(content + sys.version.encode() + os.getcwd().encode()).hexdigest()


def works(python: str) -> bool:
    """Tell whether the environment's Python still runs and has pip: an upgrade of the machine can take either away."""
    try:
        return subprocess.call([python, "-c", "import pip"], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make_environment(python: str) -> None:
    """Make `.venv`, in the way that this machine allows."""
    made = subprocess.call(
        [sys.executable, "-m", "venv", "--clear", VENV], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    if made == 0:
        return
    # Debian's python3 without python3-venv has no ensurepip: let the machine's own pip put one into the environment.
    bare = [sys.executable, "-m", "venv", "--clear", "--without-pip", VENV]
    filled = [sys.executable, "-m", "pip", "--python", python, "install", *QUIET, "pip"]
    for command in (bare, filled):
        if subprocess.call(command) != 0:
            shutil.rmtree(VENV, ignore_errors=True)
            fail(
                f"A Python environment could not be made here ({' '.join(command)}).",
                "Install Python's venv and pip (on Debian: apt-get install python3-venv python3-pip).",
            )


def install(requirements: str) -> None:
    """Install exactly what `requirements` lists, each file checked against its hash."""
    python = os.path.join(VENV, "bin", "python")
    stamp = os.path.join(VENV, "." + os.path.basename(requirements))
    wanted = fingerprint(requirements)
    if not works(python):
        free = shutil.disk_usage(".").free
        if free < ENOUGH:
            fail(
                f"The disk is nearly full: {free // 1_000_000} MB free, {ENOUGH // 1_000_000} MB needed.",
                "Free some space, then start again.",
            )
        print("Making the Python environment ...", flush=True)
        make_environment(python)
    elif os.path.exists(stamp):
        with open(stamp) as file:
            if file.read() == wanted:
                return
    print(f"Installing {requirements} ...", flush=True)
    if subprocess.call([python, "-m", "pip", "install", *QUIET, "--require-hashes", "-r", requirements]) != 0:
        fail(
            "Python packages could not be installed; pip says above why.",
            "Is there a network, and space on the disk? Then start again: what is installed is not fetched twice.",
        )
    with open(stamp, "w") as file:
        file.write(wanted)


def main() -> None:
    """Install the requirements file named on the command line; wait for another install in the same checkout."""
    if sys.version_info < OLDEST:
        fail(
            f"Python {'.'.join(map(str, OLDEST))} or newer is needed; {sys.executable} is {sys.version.split()[0]}.",
            "Install a newer Python, then name it: `make run PYTHON=python3.12`.",
        )
    import fcntl

    if os.path.exists(VENV) and not os.access(VENV, os.W_OK):
        fail(
            "The folder .venv belongs to another account.",
            "Remove it (`sudo rm -rf .venv`), then start again.",
        )
    with open("pyproject.toml", "rb") as lock:  # any file that is always there
        fcntl.flock(lock, fcntl.LOCK_EX)
        install(sys.argv[1])


if __name__ == "__main__":
    main()
