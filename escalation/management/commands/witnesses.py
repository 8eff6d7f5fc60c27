"""`manage.py witnesses`: who outside is sent every checkpoint of the audit trail."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from escalation.clock import now
from escalation.trail.anchors import Witness
from escalation.trail.models import REGISTRY
from escalation.trail.writing import SERVICE, append


class Command(BaseCommand):
    help = "Lists, adds and ends the mailboxes outside that are sent every checkpoint of the audit trail."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        what.add_parser("list", help="list them")
        add = what.add_parser("add", help="add a mailbox")
        add.add_argument("--kind", choices=Witness.Kind.values, required=True)
        add.add_argument("--organisation", required=True, help="whose mailbox it is")
        add.add_argument("--email", required=True)
        end = what.add_parser("end", help="send no more to a mailbox")
        end.add_argument("--email", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        match options["what"]:
            case "add":
                self._add(options)
            case "end":
                self._end(options["email"])
        for witness in Witness.objects.filter(ended_at=None).order_by("kind", "organisation"):
            self.stdout.write(f"{witness.get_kind_display()}: {witness.organisation} <{witness.email}>")

    def _add(self, options: dict[str, Any]) -> None:
        try:
            validate_email(options["email"])
        except ValidationError:
            raise CommandError(f"{options['email']!r} is not an email address.") from None
        if Witness.objects.filter(email=options["email"], ended_at=None).exists():
            raise CommandError(f"{options['email']} is a witness already.")
        with transaction.atomic():
            made = Witness.objects.create(
                kind=options["kind"],
                organisation=options["organisation"],
                email=options["email"],
                since=now(),
            )
            self._record("witness_added", made)

    def _end(self, email: str) -> None:
        witness = Witness.objects.filter(email=email, ended_at=None).first()
        if witness is None:
            raise CommandError(f"{email} is no witness.")
        with transaction.atomic():
            witness.ended_at = now()
            witness.save(update_fields=["ended_at"])
            self._record("witness_ended", witness)

    def _record(self, verb: str, witness: Witness) -> None:
        facts = {"witness": witness.pk, "kind": witness.kind}
        append(REGISTRY, verb, actor=SERVICE, object_ref=f"witness:{witness.pk}", facts=facts, at=now())
