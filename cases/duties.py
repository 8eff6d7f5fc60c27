"""What a person leaves behind in open cases, and how somebody else takes it over in the same step (accounts.duties).

Not by the door of `cases.actions`: the administrator who lets a colleague go takes no part in the case and learns
nothing of it but numbers. Each case is locked, changed and recorded in the transaction in which the role ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import F

from accounts.audit import by_administrator
from accounts.directory import NEXT_UP
from accounts.duties import Left
from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from accounts.standing import standing_of
from cases import audit as trail
from cases.access import Look
from cases.actions.change import Change
from cases.audit import Audit, Verb
from cases.models import Action, Case, CheckBack, Deadline, Participation, Stage
from cases.models.deadline import Rule
from cases.models.participation import Relation, Side

#: In which role a person stands in each relation to a case.
ROLE_OF: dict[Relation, Role] = {
    Relation.RAISER: Role.PRACTITIONER,
    Relation.COUNTERPART: Role.PRACTITIONER,
    Relation.OWNER: Role.PRACTITIONER,
    Relation.LINE_MANAGER: Role.LINE_MANAGER,
    Relation.SENIOR_MANAGER: Role.SENIOR_MANAGER,
    Relation.DECIDER: Role.CSWO,
    Relation.CHAIR: Role.INDEPENDENT_CHAIR,
    Relation.COMMITTEE: Role.CPC_OFFICER,
    Relation.ADVISER: Role.DESIGNATED_LEAD,
}
#: Duties of somebody who was asked for their view; all others belong to whoever acts.
ADVISERS_DUTIES = (Rule.ADVICE, Rule.INDEPENDENT_VIEW)


def left_by(person: User, role: Role | None) -> list[Left]:
    """Return how many open cases and duties this person has in each role, or in one; three numbers, no reference."""
    parts = _parts_of(person, None if role is None else [role])
    cases, duties = Counter[Role](), Counter[Role]()
    rules = list(
        Deadline.objects.open()
        .filter(person=person, case__in={p.case_id for p in parts})
        .values_list("case", "rule")
    )
    for held, _case_id in {(ROLE_OF[Relation(p.relation)], p.case_id) for p in parts}:
        cases[held] += 1
    for case_id, rule in rules:
        duties[_role_for(case_id, rule, parts)] += 1
    return [Left(held, cases[held], duties[held]) for held in Role if cases[held]]


def hand_over(person: User, successors: Mapping[Role, User], by: User | None, at: datetime) -> None:
    """Let somebody else stand where this person stood in every open case, role by role, with one event a case.

    Raises Refused, before anything is changed, for somebody who does not hold the role or may not stand there.
    """
    parts = _parts_of(person, successors)
    for role, successor in successors.items():
        _may_take_over(person, successor, role, [p for p in parts if ROLE_OF[Relation(p.relation)] == role])
    by_case: dict[int, list[Participation]] = {}
    for part in parts:
        by_case.setdefault(part.case_id, []).append(part)
    # In the order of their keys, as every other writer takes several cases.
    for case in Case.objects.whole().select_for_update(of=("self",)).filter(pk__in=by_case).order_by("pk"):
        for role, successor in successors.items():
            mine = [p for p in by_case[case.pk] if ROLE_OF[Relation(p.relation)] == role]
            if mine:
                _take_over(case, person, successor, mine, by, at)


def _parts_of(person: User, roles: Iterable[Role] | None) -> list[Participation]:
    parts = Participation.objects.live().filter(user=person, case_open=True)
    if roles is not None:
        wanted = set(roles)
        parts = parts.filter(relation__in=[r for r, held in ROLE_OF.items() if held in wanted])
    return list(parts.order_by("case_id", "pk"))


def _role_for(case_id: int, rule: str, parts: list[Participation]) -> Role:
    """Return in which role a duty of one case is the person's: advice belongs to the adviser, the rest to who acts."""
    here = [Relation(p.relation) for p in parts if p.case_id == case_id]
    advises = rule in ADVISERS_DUTIES
    fitting = [r for r in here if (r == Relation.ADVISER) == advises] or here
    return ROLE_OF[fitting[0]]


def _may_take_over(person: User, successor: User, role: Role, parts: list[Participation]) -> None:
    if successor.pk == person.pk:
        raise Refused("Choose somebody else: nobody takes over from themselves.")
    if not successor.is_active or successor.agency.partnership_id != person.agency.partnership_id:
        raise Refused(f"{successor} does not work in this partnership now.")
    held = {h.role for h in standing_of(successor).held}
    if role != Role.PRACTITIONER and not held & {role, NEXT_UP.get(role)}:
        raise Refused(f"{successor} is no {role.label} and cannot take over what one has to do.")
    agencies = {p.agency_id for p in parts if p.side != Side.NEUTRAL}
    able = {successor.agency_id, *successor.agency.represents.values_list("pk", flat=True)}
    if agencies - able:
        raise Refused(
            f"{successor} works for another agency. Choose somebody who can stand on the same side."
        )
    others = Participation.objects.filter(user=successor, case__in={p.case_id for p in parts}).exclude(
        ended_at__isnull=False, side=Side.NEUTRAL
    )
    if others.exists():
        raise Refused(
            f"{successor} has a part in one of these disagreements already. Choose somebody who has none."
        )


def _take_over(
    case: Case, person: User, successor: User, parts: list[Participation], by: User | None, at: datetime
) -> None:
    """Replace one person by another in one locked case, and record it."""
    relations = [Relation(p.relation) for p in parts]
    stays = Participation.objects.live().filter(case=case, user=person).exclude(pk__in=[p.pk for p in parts])
    moved = Deadline.objects.open().filter(case=case)
    if stays.exists():
        advises = relations == [Relation.ADVISER]
        moved = moved.filter(rule__in=ADVISERS_DUTIES) if advises else moved.exclude(rule__in=ADVISERS_DUTIES)
    Participation.objects.filter(pk__in=[p.pk for p in parts]).update(ended_at=at)
    joined = Participation.objects.bulk_create(
        Participation.of(
            case,
            user=successor,
            agency_id=part.agency_id,
            team_id=part.team_id,
            relation=part.relation,
            side=part.side,
            started_at=at,
            why=f"took over from {person}"[:200],
        )
        for part in parts
    )
    mine = list(moved.filter(person=person).order_by("due_at", "pk"))
    keys = [d.pk for d in mine]
    Deadline.objects.filter(pk__in=keys, first_person=F("person")).update(first_person=successor)
    Deadline.objects.filter(pk__in=keys).update(person=successor)
    moved.filter(first_person=person).update(first_person=successor)
    if not stays.exists():
        _replace_on_stage(case, person, successor)
        Action.objects.filter(case=case, owner=person, status=Action.Status.OPEN).update(owner=successor)
        CheckBack.objects.filter(case=case, asked_of=person, answered_at=None).update(asked_of=successor)
    _replace_on_case(case, person, successor, relations, whole=not stays.exists())
    facts: dict[str, Any] = {
        "from": person.pk,
        "to": successor.pk,
        "relations": [r.value for r in relations],
        "duties": len(mine),
    }
    case.changed_at = at
    case.last_change = trail.in_short(Verb.HANDED_OVER, facts, by_administrator(by))
    case.save()
    _record(case, successor, joined[0], mine, facts, by, at)


def _replace_on_stage(case: Case, person: User, successor: User) -> None:
    stage = case.current_stage
    for name in ("acting", "opposite"):
        if getattr(stage, f"{name}_id") == person.pk:
            Stage.objects.filter(pk=stage.pk).update(**{name: successor})


def _replace_on_case(
    case: Case, person: User, successor: User, relations: list[Relation], *, whole: bool
) -> None:
    names = [name for name in ("holder", "stand_in") if whole]
    names += ["raiser"] if Relation.RAISER in relations else []
    names += ["counterpart"] if Relation.COUNTERPART in relations else []
    for name in names:
        if getattr(case, f"{name}_id") == person.pk:
            setattr(case, name, successor)


def _record(
    case: Case,
    successor: User,
    part: Participation,
    duties: list[Deadline],
    facts: dict[str, Any],
    by: User | None,
    at: datetime,
) -> None:
    """Add the event to the case's own chain, and tell those who listen: the duties are news to their new owner."""
    for duty in duties:
        duty.person, duty.person_id = successor, successor.pk
    look = Look.at_case(case, successor, at)
    change = Change(look, Audit(at), Verb.HANDED_OVER, part)
    change.new_deadlines = duties
    change.facts |= facts
    change.event = trail.record(case, Verb.HANDED_OVER, actor=by_administrator(by), facts=facts, at=at)
    trail.recorded.send(sender=Case, change=change)
