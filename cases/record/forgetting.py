"""Removing what may no longer be kept: one text, or all of a case, a Re-think or a concern about an agency.

Two people, an authority, and a line in the trail.

The words go, and what committed to them stays: the chain still verifies and says what was removed, when and by whom.
The database does it (cases/sql/forgetting*.sql); nothing else can.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Partnership, User
from accounts.roles import Role
from accounts.standing import standing_of
from cases.models import (
    AgencyConcern,
    Case,
    ConcernNote,
    Entry,
    LegalHold,
    Removal,
    RemovalRequest,
    Rethink,
    RethinkNote,
    RuleNote,
)
from cases.record.looks import reads_chain
from cases.refusals import NotAllowed, NotNow
from escalation.trail.models import REGISTRY
from escalation.trail.writing import Actor, append

#: Who may ask for a removal or approve one. Both are needed, and they are never the same person.
KEEPERS = frozenset({Role.CPC_OFFICER, Role.CSWO, Role.DESIGNATED_LEAD})
ROLE = "keeper"
#: What a removal of everything may be about.
Matter = Case | Rethink | AgencyConcern
Written = Entry | RethinkNote | ConcernNote | RuleNote
KINDS: dict[type[Matter], Removal.Kind] = {
    Case: Removal.Kind.CASE,
    Rethink: Removal.Kind.RETHINK,
    AgencyConcern: Removal.Kind.CONCERN,
}


def keeps_records(person: User, partnership: Partnership) -> bool:
    """Return whether somebody may ask for removals and approve them here."""
    return person.is_active and any(
        h.role in KEEPERS and h.partnership_id == partnership.pk for h in standing_of(person).held
    )


def matter_of(entry: Written) -> Matter | RuleNote:
    """Return what a text belongs to; why a rule was changed belongs to nothing but the registry."""
    if isinstance(entry, RuleNote):
        return entry
    if isinstance(entry, Entry):
        return entry.case
    return entry.rethink if isinstance(entry, RethinkNote) else entry.concern


def written(pk: UUID) -> Written | None:
    """Return the entry or note of this number, or None."""
    places: tuple[tuple[Any, str], ...] = (
        (Entry.objects, "case__partnership"),
        (RethinkNote.objects, "rethink__partnership"),
        (ConcernNote.objects, "concern__partnership"),
        (RuleNote.objects, "partnership"),
    )
    for rows, partnership in places:
        found: Written | None = rows.filter(pk=pk).select_related(partnership).first()
        if found is not None:
            return found
    return None


def ask_for_text(entry: Written, *, ground: str, authority: str, by: User, at: datetime) -> Removal:
    """Ask that the words of one entry are removed; nothing happens until somebody else approves.

    Raises NotAllowed for who is no keeper, NotNow for words that are gone or asked about already.
    """
    matter = matter_of(entry)
    only_keepers(by, matter.partnership)
    if not entry.content:
        raise NotNow("These words were removed already.")
    if ground == Removal.Ground.RETENTION:
        raise NotNow("A single text is not removed for its age. Its case is disposed of as a whole.")
    return _ask(Removal.Kind.TEXT, matter, ground, authority, by, at, entry.pk)


def ask_for_case(
    matter: Matter, *, authority: str, by: User, at: datetime, ground: str = "retention"
) -> Removal:
    """Ask that a whole case, Re-think or concern is disposed of.

    Raises NotAllowed for who is no keeper, NotNow while it is open or under a legal hold.
    """
    only_keepers(by, matter.partnership)
    _may_be_disposed_of(matter)
    return _ask(KINDS[type(matter)], matter, ground, authority, by, at, None)


def _ask(
    kind: Removal.Kind,
    matter: Matter | RuleNote,
    ground: str,
    authority: str,
    by: User,
    at: datetime,
    entry: UUID | None,
) -> Removal:
    if not authority.strip():
        raise NotNow("Name the order, decision or schedule that asks for it.")
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = Removal.objects.create(
                    kind=kind,
                    ground=Removal.Ground(ground),
                    authority=authority.strip(),
                    partnership_id=matter.partnership_id,
                    chain=matter.chain,
                    entry=entry,
                    asked_by=by,
                    asked_at=at,
                )
        except IntegrityError as error:
            raise NotNow("This was asked for already and waits for a second person.") from error
        _record("removal_asked", made, by, at)
    return made


def approve(removal: Removal, *, by: User, at: datetime) -> None:
    """Approve a removal that somebody else asked for, and carry it out; all or nothing.

    Raises NotAllowed for the person who asked and for who is no keeper; NotNow when it is done or went with something
    else meanwhile, or a hold was placed.
    """
    with transaction.atomic():
        asked = (
            Removal.objects.select_for_update(of=("self",)).select_related("partnership").get(pk=removal.pk)
        )
        only_keepers(by, asked.partnership)
        if asked.asked_by_id == by.pk:
            raise NotAllowed("You asked for this. Somebody else has to approve it.")
        if asked.done_at is not None:
            raise NotNow("This was done already.")
        if RemovalRequest.objects.filter(removal=asked, asked_by=by).exists():
            raise NotAllowed("This goes back to a request of yours. Somebody else has to approve it.")
        if not _is_there(asked):
            raise NotNow("This is gone already, by another removal.")
        if asked.kind != Removal.Kind.TEXT:
            _may_be_disposed_of(_matter(asked.kind, asked.chain))
        asked.approved_by, asked.approved_at = by, at
        asked.save(update_fields=["approved_by", "approved_at"])
        _carry_out(asked)


def words_stand(entry: str = "entry") -> Q:
    """Return the condition that the text of this number has its words still."""
    texts: tuple[Any, ...] = (Entry, RethinkNote, ConcernNote, RuleNote)
    stands = Q()
    for model in texts:
        stands |= Q(Exists(model._default_manager.filter(pk=OuterRef(entry)).exclude(content="")))
    return stands


def waiting(partnership: Partnership | None = None) -> QuerySet[Removal]:
    """Return the removals that wait for a second person, everywhere or in one partnership.

    What went meanwhile by another removal waits for nobody.
    """
    here = {"partnership": partnership} if partnership else {}
    stands = words_stand() & Q(entry__isnull=False)
    for model in KINDS:
        stands |= Q(Exists(model._default_manager.filter(chain=OuterRef("chain"))), entry=None)
    return Removal.objects.filter(stands, done_at=None, **here)


def _is_there(removal: Removal) -> bool:
    """Return whether what is to be removed still stands."""
    if removal.entry is not None:
        text = written(removal.entry)
        return text is not None and bool(text.content)
    return any(m._default_manager.filter(chain=removal.chain).exists() for m in KINDS)


def _carry_out(removal: Removal) -> None:
    with connection.cursor() as cursor:
        if removal.kind == Removal.Kind.TEXT:
            cursor.execute("SELECT erase_text(%s)", [removal.pk])
        else:
            cursor.execute("SELECT dispose(%s, %s)", [removal.pk, _chains_of_looks(removal)])


def _matter(kind: str, chain: UUID) -> Matter:
    model = next(model for model, known in KINDS.items() if known == kind)
    found: Matter = model._default_manager.get(chain=chain)
    return found


def _chains_of_looks(removal: Removal) -> list[UUID]:
    """Return the chains of who looked at what goes: of a case, and of the Re-thinks that go with it."""
    with_it = Rethink.objects.filter(Q(case__chain=removal.chain) | Q(became__chain=removal.chain))
    return [reads_chain(chain) for chain in (removal.chain, *with_it.values_list("chain", flat=True))]


def found(reference: str, partnership: Partnership | None = None) -> Matter:
    """Return the case, Re-think or concern of this reference, here or in one partnership. Raises NotNow for none."""
    here = {"partnership": partnership} if partnership else {}
    for model in KINDS:
        rows = model._default_manager.filter(reference=reference.strip().upper().replace("\x00", ""), **here)
        matter: Matter | None = rows.select_related("partnership").first()
        if matter is not None:
            return matter
    raise NotNow("There is no case, Re-think or concern with this reference.")


def name_of(matter: Matter) -> str:
    """Return the reference, with what it is when it is no case."""
    kind = {Rethink: "Re-think ", AgencyConcern: "Concern "}.get(type(matter), "")
    return f"{kind}{matter.reference}"


def place_hold(matter: Matter, *, authority: str, by: User, at: datetime) -> LegalHold:
    """Keep a case, a Re-think or a concern from being disposed of, for as long as the hold lasts.

    Raises NotAllowed for who is no keeper, NotNow without an authority.
    """
    only_keepers(by, matter.partnership)
    if not authority.strip():
        raise NotNow("Name the court, inquiry or review that asks for the hold.")
    with transaction.atomic():
        field = KINDS[type(matter)].value
        hold = LegalHold.objects.create(
            **{field: matter}, authority=authority.strip(), placed_by=by, placed_at=at
        )
        _record_about("hold_placed", matter, by, at, {"hold": hold.pk})
    return hold


def lift_hold(hold: LegalHold, *, why: str, by: User, at: datetime) -> None:
    """Lift a hold, with a reason. Raises NotAllowed for who is no keeper, NotNow without one or when it was lifted."""
    only_keepers(by, hold.matter.partnership)
    if not why.strip():
        raise NotNow("Say why the hold is lifted.")
    with transaction.atomic():
        changed = LegalHold.objects.filter(pk=hold.pk, lifted_at=None).update(
            lifted_at=at, lifted_by=by, why_lifted=why.strip()
        )
        if not changed:
            raise NotNow("This hold was lifted already.")
        _record_about("hold_lifted", hold.matter, by, at, {"hold": hold.pk})


def holds(**matter: Any) -> QuerySet[LegalHold]:
    """Return the holds that last on one matter: `case=`, `rethink=` or `concern=`, also as OuterRef.

    Those on a Re-think beside a case, or from which it came, are holds on that case: it would go along.
    """
    if "case" in matter:
        case = matter["case"]
        on = Q(case=case) | Q(rethink__case=case) | Q(rethink__became=case)
    else:
        on = Q(**matter)
    return LegalHold.objects.filter(on, lifted_at=None)


def _may_be_disposed_of(matter: Matter) -> None:
    if isinstance(matter, Rethink):
        if matter.case_id or matter.became_id:
            raise NotNow("This Re-think stands beside a case, and goes when the case goes.")
        if matter.state not in (Rethink.State.HELD, Rethink.State.REDIRECTED, Rethink.State.CANCELLED):
            raise NotNow("Only a Re-think that has ended can be disposed of.")
    elif isinstance(matter, AgencyConcern):
        if matter.state != AgencyConcern.State.ENDED:
            raise NotNow("Only a concern that has ended can be disposed of.")
    elif not matter.ended:
        raise NotNow("Only a disagreement that has ended can be disposed of.")
    if holds(**{KINDS[type(matter)].value: matter}).exists():
        raise NotNow("It is under a legal hold. Nothing of it may be removed until the hold is lifted.")


def only_keepers(by: User, partnership: Partnership) -> None:
    """Raise NotAllowed for who does not look after the records of a partnership."""
    if not keeps_records(by, partnership):
        raise NotAllowed(
            "Only the Chief Social Work Officer, a designated lead or the CPC officer looks after what is kept."
        )


def _record(verb: str, removal: Removal, by: User, at: datetime) -> None:
    facts = {
        "kind": removal.kind,
        "ground": removal.ground,
        "chain": str(removal.chain),
        "entry": removal.entry,
    }
    actor = Actor(by.pk, ROLE, by.agency_id)
    append(REGISTRY, verb, actor=actor, object_ref=f"removal:{removal.pk}", facts=facts, at=at)


def _record_about(verb: str, matter: Matter, by: User, at: datetime, facts: dict[str, Any]) -> None:
    actor, ref = Actor(by.pk, ROLE, by.agency_id), f"{KINDS[type(matter)].value}:{matter.pk}"
    append(REGISTRY, verb, actor=actor, object_ref=ref, facts=facts, at=at)


# The list that outlives a restore


def removal_list() -> Iterator[str]:
    """Yield one line of JSON for each removal that was done: to be kept apart from the backups, and replayed."""
    for row in Removal.objects.exclude(done_at=None).order_by("done_at", "pk").iterator():
        yield json.dumps(
            {
                "kind": row.kind,
                "ground": row.ground,
                "authority": row.authority,
                "partnership": row.partnership_id,
                "chain": str(row.chain),
                "entry": str(row.entry) if row.entry else None,
                "asked_by": row.asked_by_id,
                "asked_at": row.asked_at.isoformat(),
                "approved_by": row.approved_by_id,
                "approved_at": row.approved_at.isoformat() if row.approved_at else None,
            }
        )


class NotReplayed(Exception):
    """Some removals of a list could not be done again; `args` says of each line why not. The others were."""


def replay(lines: Iterable[str]) -> dict[str, int]:
    """Remove again what a restored backup brought back; return how many were removed and how many were gone already.

    Each removal is written down anew with the people who asked and approved then, marked as a replay. Raises
    NotReplayed, after all the others were done, when a line could not be: it names somebody who came after the backup
    was made, or a case that had not ended then. Two people have to ask for that one again.
    """
    counts, left = {"removed": 0, "gone": 0}, []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        given: Any = None
        try:
            given = json.loads(line)
            with transaction.atomic():
                done = _again(given)
        except (DatabaseError, ValueError, KeyError, TypeError) as error:
            what = given.get("entry") or given.get("chain") if isinstance(given, dict) else None
            left.append(f"Line {number}, {what or 'unknown'}: {str(error).splitlines()[0]}")
            continue
        counts["removed" if done else "gone"] += 1
    if left:
        raise NotReplayed(*left)
    return counts


def _again(given: dict[str, Any]) -> bool:
    """Do one removal of the list again; return whether there was anything to remove."""
    row = Removal(
        kind=given["kind"],
        ground=given["ground"],
        authority=given["authority"],
        partnership_id=given["partnership"],
        chain=UUID(given["chain"]),
        entry=UUID(given["entry"]) if given["entry"] else None,
        asked_by_id=given["asked_by"],
        asked_at=given["asked_at"],
        approved_by_id=given["approved_by"],
        approved_at=given["approved_at"],
        replayed=True,
    )
    if not _is_there(row):
        return False
    people = {given["asked_by"], given["approved_by"]}
    if User.objects.filter(pk__in=people).count() < len(people):
        raise ValueError("who asked or approved is not known here: they came after this backup was made")
    row.save()
    _carry_out(row)
    return True
