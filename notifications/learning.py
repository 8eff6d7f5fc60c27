"""From learning to messages: the raiser hears what was decided and what changed; a colleague and manager of praise.

Listens to `cases.learning.items`, inside its transaction.
"""

from __future__ import annotations

from datetime import datetime

from cases.learning.items import told
from cases.models import LearningItem, Recognition
from notifications.models import Kind, Message


def connect() -> None:
    """Listen, once per process, to what is told of learning."""
    told.connect(on_learning, sender=LearningItem, dispatch_uid="notifications-learning")
    told.connect(on_recognition, sender=Recognition, dispatch_uid="notifications-recognition")


def on_learning(*, about: LearningItem, at: datetime, **signal: object) -> None:
    """Tell whoever raised an item that there is an answer; the words stand on their page."""
    _plan(Kind.LEARNING, [about.raised_by_id], f"learning:{about.pk}:{about.state}", at)


def on_recognition(*, about: Recognition, at: datetime, **signal: object) -> None:
    """Tell the colleague and their manager."""
    people = [pk for pk in (about.colleague_id, about.manager_id) if pk is not None]
    _plan(Kind.RECOGNISED, people, f"recognition:{about.pk}", at)


def _plan(kind: Kind, people: list[int], key: str, at: datetime) -> None:
    Message.objects.bulk_create(
        [
            Message(kind=kind, recipient_id=pk, key=f"{key}:{pk}", created_at=at, not_before=at)
            for pk in people
        ],
        ignore_conflicts=True,
    )
