"""Servers of the person's own, named by DATABASE_URL and REDIS_URL: looked at before they are used."""

from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from escalation.devstack.errors import StackError

EXAMPLE = "postgres://user:password@host:5432/name"
OLDEST = 150000  # the oldest PostgreSQL that we support, as server_version_num

# Words of libpq -> what to do about them.
REFUSALS: tuple[tuple[str, str], ...] = (
    ("could not translate host name", "Check the host in DATABASE_URL."),
    ("Connection refused", "Is PostgreSQL running there? Check host and port in DATABASE_URL."),
    ("timeout expired", "Is PostgreSQL running there, and may this machine reach it? Check host and port."),
    ("No such file or directory", "Is PostgreSQL running there? Check the socket folder in DATABASE_URL."),
    ("password authentication failed", "Check user and password in DATABASE_URL (write @ as %40, / as %2F)."),
    ("no password supplied", f"DATABASE_URL needs a password: {EXAMPLE}."),
    (
        "does not exist",
        "Make it first (`createdb name`, `createuser --createrole name`), or mend DATABASE_URL.",
    ),
)


@dataclass(frozen=True)
class Databases:
    """Two addresses of one database: the owner's, for migrations, and the runtime login's, for everything else."""

    owner: str
    runtime: str


def databases(url: str, *, login: str, password: str) -> Databases:
    """Return the addresses to use with the person's own PostgreSQL at `url`.

    `url` is an owner's or administrator's; the application itself uses `login` with `password` (made by
    `manage.py runtime_login`). Raises StackError when the server can't be used, without showing a password.
    """
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (raises when it is no number)
    except ValueError as error:
        raise StackError(f"DATABASE_URL cannot be read: {error}.", f"Write it like {EXAMPLE}.") from None
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/") or not parts.username:
        raise StackError(
            "DATABASE_URL does not name a PostgreSQL database and its user.", f"Write it like {EXAMPLE}."
        )
    if unquote(parts.username) == login:
        raise StackError(
            "DATABASE_URL names the login of the running application, which may not migrate.",
            "Give the owner's or an administrator's instead.",
        )
    _look_at(url)
    where = parts.netloc.rpartition("@")[2]
    runtime = urlunsplit(parts._replace(netloc=f"{quote(login, safe='')}:{quote(password, safe='')}@{where}"))
    return Databases(owner=url, runtime=runtime)


def _look_at(url: str) -> None:
    import psycopg2  # only for a server of the person's own: it takes a while to import

    try:
        connection = psycopg2.connect(url.replace("postgres://", "postgresql://", 1), connect_timeout=5)
    except (psycopg2.Error, UnicodeError) as error:
        said = str(error).strip()
        remedy = next((remedy for words, remedy in REFUSALS if words in said), f"Write it like {EXAMPLE}.")
        raise StackError(f"DATABASE_URL: {said}", remedy) from None
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
            may_create_roles = cursor.fetchone()
        version = connection.server_version
    finally:
        connection.close()
    if version < OLDEST:
        raise StackError(
            f"The PostgreSQL of DATABASE_URL is version {version // 10000}; the oldest supported is {OLDEST // 10000}.",
            "Use a newer server, or leave DATABASE_URL out to use the one that comes along.",
        )
    if not may_create_roles or not may_create_roles[0]:
        raise StackError(
            "The account in DATABASE_URL may not create roles, which the migrations and the runtime login need.",
            "As a superuser: `ALTER ROLE name CREATEROLE`.",
        )


def broker(url: str) -> str:
    """Return `url` when a Redis or Valkey answers there. Raises StackError when none does."""
    import redis

    try:
        with redis.Redis.from_url(
            url.replace("redis+socket://", "unix://", 1), socket_connect_timeout=5, socket_timeout=5
        ) as client:
            client.ping()
    except ValueError as error:
        raise StackError(
            f"REDIS_URL cannot be read: {error}.", "Write it like redis://host:6379/0."
        ) from None
    except (redis.RedisError, OSError) as error:
        raise StackError(
            f"REDIS_URL: {error}", "Is the server running? Check host, port and password in REDIS_URL."
        ) from None
    return url
