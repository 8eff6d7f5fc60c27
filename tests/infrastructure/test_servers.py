"""The real servers under the real supervisor: they work, they end, and a second set runs beside the first."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infrastructure.processes import begin, devstack, left, needs_proc, new_mark, wait_until

pytestmark = [needs_proc, pytest.mark.xdist_group("stack")]

# Uses both servers, tells where they live, and waits.
LOOK = """
import os, time, psycopg2, redis
database = psycopg2.connect(os.environ["DATABASE_URL"])
cursor = database.cursor()
cursor.execute("SELECT current_user, current_setting('server_version_num')::int / 10000, "
               "current_setting('unix_socket_directories'), 'ä' < 'b', current_setting('listen_addresses')")
print(*cursor.fetchone(), sep="|", flush=True)
print(redis.Redis.from_url(os.environ["REDIS_URL"]).set("a", "b"), flush=True)
time.sleep(float(os.environ["STAY"]))
raise SystemExit(7)
"""


def test_servers_end_with_the_command_and_its_exit_status_is_kept(tmp_path: Path) -> None:
    """Runs beside the servers of this very test run, which are a second set."""
    mark, output = new_mark(), tmp_path / "output"
    process = begin(devstack("shell", "--", sys.executable, "-c", LOOK), output, mark, {"STAY": "0"})
    assert process.wait(timeout=60) == 7, output.read_text()
    database, broker = output.read_text().splitlines()
    user, version, sockets, locale, network = database.split("|")
    assert (user, version, locale, network, broker) == ("postgres", "18", "False", "", "True")
    assert sockets not in os.environ["DATABASE_URL"]
    assert not Path(sockets).parent.exists()
    assert left(mark, Path(sockets).parent) == []


def test_a_killed_supervisor_leaves_no_server_and_no_folder(tmp_path: Path) -> None:
    mark, output = new_mark(), tmp_path / "output"
    process = begin(devstack("shell", "--", sys.executable, "-c", LOOK), output, mark, {"STAY": "300"})
    assert wait_until(lambda: output.read_text().endswith("True\n"), 60), output.read_text()
    folder = Path(output.read_text().split("|")[2]).parent
    running = left(mark, folder)
    assert {word for word in ("bin/postgres", "valkey-server", "devstack.guard") if word in str(running)} == {
        "bin/postgres",
        "valkey-server",
        "devstack.guard",
    }
    process.kill()
    process.wait()
    assert wait_until(lambda: not left(mark, folder)), left(mark, folder)
    assert wait_until(lambda: not folder.exists())


def test_servers_of_the_shell_are_never_used(tmp_path: Path) -> None:
    """A test must not touch the data of whoever has exported DATABASE_URL."""
    theirs = {"DATABASE_URL": "postgres://a:b@127.0.0.1:1/theirs", "REDIS_URL": "redis://127.0.0.1:1/0"}
    done = subprocess.run(
        devstack("shell", "--", "env"),
        env={**os.environ, **theirs, "EMAIL_URL": "smtp://mail.example"},
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    assert "theirs" not in done.stdout
    assert "127.0.0.1:1/" not in done.stdout
    assert "EMAIL_URL" not in done.stdout
