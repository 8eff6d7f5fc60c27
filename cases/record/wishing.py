"""Somebody who may read a text asks that its words go, with a reason; two keepers of records decide, with authority."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.dispatch import Signal

from accounts.models import Partnership, User
from cases.models import Case, Entry, Participation, Removal, RemovalRequest, Rethink, RethinkNote
from cases.reading import Record
from cases.record import forgetting
from cases.record.looks import reads_chain
from cases.refusals import NotAllowed, NotNow
from escalation.trail.models import REGISTRY
from escalation.trail.writing import Actor, Line, append_many

#: Sent inside the transaction: sender=RemovalRequest, with request, verb and at.
recorded = Signal()
#: What people may give as a ground; age is for those who keep the records (retention).
GROUNDS = [(g.value, g.label) for g in (Removal.Ground.COURT_ORDER, Removal.Ground.WRONG_CHILD)]
LEAST_WORDS = 5
ROLE = "asks_removal"


def readable(matter: Case | Rethink, user: User, at: datetime) -> list[Entry | RethinkNote]:
    """Return the texts of a case or Re-think whose words this person may read now, oldest first."""
    if isinstance(matter, Rethink):
        notes = RethinkNote.objects.readable_by(user).filter(rethink=matter).exclude(content="")
        return list(notes.select_related("author").order_by("written_at"))
    record = Record.load(matter, user, at)
    return [e for e in record.entries if e.content and not record.why_closed(e)]


def ask(
    matter: Case | Rethink, entry: UUID, *, ground: str, why: str, by: User, at: datetime
) -> RemovalRequest:
    """Ask that the words of one text go.

    Raises NotAllowed for a text this person may not read, NotNow with what to do.
    """
    if entry not in {text.pk for text in readable(matter, by, at)}:
        raise NotAllowed("Choose one of the texts that you may read.")
    if ground not in dict(GROUNDS):
        raise NotNow("Say why the words should go.")
    if len(why.split()) < LEAST_WORDS:
        raise NotNow("Say in a sentence why the words should go.")
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = RemovalRequest.objects.create(
                    case=matter if isinstance(matter, Case) else None,
                    rethink=matter if isinstance(matter, Rethink) else None,
                    partnership_id=matter.partnership_id,
                    entry=entry,
                    ground=ground,
                    why=why.strip(),
                    asked_by=by,
                    asked_at=at,
                )
        except IntegrityError as error:
            said = "This was asked for already. Those who keep the records have not answered yet."
            raise NotNow(said) from error
        part = Participation.objects.read_as(matter, by) if isinstance(matter, Case) else None
        for_whom = part.user_id if part is not None and part.user_id != by.pk else None
        _record("removal_wanted", made, Actor(by.pk, ROLE, by.agency_id, for_whom), at)
    return made


def take_on(request: RemovalRequest, *, authority: str, by: User, at: datetime) -> Removal:
    """Ask for the removal as a keeper, naming the order or decision; another keeper still has to approve it."""
    with transaction.atomic():
        row = _open(request, by)
        text = forgetting.written(row.entry)
        assert text is not None
        row.removal = forgetting.ask_for_text(text, ground=row.ground, authority=authority, by=by, at=at)
        _answer(row, "removal_taken_on", by, at)
    return row.removal


def refuse(request: RemovalRequest, *, why: str, by: User, at: datetime) -> None:
    """Say as a keeper that the words stay, and why; who asked reads it."""
    if len(why.split()) < LEAST_WORDS:
        raise NotNow("Say in a sentence why the words stay. The person who asked reads it.")
    with transaction.atomic():
        row = _open(request, by)
        row.refusal = why.strip()
        _answer(row, "removal_refused", by, at)


def _open(request: RemovalRequest, by: User) -> RemovalRequest:
    rows = RemovalRequest.objects.select_for_update(of=("self",)).select_related(
        "partnership", "case", "rethink"
    )
    row = rows.get(pk=request.pk)
    forgetting.only_keepers(by, row.partnership)
    if row.asked_by_id == by.pk:
        raise NotAllowed("You asked for this. Somebody else has to answer it.")
    if row.answered_at is not None:
        raise NotNow("This was answered already.")
    if not to_answer(row):
        raise NotNow("These words were removed already. There is nothing left to answer.")
    return row


def _answer(row: RemovalRequest, verb: str, by: User, at: datetime) -> None:
    row.answered_by, row.answered_at = by, at
    row.save()
    _record(verb, row, Actor(by.pk, forgetting.ROLE, by.agency_id), at)


def _record(verb: str, row: RemovalRequest, actor: Actor, at: datetime) -> None:
    matter = row.case or row.rethink
    assert matter is not None
    facts: dict[str, Any] = {"request": row.pk, "text": str(row.entry), "ground": row.ground}
    ref = f"removal-request:{row.pk}"
    chains = (reads_chain(matter.chain), REGISTRY)
    append_many([Line(chain, verb, ref, facts, actor) for chain in chains], at=at)
    recorded.send(sender=RemovalRequest, request=row, verb=verb, at=at)


def waiting(partnership: Partnership) -> QuerySet[RemovalRequest]:
    """Return the requests that nobody has answered, oldest first; none whose words went meanwhile in another way."""
    rows = RemovalRequest.objects.filter(forgetting.words_stand(), partnership=partnership, answered_at=None)
    return rows.order_by("asked_at")


def to_answer(row: RemovalRequest) -> bool:
    """Return whether a request still waits for its answer."""
    return waiting(row.partnership).filter(pk=row.pk).exists()


def outcome(row: RemovalRequest) -> str:
    """Return how a request stands, in words."""
    if row.answered_at is not None and row.removal is None:
        return f"The words stay: {row.refusal}"
    if not RemovalRequest.objects.filter(forgetting.words_stand(), pk=row.pk).exists():
        return "The words were removed"
    if row.answered_at is None:
        return "Those who keep the records have not answered yet"
    return "It waits for a second person to approve it"
