"""Messages beside the ladder: invitations with a calendar file, news of a Re-think, concerns about an agency.

Planned inside the transaction of the change, as those of cases are. A guest of a meeting is reached by the address of
their invitation, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from email.mime.text import MIMEText
from typing import Any

from django.conf import settings

from accounts.models import User
from cases.actions.aside import AsideChange
from cases.calendar_files import calendar_file, file_name
from cases.models import AgencyConcern, Invitation, Rethink
from escalation.templatetags.words import moment
from notifications.models import ABOUT_A_MEETING, Kind, Message, Status


def on_rethink(*, change: Any, **signal: Any) -> None:
    """Plan what a change of a Re-think tells people."""
    rethink: Rethink = change.rethink
    told = [
        _message(change, Kind.RETHINK, rethink.reference, person, rethink=rethink) for person in _told(change)
    ]
    Message.objects.bulk_create([*told, *invitations_of(change)], ignore_conflicts=True)
    forget(change.uninvited)


def on_concern(*, change: Any, **signal: Any) -> None:
    """Plan who hears of a concern about an agency: the leads, or whoever raised it."""
    concern: AgencyConcern = change.concern
    kind = Kind.CONCERN_ANSWERED if change.for_raiser else Kind.CONCERN_RAISED
    Message.objects.bulk_create(
        [_message(change, kind, concern.reference, person, concern=concern) for person in _told(change)],
        ignore_conflicts=True,
    )


def on_meeting(*, change: AsideChange, **signal: Any) -> None:
    """Plan the invitations to a chaired meeting."""
    Message.objects.bulk_create(invitations_of(change), ignore_conflicts=True)
    forget(change.uninvited)


def invitations_of(change: AsideChange) -> list[Message]:
    """Return a message for each invitation a change makes, moves or withdraws. Who acts gets theirs as well: it
    carries the calendar file."""
    return [
        Message(
            kind=kind,
            recipient_id=invitation.user_id,
            invitation=invitation,
            reference=invitation.gathering.reference,
            event=change.event.pk if change.event else None,
            key=f"{invitation.pk}:{kind}:{invitation.gathering.sequence}",
            created_at=change.at,
            not_before=change.at,
        )
        for kind, rows in (
            (Kind.INVITED, change.invited),
            (Kind.MEETING_MOVED, change.moved),
            (Kind.MEETING_OFF, change.uninvited),
        )
        for invitation in rows
    ]


def forget(invitations: Sequence[Invitation]) -> None:
    """Drop what is still waiting to tell people of a meeting that is off for them, save that very news."""
    waiting = Message.objects.filter(
        invitation__in=invitations,
        kind__in=[Kind.INVITED, Kind.MEETING_MOVED],
        status__in=[Status.WAITING, Status.FAILED],
    )
    waiting.update(status=Status.DROPPED, error="not related")


def reasons_to_drop(messages: Iterable[Message]) -> dict[Message, str]:
    """Return why some of these messages, none of them about a case, must not be sent any more."""
    found: dict[Message, str] = {}
    for message in messages:
        person = message.recipient
        if person is not None and not person.is_active:
            found[message] = "inactive"
        elif not _still_concerns(message, person):
            found[message] = "not related"
    return found


def _still_concerns(message: Message, person: User | None) -> bool:
    """Return whether the one it goes to still stands in relation to what it is about; a query for each at most."""
    invitation = message.invitation
    if invitation is not None:
        if message.kind == Kind.MEETING_OFF:
            return True  # that it is off may always be said to whoever was told that it is on
        return invitation.withdrawn_at is None and not invitation.gathering.called_off
    if person is None:
        return False
    if message.rethink_id is not None:
        return Rethink.objects.visible_to(person).filter(pk=message.rethink_id).exists()
    concern = message.concern
    if concern is None:
        return False
    mine, led = AgencyConcern.objects.raised_by(person), AgencyConcern.objects.for_lead(person)
    return any(rows.filter(pk=concern.pk).exists() for rows in (mine, led))


def words_of(message: Message) -> dict[str, Any]:
    """Return what the mail of an invitation says: when, where, whom to tell. Nothing about what it is for."""
    invitation = message.invitation
    if invitation is None or message.kind not in ABOUT_A_MEETING:
        return {}
    gathering = invitation.gathering
    return {
        "when": moment(gathering.meets_at) if gathering.meets_at else "",
        "minutes": gathering.minutes,
        "place": gathering.place,
        "online": gathering.link,
        "contact": gathering.contact,
        "partnership": message.partnership,
    }


def files_of(message: Message, at: datetime) -> list[MIMEText]:
    """Return the calendar file of an invitation, ready to attach; none for other messages."""
    invitation = message.invitation
    if invitation is None or message.kind not in ABOUT_A_MEETING or invitation.gathering.meets_at is None:
        return []
    gathering = invitation.gathering
    content = calendar_file(
        gathering,
        at=at,
        host=settings.BASE_URL.hostname or "localhost",
        organiser=settings.DEFAULT_FROM_EMAIL,
        off=message.kind == Kind.MEETING_OFF,
    )
    part = MIMEText(content.decode(), "calendar", "utf-8")
    part.set_param("method", "CANCEL" if message.kind == Kind.MEETING_OFF else "PUBLISH")
    part.add_header("Content-Disposition", "attachment", filename=file_name(gathering))
    return [part]


def _told(change: AsideChange) -> list[int]:
    """Return who hears of a change, save the one who made it."""
    actor = change.event.actor_id if change.event else None
    return sorted(person for person in change.told if person != actor)


def _message(change: AsideChange, kind: Kind, reference: str, person: int, **about: Any) -> Message:
    event = change.event
    assert event is not None  # the signal is sent after the event
    return Message(
        kind=kind,
        recipient_id=person,
        reference=reference,
        event=event.pk,
        key=f"{event.pk}:{person}",
        created_at=change.at,
        not_before=change.at,
        **about,
    )
