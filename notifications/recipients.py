"""Who should hear: asked when a message is planned, and again when it is sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.utils import timezone

from accounts.models import Cover, Membership
from accounts.roles import Role
from accounts.sign_in import resetting
from cases.actions.change import Change
from cases.glass import may_review
from cases.models import BreakGlass, Deadline, Entry, Participation
from cases.models.deadline import DeadlineState, Rule
from cases.models.entry import Kind as EntryKind
from cases.models.participation import Relation, Side
from notifications import beside
from notifications.models import ABOUT_A_DUTY, ABOUT_NO_CASE, Kind, Message
from notifications.rules import To


def people(change: Change, places: Iterable[To]) -> list[int]:
    """Return the people in these places of a case; asks the database for those on duty and for an asker only.

    Whoever joins by the very change is not among them: they hear of their duty.
    """
    case, found = change.case, list[int | None]()
    parts = change.look.parts
    for place in places:
        match place:
            case To.RAISER:
                found.append(case.raiser_id)
            case To.COUNTERPART:
                found.append(case.counterpart_id)
            case To.OPPOSITE:
                found.append(change.stage.opposite_id)
            case To.HOLDER:
                found += [case.holder_id, case.stand_in_id]
            case To.FEEDBACK:
                named = _feedback_to(change)
                found += [p.user_id for p in parts if p.side == Side.RAISING and p.relation in named]
            case To.MANAGERS:
                found += [
                    p.user_id for p in parts if p.relation in (Relation.LINE_MANAGER, Relation.SENIOR_MANAGER)
                ]
            case To.EVERYBODY:
                found += [p.user_id for p in parts]
            case To.REVIEWER:
                found.append(change.facts.get("reviewer"))
            case To.ON_DUTY:
                found += Deadline.objects.open().filter(case=case).values_list("person_id", flat=True)
            case To.ASKER:
                asked = Entry.objects.filter(
                    case=case, kind=EntryKind.ADVICE_REQUEST, agency_id=change.part.agency_id
                )
                found += asked.values_list("author_id", flat=True)
    return list(dict.fromkeys(person for person in found if person is not None))


def _feedback_to(change: Change) -> tuple[str, ...]:
    """Return the relations that hear back from the stage a change leaves, as its procedure says (PK08)."""
    left = change.facts.get("from", "")
    return change.procedure.rung(left).feedback_to if left in change.procedure.ladder else ()


def outside(change: Change) -> list[int]:
    """Return who is told that a case has come to this stage, and sees nothing of it: whom the procedure names.

    Asks for the directory only where the stage names somebody.
    """
    if change.new_stage is None:
        return []
    roles = change.procedure.rung(change.stage.rung_key).notify
    inside = {p.user_id for p in (*change.look.parts, *change.joined)}
    found = [u.pk for role in roles if role in Role for u in change.people.holders(Role(role))]
    return [person for person in dict.fromkeys(found) if person not in inside]


def new_duties(change: Change) -> dict[int, Deadline]:
    """Return for each person the duty of a change to name in their message: the first due.

    Confirming what keeps the child safe comes with every stage: it is named only where it is all there is. Writing
    how the child is now comes with every stage too, and is named by its own reminders alone.
    """
    found: dict[int, Deadline] = {}
    for duty in sorted(change.new_deadlines, key=lambda d: (d.rule == Rule.SAFETY, d.due_at)):
        if duty.rule != Rule.SITUATION:
            found.setdefault(duty.person_id, duty)
    return found


def deputies(people: Collection[int], change: Change) -> list[tuple[int, int]]:
    """Return (deputy, person) for those of these people whom somebody covers on the day; one query, or none.

    A change that moved the case has asked the directory already: only those it does not know are asked for.
    """
    directory = change.people_known
    if directory is None:
        return covers(change.at, membership__user_id__in=people) if people else []
    found = [(d.pk, person) for person in people for d in directory.deputies_of(person)]
    unknown = set(people) - directory.known
    return found + (covers(change.at, membership__user_id__in=unknown) if unknown else [])


def reasons_to_drop(messages: Sequence[Message], at: datetime) -> dict[Message, str]:
    """Return why some messages must not be sent any more, those not named may go."""
    found = beside.reasons_to_drop(m for m in messages if m.case_id is None and m.kind not in ABOUT_NO_CASE)
    about_cases = [m for m in messages if m.case_id is not None or m.kind in ABOUT_NO_CASE]
    return found | (_about_cases(about_cases, at) if about_cases else {})


def _about_cases(messages: Sequence[Message], at: datetime) -> dict[Message, str]:
    """Return the same for messages about cases.

    Each comes with recipient and deadline. Three queries, however many there are: who covers whom, who takes part,
    and who is an officer of the committee.
    """
    acts_for: dict[int | None, set[int | None]] = {m.recipient_id: {m.recipient_id} for m in messages}
    for deputy, person in covers(at, deputy_id__in=list(acts_for)):
        acts_for[deputy].add(person)
    parts = set(
        Participation.objects.live()
        .filter(case_id__in={m.case_id for m in messages})
        .values_list("case_id", "user_id")
    )
    outside = {m.recipient_id for m in messages if m.kind in (Kind.OVERDUE_OUTSIDE, Kind.STAGE_OUTSIDE)}
    wide = (
        set(
            Membership.objects.on(timezone.localdate(at))
            .filter(user_id__in=outside, agency=None)
            .values_list("user_id", "role")
        )
        if outside
        else set()
    )
    officers = {user for user, role in wide if role == Role.CPC_OFFICER}
    to_review = [m for m in messages if m.kind == Kind.GLASS_REVIEW]
    accesses = (
        list(
            BreakGlass.objects.to_review()
            .filter(case_id__in=[m.case_id for m in to_review])
            .select_related("case__partnership")
        )
        if to_review
        else []
    )
    found: dict[Message, str] = {}
    for message in messages:
        related = any((message.case_id, person) in parts for person in acts_for[message.recipient_id])
        if message.kind == Kind.OVERDUE_OUTSIDE:
            related = message.recipient_id in officers
        elif message.kind == Kind.STAGE_OUTSIDE:
            related = any(user == message.recipient_id for user, _ in wide)
        elif message.kind == Kind.GLASS_REVIEW:
            reviewer = message.recipient
            related = reviewer is not None and any(
                may_review(reviewer, glass, at) for glass in accesses if glass.case_id == message.case_id
            )
        if message.kind in ABOUT_NO_CASE:
            related = True
        if message.kind == Kind.PASSWORD_LINK and at - message.created_at >= resetting.VALID_FOR:
            found[message] = "too late"
        elif message.recipient is None or not message.recipient.is_active:
            found[message] = "inactive"
        elif not related:
            found[message] = "not related"
        elif message.kind in ABOUT_A_DUTY and not still_due(message):
            found[message] = "not due"
    return found


def still_due(message: Message) -> bool:
    """Return whether the duty a message names is open, and due when the message says."""
    duty = message.deadline
    return duty is not None and duty.state == DeadlineState.OPEN and duty.due_at == message.needed_by


def covers(at: datetime, **which: object) -> list[tuple[int, int]]:
    """Return (deputy, person) for the covers of a day that match `which`; one query."""
    day = timezone.localdate(at)  # the dates of roles and covers are local ones
    return list(
        Cover.objects.on(day)
        .filter(membership__in=Membership.objects.on(day), deputy__is_active=True, **which)
        .values_list("deputy_id", "membership__user_id")
    )
