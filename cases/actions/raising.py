"""Every write to a concern about an agency: raised, decided, followed up (WO05). Raiser and lead keep its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.models import Agency, User
from cases import concerns
from cases.actions.aside import AsideChange, record_aside
from cases.audit import Audit
from cases.concerns import ConcernLook
from cases.models import AgencyConcern, ConcernNote
from cases.refusals import NotAllowed, NotNow, Stale

Kind = ConcernNote.Kind
State = AgencyConcern.State


@dataclass
class ConcernChange(AsideChange):
    """What one action does to one concern."""

    look: ConcernLook = field(kw_only=True)
    notes: list[ConcernNote] = field(default_factory=list)
    for_raiser: bool = False

    @property
    def concern(self) -> AgencyConcern:
        return self.look.concern

    def write(self, kind: str, words: str) -> None:
        """Add a note in the words of the person who acts; nothing for no words."""
        if words.strip():
            self.notes.append(
                ConcernNote.compose(
                    {"words": words},
                    concern=self.concern,
                    kind=kind,
                    author=self.look.user,
                    agency_id=self.look.user.agency_id,
                    written_at=self.at,
                )
            )

    def save(self) -> None:
        """Write what was collected; the event is last."""
        row = self.concern
        if not row._state.adding:
            row.version += 1
        row.save()
        ConcernNote.objects.bulk_create(self.notes)
        self.facts["notes"] = [
            {"id": str(n.pk), "kind": n.kind, "commitment": n.commitment} for n in self.notes
        ]
        record_aside(self, row, row.chain, f"concern:{row.pk}", self.look.actor())


@contextmanager
def _door(
    concern: AgencyConcern, verb: str, *, by: User, audit: Audit, rule: Callable[[ConcernLook], None]
) -> Iterator[ConcernChange]:
    with transaction.atomic():
        rows = AgencyConcern.objects.for_lead(by).select_for_update(of=("self",))
        locked = rows.select_related("procedure", "lead_agency").filter(pk=concern.pk).first()
        if locked is None:
            raise NotAllowed("Only the designated lead to whom it came decides about it.")
        if audit.version is not None and audit.version != locked.version:
            raise Stale("Somebody changed this while you were writing.")
        look = ConcernLook(locked, by, audit.at)
        rule(look)
        collected = ConcernChange(verb, audit, look=look)
        yield collected
        collected.save()


def raise_concern(*, by: User, about: Agency, families: list[str], words: str, audit: Audit) -> AgencyConcern:
    """Raise a concern about how another agency works, and return it; the designated lead is told.

    Raises NotAllowed or NotNow when the person may not, the area has no such way, or no lead is free to decide.
    """
    version, _ = concerns.offered_to(by, audit.at)
    if about.partnership_id != by.agency.partnership_id or about.pk == by.agency_id:
        raise NotNow(
            "Choose another agency of this partnership. For your own, use the whistleblowing procedure."
        )
    lead_agency = concerns.lead_agency_for(by, about, audit.at)
    concern = AgencyConcern(
        partnership=by.agency.partnership,
        procedure=version,
        about=about,
        families=families,
        raiser=by,
        raising_agency=by.agency,
        lead_agency=lead_agency,
        raised_at=audit.at,
    )
    with transaction.atomic():
        c = ConcernChange("concern_raised", audit, look=ConcernLook(concern, by, audit.at))
        c.write(Kind.CONCERN, words)
        c.told = set(concerns.leads_of(lead_agency.pk, audit.at))
        c.facts |= {"about": about.pk, "families": families}
        concern.save(force_insert=True)
        c.save()
    return concern


def decide(
    concern: AgencyConcern,
    *,
    by: User,
    audit: Audit,
    decision: str,
    reasons: str,
    told: str,
    follow_up_on: date | None,
) -> None:
    """Decide what is done about it, with reasons, what the raiser is told, and the day to look again."""
    with _door(concern, "concern_decided", by=by, audit=audit, rule=concerns.decide) as c:
        laid = c.concern.procedure.definition.concerns
        if laid is None or decision not in {choice.key for choice in laid.decisions}:
            raise NotNow("Choose one of the decisions.")
        if follow_up_on is not None and follow_up_on <= timezone.localdate(c.at):
            raise NotNow("Give a day that is still to come.")
        c.write(Kind.REASONS, reasons)
        c.write(Kind.TOLD, told)
        row = c.concern
        row.state = State.DECIDED if follow_up_on else State.ENDED
        row.decision, row.decided_by, row.decided_at = decision, by, c.at
        row.follow_up_on, row.ended_at = follow_up_on, None if follow_up_on else c.at
        c.told, c.for_raiser = {row.raiser_id}, True
        c.facts |= {"decision": decision, "follow_up_on": follow_up_on}


def follow_up(
    concern: AgencyConcern, *, by: User, audit: Audit, came_of_it: str, told: str, again_on: date | None
) -> None:
    """Say what came of it, and look again on another day or end it; the raiser is told."""
    with _door(concern, "concern_followed_up", by=by, audit=audit, rule=concerns.follow_up) as c:
        if again_on is not None and again_on <= timezone.localdate(c.at):
            raise NotNow("Give a day that is still to come.")
        c.write(Kind.FOLLOW_UP, came_of_it)
        c.write(Kind.TOLD, told)
        row = c.concern
        row.follow_up_on = again_on
        if again_on is None:
            row.state, row.ended_at = State.ENDED, c.at
        c.told, c.for_raiser = {row.raiser_id}, True
        c.facts |= {"again_on": again_on}
