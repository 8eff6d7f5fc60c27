"""`make run`: the whole demonstration, from an empty folder to one address."""

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from escalation.devstack import own_servers, preflight, valkey
from escalation.devstack.binaries import require_runnable, server_account
from escalation.devstack.children import Child
from escalation.devstack.own_servers import Databases
from escalation.devstack.postgres import Postgres, owner_and_database, sockets_folder
from escalation.devstack.state import Secrets, State, outside_folder, require_space
from escalation.devstack.supervisor import Supervisor

# Settings of a shell that are about other servers, or would send the demonstration's mail to real people.
NOT_OURS = ("DJANGO_SETTINGS_MODULE", "EMAIL_URL", "RUNTIME_DATABASE_URL", "PYTHONPATH", "GUNICORN_CMD_ARGS")


@dataclass
class Stack:
    """What one start works with."""

    state: State
    secrets: Secrets
    supervisor: Supervisor
    environ: Mapping[str, str]
    port: int

    def child(self, name: str, *argv: str, log: str, **env: str) -> Child:
        """Return a child that runs `argv` in the checkout with this machine's environment and `env`."""
        inherited = {key: value for key, value in self.environ.items() if key not in NOT_OURS}
        return Child(name, argv, log=self.state.logs / log, env={**inherited, **env}, cwd=self.state.root)

    def databases(self) -> Databases:
        """Return the addresses of the database: of the person's own server, or of ours, started now."""
        theirs = self.environ.get("DATABASE_URL", "").strip()
        if theirs:
            # Logins belong to a whole server, and two checkouts may share one: the name has the checkout's identity.
            login = f"escalation_web_{self.secrets.identity}"
            return own_servers.databases(theirs, login=login, password=self.secrets.runtime)
        return self._our_database()

    def _our_database(self) -> Databases:
        folder = self.state.folder
        if (
            server_account() is not None
            or sockets_folder(folder / "sockets", folder / "x") != folder / "sockets"
        ):
            outside = outside_folder(self.state, self.secrets.identity)
            require_space(outside)
        else:
            outside = folder
        # As root the server runs as `nobody`, who may not look into a private checkout: its data live outside too.
        server = Postgres(
            folder=outside if server_account() else folder,
            sockets=outside / "sockets",
            password=self.secrets.superuser,
            logs=self.state.logs,
        )
        if not server.data.exists():
            require_runnable(server.programs, server.account)
        server.start(self.supervisor)
        server.run_sql(owner_and_database(self.secrets.owner))
        return Databases(
            owner=server.url("escalation_owner", self.secrets.owner, "escalation"),
            runtime=server.url("escalation_web", self.secrets.runtime, "escalation"),
        )

    def broker(self) -> str:
        """Return the address of the broker: of the person's own server, or of ours, started now."""
        theirs = self.environ.get("REDIS_URL", "").strip()
        if theirs:
            return own_servers.broker(theirs)
        return valkey.start(self.supervisor, self.state.folder / "valkey", self.state.logs)

    def serve(self, address: str, began: float) -> None:
        """Start everything, tell `address` and how long it took since `began` (monotonic), and watch for ever."""
        say("Starting the database and the broker ...")
        databases = self.databases()
        env = {
            "SECRET_KEY": self.secrets.secret_key,
            "DATABASE_URL": databases.runtime,
            "REDIS_URL": self.broker(),
            "BASE_URL": address,
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "DEMO_MODE": "true",
        }
        say("Bringing the database up to date ...")
        as_owner = {**env, "DATABASE_URL": databases.owner, "RUNTIME_DATABASE_URL": databases.runtime}
        module = (sys.executable, "-m")
        prepare = (*module, "escalation.devstack.prepare")
        self.supervisor.finish(
            self.child("The preparation", *prepare, log="prepare.log", **as_owner), seconds=600
        )
        say("Starting the pages and the worker ...")
        self.supervisor.start(self.child("The worker", *module, *worker(self.state), log="worker.log", **env))
        self.supervisor.start(self.child("The web server", *module, *web(self.port), log="web.log", **env))
        self.supervisor.wait_for(lambda: preflight.serves(self.port), what="The web server", seconds=60)
        say(f"\nReady after {time.monotonic() - began:.1f} s: {address}/")
        say(f"Ctrl-C stops everything. Logs: {self.state.logs}\n")
        self.supervisor.watch()


def run(root: Path, environ: Mapping[str, str]) -> None:
    """Serve the demonstration of the checkout `root` until told to stop. Raises Interrupted or StackError."""
    began = time.monotonic()
    state = State(root)
    lock = state.lock()  # first: a start that was just killed may hold the port for some seconds more
    port = preflight.port(environ)
    address = f"http://127.0.0.1:{port}"
    require_space(state.folder)
    state.sign(lock, address)
    with Supervisor(root, hold=[lock]) as supervisor:
        try:
            Stack(state, state.secrets(), supervisor, environ, port).serve(address, began)
        finally:
            state.sign_off(lock)


def say(text: str) -> None:
    """Tell the person what happens, at once even when the output is a file."""
    print(text, flush=True)


def worker(state: State) -> list[str]:
    """Return the arguments of Celery's worker, which is the clock (beat) too: there is only one of it here."""
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "INFO"]
    return ["celery", "-A", "escalation", "worker", "-B", "-s", str(state.folder / "beat"), "-c", "1", *quiet]


def web(port: int) -> list[str]:
    """Return the arguments of gunicorn."""
    size = ["--workers", "2", "--threads", "4", "--graceful-timeout", "5"]
    # Its control socket would be one more shared file in the home folder.
    return ["gunicorn", "escalation.wsgi", "--bind", f"127.0.0.1:{port}", *size, "--no-control-socket"]
