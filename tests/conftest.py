"""Tests run against real PostgreSQL as the runtime role, never as the owner: a privilege that is missing shows."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client, TransactionTestCase
from django.utils import timezone

from tests import shared_cast
from tests.browsing import assets, browser, playwright_engine  # noqa: F401 - fixtures

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's sync API runs an event loop

RUNTIME_LOGIN = "escalation_web"
RUNTIME_PASSWORD = "only-for-tests"
OWNER: dict[str, Any] = {}
#: Rows that migrations write and that must outlive a flush.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def owner_connection() -> Any:
    """Return a connection to the test database as its owner, for what the runtime role must not do."""
    return psycopg2.connect(
        dbname=connection.settings_dict["NAME"],
        user=OWNER["USER"],
        password=OWNER["PASSWORD"],
        host=OWNER["HOST"],
        port=OWNER["PORT"] or None,
    )


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """Create and migrate the test database as the owner, then go on as the runtime login."""
    from django.test.utils import setup_databases, teardown_databases

    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    with django_db_blocker.unblock():
        if worker:
            settings.DATABASES["default"].setdefault("TEST", {})
            name = f"test_{connection.settings_dict['NAME']}_{worker}"
            settings.DATABASES["default"]["TEST"]["NAME"] = name
            connection.settings_dict["TEST"]["NAME"] = name
        with _alone_on_this_server():
            config = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
            OWNER.update({k: connection.settings_dict[k] for k in ("USER", "PASSWORD", "HOST", "PORT")})
            _make_runtime_login()
        _log_in(RUNTIME_LOGIN, RUNTIME_PASSWORD)
    shared_cast.database_is_there(django_db_blocker)
    yield
    shared_cast.leave()
    with django_db_blocker.unblock():
        _log_in(OWNER["USER"], OWNER["PASSWORD"])
        _end_other_sessions()
        teardown_databases(config, verbosity=0)


@contextmanager
def _alone_on_this_server() -> Iterator[None]:
    """Wait until no other test process makes roles: they belong to a server, PostgreSQL's locks to one database."""
    place = [str(connection.settings_dict[key]) for key in ("HOST", "PORT", "USER")]
    server = hashlib.sha256(f"{os.getuid()} {place}".encode()).hexdigest()[:16]
    with (Path(tempfile.gettempdir()) / f"escalation-tests-{server}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make_runtime_login() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [RUNTIME_LOGIN])
        verb = "ALTER" if cursor.fetchone() else "CREATE"
        cursor.execute(f"{verb} ROLE {RUNTIME_LOGIN} LOGIN PASSWORD %s", [RUNTIME_PASSWORD])
        cursor.execute(f"GRANT escalation_app TO {RUNTIME_LOGIN}")


def _end_other_sessions() -> None:
    """End what a server thread or a killed process left connected: the database could not be dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    connections.close_all()


def _log_in(user: str, password: str) -> None:
    connections.close_all()
    for values in (connection.settings_dict, settings.DATABASES["default"]):
        values["USER"], values["PASSWORD"] = user, password


def counted(*models: Any) -> None:
    """Let PostgreSQL count the rows a test has just written by the thousand, as autovacuum does outside of tests.

    Without it a query runs by a plan for tables that were empty when they were last looked at: minutes, not seconds.
    """
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        if int(cursor.fetchone()[0]) < 170000:  # the right to count is one of its own since then
            return
        tables = ", ".join(model._meta.db_table for model in models)
        with owner_connection() as owner, owner.cursor() as grants:
            grants.execute(f"GRANT MAINTAIN ON {tables} TO {RUNTIME_LOGIN}")
        try:
            cursor.execute(f"ANALYZE {tables}")
        finally:
            with owner, owner.cursor() as grants:
                grants.execute(f"REVOKE MAINTAIN ON {tables} FROM {RUNTIME_LOGIN}")
            owner.close()


@contextmanager
def as_owner() -> Iterator[None]:
    """Go on as the owner of the database, as an operator does; for tests with real commits."""
    _log_in(OWNER["USER"], OWNER["PASSWORD"])
    try:
        yield
    finally:
        _log_in(RUNTIME_LOGIN, RUNTIME_PASSWORD)


def _empty_as_owner(self: TransactionTestCase) -> None:
    """Empty the tables after a test with real commits; the runtime role may not, and the trail refuses it."""
    from cases.models import procedure

    with owner_connection() as owner, owner.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = sorted({row[0] for row in cursor.fetchall()} - KEPT)
        cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
    owner.close()
    procedure._versions.clear()  # numbers begin anew, so a version kept by its number would be another one


TransactionTestCase._fixture_teardown = _empty_as_owner  # type: ignore[method-assign]
_sign_in_only = Client.force_login


def _sign_in_with_both_steps(self: Client, user: Any, backend: str | None = None) -> None:
    """Sign somebody in as the pages do: their second factor was given this moment (accounts/stepping_up.py).

    Ten minutes of frozen time later, acts that need fresh proof ask again: see tests/sign_in/proof.py.
    """
    _sign_in_only(self, user, backend)
    session = self.session
    session["confirmed_at"] = timezone.now().isoformat()
    session.save()


Client.force_login = _sign_in_with_both_steps  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _no_background_work(settings: Any) -> None:
    """Nothing sweeps or sends in tests: pages need not warn of it (tests/notifications/test_health.py)."""
    settings.WATCH_BACKGROUND = False


@pytest.fixture
def cast(db: None) -> Any:
    """Return the cast of `tests.cast`, made once for the tests that follow one another (tests/shared_cast.py)."""
    from tests.cast import make_cast

    return shared_cast.copy() or make_cast()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    shared_cast.stand_ready(item)
    _forget_settings()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Let `--dist loadgroup` keep its groups: pytest 9.2 asks another attribute for the name that pytest-xdist 3.8
    marks with the group (pytest-xdist issue 1386)."""
    yield
    for item in items:
        marked = getattr(item, "_nodeid", None)
        if isinstance(marked, str) and marked.endswith(f"@{_group(item)}") and marked != item.nodeid:
            item._id = type(item.id).parse(marked)


def _group(item: pytest.Item) -> str:
    return "_".join(sorted({str(mark.args[0]) for mark in item.iter_markers("xdist_group")}))


def _forget_settings() -> None:
    """Let go of what a process keeps by the version of settings: a test that is rolled back counts it down again."""
    from cases import deadlines, furniture

    deadlines._calendars.cache_clear()
    deadlines._in_force.clear()
    furniture._in_force.clear()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the browser's path; a visible skip without one, a failure when REQUIRE_BROWSER is set."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if found:
        return found
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(
            "No Chromium found, and REQUIRE_BROWSER=1 asks for one. Install it: apt-get install chromium"
        )
    pytest.skip("No Chromium found: browser tests are left out. Install it: apt-get install chromium")
