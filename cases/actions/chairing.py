"""The independently chaired meeting of a rung that has one: called, changed, called off, held (WO04)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from cases import policies
from cases.access import Look
from cases.actions.aside import AsideChange
from cases.actions.change import Change
from cases.actions.door import change
from cases.actions.rungs import clock_met, clocks_ending_by, feed_back
from cases.actions.settling import NewAction, settle
from cases.audit import Audit, Verb, recorded
from cases.conflicts import barred
from cases.holders import directory_for
from cases.models import Case, ChairedMeeting, Invitation, Participation, Referral
from cases.models.case import Outcome
from cases.models.entry import Kind
from cases.models.participation import Relation, Side
from cases.refusals import NotNow

Part = Invitation.Part
#: What a way to end the meeting is as an outcome of the stage, which the procedure must know there.
OUTCOME_OF = {"agreed": Outcome.RESOLVED_AGREED, "decided": Outcome.COMMITTEE_DETERMINED}


@dataclass(frozen=True)
class Convening:
    """When and where, who chairs it and who is invited."""

    meets_at: datetime
    minutes: int
    place: str
    link: str
    chair: User
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class MeetingHeld:
    """Minutes of the meeting and how it ended: "agreed", "decided", or "another" when there will be one more."""

    ended: str
    minutes: str
    held_back: str
    record_holder: str
    there: frozenset[Any]
    names: Mapping[Any, str] = field(default_factory=dict)
    outcome: str = ""
    actions: tuple[NewAction, ...] = ()


def ahead(case: Case) -> ChairedMeeting | None:
    """Return the meeting that is called and was not held yet, or None."""
    return ChairedMeeting.objects.ahead().filter(case=case).select_related("chair", "convener").first()


def chairs(case: Case, at: datetime, *, convener: int | None) -> list[User]:
    """Return who may chair: independent chairs who are no party, manage neither side and judged nothing (X11)."""
    out = {*barred(case, case.state, at), case.raiser_id, case.counterpart_id, convener}
    found = {
        row.user_id: row.user
        for row in directory_for(case, at).rows
        if row.role == Role.INDEPENDENT_CHAIR and row.user_id not in out
    }
    return sorted(found.values(), key=lambda u: u.full_name)


def convene(case: Case, how: Convening, *, by: User, audit: Audit, why: str = "") -> None:
    """Call the meeting, or change the one that is called; everybody concerned gets a calendar file.

    Raises NotNow for a time that has passed and for a chair who may not chair: a party, a manager of both sides, or
    somebody who judged the case before.
    """
    with change(case, by=by, audit=audit, rule=policies.convene, verb=Verb.MEETING_CONVENED) as c:
        if how.meets_at <= c.at:
            raise NotNow("Give a time that is still to come.")
        if how.chair.pk not in {u.pk for u in chairs(c.case, c.at, convener=c.part.user_id)}:
            raise NotNow(f"{how.chair} cannot chair this. Choose an independent chair with no part in it.")
        meeting, news = ahead(c.case), _News(Verb.MEETING_CONVENED.value, audit)
        again = meeting is not None
        if meeting is None:
            meeting = ChairedMeeting(case=c.case, stage=c.stage, convener=c.part.user, convened_at=c.at)
        moved = again and _moved(meeting, how)
        meeting.meets_at, meeting.minutes, meeting.place, meeting.link = (
            how.meets_at,
            how.minutes,
            how.place,
            how.link,
        )
        meeting.sequence += again
        _change_chair(c, meeting, how.chair, again)
        kept, gone, new = _invited(c, meeting, how)
        c.write(
            Kind.CHAIRED_MEETING,
            {
                "at": how.meets_at,
                "place": how.place,
                "link": how.link,
                "chair": how.chair.full_name,
                "invited": ", ".join(sorted(i.who for i in (*kept, *new))),
                "why": why,
            },
        )
        c.facts |= {
            "chair": how.chair.pk,
            "meets_at": how.meets_at,
            "invited": len(kept) + len(new),
            "again": again,
        }
        news.meeting, news.invited, news.uninvited = meeting, new, gone
        news.moved = kept if moved else []
        c.after += [
            meeting.save,
            lambda: Invitation.objects.filter(pk__in=[i.pk for i in gone]).update(withdrawn_at=c.at),
            lambda: Invitation.objects.bulk_create(new),
            lambda: _tell(c, news),
        ]


def call_off(case: Case, *, by: User, audit: Audit, why: str) -> None:
    """Call the meeting off; calendars are told."""
    with change(case, by=by, audit=audit, rule=policies.convene, verb=Verb.MEETING_CALLED_OFF) as c:
        meeting = ahead(c.case)
        if meeting is None:
            raise NotNow("No meeting is called.")
        c.write(Kind.CHAIRED_MEETING, {"why": why})
        meeting.cancelled_at, meeting.sequence = c.at, meeting.sequence + 1
        news = _News(Verb.MEETING_CALLED_OFF.value, audit, meeting=meeting)
        news.uninvited = list(Invitation.objects.live().filter(meeting=meeting).select_related("user"))
        c.after += [meeting.save, lambda: _tell(c, news)]


def hold(
    case: Case, what: MeetingHeld, *, by: User, audit: Audit, feedback: str = "", situation: str = ""
) -> None:
    """Record the meeting: who came, minutes, where the record is held, and how it ended (G28).

    An agreement or a decision settles the case with its actions and both check backs; when there will be another
    meeting, the case stays where it is.
    """
    settles = what.ended != "another"
    verb = {"agreed": Verb.AGREED, "decided": Verb.COMMITTEE_DECIDED}.get(
        what.ended, Verb.CHAIRED_MEETING_HELD
    )
    with change(
        case, by=by, audit=audit, rule=policies.record_meeting, verb=verb, speaking=_as_chair_or_convener
    ) as c:
        meeting = ahead(c.case)
        if meeting is None or meeting.meets_at is None:
            raise NotNow("No meeting is called. Call it first.")
        if meeting.meets_at > c.at:
            raise NotNow("You can record the meeting once it has begun.")
        if settles and OUTCOME_OF[what.ended] not in c.case.rung.outcomes:
            raise NotNow("The procedure does not let the meeting end so on this stage.")
        if settles and not what.outcome:
            raise NotNow("Say how the meeting ended.")
        rows = list(Invitation.objects.live().filter(meeting=meeting).select_related("user"))
        for row in rows:
            row.attended = row.pk in what.there
            if row.user_id is None:
                row.name = what.names.get(row.pk, "")[:120]
        entry = c.write(
            Kind.MINUTES,
            {
                "there": ", ".join(sorted(r.who for r in rows if r.attended)),
                "minutes": what.minutes,
                "held_back": what.held_back,
                "outcome": "" if settles else what.outcome,
                "record_holder": what.record_holder,
            },
            happened_at=meeting.meets_at,
        )
        meeting.held_at, meeting.minutes_entry = c.at, entry
        c.on_stage(met_at=c.stage.met_at or meeting.meets_at)
        for key in clocks_ending_by(c, "meeting"):
            clock_met(c, key)
        c.after += [
            lambda: Invitation.objects.bulk_update(rows, ["attended", "name"]),
            meeting.save,
        ]
        c.facts |= {"there": sum(bool(r.attended) for r in rows), "ended": what.ended}
        if settles:
            _settle(c, what, feedback, situation)
        else:
            feed_back(c, feedback)


def _settle(c: Change, what: MeetingHeld, feedback: str, situation: str) -> None:
    if what.ended == "agreed":
        c.write(Kind.AGREEMENT, {"agreement": what.outcome})
        settle(c, Outcome.RESOLVED_AGREED, list(what.actions), feedback, situation)
        c.case.agree()
        return
    on = timezone.localdate(c.at)
    entry = c.write(Kind.COMMITTEE_OUTCOME, {"outcome": what.outcome, "on": on})
    referrals = Referral.objects.filter(case=c.case, outcome_entry=None)
    c.after.append(lambda: referrals.update(outcome_on=on, outcome_entry=entry))
    settle(c, Outcome.COMMITTEE_DETERMINED, list(what.actions), feedback, situation)
    c.case.determine()


@dataclass
class _News(AsideChange):
    """Whom a change of the meeting invites or tells; the event is that of the case."""

    meeting: ChairedMeeting | None = None


def _tell(c: Change, news: _News) -> None:
    """Plan the invitations in the transaction of the case, which records its own event last."""
    recorded.send(sender=ChairedMeeting, change=news)


def _as_chair_or_convener(look: Look) -> Participation:
    chair = next((p for p in look.mine if p.relation == Relation.CHAIR), None)
    return chair or look.speaking_as(look.case.holder_id, look.case.stand_in_id)


def _moved(meeting: ChairedMeeting, how: Convening) -> bool:
    return (meeting.meets_at, meeting.minutes, meeting.place, meeting.link) != (
        how.meets_at,
        how.minutes,
        how.place,
        how.link,
    )


def _change_chair(c: Change, meeting: ChairedMeeting, chair: User, again: bool) -> None:
    """Let the chair take part in the case on neither side; one who is replaced takes part no more."""
    if again and meeting.chair_id != chair.pk:
        before = Participation.objects.live().filter(
            case=c.case, user_id=meeting.chair_id, relation=Relation.CHAIR
        )
        c.after.append(lambda: before.update(ended_at=c.at))
    meeting.chair = chair
    c.join(chair, Relation.CHAIR, Side.NEUTRAL, agency_id=chair.agency_id, why="chairs the meeting")


def _invited(
    c: Change, meeting: ChairedMeeting, how: Convening
) -> tuple[list[Invitation], list[Invitation], list[Invitation]]:
    """Return the invitations that stay, those withdrawn and the new ones, that of the chair among them."""
    live = (
        list(Invitation.objects.live().filter(meeting=meeting).select_related("user")) if meeting.pk else []
    )
    wanted = dict.fromkeys((*how.addresses, how.chair.email))
    kept = [i for i in live if i.email in wanted]
    gone = [i for i in live if i.email not in wanted]
    missing = [a for a in wanted if a not in {i.email for i in kept}]
    people = {
        u.email: u
        for u in User.objects.filter(
            email__in=missing, is_active=True, agency__partnership_id=c.case.partnership_id
        )
    }
    new = [
        Invitation(
            meeting=meeting,
            part=Part.CHAIR if address == how.chair.email else Part.INVITEE,
            user=people.get(address),
            email=address,
            invited_by=c.by,
            invited_at=c.at,
        )
        for address in missing
    ]
    return kept, gone, new
