"""Rows of the home page and of lists of cases, as `duty_list` draws them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.text import capfirst

from accounts.standing import Standing
from cases.history import Line, headline
from cases.models import ProcedureVersion
from cases.models.deadline import to_do
from cases.presenters.wording import state_tag, state_words, subject_line, timing
from cases.procedures.definitions import Procedure
from cases.steps import STEPS, named
from escalation.templatetags.words import ago, plain_day

Row = dict[str, Any]
#: The short name of every agency of the partnership.
Names = dict[int, str]


def waiting_row(duty: Any, standing: Standing, now: datetime, agencies: Names) -> Row:
    """Return one duty: what to do, in which case, by when, and for whom when it is not one's own."""
    due = timing(duty.due_at, now)
    facts = []
    if duty.person_id != standing.user_id:
        facts.append(f"Acting for {standing.name_of(duty.person_id)}")
    if duty.first_person_id != duty.person_id:
        facts.append("Passed on to you because the time ran out")
    return {
        **_case(duty),
        "title": to_do(duty.rule, duty.label, _procedure(duty), duty.case__rung_key, duty.case__urgency),
        "todo": _line(duty, agencies),
        "due": due.words,
        "due_tone": due.tone,
        "tags": [due.tag] if due.tag else [],
        "facts": facts,
    }


def followed_row(part: Any, standing: Standing, now: datetime, agencies: Names) -> Row:
    """Return one case in a list: where it is, who holds it, by when the holder's step is due."""
    tag = state_tag(part.case__state)
    row = {
        **_case(part),
        "title": _line(part, agencies),
        "holder": part.case__holder__full_name,
        "facts": [f"Logged {plain_day(part.case_opened_at)}", *_acting(part, standing)],
        "tags": [tag] if tag else [],
    }
    if part.case__due_at is not None:
        due = timing(part.case__due_at, now)
        row |= {"due": due.words, "due_tone": due.tone if due.lapsed else "later"}
        row["tags"] = [t for t in (due.tag if due.lapsed else None, tag) if t]
    return row


def changed_row(part: Any, now: datetime, agencies: Names) -> Row:
    """Return one case that others changed, with what was recorded last."""
    last = part.last
    tag = state_tag(part.case__state)
    line = Line(
        last["verb"], last["facts"], _procedure(part), rung=part.case__rung_key, pace=part.case__urgency
    )
    return {
        **_case(part),
        "title": _line(part, agencies),
        "todo": headline(line),
        "due": capfirst(ago(part.case__changed_at, now)),
        "tags": [tag] if tag else [],
        "new": part.looked_at is None,
    }


def _case(row: Any) -> Row:
    return {
        "url": reverse("case", args=[row.case__reference]),
        "reference": row.case__reference,
        "stage": ""
        if state_tag(row.case__state)
        else state_words(row.case__state, row.case__rung_key, _procedure(row)),
    }


def _line(row: Any, agencies: Names) -> str:
    raising, receiving = agencies[row.raising_agency_id], agencies[row.receiving_agency_id]
    return subject_line(row.case__subject, raising, receiving)


def _procedure(row: Any) -> Procedure:
    return ProcedureVersion.of(row.case__procedure_id).definition


def _acting(part: Any, standing: Standing) -> list[str]:
    return [] if part.user_id == standing.user_id else [f"Acting for {standing.name_of(part.user_id)}"]


def draft_row(draft: Any, now: datetime, rethink: str) -> Row:
    """Return one half-written form and the address at which it goes on; `rethink`: what the area calls a Re-think."""
    saved = f"Saved {ago(draft.saved_at, now)}"
    if draft.purpose.startswith("rethink:"):
        return _rethink_draft(draft.purpose.split(":"), saved, rethink)
    if draft.case is None:
        return {"url": reverse("log"), "label": "A new disagreement", "detail": saved}
    step = STEPS.get(draft.purpose)
    if step is not None:
        step = named(step, ProcedureVersion.of(draft.case.procedure_id).definition)
    url = (
        reverse("case_step", args=[draft.case.reference, step.key])
        if step
        else reverse("case", args=[draft.case.reference])
    )
    return {
        "url": url,
        "label": f"{step.label if step else 'What you began to write'}, case {draft.case.reference}",
        "detail": saved,
    }


def _rethink_draft(purpose: list[str], saved: str, rethink: str) -> Row:
    if len(purpose) < 3:
        return {"url": reverse("rethink_ask"), "label": f"Asking for a {rethink}", "detail": saved}
    _, reference, step = purpose
    url = reverse("rethink_step", args=[reference, step])
    return {"url": url, "label": f"What you began to write, meeting {reference}", "detail": saved}


def waiting_list(rows: list[Row], older: str, may_record: bool, *, beside: bool) -> Row:
    """Return the list of duties; when there is none it says what to do. `beside`: something else waits, said above."""
    text = "When somebody needs you to do something, it stands here and you get an email."
    if may_record:
        text += " If you disagree with a colleague about a child’s safety, log it."
    return {
        "heading": "Waiting for you",
        "rows": rows,
        "more": {"label": "Show what is due later", "url": older} if older else None,
        "empty": {"heading": f"Nothing {'else ' if beside else ''}waits for you now", "text": text},
    }


def followed_list(rows: list[Row], older: str) -> Row:
    """Return the list of open cases in which nothing waits on this person."""
    return {
        "heading": "You follow",
        "rows": rows,
        "more": {"label": "Show older ones that you follow", "url": older} if older else None,
        "empty": {
            "heading": "No other case is open",
            "text": "Cases you take part in stand here while somebody else has the next step.",
            "action": {"label": "See all your cases", "url": reverse("case_list"), "kind": "quiet"},
        },
    }


def changed_list(rows: list[Row]) -> Row:
    """Return the list of cases that others changed."""
    return {
        "heading": "Changed since you last looked",
        "rows": rows,
        "empty": {
            "heading": "Nothing has changed",
            "text": "What others add to your cases stands here until you open the case.",
        },
    }


def all_list(rows: list[Row], *, narrowed: bool, may_record: bool) -> Row:
    """Return the list of all of a person's cases; when there is none it says what to do."""
    if narrowed:
        empty = {
            "heading": "No case fits",
            "text": "Choose less, or show them all.",
            "action": {"label": "Show all your cases", "url": reverse("case_list"), "kind": "secondary"},
        }
    else:
        text = "You see a case here once you take part in it."
        empty = {"heading": "You have no cases yet", "text": text}
        empty["action"] = (
            {"label": "Log a disagreement", "url": reverse("log")}
            if may_record
            else {"label": "See what waits for you", "url": reverse("home"), "kind": "secondary"}
        )
    return {"rows": rows, "empty": empty}
