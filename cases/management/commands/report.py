"""`manage.py report NAME`: one report of a partnership as a file, for a timer or a terminal."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.html import escape

from accounts.models import Partnership
from cases.models import Paper
from cases.presenters.printed import printed
from cases.reports.base import Period
from cases.reports.every import REPORTS, run
from cases.reports.files import KINDS, Sheet, local
from cases.reports.showing import Shown, shown
from escalation.clock import now
from escalation.printing import pdf

FORMATS = ("csv", "xlsx", "html", "pdf", "json")


class Command(BaseCommand):
    """The committee's figures for any period; the public's only as they were published in a paper."""

    help = "Write one report. Committee: any period. Public: a period that was published as a paper."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the name, the period, the format and the audience."""
        parser.add_argument("name", choices=sorted(REPORTS))
        parser.add_argument("--partnership", help="its short name; needed when there are several")
        parser.add_argument("--from", dest="first", type=_day, help="first day, 2026-01-31")
        parser.add_argument("--to", dest="last", type=_day, help="last day, included; today unless given")
        parser.add_argument("--format", choices=FORMATS, default="csv")
        parser.add_argument(
            "--json", action="store_const", const="json", dest="format", help="as --format json"
        )
        parser.add_argument("--audience", choices=("committee", "public"), default="committee")
        parser.add_argument("--out", type=Path, help="file to write; the standard output unless given")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the report. CommandError for a partnership, period or edition that is not there."""
        partnership = self._partnership(options["partnership"])
        at = now()
        last = options["last"] or timezone.localdate(at)
        period = Period(options["first"] or Period.year_to(last).first, last)
        if period.first > period.last:
            raise CommandError("--from must be on or before --to")
        report = REPORTS[options["name"]]
        if options["audience"] == "public":
            tables = self._published(partnership, period, report.key)
        else:
            tables = [shown(t, period) for t in run(report, partnership, period, at)]
        facts = [
            ("Partnership", partnership.name),
            ("From", str(period.first)),
            ("To", str(period.last)),
            ("Made", local(at, partnership.timezone)),
            ("For", options["audience"]),
        ]
        made = _written(Sheet(report.title, facts, tables), options["format"])
        if options["out"]:
            options["out"].write_bytes(made)
            self.stdout.write(
                f"{options['out']}: {sum(t.cells for t in tables)} rows in {len(tables)} tables"
            )
        else:
            sys.stdout.buffer.write(made)

    def _partnership(self, slug: str | None) -> Partnership:
        found = list(Partnership.objects.filter(**({"slug": slug} if slug else {}))[:2])
        if len(found) != 1:
            raise CommandError("Say which partnership: --partnership SHORT-NAME")
        return found[0]

    def _published(self, partnership: Partnership, period: Period, key: str) -> list[Shown]:
        paper = Paper.objects.filter(
            partnership=partnership, first=period.first, last=period.last, status=Paper.Status.PUBLISHED
        ).first()
        parts = [p for p in (paper.public or {})["parts"] if p["key"] == key] if paper else []
        if not parts:
            raise CommandError(
                "Nothing of this was published for that period. Figures reach the public in a published paper only."
            )
        return [Shown.from_dict(kept) for kept in parts[0]["shown"]]


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _written(sheet: Sheet, format_: str) -> bytes:
    if format_ in KINDS:
        return KINDS[format_][2](sheet)
    if format_ == "json":
        kept = {
            "title": sheet.title,
            "facts": dict(sheet.facts),
            "tables": [t.as_dict() for t in sheet.tables],
        }
        return (json.dumps(kept, ensure_ascii=False, indent=1) + "\n").encode()
    facts = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in sheet.facts)
    body = f"<h1>{escape(sheet.title)}</h1><dl>{facts}</dl>{''.join(printed(t) for t in sheet.tables)}"
    if format_ == "pdf":
        return pdf(f"<main>{body}</main>", title=sheet.title, footer=sheet.title)
    head = f'<meta charset="utf-8"><title>{escape(sheet.title)}</title>'
    return f'<!DOCTYPE html><html lang="en-GB"><head>{head}</head><body><main>{body}</main></body></html>\n'.encode()
