"""Brings the database up to date before the first page: schema, login, procedures, demonstration, deadlines.

One process for all five, because each start of Django costs about a second. Run as `python -m
escalation.devstack.prepare` with DATABASE_URL naming the owner and RUNTIME_DATABASE_URL the login of the application.
What can be done with the runtime login is done with it, so that a missing right shows here.
"""

import os
import sys

import dj_database_url
import django
from django.core.management import call_command
from django.db import connection


def use_runtime_login(url: str) -> None:
    """Have Django's connection use the login in `url` from now on."""
    connection.close()
    wanted = dj_database_url.parse(url)
    connection.settings_dict.update(USER=wanted["USER"], PASSWORD=wanted["PASSWORD"])


def main() -> None:
    """Run the steps in order; each can be repeated without harm."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "escalation.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("runtime_login")
    use_runtime_login(os.environ["RUNTIME_DATABASE_URL"])
    call_command("procedures", "publish", "--all")
    call_command("seed_demo")
    # What fell due while the stack was down; the worker's own first sweep comes only after a minute.
    call_command("sweep", send=True)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
