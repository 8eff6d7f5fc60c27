"""Which cases have been kept long enough, by schedules that each agency lays down. Nothing is removed by time alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from accounts.models import Agency, Partnership, User
from cases.models import AgencyConcern, Case, RetentionRule, Rethink
from cases.record.forgetting import ROLE, Matter, holds, name_of, only_keepers
from cases.workflow import ENDED, State
from escalation.trail.models import REGISTRY
from escalation.trail.writing import SERVICE, Actor, append

Kind = RetentionRule.Kind
Trigger = RetentionRule.Trigger


@dataclass(frozen=True)
class ForReview:
    """Something whose time has passed: until when it had to be kept, by which rule, and whether a hold keeps it."""

    matter: Matter
    kept_until: date
    rule: RetentionRule
    held: bool

    @property
    def name(self) -> str:
        """Return the reference, with what it is when it is no case."""
        return name_of(self.matter)


def lay_down(
    partnership: Partnership,
    *,
    kind: str,
    years: int,
    trigger: str,
    authority: str,
    agency: Agency | None = None,
    by: User | None,
    at: datetime,
) -> RetentionRule:
    """Lay down how long a kind of record is kept, and return the rule. `by` None is the command line of the service.

    Raises NotAllowed for who is no keeper.
    """
    if by is not None:
        only_keepers(by, partnership)
    with transaction.atomic():
        rule = RetentionRule(
            partnership=partnership,
            agency=agency,
            kind=Kind(kind),
            years=years,
            trigger=Trigger(trigger),
            authority=authority,
            set_by=by,
            at=at,
        )
        rule.save()
        facts = {"kind": kind, "years": years, "trigger": trigger, "agency": agency.pk if agency else None}
        actor = SERVICE if by is None else Actor(by.pk, ROLE, by.agency_id)
        append(
            REGISTRY,
            "retention_set",
            actor=actor,
            object_ref=f"partnership:{partnership.pk}",
            facts=facts,
            at=at,
        )
    return rule


def kind_of(case: Case) -> Kind:
    """Return which schedule a case falls under."""
    return Kind.WITHDRAWN if case.state in (State.WITHDRAWN, State.DIVERTED) else Kind.SETTLED


def rules_of(partnership: Partnership) -> dict[tuple[int | None, str], RetentionRule]:
    """Return the rule in force for each agency (None: the partnership) and kind of record."""
    return {
        (r.agency_id, r.kind): r
        for r in RetentionRule.objects.filter(partnership=partnership).order_by("at", "pk")
    }


def due_for_review(partnership: Partnership, today: date) -> Iterator[ForReview]:
    """Yield what has ended and been kept as long as every agency in it asks: cases, then Re-thinks, then concerns.

    Something for which nobody has laid down a period is kept. The longest period counts. A Re-think beside a case is
    kept and goes with the case.
    """
    rules = rules_of(partnership)
    yield from _cases(partnership, rules, today)
    rethinks = (
        Rethink.objects.filter(partnership=partnership, case=None, became=None)
        .filter(Q(held_at__isnull=False) | Q(ended_at__isnull=False))
        .annotate(last_entry=Max("notes__written_at"), held=Exists(holds(rethink=OuterRef("pk"))))
    )
    for rethink in rethinks.order_by("asked_at", "pk").iterator():
        agencies, ended = {rethink.agency_id}, rethink.held_at or rethink.ended_at
        yield from _past(rules, Kind.RETHINK, agencies, rethink, ended, rethink.held, today)
    concerns = AgencyConcern.objects.filter(partnership=partnership, ended_at__isnull=False).annotate(
        last_entry=Max("notes__written_at"), held=Exists(holds(concern=OuterRef("pk")))
    )
    for concern in concerns.order_by("raised_at", "pk").iterator():
        agencies = {concern.raising_agency_id, concern.lead_agency_id}
        yield from _past(rules, Kind.CONCERN, agencies, concern, concern.ended_at, concern.held, today)


Rules = dict[tuple[int | None, str], RetentionRule]


def _cases(partnership: Partnership, rules: Rules, today: date) -> Iterator[ForReview]:
    ended = (
        Case.objects.filter(partnership=partnership, state__in=[s.value for s in ENDED])
        .annotate(last_entry=Max("entries__written_at"), held=Exists(holds(case=OuterRef("pk"))))
        .order_by("opened_at", "pk")
    )
    for case in ended.iterator():
        agencies = {case.raising_agency_id, case.receiving_agency_id}
        at = case.closed_at or case.changed_at
        yield from _past(rules, kind_of(case), agencies, case, at, case.held, today)


def _past(
    rules: Rules,
    kind: Kind,
    agencies: set[int],
    matter: Matter,
    ended: datetime | None,
    held: bool,
    today: date,
) -> Iterator[ForReview]:
    """Yield a matter when every one of these agencies has a rule for its kind, and the longest has run out."""
    wanted = [rule for a in agencies if (rule := rules.get((a, kind)) or rules.get((None, kind)))]
    if len(wanted) < len(agencies) or ended is None:
        return
    last = getattr(matter, "last_entry", None) or ended
    dated = [(_until(r, last if r.trigger == Trigger.LAST_ENTRY else ended), r) for r in wanted]
    until, rule = max(dated, key=lambda pair: pair[0])
    if until < today:
        yield ForReview(matter, until, rule, held)


def _until(rule: RetentionRule, starts: datetime) -> date:
    """Return the last day on which a rule wants something kept that is kept since then."""
    day = timezone.localdate(starts)
    try:
        return day.replace(year=day.year + rule.years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + rule.years, day=28)
