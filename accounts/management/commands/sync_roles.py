"""`manage.py sync_roles`: rebuilds everybody's rights from memberships and deputies, and reports what had drifted."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.actions.rights import rebuild
from accounts.grants import Drift, Grant, sync
from accounts.models import Membership, User
from escalation.clock import now


class Command(BaseCommand):
    help = (
        "Rebuild the rights of every person from the roles they hold and cover today, and report what had drifted. "
        "Run it each night: roles and deputies start and end by date."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --check and --json."""
        parser.add_argument(
            "--check", action="store_true", help="change nothing; exit 1 when something has drifted"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild or check, print the report."""
        check = options["check"]
        drift = sync(write=False) if check else rebuild(at=now())
        self.stdout.write(as_json(drift, check) if options["json"] else in_words(drift, check))
        if drift and check:
            sys.exit(1)


def as_json(drift: Drift, check: bool) -> str:
    """Return the report for a program."""
    return json.dumps(
        {
            "people": User.objects.filter(is_active=True).count(),
            "memberships": Membership.objects.count(),
            "added": [_facts(*line) for line in drift.added],
            "removed": [_facts(*line) for line in drift.removed],
            "strays": drift.strays,
            "changed": bool(drift) and not check,
        },
        indent=2,
    )


def in_words(drift: Drift, check: bool) -> str:
    """Return the report for a person."""
    if not drift:
        return "Every right follows from a role. Nothing had drifted."
    names = dict(User.objects.values_list("pk", "full_name"))
    could = "missing" if check else "added"
    lines = [f"{could}: {names[pk]}: {_words(grant)}" for pk, grant in drift.added]
    could = "too many" if check else "removed"
    lines += [f"{could}: {names[pk]}: {_words(grant)}" for pk, grant in drift.removed]
    if drift.strays:
        lines.append(f"{could}: {drift.strays} in tables that are not used for rights")
    done = "Run sync_roles without --check to put it right." if check else "Put right."
    return "\n".join([*lines, done])


def _facts(person: int, grant: Grant) -> dict[str, Any]:
    return {"person": person, "permission": grant.permission, "on": grant.kind, "id": grant.place_id}


def _words(grant: Grant) -> str:
    return f"{grant.permission} on {grant.kind} {grant.place_id}"
