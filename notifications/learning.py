"""From learning to messages: the officer hears of a new item, its raiser of each answer; people hear of praise.

Listens to `cases.learning.items`, inside its transaction.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import Permission
from accounts.roles import ROLES
from cases.learning.items import told
from cases.models import LearningItem, Recognition
from notifications.models import Kind, Message

#: Who decides on an item: whoever may do it on its page.
DECIDING = [role for role, facts in ROLES.items() if Permission.RECEIVE_REFERRALS in facts.permissions]


def connect() -> None:
    """Listen, once per process, to what is told of learning."""
    told.connect(on_learning, sender=LearningItem, dispatch_uid="notifications-learning")
    told.connect(on_recognition, sender=Recognition, dispatch_uid="notifications-recognition")


def on_learning(*, about: LearningItem, at: datetime, **signal: object) -> None:
    """Tell the officer that an item waits, and later whoever raised it that there is an answer; the words stay here."""
    if about.state == LearningItem.State.RAISED:
        _plan(Kind.LEARNING_RAISED, _deciders(about, at), f"learning:{about.pk}:raised", at)
    else:
        _plan(Kind.LEARNING, [about.raised_by_id], f"learning:{about.pk}:{about.state}", at)


def on_recognition(*, about: Recognition, at: datetime, **signal: object) -> None:
    """Tell the colleague and their manager."""
    people = [pk for pk in (about.colleague_id, about.manager_id) if pk is not None]
    _plan(Kind.RECOGNISED, people, f"recognition:{about.pk}", at)


def _deciders(item: LearningItem, at: datetime) -> list[int]:
    """Return who decides on learning in the partnership on that day, without whoever raised the item."""
    held = Membership.objects.on(timezone.localdate(at)).filter(
        role__in=DECIDING, partnership=item.partnership_id, user__is_active=True
    )
    return list(
        held.exclude(user=item.raised_by_id).order_by("user").values_list("user_id", flat=True).distinct()
    )


def _plan(kind: Kind, people: list[int], key: str, at: datetime) -> None:
    Message.objects.bulk_create(
        [
            Message(kind=kind, recipient_id=pk, key=f"{key}:{pk}", created_at=at, not_before=at)
            for pk in people
        ],
        ignore_conflicts=True,
    )
