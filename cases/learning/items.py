"""Raising an item, deciding on it, and saying what changed; each step tells the raiser (G30, G31)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.dispatch import Signal

from accounts.models import User
from cases.models import Case, LearningItem, ProcedureVersion
from cases.models.learning import Recognition
from cases.refusals import NotAllowed, NotNow
from cases.reports.recording import Verb, record

#: Sent inside the transaction: sender=LearningItem or Recognition, with about=the row and at=the instant.
told = Signal()


def raise_item(
    *, by: User, theme: str, source: str, route: str, what: str, at: datetime, case: Case | None = None
) -> LearningItem:
    """Raise something that should be learnt from, without names. Whoever decides on it is told that it waits."""
    with transaction.atomic():
        item = LearningItem.objects.create(
            partnership=by.agency.partnership,
            agency=by.agency,
            raised_by=by,
            case=case,
            theme=theme,
            source=source,
            route=route,
            what=what,
            raised_at=at,
        )
        facts = {"theme": theme, "source": source, "route": route}
        record(Verb.LEARNING_RAISED, by=by, about=f"learning:{item.pk}", facts=facts, at=at)
        told.send(sender=LearningItem, about=item, at=at)
    return item


def from_debrief(case: Case, *, by: User, what: str, route: str, at: datetime) -> LearningItem:
    """Return the unsaved item of what was written at a debrief; the door saves it with the closing."""
    known = {r.value for r in LearningItem.Route}
    return LearningItem(
        partnership_id=case.partnership_id,
        agency_id=by.agency_id,
        raised_by=by,
        case=case,
        theme=THEME_OF.get(case.reason_families[0] if case.reason_families else "", "other"),
        source=LearningItem.Source.DEBRIEF,
        route=route if route in known else LearningItem.Route.COMMITTEE,
        what=what,
        raised_at=at,
    )


def is_raised(item: LearningItem, at: datetime) -> None:
    """Let whoever decides hear that an item of a debrief waits, once the door has saved it."""
    told.send(sender=LearningItem, about=item, at=at)


#: The theme that goes with a reporting family; the committee's officer may choose another when deciding.
THEME_OF = {
    "threshold": "thresholds",
    "assessment": "assessment",
    "plan": "plans",
    "action_not_done": "plans",
    "timescale": "timescales",
    "information": "information",
    "roles_practice": "roles",
}


def decide(
    item: LearningItem,
    *,
    by: User,
    adopted: bool,
    decision: str,
    theme: str,
    shared: bool,
    at: datetime,
    owner: str = "",
    due_on: date | None = None,
) -> None:
    """Decide on an item: take it up with an owner and a day, or note it. The raiser is told."""
    with transaction.atomic():
        locked = _locked(item, "raised", "This was decided before.")
        locked.state = LearningItem.State.ADOPTED if adopted else LearningItem.State.NOTED
        locked.decision, locked.theme, locked.shared = decision, theme, shared
        locked.owner, locked.due_on = (owner, due_on) if adopted else ("", None)
        locked.decided_by, locked.decided_at = by, at
        locked.save()
        facts = {"adopted": adopted, "theme": theme, "shared": shared, "due": due_on}
        record(Verb.LEARNING_DECIDED, by=by, about=f"learning:{item.pk}", facts=facts, at=at)
        told.send(sender=LearningItem, about=locked, at=at)


def say_what_changed(
    item: LearningItem, *, by: User, changed: str, procedure: ProcedureVersion | None, at: datetime
) -> None:
    """Say what was changed because of an item, and by which version of the procedure. The raiser is told."""
    with transaction.atomic():
        locked = _locked(item, "adopted", "Only what was taken up can be done.")
        locked.state, locked.changed = LearningItem.State.DONE, changed
        locked.procedure, locked.done_at = procedure, at
        locked.save()
        facts = {"procedure": procedure.pk if procedure else None}
        record(Verb.LEARNING_DONE, by=by, about=f"learning:{item.pk}", facts=facts, at=at)
        told.send(sender=LearningItem, about=locked, at=at)


def _locked(item: LearningItem, state: str, otherwise: str) -> LearningItem:
    found = LearningItem.objects.select_for_update().get(pk=item.pk)
    if found.state != state:
        raise NotNow(otherwise)
    return found


def recognise(*, by: User, colleague: User, manager: User | None, words: str, at: datetime) -> Recognition:
    """Tell a colleague and their manager of good practice. Raises NotAllowed for oneself or another partnership."""
    if colleague.pk == by.pk or colleague.agency.partnership_id != by.agency.partnership_id:
        raise NotAllowed("Choose a colleague of this partnership.")
    with transaction.atomic():
        made = Recognition.objects.create(sender=by, colleague=colleague, manager=manager, words=words, at=at)
        facts = {"recognition": made.pk, "manager": manager.pk if manager else None}
        record(Verb.GOOD_PRACTICE_RECOGNISED, by=by, about=f"user:{colleague.pk}", facts=facts, at=at)
        told.send(sender=Recognition, about=made, at=at)
    return made
