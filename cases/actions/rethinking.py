"""Every write to a Re-think: asked for, arranged, called off, held, its actions, taken on as a case (PO01 to PO06).

Each locks the row, asks the rule, writes, and records its event last on the Re-think's own chain. The signal of
`cases.audit` goes out inside the transaction, with a RethinkChange.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from cases import policies, rethinks
from cases.actions import standing_still
from cases.actions.aside import AsideChange, record_aside
from cases.actions.door import change
from cases.audit import Audit, Verb
from cases.models import Case, Invitation, ProcedureVersion, Rethink, RethinkAction, RethinkNote
from cases.refusals import NotAllowed, NotNow, Stale
from cases.rethinks import RethinkLook

Part = Invitation.Part
State = Rethink.State
NoteKind = RethinkNote.Kind


@dataclass(frozen=True)
class NewRethink:
    """What is asked for, checked by its form before it comes here."""

    reason: str
    about: str
    considered: Mapping[str, bool]
    considered_words: str
    addresses: tuple[str, ...]
    when: str = ""


@dataclass(frozen=True)
class Arrangement:
    """When and where, who leads it and who is invited."""

    meets_at: datetime
    minutes: int
    place: str
    link: str
    facilitator: User
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class NewAction:
    """Something to be done, by somebody who is invited, by the end of a local day."""

    what: str
    owner: Invitation
    due_on: date


@dataclass(frozen=True)
class Held:
    """What came of the meeting: notes by step, outcomes ticked with a note, who was there, what will be done."""

    steps: Mapping[str, str]
    outcomes: Mapping[str, str]
    there: frozenset[Any]  # ids of invitations
    names: Mapping[Any, str]  # of guests, by id of their invitation
    actions: tuple[NewAction, ...] = ()


@dataclass
class RethinkChange(AsideChange):
    """What one action does to one Re-think: for those who listen, once it is recorded."""

    look: RethinkLook = field(kw_only=True)
    notes: list[RethinkNote] = field(default_factory=list)

    @property
    def rethink(self) -> Rethink:
        return self.look.rethink

    def write(self, kind: str, words: str, *, key: str = "", room: bool = False) -> RethinkNote | None:
        """Add a note in the words of the person who acts; None for no words."""
        if not words.strip():
            return None
        note = RethinkNote.compose(
            {"words": words},
            rethink=self.rethink,
            kind=kind,
            key=key,
            room=room,
            author=self.look.user,
            agency_id=self.look.user.agency_id,
            written_at=self.at,
        )
        self.notes.append(note)
        return note

    def save(self) -> None:
        """Write what was collected; the event is last."""
        self.rethink.version += 1
        self.rethink.save()
        RethinkNote.objects.bulk_create(self.notes)
        for update in self.after:
            update()
        self.facts["notes"] = [
            {"id": str(n.pk), "kind": n.kind, "commitment": n.commitment} for n in self.notes
        ]
        record_aside(self, self.rethink, self.rethink.chain, f"rethink:{self.rethink.pk}", self.look.actor())


@contextmanager
def _door(
    rethink: Rethink, verb: str, *, by: User, audit: Audit, rule: rethinks.Rule
) -> Iterator[RethinkChange]:
    with transaction.atomic():
        locked = (
            Rethink.objects.visible_to(by)
            .select_for_update(of=("self",))
            .select_related("procedure", "partnership")
            .filter(pk=rethink.pk)
            .first()
        )
        if locked is None:
            raise NotAllowed("You do not take part in this Re-think.")
        if audit.version is not None and audit.version != locked.version:
            raise Stale("Somebody changed this Re-think while you were writing.")
        look = RethinkLook.at_rethink(locked, by, audit.at)
        rule(look)
        collected = RethinkChange(verb, audit, look=look)
        yield collected
        collected.save()


def ask(
    new: NewRethink, *, by: User, audit: Audit, procedure: ProcedureVersion, case: Case | None = None
) -> Rethink:
    """Ask for a Re-think, alone or beside a case, and return it. The coordinator hears of it (PO02, PO03).

    Raises NotAllowed or NotNow when the person may not, the area offers none, nobody arranges them, or one is being
    arranged beside this case already; AlreadyDone when the same form was sent before.
    """
    if case is None:
        rethinks.offered_to(by, audit.at)
        with transaction.atomic():
            return _ask(new, by, audit, procedure, None)
    made: list[Rethink] = []
    with change(case, by=by, audit=audit, rule=policies.ask_rethink, verb=Verb.RETHINK_ASKED) as c:
        if any(r.state in (State.ASKED, State.ARRANGED) for r in rethinks.beside(c.case)):
            raise NotNow("A Re-think beside this case is being arranged already.")
        quiet = Audit(audit.at)  # the form's token stands in the event of the case
        c.after.append(lambda: made.append(_ask(new, by, quiet, procedure, c.case)))
    return made[0]


def _ask(new: NewRethink, by: User, audit: Audit, procedure: ProcedureVersion, case: Case | None) -> Rethink:
    laid = rethinks.laid_down(procedure)
    partnership = by.agency.partnership
    coordinators = rethinks.coordinators(partnership.pk, audit.at)
    if not coordinators:
        raise NotNow("Nobody arranges Re-thinks here yet. Ask your administrator to name a coordinator.")
    unanswered = {c.key for c in laid.considerations} - new.considered.keys()
    if unanswered:
        raise NotNow("Answer each of the points to think of first. No answer stops you.")
    rethink = Rethink(
        partnership=partnership,
        procedure=procedure,
        case=case,
        reason=new.reason,
        considered=dict(new.considered),
        asked_by=by,
        agency=by.agency,
        asked_at=audit.at,
    )
    rethink.save(force_insert=True)
    me = _invitation(rethink, by.email, by, by, audit.at, Part.ASKER)
    guests = _invite(rethink, set(new.addresses) - {by.email}, by, audit.at)
    look = RethinkLook(rethink, by, (me, *guests), audit.at)
    c = RethinkChange("rethink_asked", audit, look=look, told=set(coordinators))
    c.write(NoteKind.REQUEST, new.about)
    c.write(NoteKind.CONSIDERED, new.considered_words)
    c.write(NoteKind.ANSWER, new.when, key="when")
    c.after.append(lambda: Invitation.objects.bulk_create([me, *guests]))
    c.facts |= {
        "case": case.pk if case else None,
        "reason": new.reason,
        "considered": dict(new.considered),
        "invited": len(guests),
    }
    c.save()
    return rethink


def arrange(rethink: Rethink, how: Arrangement, *, by: User, audit: Audit) -> None:
    """Set or change time, place, facilitator and invitees; everybody concerned gets a calendar file (PO03)."""
    with _door(rethink, "rethink_arranged", by=by, audit=audit, rule=rethinks.arrange) as c:
        row, at = c.rethink, c.at
        if how.meets_at <= at:
            raise NotNow("Give a time that is still to come.")
        if why := rethinks.not_neutral(row, how.facilitator, set(how.addresses)):
            raise NotNow(why)
        if how.facilitator.pk not in {u.pk for u in rethinks.facilitators(row.partnership, at)}:
            raise NotNow(f"{how.facilitator} is not a Re-think facilitator.")
        first = row.state == State.ASKED
        moved = (row.meets_at, row.minutes, row.place, row.link) != (
            how.meets_at,
            how.minutes,
            how.place,
            how.link,
        )
        kept, gone, new = _changes(c.look, how)
        row.meets_at, row.minutes, row.place, row.link = how.meets_at, how.minutes, how.place, how.link
        row.sequence += 0 if first else 1
        row.state, row.arranged_at, row.arranged_by = State.ARRANGED, row.arranged_at or at, by
        Invitation.objects.filter(pk__in=[i.pk for i in gone]).update(withdrawn_at=at)
        c.after.append(lambda: Invitation.objects.bulk_create(new))
        c.invited = [*new, *(kept if first else [])]
        c.moved = kept if moved and not first else []
        c.uninvited = [] if first else gone
        c.after.append(lambda: standing_still.until_it_meets(row, by=by, at=at))
        c.facts |= {
            "meets_at": how.meets_at,
            "facilitator": how.facilitator.pk,
            "invited": len(new) + len(kept),
            "guests": sum(i.user_id is None for i in (*new, *kept)),
            "first": first,
        }


def redirect(rethink: Rethink, *, by: User, audit: Audit, why: str) -> None:
    """Say that it will not be arranged, and what fits better; whoever asked is told."""
    with _door(rethink, "rethink_redirected", by=by, audit=audit, rule=rethinks.redirect) as c:
        c.write(NoteKind.ANSWER, why)
        c.rethink.state, c.rethink.ended_at = State.REDIRECTED, c.at
        c.told = {c.rethink.asked_by_id}


def call_off(rethink: Rethink, *, by: User, audit: Audit, why: str) -> None:
    """Call an arranged meeting off, or take a request back; calendars are told."""
    with _door(rethink, "rethink_called_off", by=by, audit=audit, rule=rethinks.call_off) as c:
        c.write(NoteKind.ANSWER, why)
        arranged = c.rethink.state == State.ARRANGED
        c.rethink.state, c.rethink.ended_at = State.CANCELLED, c.at
        c.rethink.sequence += 1
        c.after.append(lambda: standing_still.runs_again(c.rethink, at=c.at))
        if arranged:
            c.uninvited = list(c.look.invitations)
        else:
            c.told = set(rethinks.coordinators(c.rethink.partnership_id, c.at))


def hold(rethink: Rethink, what: Held, *, by: User, audit: Audit) -> None:
    """Write down what came of it: notes by step, outcomes, who was there, actions (PO04, PO05)."""
    with _door(rethink, "rethink_held", by=by, audit=audit, rule=rethinks.record_it) as c:
        laid, row = c.look.laid, c.rethink
        for step in laid.steps:
            c.write(NoteKind.STEP, what.steps.get(step.key, ""), key=step.key, room=step.stays_in_room)
        for outcome in laid.outcomes:
            if outcome.key in what.outcomes:
                c.write(NoteKind.OUTCOME, what.outcomes[outcome.key], key=outcome.key)
        row.outcomes = [o.key for o in laid.outcomes if o.key in what.outcomes]
        row.state, row.held_at = State.HELD, c.at
        there = [i for i in c.look.invitations if i.pk in what.there or i.user_id == by.pk]
        c.after.append(lambda: _note_who_came(c.look.invitations, {i.pk for i in there}, what.names))
        c.after += [_adding(c, number, action) for number, action in enumerate(what.actions, start=1)]
        c.after.append(lambda: standing_still.runs_again(row, at=c.at))
        c.told = {i.user_id for i in c.look.invitations if i.user_id is not None}
        c.facts |= {
            "there": len(there),
            "guests": sum(i.user_id is None for i in there),
            "outcomes": row.outcomes,
            "actions": len(what.actions),
        }


def correct(rethink: Rethink, *, by: User, audit: Audit, step: str, correction: str) -> None:
    """Correct or complete the notes of a step: both are shown, to those who may read that step (G27)."""
    with _door(rethink, "rethink_corrected", by=by, audit=audit, rule=rethinks.correct) as c:
        laid = next((s for s in c.look.laid.steps if s.key == step), None)
        if laid is None or not correction.strip():
            raise NotNow("Choose what is to be corrected, and say how it should read.")
        c.write(NoteKind.CORRECTION, correction, key=step, room=laid.stays_in_room)
        readers = [i for i in c.look.invitations if i.attended or not laid.stays_in_room]
        c.told = {i.user_id for i in readers if i.user_id is not None}
        c.facts |= {"step": step}


def report_action(rethink: Rethink, action: RethinkAction, *, by: User, audit: Audit, done: bool) -> None:
    """Say whether an action was done."""
    with _door(rethink, "rethink_action_reported", by=by, audit=audit, rule=rethinks.report_action) as c:
        rows = RethinkAction.objects.filter(pk=action.pk, rethink=c.rethink, status=RethinkAction.Status.OPEN)
        status = RethinkAction.Status.DONE if done else RethinkAction.Status.NOT_DONE
        if not rows.update(status=status, reported_at=c.at):
            raise NotNow("This action was reported already.")
        c.facts |= {"action": action.number, "done": done}


def became(rethink: Rethink, case: Case, *, by: User, audit: Audit) -> None:
    """Note that it was taken on as a case, which somebody has just opened with its facts (PO06)."""
    with _door(rethink, "rethink_taken_on", by=by, audit=audit, rule=rethinks.take_on) as c:
        c.rethink.became = case
        c.facts |= {"case": case.pk}


def facts_to_carry(rethink: Rethink, user: User) -> list[tuple[str, str]]:
    """Return the (heading, words) that go along into a formal escalation: facts, and nothing from the room.

    Only notes that this person may read, of steps that the procedure lets travel (PO06).
    """
    laid = rethinks.laid_down(rethink.procedure)
    headings = {s.key: s.heading for s in laid.steps if s.carried and not s.stays_in_room}
    found: list[tuple[str, str]] = []
    notes = RethinkNote.objects.readable_by(user).filter(rethink=rethink, room=False)
    by_step: dict[str, str] = {}
    for note in notes.filter(kind__in=[NoteKind.STEP, NoteKind.CORRECTION]).order_by("written_at"):
        before = by_step.get(note.key)
        by_step[note.key] = f"{before}\nCorrected: {note.words}" if before else note.words
    request = notes.filter(kind=NoteKind.REQUEST).first()
    if request is not None:
        found.append(("What it was about", request.words))
    return found + [(heading, by_step[key]) for key, heading in headings.items() if key in by_step]


def _adding(c: RethinkChange, number: int, action: NewAction) -> Any:
    if action.owner.pk not in {i.pk for i in c.look.invitations}:
        raise NotNow(f"Action {number}: choose somebody who was invited.")
    note = c.write(NoteKind.ACTION, action.what, key=str(number))
    row = RethinkAction(rethink=c.rethink, number=number, note=note, owner=action.owner, due_on=action.due_on)
    return lambda: row.save(force_insert=True)


def _note_who_came(invitations: Iterable[Invitation], there: set[Any], names: Mapping[Any, str]) -> None:
    for invitation in invitations:
        invitation.attended = invitation.pk in there
        if invitation.user_id is None:
            invitation.name = names.get(invitation.pk, "")[:120]
    Invitation.objects.bulk_update(invitations, ["attended", "name"])


def _changes(
    look: RethinkLook, how: Arrangement
) -> tuple[list[Invitation], list[Invitation], list[Invitation]]:
    """Return the invitations that stay, those withdrawn and new ones, asker and facilitator among them."""
    row, at = look.rethink, look.at
    wanted = set(how.addresses) | {row.asked_by.email}
    kept: list[Invitation] = []
    gone: list[Invitation] = []
    for invitation in look.invitations:
        leads = invitation.part == Part.FACILITATOR
        stays = invitation.user_id == how.facilitator.pk if leads else invitation.email in wanted
        (kept if stays else gone).append(invitation)
    new = _invite(row, wanted - {i.email for i in kept}, look.user, at)
    if not any(i.part == Part.FACILITATOR for i in kept):
        lead = how.facilitator
        new.append(_invitation(row, lead.email, lead, look.user, at, Part.FACILITATOR))
    return kept, gone, new


def _invite(rethink: Rethink, addresses: set[str], by: User, at: datetime) -> list[Invitation]:
    """Return new invitations for these addresses: people of the partnership by their account, others as guests."""
    people = {
        u.email: u
        for u in User.objects.filter(
            email__in=addresses, is_active=True, agency__partnership_id=rethink.partnership_id
        )
    }
    return [_invitation(rethink, a, people.get(a), by, at, Part.INVITEE) for a in sorted(addresses)]


def _invitation(
    rethink: Rethink, email: str, user: User | None, by: User, at: datetime, part: str
) -> Invitation:
    return Invitation(rethink=rethink, email=email, user=user, invited_by=by, invited_at=at, part=part)
