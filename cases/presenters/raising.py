"""Concerns about an agency made ready for the pages of raiser and lead."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from accounts.acting import WhoDid
from accounts.models import User
from cases.concerns import Pattern
from cases.models import AgencyConcern, ConcernNote
from cases.procedures.vocabulary import FAMILY_WORDS
from escalation.templatetags.words import ago, day, moment, on_day
from escalation.trail.models import Event

Row = dict[str, Any]
State = AgencyConcern.State
_COLOURS = {State.RAISED: "waiting", State.DECIDED: "soon", State.ENDED: "closed"}
_KINDS = {
    ConcernNote.Kind.CONCERN: "What was noticed",
    ConcernNote.Kind.REASONS: "Why it was decided so",
    ConcernNote.Kind.TOLD: "What the person who raised it was told",
    ConcernNote.Kind.FOLLOW_UP: "What came of it",
}


def waits(row: AgencyConcern, today: date) -> bool:
    """Return whether the lead has to decide it, or to look at it again by now."""
    due = row.state == State.DECIDED and row.follow_up_on is not None and row.follow_up_on <= today
    return row.state == State.RAISED or due


def tag(row: AgencyConcern) -> Row:
    """Return where it is, as a tag."""
    return {"text": row.get_state_display(), "colour": _COLOURS[State(row.state)]}


def mine_row(row: AgencyConcern, at: datetime) -> Row:
    """Return one line of what a person raised."""
    answered = row.decided_at is not None and (row.seen_at is None or row.seen_at < row.decided_at)
    return {
        "url": reverse("concern", args=[row.reference]),
        "title": f"About {row.about.name}",
        "reference": row.reference,
        "facts": [f"Raised {ago(row.raised_at, at)}"],
        "tags": [tag(row)],
        "new": answered,
    }


def lead_row(row: AgencyConcern, at: datetime) -> Row:
    """Return one line of what came to a lead."""
    found = {
        "url": reverse("concern_lead", args=[row.reference]),
        "title": f"About {row.about.name}",
        "reference": row.reference,
        "facts": [f"Raised {ago(row.raised_at, at)}", ", ".join(families(row))],
        "tags": [tag(row)],
    }
    if row.state == State.DECIDED and row.follow_up_on is not None:
        found["todo"] = f"Look at it again {on_day(row.follow_up_on, at)}"
    return found


def families(row: AgencyConcern) -> list[str]:
    """Return the kinds of a concern in words."""
    return [FAMILY_WORDS.get(key, key) for key in row.families]


def for_raiser(row: AgencyConcern, at: datetime) -> list[Row]:
    """Return the facts of a concern for whoever raised it."""
    found: list[Row] = [
        {"key": "About", "value": row.about.name},
        {"key": "Kind", "value": families(row)},
        {"key": "Raised", "value": _sentence(moment(row.raised_at, at))},
        {"key": "Where it stands", "value": row.get_state_display()},
    ]
    if row.decided_at is not None:
        found.append({"key": "Decision", "value": decision_words(row)})
    return found


def for_lead(row: AgencyConcern, at: datetime) -> list[Row]:
    """Return the same for the lead, with who raised it and when it is looked at again."""
    raiser = {
        "key": "Raised by",
        "value": f"{row.raiser}, {row.raiser.job_title}, {row.raiser.agency.short_name}",
    }
    found = [*for_raiser(row, at)[:2], raiser, *for_raiser(row, at)[2:]]
    if row.decided_by is not None and row.decided_at is not None:
        ref = f"concern:{row.pk}"
        who = WhoDid([ref], row.chain).name(ref, row.decided_by, row.decided_at)
        found.append({"key": "Decided by", "value": f"{who}, {moment(row.decided_at, at)}"})
    if row.follow_up_on is not None:
        found.append({"key": "To be looked at again", "value": _sentence(day(row.follow_up_on, at))})
    return found


def decision_words(row: AgencyConcern) -> str:
    """Return the decision in the words of the procedure it was raised under."""
    laid = row.procedure.definition.concerns
    found = {d.key: d.label for d in laid.decisions} if laid else {}
    return found.get(row.decision, row.decision)


def notes(row: AgencyConcern, rows: list[ConcernNote], at: datetime) -> list[Row]:
    """Return the notes in order, as cards: heading, words, who wrote them in whose place, and when; two queries."""
    for_whom = _acted_for(row)
    return [
        {
            "heading": _KINDS[ConcernNote.Kind(note.kind)],
            "text": note.words,
            "by": f"{note.author}{for_whom.get(str(note.pk), '')}, {moment(note.written_at, at)}",
        }
        for note in rows
    ]


def _acted_for(row: AgencyConcern) -> dict[str, str]:
    """Return by the key of a note in whose place it was written, as the trail says; nothing for the others."""
    found = Event.objects.filter(chain=row.chain, acting_for_id__isnull=False)
    by_deputies = list(found.values_list("acting_for_id", "payload"))
    people = User.objects.in_bulk({person for person, _ in by_deputies}) if by_deputies else {}
    return {
        note["id"]: f", acting for {people[person]}"
        for person, payload in by_deputies
        for note in json.loads(payload).get("notes", ())
    }


def pattern_table(found: list[Pattern], quarters: list[date]) -> Row:
    """Return how many concerns were raised about each agency, quarter by quarter."""
    return {
        "caption": "Concerns about each agency, by quarter",
        "columns": [
            {"label": "Agency"},
            *({"label": f"{q:%b %Y}", "numeric": True} for q in quarters),
            {"label": "All", "numeric": True},
            {"label": "Not decided", "numeric": True},
        ],
        "rows": [[p.agency.name, *(n for _, n in p.quarters), p.total, p.undecided] for p in found],
        "row_header": True,
        "empty": "No concern was raised in these two years.",
    }


def families_table(found: list[Pattern]) -> Row:
    """Return what the concerns about each agency were about."""
    rows = [[p.agency.name, FAMILY_WORDS.get(key, key), number] for p in found for key, number in p.families]
    return {
        "caption": "What they were about",
        "columns": [{"label": "Agency"}, {"label": "Kind"}, {"label": "Times", "numeric": True}],
        "rows": rows,
        "empty": "Nothing to show.",
    }


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
