"""DATABASE_URL and REDIS_URL of the person's own: each mistake is named, and no password is ever shown."""

import os
from collections.abc import Iterator

import psycopg2
import pytest

from escalation.devstack import own_servers
from escalation.devstack.errors import StackError

HERE = os.environ.get("DATABASE_URL", "")
pytestmark = pytest.mark.skipif("@" not in HERE, reason="needs the servers of `make test`")


def refusal(url: str) -> StackError:
    with pytest.raises(StackError) as refused:
        own_servers.databases(url, login="escalation_web", password="new")
    return refused.value


@pytest.mark.parametrize(
    ("url", "happened"),
    [
        ("mysql://a:b@host/name", "DATABASE_URL does not name a PostgreSQL database and its user."),
        ("postgres://a:b@host", "DATABASE_URL does not name a PostgreSQL database and its user."),
        ("postgres://host/name", "DATABASE_URL does not name a PostgreSQL database and its user."),
        ("sqlite:///x", "DATABASE_URL does not name a PostgreSQL database and its user."),
        (
            "postgres://a:b@host:many/name",
            "DATABASE_URL cannot be read: Port could not be cast to integer value as 'many'.",
        ),
    ],
)
def test_an_address_of_another_shape(url: str, happened: str) -> None:
    error = refusal(url)
    assert (error.happened, error.remedy) == (happened, f"Write it like {own_servers.EXAMPLE}.")


def test_the_login_of_the_application_may_not_migrate() -> None:
    assert refusal("postgres://escalation_web:b@host/name").happened.startswith(
        "DATABASE_URL names the login of the"
    )


def with_user(user: str, password: str) -> str:
    return f"postgres://{user}:{password}@{HERE.rpartition('@')[2]}"


def test_a_wrong_password_is_told_and_not_shown() -> None:
    error = refusal(with_user("postgres", "open-sesame"))
    assert "password authentication failed" in error.happened
    assert "open-sesame" not in error.happened + error.remedy
    assert error.remedy.startswith("Check user and password in DATABASE_URL")


def test_a_database_that_is_not_there() -> None:
    assert refusal(HERE.rpartition("/")[0] + "/nowhere").remedy.startswith("Make it first")


@pytest.fixture
def weak() -> Iterator[str]:
    """Give a login that may not create roles."""
    connection = psycopg2.connect(HERE)
    connection.autocommit = True
    name = f"weak_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'word'")
        yield name
        cursor.execute(f"DROP ROLE {name}")
    connection.close()


def test_an_account_without_the_right_to_make_roles(weak: str) -> None:
    error = refusal(with_user(weak, "word"))
    assert error.happened.startswith("The account in DATABASE_URL may not create roles")
    assert error.remedy == "As a superuser: `ALTER ROLE name CREATEROLE`."


def test_the_runtime_address_differs_in_login_and_password_alone() -> None:
    found = own_servers.databases(HERE, login="web_of_mine", password="a/b@c")
    assert found.owner == HERE
    assert found.runtime == with_user("web_of_mine", "a%2Fb%40c")


def test_a_broker_that_answers_is_taken_and_others_are_told() -> None:
    assert own_servers.broker(os.environ["REDIS_URL"]) == os.environ["REDIS_URL"]
    for url, words in (("redis://127.0.0.1:1/0", "Connection refused"), ("amqp://host", "cannot be read")):
        with pytest.raises(StackError, match=words):
            own_servers.broker(url)
