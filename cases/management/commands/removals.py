"""`manage.py removals`: the list of what was lawfully removed, and its replay after a restore."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.record import forgetting


class Command(BaseCommand):
    help = "Writes the list of lawful removals, or removes again what a restored backup has brought back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["list", "replay"])
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if options["what"] == "list":
            lines = list(forgetting.removal_list())
            file.write_text("".join(f"{line}\n" for line in lines))
            self.stdout.write(f"{len(lines)} removals written to {file}.")
            return
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        done = forgetting.replay(file.read_text().splitlines())
        self.stdout.write(f"{done['removed']} removed again, {done['gone']} were gone already.")
