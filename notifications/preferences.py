"""How each person wants to hear of news. What asks something of them is sent at once whatever they chose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta

from django.utils import timezone

from accounts.models import User
from cases.models.case import Urgency
from notifications.models import CAN_WAIT, Message, Preference
from notifications.recipients import still_due

Wishes = Mapping[int, Preference]


def of(people: Iterable[int]) -> Wishes:
    """Return what these people chose, by their id; one query."""
    return Preference.objects.in_bulk(set(people))


def save(user: User, *, news_by_mail: bool, together_at: time | None) -> None:
    """Keep what a person chose."""
    Preference.objects.update_or_create(
        user=user, defaults={"news_by_mail": news_by_mail, "together_at": together_at}
    )


def is_news(message: Message) -> bool:
    """Return whether a message can wait: news of a case that is no danger today, with no duty of the person's own."""
    case = message.case
    if message.kind not in CAN_WAIT or (case is not None and case.urgency == Urgency.IMMEDIATE):
        return False
    duty = message.deadline
    return not (duty is not None and duty.person_id == message.recipient_id and still_due(message))


def refuses(message: Message, wishes: Wishes) -> bool:
    """Return whether a person does without this mail: the notice stands in their inbox all the same."""
    wish = wishes.get(message.recipient_id or 0)
    return wish is not None and not wish.news_by_mail and is_news(message)


def for_later(messages: Sequence[Message], wishes: Wishes, at: datetime) -> dict[datetime, list[Message]]:
    """Return the news that wait for their person's time of day, by the instant until which they wait."""
    found: dict[datetime, list[Message]] = {}
    for message in messages:
        wish = wishes.get(message.recipient_id or 0)
        if message.together or wish is None or wish.together_at is None or not is_news(message):
            continue
        found.setdefault(next_time(wish.together_at, at), []).append(message)
    return found


def next_time(clock: time, at: datetime) -> datetime:
    """Return the next instant (UTC) at which clocks here show this time; now when they do."""
    local = timezone.localtime(at)
    then = local.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    if then < local:
        then = timezone.make_aware(
            datetime.combine(local.date() + timedelta(days=1), clock), timezone.get_current_timezone()
        )
    return then.astimezone(at.tzinfo)
