"""Half-written forms on the server: the only code that reads and writes Draft rows.

A draft is keyed by person, case and purpose ("log" for a new disagreement, else the name of the step), so nobody but
its writer can ever reach it. `data` is plain JSON: words as they were typed, checked again when they are sent.

    kept = drafts.load(request.user, "position", case)
    form = PositionForm(drafts.as_post(kept.data)) if kept else PositionForm()
    drafts.save(request.user, "position", drafts.typed(request.POST), at=now(), case=case)
    drafts.discard(request.user, "position", case)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, JSONField, OuterRef, Q, Value
from django.db.models.expressions import CombinedExpression
from django.http import QueryDict

from accounts import stepping_up
from accounts.models import User
from cases.models import Case, Draft, Participation
from cases.paging import some

#: Fields of a form that belong to one sending of it and are never kept.
NOT_KEPT = frozenset({"csrfmiddlewaretoken", "form_token", "version", stepping_up.CODE, stepping_up.PASSKEY})


def load(user: User, purpose: str, case: Case | None = None) -> Draft | None:
    """Return what this person has begun to write for this purpose, or None."""
    return Draft.objects.filter(user=user, purpose=purpose, case=case).first()


def begun(user: User) -> list[Draft]:
    """Return all that a person has begun to write, newest first, each with its case; for the home page."""
    # Asked draft by draft: as one set of all the cases they see, it would be read whole for whoever has thousands.
    seen = some(Participation.objects.letting_in(user).filter(case=OuterRef("case_id")))
    mine = Draft.objects.filter(user=user).select_related("case").alias(seen=seen)
    return list(mine.filter(Q(case=None) | ~Q(seen=0)).order_by("-saved_at", "pk"))


def save(
    user: User, purpose: str, data: Mapping[str, Any], *, at: datetime, case: Case | None = None
) -> None:
    """Keep these words in place of what was kept before, as saved at this UTC instant."""
    Draft.objects.bulk_create(
        [Draft(user=user, case=case, purpose=purpose, data=dict(data), started_at=at, saved_at=at)],
        update_conflicts=True,
        unique_fields=["user", "case", "purpose"],
        update_fields=["data", "saved_at"],
    )


def save_part(
    user: User, purpose: str, data: Mapping[str, Any], *, at: datetime, case: Case | None = None
) -> None:
    """Keep these top-level keys and leave the others of the draft as they are.

    One page of several writes its own part alone, so two open pages do not undo each other.
    """
    merged = CombinedExpression(F("data"), "||", Value(dict(data), JSONField()), output_field=JSONField())
    mine = Draft.objects.filter(user=user, purpose=purpose, case=case)
    if not mine.update(data=merged, saved_at=at):
        save(user, purpose, data, at=at, case=case)


def kept_for(user: User, purpose: str) -> Exists:
    """Return, for a query of cases, whether this person has a draft of this purpose in each."""
    return Exists(Draft.objects.filter(case=OuterRef("pk"), user=user, purpose=purpose))


def discard(user: User, purpose: str, case: Case | None = None) -> bool:
    """Throw the draft away; return whether there was one."""
    return bool(Draft.objects.filter(user=user, purpose=purpose, case=case).delete()[0])


def take(user: User, purpose: str, case: Case | None = None) -> Draft | None:
    """Throw the draft away and return what it held, or None; in one statement, inside the caller's transaction.

    Whoever sends the same draft from a second window waits here until the first is through, and then finds none.
    """
    case_id = case.pk if case else None
    rows = Draft.objects.raw(
        "DELETE FROM cases_draft WHERE user_id = %s AND purpose = %s AND case_id IS NOT DISTINCT FROM %s RETURNING *",
        [user.pk, purpose, case_id],
    )
    return next(iter(rows), None)


def typed(post: QueryDict) -> dict[str, list[str]]:
    """Return the words of a sent form as PostgreSQL can hold them: every field, as typed, save what is not kept."""
    return {
        name.replace("\0", ""): [str(value).replace("\0", "") for value in post.getlist(name)]
        for name in post
        if name not in NOT_KEPT
    }


def as_post(kept: Mapping[str, Sequence[str]]) -> QueryDict:
    """Return kept words as form data again, so that a form can be bound to them."""
    post = QueryDict(mutable=True)
    for name, values in kept.items():
        post.setlist(name, list(values))
    return post
