"""`manage.py seed_demo`: the demonstration, once; with --cases N also that many generated cases for measuring."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Partnership
from cases.demo import bulk
from cases.demo.people import SLUG, make_people
from cases.demo.play import Play
from cases.demo.stories_beside import STORIES as BESIDE
from cases.demo.stories_high import STORIES as HIGH
from cases.demo.stories_open import STORIES as OPEN
from cases.demo.stories_settled import STORIES as SETTLED
from cases.models import Case, RetentionRule
from escalation.clock import now
from escalation.trail.anchors import Witness


class Command(BaseCommand):
    """Seeds only where demo mode is on: a real service never gets invented people."""

    help = "Create the demonstration (fictional people and cases). Run again, it changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --cases, --seed and --json."""
        parser.add_argument(
            "--cases", type=int, default=0, help="also generate this many cases for measuring"
        )
        parser.add_argument("--seed", type=int, default=1, help="seed of the generator (default 1)")
        parser.add_argument("--json", action="store_true", help="print what there is as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed. Raises CommandError outside demo mode."""
        if not settings.DEMO_MODE:
            raise CommandError(
                "This service is not in demo mode. Set DEMO_MODE=true to fill it with invented people."
            )
        created = self.seed()
        if options["cases"]:
            bulk.generate(options["cases"], seed=options["seed"])
        total = Case.objects.filter(partnership__slug__in=[SLUG, bulk.SLUG]).count()
        if options["json"]:
            self.stdout.write(json.dumps({"created": created, "cases": total}))
        else:
            self.stdout.write(
                f"The demonstration is {'ready' if created else 'there already'}: {total} cases."
            )

    @transaction.atomic
    def seed(self) -> bool:
        """Create people and stories; False when they are there already."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(724002)"
            )  # two starts at once make one demonstration
        if Partnership.objects.filter(slug=SLUG).exists():
            return False
        instant = now()
        demo = make_people(timezone.localdate(instant))
        for story in (*OPEN, *HIGH, *SETTLED, *BESIDE):
            story(Play(demo, instant))
        self.keep(instant)
        return True

    def keep(self, instant: datetime) -> None:
        """Name who is sent the checkpoints, and how long the demonstration's records are kept."""
        for kind, organisation in (("agency", "Health"), ("agency", "Social Work"), ("auditor", "Audit")):
            email = f"checkpoints.{organisation.lower().replace(' ', '.')}@example.org"
            Witness.objects.create(kind=kind, organisation=organisation, email=email, since=instant)
        for kind, years in (("settled", 35), ("withdrawn", 10)):
            RetentionRule(
                partnership=Partnership.objects.get(slug=SLUG),
                kind=kind,
                years=years,
                trigger="ended",
                authority="Retention schedule of the demonstration",
                at=instant,
            ).save()
