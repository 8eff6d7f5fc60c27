"""The one case of a page or an action, with its stage: found through what its reader may see, by prepared SQL."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from cases.drafts import kept_for
from cases.models import Case
from cases.prepared import anybody, reader
from escalation.prepared import Prepared, mark

_CASES = Prepared()


def case_at_hand(user: User, *, lock: bool = False, draft_of: str = "", **wanted: Any) -> Case | None:
    """Return the case that `wanted` names, locked when asked; None when it is not this person's to see; one query.

    `draft_of` is a step: `has_draft` of the case then says whether this person has begun to write it.
    """
    if not user.is_active:
        return None
    values, people = reader(user)
    marks = {name: mark(n, value) for n, (name, value) in enumerate(wanted.items())}
    values |= {marks[name]: value for name, value in wanted.items()}
    purpose = mark(len(wanted), draft_of)
    values[purpose] = draft_of
    facts = ("has_draft",) if draft_of else ()

    def build() -> Any:
        somebody = anybody(people)
        found = Case.objects.at_hand(somebody, lock=lock).filter(**marks)
        return found.annotate(has_draft=kept_for(somebody, purpose)) if draft_of else found

    found = _CASES.objects((people, lock, facts, *marks), build, values, Case, "current_stage", facts=facts)
    return found[0] if found else None
