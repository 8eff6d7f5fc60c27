"""`manage.py backup`: a checkpoint, a dump of the database, and apart from it the list of what was lawfully removed."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from cases.record import forgetting
from escalation import backup
from escalation.clock import now
from escalation.trail import checkpoints


class Command(BaseCommand):
    help = "Backs the database up. Run it as the owner of the database, not as the runtime role."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--out", type=Path, required=True, metavar="FOLDER", help="a folder for this backup"
        )
        parser.add_argument(
            "--removals",
            type=Path,
            metavar="FILE",
            help="where the list of removals is kept, apart from the dumps",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["out"]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        point = checkpoints.take(now())  # so that the dump ends at a mailed checkpoint
        checkpoints.send_receipts(now())
        (folder / f"checkpoint-{point.n}.txt").write_text(checkpoints.text_of(point))
        target = folder / "database.dump"
        try:
            backup.dump(connection.settings_dict, target)
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        target.chmod(0o600)
        removals: Path = options["removals"] or folder / "removals.jsonl"
        removals.write_text("".join(f"{line}\n" for line in forgetting.removal_list()))
        self.stdout.write(f"{target}, up to checkpoint {point.n}; removals in {removals}.")
