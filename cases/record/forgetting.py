"""Removing what may no longer be kept: one text, or a whole case. Two people, an authority, and a line in the trail.

The words go, and what committed to them stays: the chain still verifies and says what was removed, when and by whom
(SECURITY.md section 4). The database does it (cases/sql/forgetting.sql); nothing else can.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from accounts.models import Partnership, User
from accounts.roles import Role
from accounts.standing import standing_of
from cases.models import Case, Entry, LegalHold, Removal
from cases.record.looks import reads_chain
from cases.refusals import NotAllowed, NotNow
from escalation.trail.models import REGISTRY
from escalation.trail.writing import Actor, append

#: Who may ask for a removal or approve one. Both are needed, and they are never the same person.
KEEPERS = frozenset({Role.CPC_OFFICER, Role.CSWO, Role.DESIGNATED_LEAD})
ROLE = "keeper"


def keeps_records(person: User, partnership: Partnership) -> bool:
    """Return whether somebody may ask for removals and approve them here."""
    return person.is_active and any(
        h.role in KEEPERS and h.partnership_id == partnership.pk for h in standing_of(person).held
    )


def ask_for_text(entry: Entry, *, ground: str, authority: str, by: User, at: datetime) -> Removal:
    """Ask that the words of one entry are removed; nothing happens until somebody else approves.

    Raises NotAllowed for who is no keeper, NotNow for words that are gone or asked about already.
    """
    case = entry.case
    _only_keepers(by, case.partnership)
    if not entry.content:
        raise NotNow("These words were removed already.")
    if ground == Removal.Ground.RETENTION:
        raise NotNow("A single text is not removed for its age. Its case is disposed of as a whole.")
    return _ask(Removal.Kind.TEXT, case, ground, authority, by, at, entry.pk)


def ask_for_case(case: Case, *, authority: str, by: User, at: datetime, ground: str = "retention") -> Removal:
    """Ask that a whole case is disposed of. Raises NotAllowed, or NotNow while it is open or under a legal hold."""
    _only_keepers(by, case.partnership)
    _may_be_disposed_of(case)
    return _ask(Removal.Kind.CASE, case, ground, authority, by, at, None)


def _ask(
    kind: Removal.Kind, case: Case, ground: str, authority: str, by: User, at: datetime, entry: UUID | None
) -> Removal:
    if not authority.strip():
        raise NotNow("Name the order, decision or schedule that asks for it.")
    with transaction.atomic():
        if Removal.objects.filter(chain=case.chain, entry=entry, kind=kind, done_at=None).exists():
            raise NotNow("This was asked for already and waits for a second person.")
        made = Removal.objects.create(
            kind=kind,
            ground=Removal.Ground(ground),
            authority=authority.strip(),
            partnership_id=case.partnership_id,
            chain=case.chain,
            entry=entry,
            asked_by=by,
            asked_at=at,
        )
        _record("removal_asked", made, by, at)
    return made


def approve(removal: Removal, *, by: User, at: datetime) -> None:
    """Approve a removal that somebody else asked for, and carry it out; all or nothing.

    Raises NotAllowed for the person who asked and for who is no keeper; NotNow when it is done, or a hold was placed.
    """
    with transaction.atomic():
        asked = (
            Removal.objects.select_for_update(of=("self",)).select_related("partnership").get(pk=removal.pk)
        )
        _only_keepers(by, asked.partnership)
        if asked.asked_by_id == by.pk:
            raise NotAllowed("You asked for this. Somebody else has to approve it.")
        if asked.done_at is not None:
            raise NotNow("This was done already.")
        if asked.kind == Removal.Kind.CASE:
            _may_be_disposed_of(Case.objects.get(chain=asked.chain))
        asked.approved_by, asked.approved_at = by, at
        asked.save(update_fields=["approved_by", "approved_at"])
        _carry_out(asked)


def _carry_out(removal: Removal) -> None:
    with connection.cursor() as cursor:
        if removal.kind == Removal.Kind.TEXT:
            cursor.execute("SELECT erase_text(%s)", [removal.pk])
        else:
            cursor.execute("SELECT dispose_case(%s, %s)", [removal.pk, reads_chain(removal.chain)])


def place_hold(case: Case, *, authority: str, by: User, at: datetime) -> LegalHold:
    """Keep a case from being disposed of, for as long as the hold lasts. Raises NotAllowed for who is no keeper."""
    _only_keepers(by, case.partnership)
    with transaction.atomic():
        hold = LegalHold.objects.create(case=case, authority=authority, placed_by=by, placed_at=at)
        _record_about("hold_placed", case, by, at, {"hold": hold.pk})
    return hold


def lift_hold(hold: LegalHold, *, why: str, by: User, at: datetime) -> None:
    """Lift a hold, with a reason. Raises NotAllowed for who is no keeper, NotNow for one that was lifted."""
    _only_keepers(by, hold.case.partnership)
    with transaction.atomic():
        changed = LegalHold.objects.filter(pk=hold.pk, lifted_at=None).update(
            lifted_at=at, lifted_by=by, why_lifted=why
        )
        if not changed:
            raise NotNow("This hold was lifted already.")
        _record_about("hold_lifted", hold.case, by, at, {"hold": hold.pk})


def _may_be_disposed_of(case: Case) -> None:
    if not case.ended:
        raise NotNow("Only a disagreement that has ended can be disposed of.")
    if LegalHold.objects.filter(case=case, lifted_at=None).exists():
        raise NotNow("It is under a legal hold. Nothing of it may be removed until the hold is lifted.")


def _only_keepers(by: User, partnership: Partnership) -> None:
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


def _record_about(verb: str, case: Case, by: User, at: datetime, facts: dict[str, Any]) -> None:
    actor = Actor(by.pk, ROLE, by.agency_id)
    append(REGISTRY, verb, actor=actor, object_ref=f"case:{case.pk}", facts=facts, at=at)


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


def replay(lines: Iterable[str]) -> dict[str, int]:
    """Remove again what a restored backup brought back; return how many were removed and how many were gone already.

    Each removal is written down anew with the people who asked and approved then, marked as a replay.
    """
    counts = {"removed": 0, "gone": 0}
    for line in lines:
        if not line.strip():
            continue
        given = json.loads(line)
        is_text = given["kind"] == Removal.Kind.TEXT
        back = (
            Entry.objects.filter(pk=given["entry"]).exclude(content="").exists()
            if is_text
            else Case.objects.filter(chain=given["chain"]).exists()
        )
        if not back:
            counts["gone"] += 1
            continue
        with transaction.atomic():
            row = Removal.objects.create(
                kind=given["kind"],
                ground=given["ground"],
                authority=given["authority"],
                partnership_id=given["partnership"],
                chain=given["chain"],
                entry=given["entry"],
                asked_by_id=given["asked_by"],
                asked_at=given["asked_at"],
                approved_by_id=given["approved_by"],
                approved_at=given["approved_at"],
                replayed=True,
            )
            _carry_out(row)
        counts["removed"] += 1
    return counts
