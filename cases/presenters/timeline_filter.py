"""The timeline with less in it: by kind, by agency, by stage, or only what is new since somebody looked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import TextChoices
from django.http import QueryDict

from cases.audit import Verb
from cases.presenters.timeline import timeline
from cases.presenters.wording import stage_name
from cases.reading import Happening, Record
from escalation.forms import EscalationForm
from escalation.templatetags.words import count, moment


class Group(TextChoices):
    """What entries of the timeline are about, as somebody looks for them."""

    TALKS = "talks", "Talks and meetings"
    VIEWS = "views", "Positions, facts and news"
    LADDER = "ladder", "Steps on the ladder"
    ADVICE = "advice", "Advice and independent views"
    DATES = "dates", "Dates, reminders and safety"
    SETTLING = "settling", "How it was settled, and after"
    RECORD = "record", "The record itself"


GROUPS: dict[Group, tuple[Verb, ...]] = {
    Group.TALKS: (
        Verb.CONTACT_RECORDED,
        Verb.MEETING_RECORDED,
        Verb.RETHINK_ASKED,
        Verb.MEETING_CONVENED,
        Verb.MEETING_CALLED_OFF,
        Verb.CHAIRED_MEETING_HELD,
    ),
    Group.VIEWS: (
        Verb.OPENED,
        Verb.POSITION_RECORDED,
        Verb.COMMON_GROUND_RECORDED,
        Verb.UPDATED,
        Verb.NEW_FACTS_GIVEN,
    ),
    Group.LADDER: (
        Verb.INTENTION_NOTIFIED,
        Verb.ESCALATED,
        Verb.SKIPPED,
        Verb.ACCEPTED,
        Verb.SUPPORTED,
        Verb.DECLINED,
        Verb.REFERRED,
        Verb.HANDED_OVER,
        Verb.REOPENED,
    ),
    Group.ADVICE: (
        Verb.ADVICE_ASKED,
        Verb.ADVICE_GIVEN,
        Verb.VIEW_ASKED,
        Verb.VIEW_SUPPORTS,
        Verb.VIEW_DOES_NOT_SUPPORT,
    ),
    Group.DATES: (
        Verb.SAFETY_LINE_SET,
        Verb.URGENCY_CHANGED,
        Verb.HORIZON_CHANGED,
        Verb.EXTENDED,
        Verb.PAUSED,
        Verb.RESUMED,
        Verb.DATES_MOVED,
        Verb.LAPSED,
    ),
    Group.SETTLING: (
        Verb.AGREED,
        Verb.AGREED_TO_DIFFER,
        Verb.DETERMINED,
        Verb.COMMITTEE_DECIDED,
        Verb.WITHDRAWN,
        Verb.DIVERTED,
        Verb.FEEDBACK_ACKNOWLEDGED,
        Verb.ACTION_REPORTED,
        Verb.DUTY_DONE,
        Verb.CHECKED_UNDERSTOOD,
        Verb.CHECKED_DONE,
        Verb.CLOSED,
    ),
    Group.RECORD: (Verb.CORRECTED, Verb.TEXT_ERASED, Verb.GLASS_BROKEN, Verb.GLASS_REVIEWED),
}
GROUP_OF = {verb.value: group for group, verbs in GROUPS.items() for verb in verbs}


class TimelineFilter(EscalationForm):
    """What is shown of the timeline; it stays in the address."""

    mark_optional = False

    kind = forms.ChoiceField(label="About", choices=[("", "Everything"), *Group.choices], required=False)
    agency = forms.TypedChoiceField(label="By", coerce=int, empty_value=None, required=False)
    stage = forms.TypedChoiceField(label="On", coerce=int, empty_value=None, required=False)

    def __init__(self, *args: Any, record: Record, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stages = [(s.ordinal, stage_name(record.procedure.rung(s.rung_key))) for s in record.stages]
        names = [name for _, name in stages]
        numbered = [(n, name if names.count(name) == 1 else f"{name} ({n})") for n, name in stages]
        self.fields["agency"].choices = [("", "All agencies"), *record.agencies.items()]  # type: ignore[attr-defined]
        self.fields["stage"].choices = [("", "All stages"), *numbered]  # type: ignore[attr-defined]


def narrowed_timeline(record: Record, given: QueryDict, url: str) -> dict[str, Any]:
    """Return the timeline as the address asks for it, with the form that asks and what is new since the last look.

    `url` is the page of the case. A value that is no choice narrows nothing.
    """
    asked = {name: given[name] for name in ("kind", "agency", "stage") if given.get(name)}
    form = TimelineFilter(asked, record=record)
    form.is_valid()
    wanted = form.cleaned_data
    since = _instant(given.get("since"))
    rows, events = timeline(record, since), list(reversed(record.events))
    new = [row for row in rows if row["new"]]
    kept = [
        row
        for row, event in zip(rows, events, strict=True)
        if (not wanted.get("kind") or GROUP_OF.get(event.verb) == wanted["kind"])
        and (wanted.get("agency") is None or event.agency_id == wanted["agency"])
        and (wanted.get("stage") is None or _stage(record, event) == wanted["stage"])
        and (since is None or row["new"])
    ]
    is_narrowed = len(kept) < len(rows)
    if is_narrowed:  # what a link leads to may not be shown: the whole page has it
        for row in kept:
            row["links"] = [{**link, "url": f"{url}{link['url']}"} for link in row["links"]]
    link = None
    if new and since is None and record.looked_at is not None:
        when = moment(record.looked_at, record.at)
        link = {
            "label": f"New since you looked at {when}: {count(len(new), 'entry,entries')}. Show only that",
            "url": f"{url}?{urlencode({'since': record.looked_at.isoformat()})}#timeline",
        }
    return {
        "timeline": kept,
        "timeline_filter": form,
        "timeline_url": f"{url}#timeline",
        "narrowed": f"{count(len(kept), 'entry,entries').capitalize()} of {len(rows)}."
        if is_narrowed
        else "",
        "new_entries": link,
    }


def _instant(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat((text or "")[:40])
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _stage(record: Record, event: Happening) -> int:
    """Return the number of the stage on which something happened: that of its words, else by the time."""
    for named in event.facts.get("entries", ()):
        if entry := record.entry_of.get(named["id"]):
            return record.stage_of[entry.stage_id].ordinal
    entered = [s.ordinal for s in record.stages if s.entered_at <= event.claimed_at]
    return max(entered, default=1)
