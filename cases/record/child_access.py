"""What the service holds about a child, for that child: every text of their cases, professionals shown by role.

Names of professionals are taken out in every form in which people write them. Names of relatives and neighbours stand
in free text, and no program knows them: whatever else looks like a name is listed beside each text, and a person reads
the pack, hides names (`hide`) or whole texts (`withhold`), and makes it again before it goes out (docs/running.md).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q

from accounts.models import Agency, Partnership, Team, User
from cases.models import Case, Entry, Rethink, RethinkNote
from cases.presenters.wording import relation_words
from cases.record.child_facts import facts_of
from cases.refusals import NotNow

PROFESSIONAL, SOMEBODY = "[a professional]", "[somebody else]"
#: Titles and initials before a name go with it.
_BEFORE = r"(?:\b(?:Dr|Mr|Mrs|Ms|Miss|Prof|PC|DC|DS|DI|Sgt|Sister|Nurse)\.?\s+)?(?:\b[A-Z]\.?\s+)*"
#: A word with a capital letter that begins no sentence; several in a row are one name.
_NAME = re.compile(r"(?<![.!?:\n]\s)(?<!^)(?<![.!?:\n])\b([A-Z][a-z’'-]+(?:\s+[A-Z][a-z’'-]+)*)")
#: Capital letters that are no names.
_WORDS = "Scotland Scottish English Stage Resolution Chief Social Work Officer Committee Child Protection"
_KNOWN = frozenset([*calendar.month_name, *calendar.day_name, *_WORDS.split()])


class Names:
    """Takes names out of texts, and says what else in them may be one."""

    def __init__(self, partnership: Partnership, hide: Iterable[str] = (), keep: Iterable[str] = ()) -> None:
        self.kept = {k.casefold() for k in keep}
        people = User.objects.filter(agency__partnership=partnership).values_list("full_name", "email")
        whole = {w for pair in people for w in pair if len(w) > 2}
        parts = {
            w for name, _ in people for w in name.split() if len(w) > 2 and w.casefold() not in self.kept
        }
        places = [
            *Agency.objects.filter(partnership=partnership).values_list("name", "short_name"),
            *Team.objects.filter(agency__partnership=partnership).values_list("name", "name"),
            (partnership.name, partnership.name),
        ]
        self.known = _KNOWN | {word for pair in places for name in pair for word in name.split()}
        # Whole names and addresses in any case; a part of a name only as a name is written: "will" is no Will.
        self.people = _one_of(whole, re.IGNORECASE), _one_of(parts, 0, before=_BEFORE)
        self.hidden = _one_of({h for h in hide if h}, re.IGNORECASE)

    def out_of(self, value: Any) -> Any:
        """Return a text, list or table of texts without the names."""
        if isinstance(value, str):
            for pattern in self.people:
                value = pattern.sub(PROFESSIONAL, value)
            return self.hidden.sub(SOMEBODY, value)
        if isinstance(value, dict):
            return {k: self.out_of(v) for k, v in value.items()}
        return [self.out_of(v) for v in value] if isinstance(value, list) else value

    def left_in(self, value: Any) -> list[str]:
        """Return what still looks like a name in something that `out_of` returned, in order."""
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            return list(dict.fromkeys(name for v in value for name in self.left_in(v)))
        if not isinstance(value, str):
            return []
        found = _NAME.findall(value)
        return list(dict.fromkeys(n for n in found if not set(n.split()) <= self.known))


def _one_of(words: Iterable[str], flags: int, before: str = "") -> re.Pattern[str]:
    longest_first = sorted((re.escape(w) for w in words), key=len, reverse=True)
    return re.compile(rf"{before}\b(?:{'|'.join(longest_first)})\b" if longest_first else r"(?!)", flags)


def about_child(
    partnership: Partnership,
    reference: str,
    withhold: Iterable[UUID] = (),
    hide: Iterable[str] = (),
    keep: Iterable[str] = (),
    agency: Agency | None = None,
) -> list[dict[str, Any]]:
    """Return the cases under a child's reference, with what was written and no professional's name in it.

    A reference is an agency's own: another's of the same letters may be another child. `agency` says whose it is;
    raises NotNow when it is not given and cases of several agencies carry the reference.

    `withhold` are entries, and `hide` names, that a person found to be about somebody else; `keep` are names that a
    professional shares with the child or their family, and that stay.
    """
    kept_back, names = set(withhold), Names(partnership, hide, keep)
    given = {"partnership": partnership, "subject_reference__iexact": reference.strip()}
    cases = Case.objects.filter(**given).select_related("raising_agency", "receiving_agency", "procedure")
    whose = sorted({case.raising_agency.name for case in cases})
    if agency is not None:
        cases = cases.filter(raising_agency=agency)
    elif len(whose) > 1:
        raise NotNow(
            f"{' and '.join(whose)} have cases with this reference, perhaps of different children. "
            "Say whose reference it is."
        )
    found = []
    for case in cases.order_by("opened_at", "pk"):
        entries = Entry.objects.filter(case=case).select_related("agency").order_by("written_at", "pk")
        people = case.participations.select_related("agency")
        found.append(
            {
                "case": case.reference,
                "opened_at": case.opened_at,
                "age_band": case.age_band,
                "how_it_stands": case.get_state_display(),
                "facts": facts_of(case, names.out_of),
                "entries": [_entry(e, names, e.pk in kept_back) for e in entries],
                "people": sorted({f"{relation_words(p.relation)}, {p.agency}" for p in people}),
                "meetings_beside_it": [
                    _meeting(r, names, kept_back)
                    for r in Rethink.objects.filter(Q(case=case) | Q(became=case)).order_by("asked_at")
                ],
            }
        )
    return found


def _entry(entry: Entry, names: Names, withheld: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "entry": entry.pk,
        "kind": entry.get_kind_display(),
        "agency": str(entry.agency),
        "happened_at": entry.happened_at,
        "written_at": entry.written_at,
    }
    said = {k: v for k, v in entry.texts.items() if k != "self_check"}
    return shown | _words(said, names, withheld)


def _words(said: dict[str, Any], names: Names, withheld: bool) -> dict[str, Any]:
    if withheld:
        return {"words": "not shown: it is about somebody else"}
    if not said:
        return {"words": "removed"}
    words = names.out_of(said)
    looks_like = names.left_in(words)
    return {"words": words} | ({"look_at_these_names": looks_like} if looks_like else {})


def _meeting(rethink: Rethink, names: Names, kept_back: set[UUID]) -> dict[str, Any]:
    """Return a Re-think beside the case. What was said of feelings and needs in the room is counted, never shown."""
    notes = RethinkNote.objects.filter(rethink=rethink).order_by("written_at")
    return {
        "asked_at": rethink.asked_at,
        "how_it_stands": rethink.get_state_display(),
        "notes": [
            {"entry": n.pk, "kind": n.get_kind_display(), **_words(n.texts, names, n.pk in kept_back)}
            for n in notes
            if not n.room
        ],
        "said_in_the_room_and_not_shown": sum(n.room for n in notes),
    }
