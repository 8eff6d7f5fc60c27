"""`manage.py set_up`: the first partnership, its first agency and its administrators, each with a link shown once."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.actions import add_person, create_agency, grant_role, invite
from accounts.audit import THE_SERVICE
from accounts.models import Agency, Partnership, User
from accounts.people import administrators
from accounts.refusals import Refused
from accounts.roles import Role
from cases.calendars import seed_holidays, seed_opening_hours
from escalation.clock import now

#: How many years of public holidays are known from the start, this year included.
YEARS = 3
ENOUGH = 2


class Command(BaseCommand):
    help = (
        "Sets up a partnership with its first agency and administrators, and prints each one's invitation once. "
        "Run it again with the same --slug to add the second administrator."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--slug", required=True, help="a short name: small letters, figures and -")
        parser.add_argument("--partnership", default="", help="the name of the partnership")
        parser.add_argument("--division", default="SCT", choices=[key for key, _ in Partnership.DIVISIONS])
        parser.add_argument("--agency", default="", help="its first agency, which employs the administrators")
        parser.add_argument(
            "--administrator",
            action="append",
            required=True,
            nargs=2,
            metavar=("EMAIL", "NAME"),
            help="may be repeated: two can do everything, one alone can give no roles",
        )
        parser.add_argument(
            "--emergency",
            action="append",
            default=[],
            nargs=2,
            metavar=("LABEL", "NUMBER"),
            help="whom to ring when a child is in danger now; stands on every page; may be repeated",
        )

    def handle(self, *args: Any, **given: Any) -> None:
        for email, _ in given["administrator"]:
            try:
                validate_email(email)
            except ValidationError as error:
                raise CommandError(f"{email} is not an email address.") from error
        try:
            with transaction.atomic():
                partnership, agency = self._place(given)
                made = [self._administrator(agency, email, name) for email, name in given["administrator"]]
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{partnership} is set up, with {agency}.\n")
        for person, token in made:
            link = settings.BASE_URL.geturl().rstrip("/") + reverse("invitation", args=[token])
            self.stdout.write(
                f"\n{person} signs in first with this link, within seven days. It is shown this once:\n{link}"
            )
        if administrators(partnership, timezone.localdate(now())).count() < ENOUGH:
            self.stdout.write(
                "\nOne administrator alone can give no roles. Run this again with the same --slug for a second one."
            )

    def _place(self, given: dict[str, Any]) -> tuple[Partnership, Agency]:
        known = Partnership.objects.filter(slug=given["slug"]).first()
        if known is not None:
            if administrators(known, timezone.localdate(now())).count() >= ENOUGH:
                raise CommandError(
                    f"{known} has two administrators: they add people and roles on their pages."
                )
            agency = Agency.objects.filter(partnership=known).order_by("pk").first()
            if agency is not None:
                return known, agency
        if not given["agency"] or not (given["partnership"] or known):
            raise CommandError("A new partnership needs --partnership and --agency, each a name.")
        partnership = known or self._partnership(given)
        short = given["agency"][:40]
        return partnership, create_agency(
            partnership=partnership, name=given["agency"], short_name=short, by=THE_SERVICE, at=now()
        )

    def _partnership(self, given: dict[str, Any]) -> Partnership:
        partnership = Partnership(
            name=given["partnership"],
            slug=given["slug"],
            division=given["division"],
            emergency_contacts=[{"label": label, "number": number} for label, number in given["emergency"]],
        )
        try:
            partnership.full_clean()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        partnership.save()
        seed_opening_hours(partnership)
        year = timezone.localdate(now()).year
        seed_holidays(partnership, year, year + YEARS - 1)
        return partnership

    def _administrator(self, agency: Agency, email: str, name: str) -> tuple[User, str]:
        at = now()
        person = add_person(
            email=email, full_name=name, job_title="Administrator", agency=agency, by=THE_SERVICE, at=at
        )
        grant_role(person=person, role=Role.ADMINISTRATOR, place=agency.partnership, by=THE_SERVICE, at=at)
        return person, invite(person=person, by=THE_SERVICE, at=at)
