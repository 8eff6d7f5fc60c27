"""`manage.py runtime_login`: makes the application's login, and refuses to make one that may do too much."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg2
import pytest
from django.core.management.base import CommandError

from escalation.management.commands.runtime_login import login_in
from tests.infrastructure.processes import ROOT

OWNER = os.environ.get("DATABASE_URL", "")
NAME = f"login_{os.getpid()}"


def url(user: str, password: str) -> str:
    return f"postgres://{user}:{password}@{OWNER.rpartition('@')[2]}"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("postgres://host/name", "must name a user and a password"),
        ("postgres://user@host/name", "must name a user and a password"),
        ("sqlite:///x", "must name a user and a password"),
        ("postgres://escalation_app:x@host/name", "names escalation_app, which nobody may log in as"),
        ("postgres://escalation_seal:x@host/name", "names escalation_seal, which nobody may log in as"),
        ("postgres://escalation_eraser:x@host/name", "names escalation_eraser, which nobody may log in as"),
        ("what://user:x@host/name", "cannot be read"),
    ],
)
def test_an_address_that_can_be_no_runtime_login(given: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        login_in(given)


def run(runtime: str | None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "DATABASE_URL": OWNER}
    env.pop("RUNTIME_DATABASE_URL", None)
    if runtime is not None:
        env["RUNTIME_DATABASE_URL"] = runtime
    return subprocess.run(
        [sys.executable, "manage.py", "runtime_login"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def migrated(db: None) -> Iterator[None]:
    """Give a server on which the migrations have made the group; remove the login afterwards."""
    yield
    with psycopg2.connect(OWNER) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP ROLE IF EXISTS {NAME}")
    connection.close()


def test_the_login_is_made_weak_and_its_password_can_be_changed(migrated: None) -> None:
    for password in ("first-word", "second-word"):
        done = run(url(NAME, password))
        assert (done.returncode, done.stdout, done.stderr) == (0, f"The login {NAME} is ready.\n", "")
        with psycopg2.connect(url(NAME, password)) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, pg_has_role(oid, 'escalation_app', 'USAGE')"
                " FROM pg_roles WHERE rolname = current_user"
            )
            assert cursor.fetchone() == (False, False, False, False, True)
        connection.close()
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(url(NAME, "first-word"))


def test_the_owner_is_never_made_the_runtime_login(migrated: None) -> None:
    done = run(url("postgres", "new-word"))
    assert done.returncode == 1
    assert "postgres may do more than the application is to do" in done.stderr
    psycopg2.connect(OWNER).close()  # its password is still the old one


def test_without_the_variable_it_says_which_is_missing() -> None:
    done = run(None)
    assert (done.returncode, done.stderr) == (
        1,
        "CommandError: RUNTIME_DATABASE_URL is not set. Give the address that the running application will use.\n",
    )
