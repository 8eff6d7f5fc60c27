"""What stands beside a case on its page: Re-thinks and chaired meetings, with a way in for those who are in them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from cases import rethinks
from cases.audit import Verb
from cases.models import ChairedMeeting, Rethink
from cases.presenters.rethinking import beside_case
from cases.reading import Record
from escalation.templatetags.words import moment

Row = dict[str, Any]


def beside(record: Record) -> list[Row]:
    """Return a row for each Re-think and each chaired meeting of a case: where it stands and when, never a word of it.

    Asks the database only when the trail says that there is one; who does not take part in a Re-think gets no link.
    """
    verbs = {event.verb for event in record.events}
    rows: list[Row] = []
    if Verb.RETHINK_ASKED in verbs:
        found = rethinks.beside(record.case)
        mine = Rethink.objects.visible_to(record.look.user).filter(pk__in=[r.pk for r in found])
        rows += beside_case(found, set(mine.values_list("pk", flat=True)), record.at)
    if Verb.MEETING_CONVENED in verbs:
        rows += [_meeting(m, record) for m in ChairedMeeting.objects.filter(case=record.case)]
    return rows


def _meeting(meeting: ChairedMeeting, record: Record) -> Row:
    state = "Called off" if meeting.called_off else "Held" if meeting.held_at else "Called"
    when = f", {moment(meeting.meets_at, record.at)}" if meeting.meets_at and not meeting.called_off else ""
    return {
        "key": f"Chaired meeting {meeting.reference}",
        "value": f"{state}{when}",
        "url": reverse("meeting", args=[meeting.reference]),
    }
