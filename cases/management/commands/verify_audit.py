"""`manage.py verify_audit`: checks the audit trail in the database, or an export, against checkpoint mails."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cases.record.verifying import verify_database
from escalation.clock import now
from escalation.trail import verify


class Command(BaseCommand):
    help = "Checks the audit trail. Exits 0 intact, 1 tampered, 2 lawfully erased parts, 3 cannot be read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--export", type=Path, metavar="FILE", help="an export instead of the database")
        parser.add_argument(
            "--checkpoints", type=Path, nargs="*", default=[], metavar="FILE", help="mails that were kept"
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["export"] and not options["json"]:
            sys.exit(verify.main([str(p) for p in (options["export"], *options["checkpoints"])]))
        try:
            mails = [m for path in options["checkpoints"] for m in verify.mails_in(path.read_bytes())]
            if options["export"]:
                done = verify.Verifier(mails).read(verify.lines_of(options["export"]))
            else:
                done = verify_database(now(), mails)
        except (verify.Unreadable, OSError) as error:
            self.stderr.write(f"{verify.WORDS[3]}. {error}")
            sys.exit(3)
        if options["json"]:
            result = {"code": done.code, "verdict": verify.WORDS[done.code]}
            self.stdout.write(json.dumps({**result, "counts": done.counts, "problems": done.problems}))
        else:
            self.stdout.write(verify.report(done.code, done.counts, done.problems))
        sys.exit(done.code)
