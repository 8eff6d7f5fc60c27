"""`manage.py subject_access`: what is held about one person, for that person."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Partnership, User
from cases.record import child_access, subject_access
from escalation.clock import now
from escalation.trail.models import REGISTRY
from escalation.trail.writing import SERVICE, append


class Command(BaseCommand):
    help = "Writes all that is held about one person as JSON. Somebody reads it before it goes out."

    def add_arguments(self, parser: CommandParser) -> None:
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--person", metavar="EMAIL", help="somebody who uses the service")
        who.add_argument("--child", metavar="REFERENCE", help="a child, by the reference their cases carry")
        parser.add_argument("--partnership", metavar="SLUG", help="with --child: whose reference it is")
        parser.add_argument(
            "--withhold", type=UUID, nargs="*", default=[], help="entries that are about somebody else"
        )
        parser.add_argument(
            "--hide", nargs="*", default=[], metavar="NAME", help="names of relatives, neighbours and others"
        )
        parser.add_argument(
            "--keep",
            nargs="*",
            default=[],
            metavar="NAME",
            help="names a professional shares with the family",
        )
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["person"]:
            person = User.objects.filter(email=options["person"].lower()).first()
            if person is None:
                raise CommandError(f"There is nobody with the address {options['person']}.")
            found: Any = subject_access.about_person(person)
            ref = f"user:{person.pk}"
        else:
            partnership = Partnership.objects.filter(slug=options["partnership"] or "").first()
            if partnership is None:
                raise CommandError("Name the partnership with --partnership SLUG.")
            found = child_access.about_child(
                partnership, options["child"], options["withhold"], options["hide"], options["keep"]
            )
            if not found:
                raise CommandError("No case carries this reference.")
            ref = f"partnership:{partnership.pk}"
        append(REGISTRY, "subject_access_made", actor=SERVICE, object_ref=ref, facts={}, at=now())
        options["out"].write_text(json.dumps(found, ensure_ascii=False, indent=1, default=str))
        options["out"].chmod(0o600)
        self.stdout.write(
            f"Written to {options['out']}. Read it before it goes out: relatives may be named in texts. "
            "What looks like a name stands beside each text; --hide takes names out, --withhold whole texts."
        )
