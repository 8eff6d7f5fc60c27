"""What a leaver leaves behind beside the ladder, and how it is handed over in the same step (accounts.duties).

A Re-think to lead, to arrange or that they asked for; an action that came out of one; a seat at a chaired meeting; an
emergency access to look into. `cases.duties` does the same for the cases themselves, and comes first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.audit import by_administrator
from accounts.directory import NEXT_UP
from accounts.duties import Left
from accounts.models import Membership, User
from accounts.refusals import Refused
from accounts.roles import Role
from accounts.standing import standing_of
from cases import rethinks
from cases.actions.aside import AsideChange, record_aside
from cases.actions.rethinking import RethinkChange
from cases.audit import Audit, recorded
from cases.conflicts import barred
from cases.models import BreakGlass, ChairedMeeting, Invitation, Participation, Rethink, RethinkAction
from cases.rethinks import RethinkLook
from escalation.clock import now
from escalation.trail.models import REGISTRY
from escalation.trail.writing import append

Part = Invitation.Part
AHEAD = (Rethink.State.ASKED, Rethink.State.ARRANGED)
FACILITATOR, COORDINATOR = Role.RETHINK_FACILITATOR, Role.RETHINK_COORDINATOR
#: Who asked for a Re-think, or has something to do out of one, is followed by anybody of their agency.
ASKER = Role.PRACTITIONER
#: As what somebody looks into an emergency access, the usual way first (cases.glass.REVIEWERS).
REVIEWERS = (Role.DESIGNATED_LEAD, Role.CSWO)


def left_by(person: User, role: Role | None) -> list[Left]:
    """Return how much of this a person has to do in each role, or in one; numbers, no reference."""
    found = Counter[Role]()
    found[FACILITATOR] = len(_led(person))
    found[COORDINATOR] = len(_arranged(person))
    found[ASKER] = len(_asked(person))
    found[_reviews_as(person)] += _to_look_into(person).count()
    return [Left(held, 0, 0, found[held]) for held in Role if found[held] and role in (None, held)]


def hand_over(person: User, successors: Mapping[Role, User], by: User | None, at: datetime) -> None:
    """Let somebody else stand where this person stood, with one event each, in the caller's transaction.

    Raises Refused for somebody who does not hold the role or takes a side in the matter.
    """
    for role, successor in successors.items():
        if role == FACILITATOR:
            for rethink in _led(person):
                _lead(rethink, person, successor, by, at)
        elif role == COORDINATOR:
            for rethink in _arranged(person):
                _arrange(rethink, person, successor, by, at)
        elif role == ASKER:
            for rethink in _asked(person):
                _stand_in(rethink, person, successor, by, at)
        if role == _reviews_as(person):
            _look_into(person, successor, role, by, at)
        _sit_in(person, successor, by, at)


def _led(person: User) -> list[Rethink]:
    """Return the Re-thinks that a person is to lead."""
    leads = Invitation.objects.live().filter(rethink=OuterRef("pk"), user=person, part=Part.FACILITATOR)
    return list(Rethink.objects.filter(Exists(leads), state__in=AHEAD).order_by("pk"))


def _arranged(person: User) -> list[Rethink]:
    """Return the Re-thinks that a person arranges; those nobody has arranged yet belong to the last coordinator."""
    mine = Q(arranged_by=person)
    today = timezone.localdate(now())
    held = Membership.objects.on(today).filter(role=COORDINATOR, user__is_active=True)
    here = {m.partnership_id for m in held.filter(user=person)}
    others = set(held.exclude(user=person).values_list("partnership", flat=True))
    mine |= Q(state=Rethink.State.ASKED, partnership__in=here - others)
    return list(Rethink.objects.filter(mine, state__in=AHEAD).order_by("pk"))


def _asked(person: User) -> list[Rethink]:
    """Return the Re-thinks to come that a person asked for, and those held out of which they have something to do."""
    todo = RethinkAction.objects.filter(
        rethink=OuterRef("pk"), owner__user=person, status=RethinkAction.Status.OPEN
    )
    return list(
        Rethink.objects.filter(Q(asked_by=person, state__in=AHEAD) | Exists(todo)).distinct().order_by("pk")
    )


def _to_look_into(person: User) -> Any:
    return BreakGlass.objects.to_review().filter(reviewer=person).order_by("pk")


def _reviews_as(person: User) -> Role:
    held = {h.role for h in standing_of(person).held}
    return next((role for role in REVIEWERS if role in held), REVIEWERS[0])


def _able(successor: User, role: Role, person: User) -> None:
    """Refuse whoever left, works elsewhere, or does not hold the role."""
    if not successor.is_active or successor.agency.partnership_id != person.agency.partnership_id:
        raise Refused(f"{successor} does not work in this partnership now.")
    if successor.pk == person.pk:
        raise Refused("Choose somebody else: nobody takes over from themselves.")
    held = {h.role for h in standing_of(successor).held}
    if role == ASKER:
        if successor.agency_id not in (person.agency_id, person.agency.represented_by_id):
            raise Refused(f"{successor} works for another agency. Choose somebody of {person.agency}.")
    elif not held & {role, NEXT_UP.get(role)}:
        raise Refused(f"{successor} is no {role.label} and cannot take over what one has to do.")


def _opened(rethink: Rethink, successor: User, at: datetime) -> RethinkChange:
    """Return a change of the locked Re-think, seen as the one who takes over sees it."""
    locked = Rethink.objects.select_for_update(of=("self",)).select_related("procedure", "partnership")
    look = RethinkLook.at_rethink(locked.get(pk=rethink.pk), successor, at)
    return RethinkChange("rethink_handed_over", Audit(at), look=look)


def _record(c: RethinkChange, person: User, as_what: str, by: User | None) -> None:
    c.rethink.version += 1
    c.rethink.save()
    c.facts |= {"from": person.pk, "to": c.look.user.pk, "as": as_what}
    record_aside(c, c.rethink, c.rethink.chain, f"rethink:{c.rethink.pk}", by_administrator(by))


def _seat(c: RethinkChange, person: User, part: str, by: User | None) -> Invitation:
    """Give the successor the place of a leaver, whose own invitation is withdrawn; calendars are told."""
    successor, at = c.look.user, c.at
    gone = [i for i in c.look.invitations if i.user_id == person.pk and c.rethink.state in AHEAD]
    Invitation.objects.filter(pk__in=[i.pk for i in gone]).update(withdrawn_at=at)
    found = c.look.mine
    if found is None:
        found = Invitation(
            rethink=c.rethink,
            email=successor.email,
            user=successor,
            part=part,
            invited_by=by or successor,
            invited_at=at,
            attended=False if c.rethink.state == Rethink.State.HELD else None,  # they were not in the room
        )
        found.save(force_insert=True)
        if c.rethink.state == Rethink.State.ARRANGED:
            c.invited = [found]
    elif c.rethink.state in AHEAD:
        found.part = part
        found.save(update_fields=["part"])
    if c.rethink.state == Rethink.State.ARRANGED:
        c.uninvited = gone
    c.told = {successor.pk}
    return found


def _lead(rethink: Rethink, person: User, successor: User, by: User | None, at: datetime) -> None:
    _able(successor, FACILITATOR, person)
    c = _opened(rethink, successor, at)
    if why := rethinks.not_neutral(c.rethink, successor, {i.email for i in c.look.invitations}):
        raise Refused(why)
    _seat(c, person, Part.FACILITATOR, by)
    _record(c, person, "facilitator", by)


def _arrange(rethink: Rethink, person: User, successor: User, by: User | None, at: datetime) -> None:
    _able(successor, COORDINATOR, person)
    c = _opened(rethink, successor, at)
    if c.rethink.arranged_by_id == person.pk:
        c.rethink.arranged_by = successor
    c.told = {successor.pk}
    _record(c, person, "coordinator", by)


def _stand_in(rethink: Rethink, person: User, successor: User, by: User | None, at: datetime) -> None:
    """Let a colleague ask in a leaver's place, or do what they were to do. The room stays closed to them (PO06)."""
    _able(successor, ASKER, person)
    c = _opened(rethink, successor, at)
    if c.look.has_part(Part.FACILITATOR):
        raise Refused(f"{successor} leads one of these meetings. Choose somebody who has no part in it.")
    asked = c.rethink.asked_by_id == person.pk and c.rethink.state in AHEAD
    seat = _seat(c, person, Part.ASKER if asked else Part.INVITEE, by)
    if asked:
        c.rethink.asked_by = successor
    RethinkAction.objects.filter(
        rethink=c.rethink, owner__user=person, status=RethinkAction.Status.OPEN
    ).update(owner=seat)
    _record(c, person, "asker" if asked else "owner", by)


def _look_into(person: User, successor: User, role: Role, by: User | None, at: datetime) -> None:
    """Ask somebody else to look into an emergency access: never who opened it, nor one of the two who disagree."""
    for glass in _to_look_into(person).select_related("case", "user").select_for_update(of=("self",)):
        _able(successor, role, person)
        if successor.pk in (glass.user_id, glass.case.raiser_id, glass.case.counterpart_id):
            raise Refused(f"{successor} cannot look into an emergency access that concerns them.")
        glass.reviewer, glass.remind_at = successor, at  # the next sweep tells them
        glass.save(update_fields=["reviewer", "remind_at"])
        append(
            REGISTRY,
            "glass_review_handed_over",
            actor=by_administrator(by),
            object_ref=f"case:{glass.case_id}",
            facts={"from": person.pk, "to": successor.pk, "by": glass.user_id},
            at=at,
        )


def _sit_in(person: User, successor: User, by: User | None, at: datetime) -> None:
    """Let whoever took a leaver's part in a case chair, call or come to its meeting in their place.

    The event is that of the case, which `cases.duties` has recorded.
    """
    joined = Participation.objects.live().filter(case=OuterRef("case"), user=successor)
    meetings = ChairedMeeting.objects.ahead().filter(Exists(joined)).select_for_update(of=("self",))
    for meeting in meetings.select_related("case").order_by("pk"):
        gone = list(Invitation.objects.live().filter(meeting=meeting, user=person).select_related("user"))
        if meeting.chair_id == person.pk:
            if successor.pk in barred(meeting.case, meeting.case.state, at):
                raise Refused(f"{successor} cannot chair a meeting in which they have a part.")
            meeting.chair = successor
        if meeting.convener_id == person.pk:
            meeting.convener = successor
        meeting.save(update_fields=["chair", "convener"])
        change = AsideChange("handed_over", Audit(at), uninvited=gone)
        Invitation.objects.filter(pk__in=[i.pk for i in gone]).update(withdrawn_at=at)
        if gone and not Invitation.objects.live().filter(meeting=meeting, email=successor.email).exists():
            seat = Invitation(
                meeting=meeting,
                part=gone[0].part,
                user=successor,
                email=successor.email,
                invited_by=by or successor,
                invited_at=at,
            )
            seat.save(force_insert=True)
            change.invited = [seat]
        recorded.send(sender=ChairedMeeting, change=change)
