"""The one door for writes to a case.

    with change(case, by=person, audit=audit, rule=policies.agree, verb=Verb.AGREED) as c:
        c.write(Kind.AGREEMENT, {"what": what})
        c.case.agree()
        c.due(...)

Inside one transaction: lock the row, re-read it, ask the policy, let the action change fields, then write entries,
stage, deadlines, participations and the case in that order, and record the event last (short lock on the chain's
head). What is collected is written in a handful of statements, however many rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from accounts.roles import Role
from cases.access import Look
from cases.actions.change import Change
from cases.at_hand import case_at_hand
from cases.audit import Audit, Verb
from cases.models import Case, Participation
from cases.models.participation import Relation
from cases.refusals import AlreadyDone, NotAllowed, Stale
from escalation.trail.models import Event

RuleCheck = Callable[[Look], None]


@contextmanager
def change(
    case: Case,
    *,
    by: User,
    audit: Audit,
    rule: RuleCheck,
    verb: Verb,
    speaking: Callable[[Look], Participation] | None = None,
) -> Iterator[Change]:
    """Open the door: yields a Change, and writes it when the block ends without an error.

    Raises NotAllowed or NotNow from the rule, Stale when the case moved on since the page was loaded, AlreadyDone
    when the same form was sent before. Nothing is written in any of these.
    """
    held = case.is_locked
    with transaction.atomic(savepoint=not held):
        locked = case if held else locked_case(by, pk=case.pk)
        if locked is None:
            raise NotAllowed("You no longer take part in this case.")
        if audit.version is not None and audit.version != locked.version:
            if (
                audit.token
                and Event.objects.filter(token=audit.token, chain=locked.chain, actor_id=by.pk).exists()
            ):
                raise AlreadyDone("This was sent already. It is in the record once.")
            raise Stale("Somebody changed this case while you were writing.")
        look = Look.at_case(locked, by, audit.at)
        rule(look)
        part = speaking(look) if speaking else look.speaking_as(locked.holder_id, locked.stand_in_id)
        collected = Change(look, audit, verb, part)
        yield collected
        collected.save()


def locked_case(by: User, draft_of: str = "", **wanted: Any) -> Case | None:
    """Return a case with its row locked until the transaction ends; None for somebody without a part in it.

    `wanted` says which case, `draft_of` is as in `case_at_hand`. A `change` of this very object in the same
    transaction takes it as it is. Asked for twice when the first finds nothing: when a writer before us entered a new
    stage while we waited, our statement's snapshot does not hold that stage yet; the second has its own.
    """
    for _ in range(2):
        found = case_at_hand(by, lock=True, draft_of=draft_of, **wanted)
        if found is not None:
            found.locked_in = connection.atomic_blocks[-1]
            return found.know_surroundings(by.agency.partnership)
    return None


RELATION_OF: dict[Role, Relation] = {
    Role.LINE_MANAGER: Relation.LINE_MANAGER,
    Role.SENIOR_MANAGER: Relation.SENIOR_MANAGER,
    Role.CSWO: Relation.DECIDER,
    Role.CPC_OFFICER: Relation.COMMITTEE,
    Role.INDEPENDENT_CHAIR: Relation.DECIDER,
    Role.DESIGNATED_LEAD: Relation.ADVISER,
}
