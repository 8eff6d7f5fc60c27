"""`manage.py retention`: which cases have been kept long enough, and how they are disposed of by two people."""

import json
from datetime import date
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Agency, Partnership, User
from cases.models import LegalHold, Removal, RetentionRule, RuleNote
from cases.record import forgetting, retention
from cases.refusals import Refusal
from escalation.clock import now
from escalation.templatetags.words import plain_day


class Command(BaseCommand):
    help = (
        "Lists cases whose time for keeping has passed. Removes nothing without two people and an authority."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--at", type=date.fromisoformat, metavar="DATE", help="as on this day instead of today"
        )
        parser.add_argument("--json", action="store_true", help="print the list as JSON")
        does = parser.add_mutually_exclusive_group()
        does.add_argument("--ask", metavar="REF", help="ask that a case, Re-think or concern is disposed of")
        does.add_argument(
            "--ask-text",
            type=UUID,
            metavar="ENTRY",
            help="ask that the words of one entry or note are removed",
        )
        does.add_argument(
            "--approve", type=int, metavar="N", help="approve a removal that somebody else asked for"
        )
        does.add_argument(
            "--waiting", action="store_true", help="list removals that wait for a second person"
        )
        does.add_argument(
            "--reasons", action="store_true", help="list why rules were changed, with what --ask-text takes"
        )
        does.add_argument("--hold", metavar="REF", help="place a legal hold on a case, Re-think or concern")
        does.add_argument("--holds", action="store_true", help="list the legal holds that last")
        does.add_argument("--lift", type=int, metavar="N", help="lift a legal hold, with --why")
        does.add_argument(
            "--rule", choices=RetentionRule.Kind.values, help="lay down how long a kind is kept"
        )
        parser.add_argument("--by", metavar="EMAIL", help="who asks, approves or lays down")
        parser.add_argument(
            "--authority", default="", help="the order, decision or schedule that asks for it"
        )
        parser.add_argument("--why", default="", help="for --lift")
        parser.add_argument("--ground", choices=Removal.Ground.values, help="for --ask-text")
        parser.add_argument("--partnership", metavar="SLUG", help="for --rule")
        parser.add_argument("--agency", metavar="NAME", help="for --rule: this agency alone")
        parser.add_argument("--years", type=int, help="for --rule")
        parser.add_argument(
            "--trigger", choices=RetentionRule.Trigger.values, default="ended", help="for --rule"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._obey(options)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal

    def _obey(self, options: dict[str, Any]) -> None:
        at, authority = now(), options["authority"]
        if options["ask"]:
            matter, by = forgetting.found(options["ask"]), self._person(options)
            made = forgetting.ask_for_case(matter, authority=authority, by=by, at=at)
            self.stdout.write(f"Removal {made.pk} waits for a second person.")
        elif options["ask_text"]:
            entry = forgetting.written(options["ask_text"])
            if entry is None or not options["ground"]:
                raise CommandError("Name an entry that exists with --ask-text, and a --ground.")
            by, ground = self._person(options), options["ground"]
            made = forgetting.ask_for_text(entry, ground=ground, authority=authority, by=by, at=at)
            self.stdout.write(f"Removal {made.pk} waits for a second person.")
        elif options["approve"]:
            removal = Removal.objects.filter(pk=options["approve"]).first()
            if removal is None:
                raise CommandError(f"There is no removal {options['approve']}.")
            forgetting.approve(removal, by=self._person(options), at=at)
            self.stdout.write(f"Removal {removal.pk} is done.")
        elif options["hold"]:
            matter, by = forgetting.found(options["hold"]), self._person(options)
            hold = forgetting.place_hold(matter, authority=authority, by=by, at=at)
            self.stdout.write(f"It is held. To lift it again: --lift {hold.pk}.")
        elif options["holds"]:
            for hold in LegalHold.objects.filter(lifted_at=None).order_by("placed_at", "pk"):
                self.stdout.write(
                    f"{hold.pk}: {forgetting.name_of(hold.matter)}, {hold.authority}, since {plain_day(hold.placed_at)}"
                )
        elif options["lift"]:
            found = LegalHold.objects.filter(pk=options["lift"]).first()
            if found is None:
                raise CommandError(f"There is no hold {options['lift']}.")
            forgetting.lift_hold(found, why=options["why"], by=self._person(options), at=at)
            self.stdout.write("The hold is lifted.")
        elif options["rule"]:
            self._rule(options)
        elif options["reasons"]:
            for note in RuleNote.objects.order_by("written_at"):
                day = plain_day(note.written_at)
                self.stdout.write(f"{note.pk}: {note.get_kind_display()}, {day}: {note.words}")
        elif options["waiting"]:
            for row in forgetting.waiting().select_related("asked_by").order_by("pk"):
                self.stdout.write(
                    f"{row.pk}: {row.get_kind_display()}, {row.get_ground_display()}, by {row.asked_by}"
                )
        else:
            self._list(options["at"] or timezone.localdate(at), options["json"])

    def _rule(self, options: dict[str, Any]) -> None:
        partnership = Partnership.objects.filter(slug=options["partnership"] or "").first()
        if partnership is None or not options["years"] or not options["authority"]:
            raise CommandError("--rule needs --partnership, --years and --authority.")
        agency = None
        if options["agency"]:
            agency = Agency.objects.filter(partnership=partnership, name=options["agency"]).first()
            if agency is None:
                raise CommandError(f"{partnership} has no agency called {options['agency']}.")
        retention.lay_down(
            partnership,
            kind=options["rule"],
            years=options["years"],
            trigger=options["trigger"],
            authority=options["authority"],
            agency=agency,
            by=self._person(options) if options["by"] else None,
            at=now(),
        )
        self.stdout.write("Laid down.")

    def _list(self, today: date, as_json: bool) -> None:
        found = [d for p in Partnership.objects.order_by("pk") for d in retention.due_for_review(p, today)]
        if as_json:
            rows = [
                {
                    "case": d.name,
                    "kept_until": d.kept_until,
                    "authority": d.rule.authority,
                    "held": d.held,
                }
                for d in found
            ]
            self.stdout.write(json.dumps(rows, default=str))
            return
        for due in found:
            held = ", under a legal hold" if due.held else ""
            self.stdout.write(
                f"{due.name}: kept until {plain_day(due.kept_until)} ({due.rule.authority}){held}"
            )
        if not found:
            self.stdout.write("Nothing has been kept longer than it must be.")

    def _person(self, options: dict[str, Any]) -> User:
        person = User.objects.filter(email=(options["by"] or "").lower(), is_active=True).first()
        if person is None:
            raise CommandError("Say with --by EMAIL who asks or approves: an active person of the service.")
        return person
