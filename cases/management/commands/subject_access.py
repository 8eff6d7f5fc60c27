"""`manage.py subject_access`: what is held about one person, for that person."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Agency, Partnership, User
from cases.record import child_access, subject_access
from cases.refusals import NotNow
from escalation.clock import now
from escalation.trail.models import REGISTRY
from escalation.trail.writing import SERVICE, append


class Command(BaseCommand):
    help = "Writes all that is held about one person as JSON. Somebody reads it before it goes out."

    def add_arguments(self, parser: CommandParser) -> None:
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--person", metavar="EMAIL", help="somebody who uses the service, or a guest")
        who.add_argument("--child", metavar="REFERENCE", help="a child, by the reference their cases carry")
        parser.add_argument("--partnership", metavar="SLUG", help="with --child: whose reference it is")
        parser.add_argument("--agency", metavar="NAME", help="with --child: the agency whose reference it is")
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
            found, ref = self._person(options["person"].strip().lower())
        else:
            partnership = Partnership.objects.filter(slug=options["partnership"] or "").first()
            if partnership is None:
                raise CommandError("Name the partnership with --partnership SLUG.")
            found = self._child(partnership, options)
            ref = f"partnership:{partnership.pk}"
        append(REGISTRY, "subject_access_made", actor=SERVICE, object_ref=ref, facts={}, at=now())
        options["out"].touch(mode=0o600)
        options["out"].chmod(0o600)  # also one that was there before: nobody else reads along
        options["out"].write_text(json.dumps(found, ensure_ascii=False, indent=1, default=str))
        self.stdout.write(
            f"Written to {options['out']}. Read it before it goes out: relatives may be named in texts. "
            "What looks like a name stands beside each text; --hide takes names out, --withhold whole texts."
        )

    def _person(self, email: str) -> tuple[Any, str]:
        """Return the pack of an address and whose it is: somebody with an account, or a guest known by it alone."""
        if person := User.objects.filter(email=email).first():
            return subject_access.about_person(person), f"user:{person.pk}"
        if found := subject_access.about_address(email):
            return found, "guest"
        raise CommandError(f"There is nobody with the address {email}.")

    def _child(self, partnership: Partnership, options: dict[str, Any]) -> list[dict[str, Any]]:
        agency = None
        if name := options["agency"]:
            agency = Agency.objects.filter(partnership=partnership, name=name).first()
            if agency is None:
                raise CommandError(f"{partnership} has no agency called {name}.")
        how = (options["withhold"], options["hide"], options["keep"])
        try:
            found = child_access.about_child(partnership, options["child"], *how, agency=agency)
        except NotNow as refusal:
            raise CommandError(f"{refusal} Add --agency NAME.") from refusal
        if not found:
            raise CommandError("No case carries this reference.")
        return found
