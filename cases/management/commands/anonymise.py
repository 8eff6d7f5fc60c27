"""`manage.py anonymise`: makes a copy of the database harmless, for testing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from cases.record.anonymise import anonymise


class Command(BaseCommand):
    help = "Overwrites every name and every text of a COPY of the database. Run it as the owner, never on the service."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--database", required=True, metavar="NAME", help="the name of the copy, typed once more"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = connection.settings_dict["NAME"]
        if options["database"] != name:
            raise CommandError(
                f"The database connected to is {name}, not {options['database']}: nothing was changed."
            )
        if not any(word in name for word in ("copy", "test", "anon")):
            raise CommandError(
                "The name of a copy must say so: copy, test or anon must be in it. Nothing was changed."
            )
        self.stdout.write(
            f"{anonymise()} columns of words were overwritten. The seals of the trail no longer fit."
        )
