"""The calendar file of a meeting: when and where, how to take part, and not one word about a case or a child."""

from __future__ import annotations

from datetime import datetime

from icalendar import Calendar, Event, vCalAddress, vText

from cases.models import Rethink
from cases.models.gathering import Gathering

PRODUCT = "-//Escalation//Meetings//EN"
TITLE = "Meeting of professionals"
WORDS = (
    "You are invited to a meeting of professionals, reference {reference}. "
    "This entry says nothing about what it is for. Please do not pass it on."
)


def calendar_file(
    gathering: Gathering, *, at: datetime, host: str, organiser: str, off: bool = False
) -> bytes:
    """Return the meeting as an iCalendar file, as it stands at this UTC instant.

    `off` takes it out of a calendar that has it: the meeting was called off, or the person is no longer invited. The
    same meeting always has the same UID and counts its changes, so that calendars replace what they hold.
    """
    calling_off = off or gathering.called_off
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if calling_off else "PUBLISH")
    event = Event()
    event.add("uid", f"{gathering.reference.lower()}@{host}")
    event.add("sequence", gathering.sequence + (off and not gathering.called_off))
    event.add("dtstamp", at)
    event.add("summary", TITLE)
    if gathering.meets_at is not None:
        event.add("dtstart", gathering.meets_at)
        event.add("dtend", gathering.ends_at)
    event.add("description", WORDS.format(reference=gathering.reference))
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if calling_off else "CONFIRMED")
    event["organizer"] = vCalAddress(f"mailto:{organiser}")
    if where := gathering.place or gathering.link:
        event["location"] = vText(where)
    if gathering.link:
        event.add("url", "".join(gathering.link.split()))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def file_name(gathering: Gathering) -> str:
    """Return the name of the file: the meeting's random reference and nothing else."""
    kind = "re-think" if isinstance(gathering, Rethink) else "meeting"
    return f"{kind}-{gathering.reference}.ics"
