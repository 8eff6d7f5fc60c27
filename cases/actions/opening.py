"""Opening a case, and the diversions of the scope screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from accounts.directory import Directory, Holder
from accounts.grants import holds
from accounts.models import Agency, User
from accounts.permissions import Permission
from accounts.roles import Role
from accounts.standing import standing_of
from cases.access import Look
from cases.actions.change import Change
from cases.actions.rungs import let_in, start_clocks
from cases.audit import Audit, Verb
from cases.holders import Pair, directory_for, pair_for
from cases.models import Case, Diversion, Participation, ProcedureVersion, Stage
from cases.models.deadline import Rule
from cases.models.entry import Kind
from cases.models.participation import Relation, Side
from cases.procedures.definitions import Procedure
from cases.procedures.rungs import Rung
from cases.refusals import NotAllowed, NotNow
from cases.workflow import State


@dataclass(frozen=True)
class NewCase:
    """The answers of the log form, checked one by one before they come here."""

    about: str
    reasons: list[str]
    subject: str
    subject_reference: str
    age_band: str
    what: str
    happened_at: datetime
    consequence: str
    urgency: str
    child_safe: str
    safety_line: str
    safety_owner: str
    safety_until: datetime
    situation: str
    counterpart: User
    counterpart_team_id: int | None = None
    counterpart_agency: Agency | None = (
        None  # when not the counterpart's own: a nursery another agency answers for
    )
    expected_on: date | None = None  # when an unborn baby is due (G01)
    raising_team_id: int | None = None
    horizon_at: datetime | None = None
    horizon_why: str = ""
    scope: dict[str, str] = field(default_factory=dict)
    start: str = ""  # the key of the rung it begins on, where the procedure lets it begin higher up
    start_why: str = ""


def open_case(new: NewCase, *, by: User, audit: Audit, procedure: ProcedureVersion) -> Case:
    """Open a case on the first rung of the procedure, or on a higher one it may begin on, and return it.

    Raises NotAllowed when the person may not record disagreements for their agency, NotNow when the counterpart
    cannot be one (oneself, another partnership, the same agency where the procedure excludes it), when it may not
    begin on that rung or nobody is free to act there, AlreadyDone when the same form was sent before.
    """
    definition = procedure.definition
    _may_open(new, definition, by, audit.at)
    rung = _starting_rung(definition, new)
    with transaction.atomic():
        case = _new_case(new, procedure, rung, by, audit.at)
        managed = State(rung.state) != State.RESOLUTION
        pair = first_pair(case, rung, directory_for(case, audit.at) if managed else None, audit.at)
        case.current_stage = stage = _first_stage(case, rung, pair)
        me, them = _parties(case, new)
        look = Look(case, by, standing_of(by), (me,), audit.at)
        c = Change(look, audit, Verb.OPENED, me)
        c.new_stage, c.joined = stage, [me, them]
        if managed:
            let_in(c, pair.acting, Side.RAISING)
            if pair.opposite is not None:
                let_in(c, pair.opposite, Side.RECEIVING)
        _write_opening(c, new)
        start_clocks(c, "rung_entered")
        if all(clock.key != "reply" for clock in rung.clocks):
            settle = stage.due_at
            due = c.by_instant(settle) if settle else c.within(2, "working_days")
            c.due(Rule.REPLY, new.counterpart, due)
        c.facts |= {
            "to": rung.key,
            "stage": 1,
            "reasons": new.reasons,
            "urgency": new.urgency,
            "scope": new.scope,
        }
        c.open()
    return case


def _may_open(new: NewCase, definition: Procedure, by: User, at: datetime) -> None:
    """Raise NotAllowed or NotNow for somebody who may not open this case, and for a counterpart who cannot be one."""
    agency, other = by.agency, new.counterpart
    if not holds(by, Permission.LOG_DISAGREEMENT, agency):
        raise NotAllowed("Your role does not log disagreements. Ask your administrator if it should.")
    if other.pk == by.pk:
        raise NotNow("Choose the other person: a disagreement needs two.")
    if other.agency.partnership_id != agency.partnership_id:
        raise NotNow("Choose somebody of this partnership.")
    if other.agency_id == agency.pk and not definition.same_agency_allowed:
        raise NotNow("This procedure is for disagreements between agencies. Use your agency’s own procedure.")
    if new.horizon_at is not None and new.horizon_at <= at:
        raise NotNow(
            "The time by which harm could occur has passed. Use the emergency contacts, then give a later time."
        )


def _new_case(new: NewCase, procedure: ProcedureVersion, rung: Rung, by: User, at: datetime) -> Case:
    """Return the case, not yet saved and without its stage."""
    case: Case = Case(
        partnership=by.agency.partnership,
        procedure=procedure,
        about=new.about,
        reasons=new.reasons,
        reason_families=sorted({procedure.definition.reason(key).family for key in new.reasons}),
        subject=new.subject,
        subject_reference=new.subject_reference,
        age_band=new.age_band,
        expected_on=new.expected_on,
        urgency=new.urgency,
        horizon_at=new.horizon_at,
        child_safe=new.child_safe,
        safety_until=new.safety_until,
        situation_at=at,
        raiser=by,
        raising_agency=by.agency,
        raising_team_id=new.raising_team_id,
        counterpart=new.counterpart,
        receiving_agency=new.counterpart_agency or new.counterpart.agency,
        receiving_team_id=new.counterpart_team_id,
        opened_at=at,
        changed_at=at,
        urgency_since=at,
        state=rung.state,
        rung_key=rung.key,
    )
    return case


def _first_stage(case: Case, rung: Rung, pair: Pair) -> Stage:
    """Return the stage a new case begins on, not yet saved."""
    return Stage(
        case=case,
        ordinal=1,
        state=rung.state,
        rung_key=rung.key,
        urgency=case.urgency,
        entered_at=case.opened_at,
        acting=pair.acting.user,
        opposite=pair.opposite.user if pair.opposite else None,
        why_acting=pair.acting.why[:200],
    )


def _parties(case: Case, new: NewCase) -> tuple[Participation, Participation]:
    """Return the participations of the two who disagree, each for their own agency, not yet saved."""
    me, them = (
        Participation.of(
            case,
            user=user,
            agency=user.agency,
            team_id=team_id,
            relation=relation,
            side=side,
            started_at=case.opened_at,
            added_by=case.raiser,
        )
        for user, team_id, relation, side in (
            (case.raiser, new.raising_team_id, Relation.RAISER, Side.RAISING),
            (case.counterpart, new.counterpart_team_id, Relation.COUNTERPART, Side.RECEIVING),
        )
    )
    return me, them


def _starting_rung(definition: Procedure, new: NewCase) -> Rung:
    """Return the rung a case begins on. NotNow when the procedure does not let it, or nobody said why."""
    rung = next((r for r in definition.starting_rungs if r.key == (new.start or definition.ladder[0])), None)
    if rung is None or (rung.key != definition.ladder[0] and rung.key not in definition.track(new.urgency)):
        raise NotNow("A disagreement cannot begin on that stage.")
    if rung.key != definition.ladder[0] and not new.start_why:
        raise NotNow(f"Say why it begins on {rung.label}, and not below.")
    return rung


def first_pair(case: Case, rung: Rung, people: Directory | None, at: datetime) -> Pair:
    """Return who acts on the rung a case begins on: the two practitioners, or the managers the directory knows."""
    if people is not None:
        return pair_for(case, rung.key, people, at)
    return Pair(
        Holder(case.raiser, Role.PRACTITIONER, case.raising_agency_id, case.raising_team_id),
        Holder(case.counterpart, Role.PRACTITIONER, case.receiving_agency_id, case.receiving_team_id),
    )


def _write_opening(c: Change, new: NewCase) -> None:
    c.write(
        Kind.CONCERN,
        {"what": new.what, "consequence": new.consequence, "start_why": new.start_why},
        happened_at=new.happened_at,
    )
    c.write(
        Kind.SAFETY_LINE,
        {
            "safe": new.child_safe,
            "line": new.safety_line,
            "owner": new.safety_owner,
            "until": new.safety_until,
        },
    )
    c.write(Kind.SITUATION, {"situation": new.situation})
    if new.horizon_at is not None:
        c.write(Kind.HORIZON, {"by": new.horizon_at, "why": new.horizon_why})


def record_diversion(
    *, by: User, question: str, route: str, audit: Audit, procedure: ProcedureVersion, signpost: str
) -> Diversion:
    """Count that the scope screen sent somebody elsewhere, with the signpost they were shown (G05).

    The row holds no child, no person and no word of theirs: what was asked and shown are the procedure's own words.
    """
    return Diversion.objects.create(
        partnership=by.agency.partnership,
        agency=by.agency,
        question=question,
        route=route,
        procedure=procedure,
        signpost=signpost[:200],
        on=timezone.localdate(audit.at),
    )
