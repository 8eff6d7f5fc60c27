"""A PostgreSQL server of our own, on a socket in a private folder, with a password for each login."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from escalation.devstack import binaries
from escalation.devstack.children import Account, Child
from escalation.devstack.errors import RESET, StackError
from escalation.devstack.supervisor import Supervisor

MAJOR = "18"
SOCKET_LIMIT = 100  # bytes: a socket's path must stay below 108 on Linux and 104 on macOS
SOCKET_NAME = "/.s.PGSQL.5432"

# A statement that fails names the words of a case, and so does its error: neither is logged (bar G5). The application's
# own log says where it happened. docker-compose.yml sets the same.
WORDLESS = (
    "log_min_messages=log",
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
    "log_statement=none",
    "log_parameter_max_length=0",
    "log_parameter_max_length_on_error=0",
)

# Throw-away servers forget everything anyway, so they need not wait for the disk.
FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=2GB")


@dataclass
class Postgres:
    """A server whose data and socket live in `folder` (`sockets`: elsewhere when its path can't have one)."""

    folder: Path
    sockets: Path
    password: str  # of the superuser `postgres`
    logs: Path
    settings: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Find the programs and the account they run under."""
        self.account: Account | None = binaries.server_account()
        self.programs = binaries.postgres_programs()
        self.data = self.folder / "postgres"
        # PGHOST, PGPASSWORD and the like in somebody's shell are about another server.
        ours = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        self.environment = {**ours, "LC_ALL": "C", "TZ": "UTC"}

    def _child(self, name: str, argv: Sequence[str], **more: int) -> Child:
        return Child(
            name,
            argv,
            log=self.logs / "postgres.log",
            env=self.environment,
            cwd=Path("/"),
            account=self.account,
            **more,
        )

    def _own(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)

    def start(self, supervisor: Supervisor) -> None:
        """Start the server, its data made the first time. Raises StackError with the end of its log when it can't."""
        version = self.data / "PG_VERSION"
        if not version.exists():
            self._make(supervisor)
        elif version.read_text().strip() != MAJOR:
            raise StackError(
                f"The local data are of PostgreSQL {version.read_text().strip()}, not {MAJOR}.", RESET
            )
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        self._own(self.sockets)
        options = [
            "listen_addresses=",
            f"unix_socket_directories={self.sockets}",
            "unix_socket_permissions=0700",
            # A thread of the pages keeps its connection for a minute: two browsers that walk fast held 62.
            "max_connections=200",
            "timezone=UTC",
            "log_timezone=UTC",
            *WORDLESS,
            *self.settings,
        ]
        argv = [str(self.programs / "postgres"), "-D", str(self.data)]
        for option in options:
            argv += ["-c", option]
        # SIGINT is PostgreSQL's fast stop; on SIGTERM it would wait until each client has left.
        self._start_patiently(supervisor, argv)

    def _start_patiently(self, supervisor: Supervisor, argv: Sequence[str]) -> None:
        """Start it; again for some seconds while the lock file of a server that was just killed is in the way."""
        for last in (False, False, False, False, True):
            server = self._child("PostgreSQL", argv, stop_signal=signal.SIGINT)
            try:
                supervisor.start(server)
                supervisor.wait_for(self._answers, what="PostgreSQL", seconds=60)
                return
            except StackError:
                if last or server not in supervisor.children or "lock file" not in server.said(5):
                    raise
                supervisor.forget(server)
                supervisor.pause(1.0)

    def _make(self, supervisor: Supervisor) -> None:
        """Make the data folder beside its final place, so that one cut short is never taken for whole."""
        fresh = self.data.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._own(fresh)
        with tempfile.NamedTemporaryFile("w", dir=self.folder, prefix="word-") as word:
            word.write(self.password)
            word.flush()
            self._own(Path(word.name))
            # The built-in collation is the same on each machine and release; docker-compose.yml asks for it too.
            locale = "--locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"
            options = f"-E UTF8 {locale} --no-sync --no-instructions"
            argv = [str(self.programs / "initdb"), "-D", str(fresh), "-U", "postgres", "-A", "scram-sha-256"]
            supervisor.finish(
                self._child("initdb", [*argv, f"--pwfile={word.name}", *options.split()]), seconds=120
            )
        fresh.rename(self.data)

    def _answers(self) -> bool:
        argv = [str(self.programs / "pg_isready"), "-q", "-h", str(self.sockets)]
        return subprocess.run(argv, env=self.environment, check=False).returncode == 0

    def run_sql(self, sql: str) -> str:
        """Run `sql` as the superuser and return what psql printed. Raises StackError when PostgreSQL refuses it."""
        argv = ["-h", str(self.sockets), "-U", "postgres", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-qAtX"]
        done = subprocess.run(
            [str(self.programs / "psql"), *argv],
            input=sql,
            text=True,
            capture_output=True,
            check=False,
            env={**self.environment, "PGPASSWORD": self.password},
        )
        if done.returncode != 0:
            raise StackError(f"PostgreSQL refused to be prepared: {done.stderr.strip()}", RESET)
        return done.stdout

    def url(self, user: str, password: str, database: str) -> str:
        """Return the address of `database` for `user`, as DATABASE_URL wants it."""
        return f"postgres://{user}:{password}@{quote(str(self.sockets), safe='')}/{database}"


def sockets_folder(wanted: Path, otherwise: Path) -> Path:
    """Return `wanted`, or `otherwise` when no socket can be used in it.

    Its path may be too long, or have a comma, at which a client would take it for a list of hosts.
    """
    path = str(wanted) + SOCKET_NAME
    return wanted if len(os.fsencode(path)) < SOCKET_LIMIT and "," not in path else otherwise


def owner_and_database(password: str) -> str:
    """Return the SQL that makes the login and the database of migrations, as production has them.

    The owner is no superuser: a migration that would need one fails here first.
    """
    return f"""
        SELECT 'CREATE ROLE escalation_owner' WHERE to_regrole('escalation_owner') IS NULL \\gexec
        ALTER ROLE escalation_owner LOGIN CREATEROLE PASSWORD '{password}';
        SELECT 'CREATE DATABASE escalation OWNER escalation_owner'
          WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'escalation') \\gexec
    """  # noqa: S608 (the password is our own hexadecimal token)
