"""`manage.py sweep [--at INSTANT] [--send]`: what Celery does each minute, for a timer or for a person.

Stands here and not with the cases, because it may also send, and cases know nothing of messages.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases import clock
from escalation.clock import now
from notifications import delivery


def instant(text: str) -> datetime:
    """Return an aware instant in UTC from ISO 8601 text; ArgumentTypeError when it is none or names no zone."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(
            f"{text!r} is not an instant. Write it like 2026-06-16T16:00+01:00."
        ) from error
    if read.tzinfo is None:
        raise ArgumentTypeError(f"{text!r} names no time zone. Write it like 2026-06-16T16:00+01:00.")
    return read.astimezone(UTC)


class Command(BaseCommand):
    help = (
        "Record every timescale that has lapsed, pass duties on and plan reminders. Safe to run at any time, "
        "as often as you like, beside Celery or instead of it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--at", type=instant, help="pretend it is this instant, like 2026-06-16T16:00+01:00"
        )
        parser.add_argument("--send", action="store_true", help="also send the messages that are due")
        parser.add_argument("--json", action="store_true", help="print the counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep, send if asked to, print the counts; exit 1 when a row had to be put off."""
        at = options["at"] or now()
        swept = clock.sweep(at)
        clock.beat("sweep", now())
        counts: dict[str, dict[str, int]] = {"sweep": swept.as_dict()}
        if options["send"]:
            counts["send"] = asdict(delivery.send_due(options["at"]))
            clock.beat("send", now())
        if options["json"]:
            self.stdout.write(json.dumps(counts))
        else:
            for name, numbers in counts.items():
                words = ", ".join(f"{number} {key.replace('_', ' ')}" for key, number in numbers.items())
                self.stdout.write(f"{name}: {words}")
        if swept.put_off:
            raise CommandError(
                f"{swept.put_off} of the duties could not be worked off and will be tried again; the log says why."
            )
