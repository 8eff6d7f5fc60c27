"""What is said and written on any stage: contact, meetings, positions, common ground, updates, corrections, advice."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from accounts.roles import Role
from cases import policies
from cases.actions.door import change
from cases.actions.rungs import clock_met, clocks_ending_by, say_situation, situation_said
from cases.audit import Audit, Verb
from cases.models import Case, Entry
from cases.models.deadline import Rule
from cases.models.entry import Kind, Visibility
from cases.models.participation import Relation, Side
from cases.refusals import NotAllowed, NotNow


def record_contact(
    case: Case,
    *,
    by: User,
    audit: Audit,
    happened_at: datetime,
    method: str,
    people: str,
    discussed: str,
    result: str = "",
    reached: bool = True,
) -> None:
    """Record a talk with the other side, or an attempt that did not reach them (G09)."""
    with change(case, by=by, audit=audit, rule=policies.add_to_record, verb=Verb.CONTACT_RECORDED) as c:
        c.write(
            Kind.CONTACT,
            {
                "method": method,
                "people": people,
                "reached": None if reached else False,
                "discussed": discussed,
                "result": result,
            },
            happened_at=happened_at,
        )
        if reached and c.stage.met_at is None:
            c.on_stage(met_at=happened_at)
        c.facts |= {"method": method, "reached": reached}


def record_meeting(
    case: Case,
    *,
    by: User,
    audit: Audit,
    happened_at: datetime,
    method: str,
    people: str,
    notes: dict[str, str],
    agreed: str = "",
    held_back: str = "",
    record_holder: str = "",
) -> None:
    """Record a meeting by its agenda: who came, each view, what was agreed, who holds the record (G10, G28)."""
    with change(case, by=by, audit=audit, rule=policies.add_to_record, verb=Verb.MEETING_RECORDED) as c:
        c.write(
            Kind.MEETING,
            {
                "method": method,
                "people": people,
                "notes": notes,
                "agreed": agreed,
                "held_back": held_back,
                "record_holder": record_holder,
            },
            happened_at=happened_at,
        )
        c.on_stage(met_at=happened_at)
        c.met(Rule.REPLY)
        for key in (*clocks_ending_by(c, "meeting"), *clocks_ending_by(c, "replying")):
            clock_met(c, key)
        c.facts |= {"method": method}


def give_position(case: Case, *, by: User, audit: Audit, position: dict[str, str]) -> None:
    """Record one side's position in its own words; the other side's stays closed until both are given (G12)."""
    with change(case, by=by, audit=audit, rule=policies.give_position, verb=Verb.POSITION_RECORDED) as c:
        c.write(Kind.POSITION, {"position": position})
        if c.part.side == Side.RECEIVING:
            c.met(Rule.REPLY)
            for key in clocks_ending_by(c, "replying"):
                clock_met(c, key)
        c.facts |= {"side": c.part.side}


def set_common_ground(
    case: Case,
    *,
    by: User,
    audit: Audit,
    agreed_facts: str = "",
    disputed_facts: str = "",
    missing_facts: str = "",
    question: str = "",
) -> None:
    """Record what is agreed, disputed and missing, and the one question to decide."""
    with change(
        case, by=by, audit=audit, rule=policies.set_common_ground, verb=Verb.COMMON_GROUND_RECORDED
    ) as c:
        c.write(
            Kind.COMMON_GROUND,
            {
                "agreed": agreed_facts,
                "disputed": disputed_facts,
                "missing": missing_facts,
                "question": question,
            },
        )


def give_update(
    case: Case,
    *,
    by: User,
    audit: Audit,
    update: str,
    happened_at: datetime | None = None,
    visibility: Visibility = Visibility.SHARED,
    situation: str = "",
) -> None:
    """Add new information, say how the child is now (G20), or both; it reaches those who hold a duty (G21).

    What is for one's own agency, or for those who decide, stands in the record for them and is told to nobody. How the
    child is now is for everybody, and takes the place of what was written before.
    """
    with change(case, by=by, audit=audit, rule=policies.give_update, verb=Verb.UPDATED) as c:
        if update:
            c.write(Kind.UPDATE, {"update": update}, happened_at=happened_at, visibility=visibility)
        say_situation(c, situation)
        if situation and c.case.in_dispute:
            situation_said(c)
        c.facts["shared"] = visibility == Visibility.SHARED or bool(situation)


def correct_entry(case: Case, *, by: User, audit: Audit, entry: Entry, correction: str) -> None:
    """Correct one's own entry: both are shown, the correction supersedes (G27).

    Raises NotAllowed for somebody else's entry, NotNow when it was corrected before (correct the correction).
    """
    with change(case, by=by, audit=audit, rule=policies.correct, verb=Verb.CORRECTED) as c:
        if entry.case_id != c.case.pk or entry.author_id != by.pk:
            raise NotAllowed("Only the person who wrote an entry corrects it.")
        if entry.superseded_by.exists():
            raise NotNow("This entry was corrected before. Correct the correction.")
        c.write(
            Kind.CORRECTION,
            {"correction": correction},
            happened_at=entry.happened_at,
            visibility=Visibility(entry.visibility),
            supersedes=entry,
        )
        c.facts["shared"] = entry.visibility == Visibility.SHARED


def ask_advice(case: Case, *, by: User, audit: Audit, question: str) -> None:
    """Ask whom the stage names for advice in one's own agency, without handing the case over (G23)."""
    with change(case, by=by, audit=audit, rule=policies.ask_advice, verb=Verb.ADVICE_ASKED) as c:
        parties = {c.case.raiser_id, c.case.counterpart_id, by.pk}
        role = Role(next(iter(c.procedure.rung(c.stage.rung_key).advice_roles), Role.DESIGNATED_LEAD))
        lead = c.people.holder(role, c.part.agency_id, exclude=parties)
        if lead is None:
            words = c.procedure.role_label(role)
            raise NotNow(f"The directory knows no {words} for your agency. Ask your administrator.")
        c.write(Kind.ADVICE_REQUEST, {"question": question})
        c.join(
            lead.user,
            Relation.ADVISER,
            Side.NEUTRAL,
            agency_id=lead.agency_id or lead.user.agency_id,
            why=f"asked for advice by {by.full_name}",
        )
        immediate = c.case.urgency == "immediate"
        asked = Entry.objects.filter(case=c.case, stage=c.stage, kind=Kind.ADVICE_REQUEST).count()
        due = c.within(1, "calendar_hours") if immediate else c.within(1, "working_days")
        c.due(Rule.ADVICE, lead.user, due, ordinal=asked)
        c.facts |= {"adviser": lead.user.pk}


def give_advice(case: Case, *, by: User, audit: Audit, advice: str) -> None:
    """Answer as designated lead (G23)."""
    with change(
        case,
        by=by,
        audit=audit,
        rule=policies.give_advice,
        verb=Verb.ADVICE_GIVEN,
        speaking=lambda look: next(p for p in look.mine if p.relation == Relation.ADVISER),
    ) as c:
        c.write(Kind.ADVICE, {"advice": advice})
        c.met(Rule.ADVICE, person_id=c.part.user_id)
