"""`manage.py checkpoint`: takes a checkpoint of the audit trail and mails it to its witnesses."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from escalation.clock import now
from escalation.trail import checkpoints
from escalation.trail.anchors import Checkpoint


class Command(BaseCommand):
    help = "Takes a checkpoint of the audit trail and mails it to its witnesses."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-due", action="store_true", help="only when a day has gone by, or something was decided"
        )
        parser.add_argument(
            "--status", action="store_true", help="take none: say what is missing, and fail if anything is"
        )
        parser.add_argument(
            "--again", action="store_true", help="take none: send again the mails that were given up"
        )
        parser.add_argument("--show", type=int, metavar="N", help="print checkpoint N as it was mailed")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        at = now()
        if options["show"]:
            point = Checkpoint.objects.filter(n=options["show"]).first()
            if point is None:
                raise CommandError(f"There is no checkpoint {options['show']}.")
            self.stdout.write(checkpoints.text_of(point), ending="")
            return
        if options["again"]:
            checkpoints.send_again(at)
            result = checkpoints.send_receipts(at)
            text = f"{result['sent']} mails sent, {result['failed']} failed."
            self.stdout.write(json.dumps(result) if options["json"] else text)
            return
        if not options["status"]:
            taken = None
            if not options["if_due"] or checkpoints.wanted(at):
                taken = checkpoints.take(at).n
            done = {"taken": taken, **checkpoints.send_receipts(at)}
            said = f"Checkpoint {taken} taken." if taken else "No checkpoint was due."
            text = f"{said} {done['sent']} mails sent, {done['failed']} failed."
            self.stdout.write(json.dumps(done) if options["json"] else text)
            return
        lacking = checkpoints.lacking(at)
        if options["json"]:
            self.stdout.write(json.dumps({"lacking": lacking}))
        if lacking:
            raise CommandError("\n".join(lacking))
        if not options["json"]:
            self.stdout.write("Checkpoints are taken, mailed and acknowledged.")
