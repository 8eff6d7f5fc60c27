"""`manage.py removals`: the list of what was lawfully removed, its replay after a restore, and the wiping of files."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from cases.record import forgetting
from escalation.roles import ERASABLE
from escalation.wiping import NotWiped, wipe


class Command(BaseCommand):
    help = (
        "Writes the list of lawful removals (list), removes again what a restored backup has brought back (replay), "
        "or takes what was removed out of the files of its tables (wipe; as the owner of the database)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["list", "replay", "wipe"])
        parser.add_argument("file", type=Path, nargs="?", help="for list and replay")
        parser.add_argument(
            "--patience", type=float, default=60, metavar="SECONDS", help="for wipe: how long to wait"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "wipe":
            self._wipe(options["patience"])
            return
        file: Path | None = options["file"]
        if file is None:
            raise CommandError("Name the file with the list of removals.")
        if options["what"] == "list":
            lines = list(forgetting.removal_list())
            file.write_text("".join(f"{line}\n" for line in lines))
            self.stdout.write(f"{len(lines)} removals written to {file}.")
            return
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        try:
            done = forgetting.replay(file.read_text().splitlines())
        except forgetting.NotReplayed as error:
            raise CommandError(
                "Not everything was removed again. Let nobody sign in until two people have removed these anew "
                "(docs/backup.md):\n" + "\n".join(error.args)
            ) from error
        self.stdout.write(f"{done['removed']} removed again, {done['gone']} were gone already.")

    def _wipe(self, patience: float) -> None:
        held = [t for t in connection.introspection.table_names() if t.startswith((*ERASABLE, "trail_event"))]
        try:
            done = wipe(held, patience=patience)
        except NotWiped as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{done} tables written anew; nothing that was removed is left in their files.")
