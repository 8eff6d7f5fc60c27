"""A Re-think made ready for its pages: facts, people, notes, outcomes, actions and what this person may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from cases import rethinks
from cases.models import Invitation, Rethink, RethinkAction, RethinkNote
from cases.presenters.wording import lasting
from cases.rethinks import RethinkLook, can
from escalation.templatetags.words import ago, day, moment

Row = dict[str, Any]
State = Rethink.State
COLOURS = {
    State.ASKED: "waiting",
    State.ARRANGED: "soon",
    State.HELD: "agreed",
    State.REDIRECTED: "closed",
    State.CANCELLED: "closed",
}
ROOM = "Only those who were in the room can read this."
ROOM_CLOSED = "These notes stay with those who were in the room."


@dataclass(frozen=True)
class RethinkStep:
    """One thing a person may do: `key` stands in the address, `label` on the button."""

    key: str
    label: str
    rule: rethinks.Rule
    kind: str = "primary"


STEPS: dict[str, RethinkStep] = {
    step.key: step
    for step in (
        RethinkStep("arrange", "Arrange the meeting", rethinks.arrange),
        RethinkStep("record", "Write down what came of it", rethinks.record_it),
        RethinkStep("correct", "Correct what was written down", rethinks.correct, "secondary"),
        RethinkStep("redirect", "Answer that another way fits better", rethinks.redirect, "secondary"),
        RethinkStep("call-off", "Call it off", rethinks.call_off, "secondary"),
    )
}


def label_of(look: RethinkLook, step: RethinkStep) -> str:
    """Return the words of a step as they fit where the Re-think is."""
    if step.key == "arrange" and look.rethink.state == State.ARRANGED:
        return "Change time, place or people"
    if step.key == "call-off" and look.rethink.state == State.ASKED:
        return "Take the request back"
    return step.label


def buttons(look: RethinkLook) -> list[Row]:
    """Return what this person may do now."""
    found: list[Row] = []
    for step in STEPS.values():
        if can(step.rule, look):
            changing = step.key == "arrange" and look.rethink.state == State.ARRANGED
            found.append(
                {
                    "label": label_of(look, step),
                    "url": reverse("rethink_step", args=[look.rethink.reference, step.key]),
                    "kind": "secondary" if changing else step.kind,
                }
            )
    if can(rethinks.take_on, look):
        found.append(
            {
                "label": "Take it on as a formal escalation",
                "url": reverse("rethink_take_on", args=[look.rethink.reference]),
                "kind": "secondary",
            }
        )
    return found


def tag(rethink: Rethink) -> Row:
    """Return where it is, as a tag."""
    return {"text": rethink.get_state_display(), "colour": COLOURS[State(rethink.state)]}


def facts(look: RethinkLook, notes: list[RethinkNote]) -> list[Row]:
    """Return when, where, who leads it, who asked, and what it is about."""
    row = look.rethink
    leader = next((i.who for i in look.invitations if i.part == Invitation.Part.FACILITATOR), "")
    arranged = row.meets_at is not None and not row.called_off
    found: list[Row] = []
    if arranged:
        lasts = lasting(row.minutes or 60)
        found.append({"key": "When", "value": f"{_sentence(moment(row.meets_at, look.at))}, for {lasts}"})
        if row.place:
            found.append({"key": "Where", "value": row.place})
        if row.link:
            found.append({"key": "Online", "value": row.link, "url": row.link})
        found.append({"key": "Who leads it", "value": leader})
    found.append(
        {
            "key": "Asked for by",
            "value": f"{row.asked_by}, {row.agency.short_name}, {ago(row.asked_at, look.at)}",
        }
    )
    for note in notes:
        match note.kind, note.key:
            case RethinkNote.Kind.REQUEST, _:
                found.append({"key": "What it is about", "value": note.words})
            case RethinkNote.Kind.ANSWER, "when":
                found.append({"key": "When would suit", "value": note.words})
            case RethinkNote.Kind.ANSWER, _:
                found.append({"key": "Why it is not held", "value": note.words})
    return found


def points(look: RethinkLook, notes: list[RethinkNote]) -> list[Row]:
    """Return the points that were thought of first, with their answers."""
    answers = look.rethink.considered
    found = [
        {"key": p.label, "value": "Yes" if answers[p.key] else "No"}
        for p in look.laid.considerations
        if p.key in answers
    ]
    added = next((n.words for n in notes if n.kind == RethinkNote.Kind.CONSIDERED), "")
    return [*found, {"key": "In their words", "value": added}] if added else found


def people(look: RethinkLook) -> Row:
    """Return who is invited, with what they are here and whether they came."""
    held = look.rethink.state == State.HELD
    arranging = look.is_coordinator
    rows = []
    for invitation in look.invitations:
        user = invitation.user
        # The address of a guest is for the one who invites them; the others know them by name.
        guest = invitation.name or (invitation.email if arranging or held else "A guest")
        place = user.agency.short_name if user else "No account here"
        came = {True: "Yes", False: "No", None: ""}[invitation.attended]
        row: list[Any] = [
            {"text": user.full_name if user else guest, "small": user.job_title if user else ""},
            place,
            invitation.get_part_display(),
        ]
        rows.append([*row, came] if held else row)
    columns = [{"label": "Name"}, {"label": "Agency"}, {"label": "Part"}]
    return {
        "caption": "Who is invited" if not held else "Who was invited, and who came",
        "columns": [*columns, {"label": "Came"}] if held else columns,
        "rows": rows,
    }


def steps(look: RethinkLook, notes: list[RethinkNote]) -> list[Row]:
    """Return the agenda with the notes of each step that this person may read; what is closed says why."""
    written = {n.key: n for n in notes if n.kind == RethinkNote.Kind.STEP}
    found = []
    for number, step in enumerate(look.laid.steps, start=1):
        note = written.get(step.key)
        closed = step.stays_in_room and not look.was_there
        found.append(
            {
                "number": number,
                "heading": step.heading,
                "prompt": step.prompt,
                "words": note.words if note else "",
                "corrections": [
                    {"by": f"Corrected by {n.author}, {ago(n.written_at, look.at)}", "words": n.words}
                    for n in notes
                    if n.kind == RethinkNote.Kind.CORRECTION and n.key == step.key
                ],
                "closed": ROOM_CLOSED if closed else "",
                "room": ROOM if step.stays_in_room and not closed else "",
            }
        )
    return found


def outcomes(look: RethinkLook, notes: list[RethinkNote]) -> list[Row]:
    """Return each hoped-for outcome, ticked or not, with its note (PO05)."""
    words = {n.key: n.words for n in notes if n.kind == RethinkNote.Kind.OUTCOME}
    reached = set(look.rethink.outcomes)
    return [
        {
            "key": o.label,
            "value": [w for w in ("Yes" if o.key in reached else "No", words.get(o.key, "")) if w],
        }
        for o in look.laid.outcomes
    ]


def actions(look: RethinkLook, rows: list[RethinkAction], notes: list[RethinkNote]) -> list[Row]:
    """Return the actions, with the buttons to report those still open."""
    words = {n.pk: n.words for n in notes if n.kind == RethinkNote.Kind.ACTION}
    may = can(rethinks.report_action, look)
    return [
        {
            "number": a.number,
            "what": words.get(a.note_id, ""),
            "owner": a.owner.who,
            "due": day(a.due_on, look.at),
            "status": a.get_status_display(),
            "colour": {"open": "waiting", "done": "agreed"}.get(a.status, "closed"),
            "report_url": reverse("rethink_action", args=[look.rethink.reference, a.number])
            if may and a.status == RethinkAction.Status.OPEN
            else "",
        }
        for a in rows
    ]


def row(rethink: Rethink, me: Any, at: datetime) -> Row:
    """Return one line of the list of Re-thinks, in the shape of the duty_row component."""
    when = _sentence(moment(rethink.meets_at, at)) if rethink.meets_at and not rethink.called_off else ""
    asked = f"Asked for by {'you' if rethink.asked_by_id == me.pk else rethink.asked_by} {ago(rethink.asked_at, at)}"
    found: Row = {
        "url": reverse("rethink", args=[rethink.reference]),
        "title": rethink.get_reason_display(),
        "reference": rethink.reference,
        "facts": [*([when] if when else []), asked],
        "tags": [tag(rethink)],
    }
    return found


def beside_case(found: list[Rethink], visible: set[int], at: datetime) -> list[Row]:
    """Return the Re-thinks of a case for its page: that there was one, and a link for those who take part in it."""
    rows = []
    for rethink in found:
        when = f", {moment(rethink.meets_at, at)}" if rethink.meets_at and not rethink.called_off else ""
        words = f"{rethink.get_state_display()}{when}"
        value: Row = {"key": f"Re-think {rethink.reference}", "value": words, "tag": None}
        if rethink.pk in visible:
            value["url"] = reverse("rethink", args=[rethink.reference])
        rows.append({k: v for k, v in value.items() if v is not None})
    return rows


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
