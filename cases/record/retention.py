"""Which cases have been kept long enough, by schedules that each agency lays down. Nothing is removed by time alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from accounts.models import Agency, Partnership, User
from cases.models import Case, LegalHold, RetentionRule
from cases.record.forgetting import ROLE, _only_keepers
from cases.workflow import ENDED, State
from escalation.trail.models import REGISTRY
from escalation.trail.writing import SERVICE, Actor, append

Kind = RetentionRule.Kind
Trigger = RetentionRule.Trigger


@dataclass(frozen=True)
class ForReview:
    """A case whose time has passed: until when it had to be kept, which rule says so, and whether a hold keeps it."""

    case: Case
    kept_until: date
    rule: RetentionRule
    held: bool


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
        _only_keepers(by, partnership)
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
    """Yield the ended cases that have been kept as long as every agency in them asks, the oldest first.

    A case for which nobody has laid down a period is kept. The longest period counts.
    """
    rules = rules_of(partnership)
    held = LegalHold.objects.filter(case=OuterRef("pk"), lifted_at=None)
    ended = (
        Case.objects.filter(partnership=partnership, state__in=[s.value for s in ENDED])
        .annotate(last_entry=Max("entries__written_at"), held=Exists(held))
        .order_by("opened_at", "pk")
    )
    for case in ended.iterator():
        kind = kind_of(case)
        wanted = [
            rule
            for agency in {case.raising_agency_id, case.receiving_agency_id}
            if (rule := rules.get((agency, kind)) or rules.get((None, kind)))
        ]
        dated = [(_until(rule, case), rule) for rule in wanted]
        agencies = len({case.raising_agency_id, case.receiving_agency_id})
        if len(dated) < agencies:
            continue
        until, rule = max(dated, key=lambda pair: pair[0])
        if until < today:
            yield ForReview(case, until, rule, case.held)


def _until(rule: RetentionRule, case: Case) -> date:
    """Return the last day on which a rule wants a case kept."""
    ended = case.closed_at or case.changed_at
    starts = case.last_entry or ended if rule.trigger == Trigger.LAST_ENTRY else ended  # type: ignore[attr-defined]
    day = timezone.localdate(starts)
    try:
        return day.replace(year=day.year + rule.years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + rule.years, day=28)
