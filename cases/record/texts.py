"""What people wrote, for exports of the trail: salt and text of entries and notes by id."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from cases.models import ConcernNote, Entry, RethinkNote, RuleNote
from cases.models.texts import Texts

Found = Mapping[UUID, tuple[bytes, str] | None]
#: Where words that an event commits to may stand.
PLACES: tuple[type[Entry | Texts], ...] = (Entry, RethinkNote, ConcernNote, RuleNote)


def every(ids: list[UUID]) -> Found:
    """Return salt and text of these entries and notes; one that was removed is left out."""
    found: dict[UUID, tuple[bytes, str] | None] = {}
    wanted = set(ids)
    for model in PLACES:
        if wanted:
            rows = model._default_manager.filter(pk__in=wanted).values_list("pk", "salt", "content")
            here = {pk: (bytes(salt), content) for pk, salt, content in rows}
            found |= {pk: text for pk, text in here.items() if text[1]}
            wanted -= here.keys()
    return found


def outside_rooms(ids: list[UUID]) -> Found:
    """Return the same for an export that leaves the service: what was said in a room stays there (PO06)."""
    closed = (
        RethinkNote.objects.filter(pk__in=ids, room=True).exclude(content="").values_list("pk", flat=True)
    )
    return {**every(ids), **dict.fromkeys(closed)}
