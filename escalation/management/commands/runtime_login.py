"""`manage.py runtime_login`: the login that the running application uses, which may not change what is on record."""

import os
from typing import Any

import dj_database_url
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection, transaction
from psycopg2 import sql
from psycopg2.extensions import encrypt_password

from escalation.roles import APP_ROLE, ERASER_ROLE, SEAL_ROLE

VARIABLE = "RUNTIME_DATABASE_URL"
NOBODY_LOGS_IN_AS = {APP_ROLE, SEAL_ROLE, ERASER_ROLE}


def login_in(url: str) -> tuple[str, str]:
    """Return user and password named in `url`. Raises CommandError when one is missing or can't be a runtime login."""
    try:
        parts = dj_database_url.parse(url)
    except (ValueError, KeyError) as error:
        raise CommandError(f"{VARIABLE} cannot be read: {error}") from None
    user, password = parts.get("USER", ""), parts.get("PASSWORD", "")
    if "postgresql" not in parts.get("ENGINE", "") or not user or not password:
        raise CommandError(
            f"{VARIABLE} must name a user and a password: postgres://user:password@host:5432/name"
        )
    if user in NOBODY_LOGS_IN_AS:
        raise CommandError(f"{VARIABLE} names {user}, which nobody may log in as. Choose another name.")
    return user, password


class Command(BaseCommand):
    """Runs as the owner (DATABASE_URL), after `migrate`; it can be repeated, and then changes the password."""

    help = (
        f"Create or update the database login named in {VARIABLE}, as a member of {APP_ROLE}. "
        "DATABASE_URL must name the owner. Run it after migrate; it can be repeated."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the login. Raises CommandError when the variable or the owner's rights are not what is needed."""
        url = os.environ.get(VARIABLE, "")
        if not url:
            raise CommandError(
                f"{VARIABLE} is not set. Give the address that the running application will use."
            )
        user, password = login_in(url)
        try:
            with transaction.atomic():
                self.make(user, password)
        except Error as error:
            raise CommandError(
                f"PostgreSQL refused to make the login {user}: {str(error).strip()}\n"
                "DATABASE_URL must name the owner, who needs CREATEROLE and made the login in the first place."
            ) from error
        self.stdout.write(f"The login {user} is ready.")

    def make(self, user: str, password: str) -> None:
        """Create or alter `user` with `password` and put it into the group. Raises CommandError for a powerful role."""
        connection.ensure_connection()
        # The server gets only the scrambled password, so that its log can't show it.
        scrambled = encrypt_password(password, user, connection.connection, "scram-sha-256")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"runtime_login {user}"])
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE])
            if cursor.fetchone() is None:
                raise CommandError(f"The group {APP_ROLE} is missing. Run `manage.py migrate` first.")
            cursor.execute(
                "SELECT rolsuper OR rolcreaterole OR rolbypassrls OR rolname = current_user"
                " OR EXISTS (SELECT FROM pg_database WHERE datdba = pg_roles.oid)"
                " FROM pg_roles WHERE rolname = %s",
                [user],
            )
            found = cursor.fetchone()
            if found is not None and found[0]:
                raise CommandError(
                    f"{user} may do more than the application is to do (it owns a database, or is an administrator). "
                    f"Choose another name in {VARIABLE}."
                )
            verb = sql.SQL("CREATE" if found is None else "ALTER")
            name = sql.Identifier(user)
            cursor.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, name, sql.Literal(scrambled)))
            cursor.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(APP_ROLE), name))
