"""The panel at the top of a case: is the child safe now, who holds it, what is due when, where is it, what do I do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from cases import policies, steps
from cases.deadlines import LEAST
from cases.models import Deadline
from cases.models.case import Safe, Urgency
from cases.models.deadline import Rule
from cases.models.entry import Kind
from cases.presenters.reached import how_reached
from cases.presenters.wording import (
    capital,
    heading,
    lower_first,
    relation_words,
    stage_name,
    state_tag,
    timing,
)
from cases.reading import Record
from cases.steps import Step
from escalation.templatetags.words import by, moment

Fact = dict[str, Any]
#: How much of the interim safety line the panel shows; the whole of it stands below.
SHORT = 280
_SAFE_ANSWERS = {
    Safe.YES: ("Yes, for now", "safe"),
    Safe.NO: ("No", "danger"),
    Safe.UNSURE: ("Not sure", "unsure"),
}


@dataclass(frozen=True)
class Offered:
    """The steps a person may take now: the one that comes first, the further ones, and those folded away."""

    main: Step | None
    further: tuple[Step, ...]
    quiet: tuple[Step, ...]

    @classmethod
    def to(cls, record: Record, missing: list[str]) -> Offered:
        """Return what the person who looks may do now.

        Closing is not offered while something is missing, nor correcting to whoever has written nothing.
        """
        found = steps.offered(record.look, record.duties)
        if missing:
            found = [s for s in found if s.key != "close"]
        if not any(entry.author_id == record.look.user.pk for entry in record.entries):
            found = [s for s in found if s.key != "correct"]
        main = steps.main_step(record.look, record.duties, found)
        rest = [s for s in found if s != main]
        return cls(main, tuple(s for s in rest if not s.quiet), tuple(s for s in rest if s.quiet))


def action(record: Record, step: Step, kind: str = "primary") -> dict[str, Any]:
    """Return the button that leads to a step."""
    return {
        "label": step.label,
        "url": reverse("case_step", args=[record.case.reference, step.key]),
        "kind": kind,
    }


def panel(record: Record, offered: Offered) -> dict[str, Any]:
    """Return the panel of a case for the person who looks at it."""
    case = record.case
    duty = first_duty(record)
    facts = [_safe_now(record)]
    if case.in_dispute and case.horizon_at is not None:
        facts.append(_horizon(record))
    if case.holder_id is not None:
        facts.append(_holder(record))
    if duty is not None:
        facts.append(_due(record, duty))
    facts.append(_where(record))  # last: the ladder follows
    return {
        "reference": case.reference,
        "heading": heading(case),
        "tags": _tags(record, duty),
        "facts": facts,
        "action": action(record, offered.main) if offered.main else None,
        "waiting": "" if offered.main else _waiting(record),
    }


def first_duty(record: Record) -> Deadline | None:
    """Return the duty the panel shows: mine that the main button answers, else the holder's, else the soonest."""
    mine = [d for d in record.duties if record.look.is_me(d.person_id)]
    holders = [d for d in record.duties if d.person_id == record.case.holder_id]
    found = sorted(mine or holders, key=lambda d: (steps.ORDER.index(Rule(d.rule)), d.due_at))
    return next(iter(found or record.duties), None)


def _tags(record: Record, duty: Deadline | None) -> list[dict[str, str]]:
    case = record.case
    tags = []
    if case.in_dispute and case.urgency == Urgency.IMMEDIATE:
        tags.append({"text": case.definition.urgency(case.urgency).label, "colour": "danger"})
    if duty is not None and (due := timing(duty.due_at, record.at)).tag:
        tags.append(due.tag)
    if tag := state_tag(case.state):
        tags.append(tag)
    if case.current_stage.supported is False and case.in_dispute:
        tags.append({"text": "Not supported", "colour": "waiting"})
    return tags


def _safe_now(record: Record) -> Fact:
    case, now = record.case, record.at
    answer, tone = _SAFE_ANSWERS[Safe(case.child_safe)]
    line = record.latest(Kind.SAFETY_LINE)
    words = str(line.texts.get("line", "")) if line else ""
    if len(words) > SHORT:
        words = words[:SHORT].rsplit(" ", 1)[0] + " … (all of it is below)"
    if not case.ended:
        passed = case.safety_until <= now
        until = (
            f"This had to be confirmed again {by(case.safety_until, now)}."
            if passed
            else (f"To be confirmed again {by(case.safety_until, now)}.")
        )
        if words and words[-1].isalnum():
            words += "."
        words = f"{words} {until}".strip()
        if passed and tone == "safe":
            answer, tone = "It was, but this must be confirmed", "unsure"
    if case.ended:
        question = "Was the child safe when this ended?"
        return {"question": question, "answer": answer.split(",")[0], "detail": words}
    return {"question": "Is the child safe now?", "answer": answer, "detail": words, "tone": tone}


def _horizon(record: Record) -> Fact:
    """Say by when harm could occur, and whether the stages still to come can fit before it."""
    case, now = record.case, record.at
    horizon = case.horizon_at
    assert horizon is not None
    fact: Fact = {"question": "By when could harm occur?", "answer": f"Harm could occur {by(horizon, now)}"}
    left = len(case.rungs_above) + 1
    if horizon <= now:
        return fact | {
            "answer": f"Harm could have occurred since {moment(horizon, now)}",
            "detail": "That time has passed. Use the emergency contacts if the child is in danger.",
            "tone": "danger",
        }
    stage_due = case.current_stage.due_at
    if horizon - now < left * LEAST or (stage_due is not None and stage_due > horizon):
        late = (
            "The stages still to come do not fit before then. Make the child safe first, and go up now."
            if left > 1
            else "This stage, the last one, ends too late for that. Make the child safe first, and settle it now."
        )
        return fact | {"detail": late, "tone": "danger"}
    fits = "Every stage still to come is timed to fit" if left > 1 else "This stage is timed to end"
    return fact | {"detail": f"{fits} before then."}


def _where(record: Record) -> Fact:
    case, now = record.case, record.at
    if case.in_dispute:
        since = moment(case.current_stage.entered_at, now)
        return {"question": "Where is it?", "answer": stage_name(case.rung), "detail": f"Since {since}"}
    ended_at = case.closed_at or case.settled_at
    detail = case.definition.outcome_label(case.outcome) if case.outcome else ""
    if ended_at is not None:
        detail = f"{detail}, {moment(ended_at, now)}" if detail else moment(ended_at, now)
    return {"question": "Where is it?", "answer": case.get_state_display(), "detail": detail}


def _holder(record: Record) -> Fact:
    case, look = record.case, record.look
    part = record.part_of(case.holder_id)
    name = str(case.holder)
    answer = f"You ({name})" if case.holder_id == look.user.pk else name
    detail = []
    if case.holder_id != look.user.pk and look.is_me(case.holder_id):
        detail.append(f"You act for {name} today.")
    if part is not None:
        who = part.user.job_title or capital(relation_words(part.relation))
        detail.append(f"{who}, {part.agency.short_name}.")
    if case.stand_in_id is not None:
        who = "You" if look.is_me(case.stand_in_id) else record.names.get(case.stand_in_id, "Their manager")
        detail.append(f"{who} may act as well, because the time ran out.")
    return {"question": "Who holds it?", "answer": answer, "detail": " ".join(detail)}


def _due(record: Record, duty: Deadline) -> Fact:
    due = timing(duty.due_at, record.at)
    whose = "you" if duty.person_id == record.look.user.pk else record.names[duty.person_id]
    how = how_reached(duty, record.case, record.duties, record.at)
    lines = how.lines(record.at)
    stage = stage_name(record.procedure.rung(record.stage_of[duty.stage_id].rung_key))
    lines.append(f"It is part of “{stage}”.")
    return {
        "question": f"What is due from {whose}?",
        "answer": f"{duty.words}, {lower_first(due.words) if due.lapsed else by(duty.due_at, record.at)}",
        "tone": due.tone if due.tone in ("lapsed", "today") else "",
        "how": lines,
        "how_label": "How this date came about",
    }


def _waiting(record: Record) -> str:
    case = record.case
    if case.ended:
        if policies.can(policies.reopen, record.look):
            return "This disagreement has ended. It can be reopened if something new has come up."
        return "This disagreement has ended. Nothing is asked of you."
    if case.holder_id is None:
        return "Nothing is asked of you now."
    if record.look.is_holder and case.settled:
        return "You see this through. Others have to do something before it can be closed: the list is below."
    if record.look.is_holder:
        return "You hold this case. The dates by which things are due stand below."
    return f"The next step is with {case.holder}. You get an email when something is asked of you."
