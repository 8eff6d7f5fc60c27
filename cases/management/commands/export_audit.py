"""`manage.py export_audit`: the audit trail, of everything or of one case, with the program that checks it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.models import Case
from cases.record import texts
from cases.record.looks import reads_chain
from escalation.clock import now
from escalation.trail import exporting
from escalation.trail.models import REGISTRY
from escalation.trail.writing import SERVICE, append


class Command(BaseCommand):
    help = "Writes the audit trail to a .zip with the program that checks it, or to a plain .jsonl."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--case", metavar="REF", help="one case instead of everything")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="a .zip, or a .jsonl")
        parser.add_argument(
            "--with-texts",
            action="store_true",
            help="with what people wrote, but for what was said in the room of a Re-think; without, hashes alone",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["out"]
        if out.suffix not in (".zip", ".jsonl"):
            raise CommandError("--out must end in .zip or .jsonl.")
        chains, ref = None, "everything"
        if options["case"]:
            case = Case.objects.filter(reference=options["case"].upper()).first()
            if case is None:
                raise CommandError(f"There is no case {options['case']}.")
            chains, ref = (case.chain, reads_chain(case.chain)), f"case:{case.pk}"
        with_texts = options["with_texts"]
        append(
            REGISTRY, "trail_exported", actor=SERVICE, object_ref=ref, facts={"texts": with_texts}, at=now()
        )
        wanted = exporting.Wanted(now(), chains, "some" if with_texts else "none")
        with out.open("wb") as file:
            if out.suffix == ".zip":
                exporting.write_zip(file, wanted, texts.outside_rooms if with_texts else None)
            else:
                exporting.write(file, wanted, texts.outside_rooms if with_texts else None)
        self.stdout.write(f"Written to {out}.")
