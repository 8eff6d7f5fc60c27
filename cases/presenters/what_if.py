"""The what-if page: the ladder laid against the time by which harm could occur, duty by duty, day by day (G16)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from cases.deadlines import LEAST
from cases.presenters.dates import days_table
from cases.presenters.procedure import mark
from cases.presenters.wording import capital, lower_first, stage_name
from cases.procedures.definitions import Procedure
from cases.procedures.telling.told import starts_words, who_words
from cases.projecting import DutyAhead, Projection, RungAhead, least_time
from escalation.templatetags.words import LONDON, clock, count, moment

MINUTE = timedelta(minutes=1)


def what_if(procedure: Procedure, ahead: Projection, urgency: str, now: datetime) -> dict[str, Any]:
    """Return what the page says about one beginning: does the ladder fit, what is due when, from whom, and why then."""
    return {
        "verdict": _verdict(procedure, ahead, urgency, now),
        "chart": _chart(ahead),
        "rungs": [_rung(procedure, rung, now) for rung in ahead.rungs],
        "afterwards": _afterwards(procedure, urgency),
    }


def _verdict(procedure: Procedure, ahead: Projection, urgency: str, now: datetime) -> dict[str, Any]:
    """Return in which tone and in which words the page says whether the ladder fits."""
    end = moment(ahead.ends, now)
    if ahead.horizon is None:
        said = f"If nobody agrees on the way, the last stage ends {_at(end)}."
        return {"kind": "information", "heading": "What is due when", "lines": [said]}
    harm = moment(ahead.horizon, now)
    if not ahead.fits:
        return {
            "kind": "error",
            "heading": "The whole ladder cannot fit",
            "lines": list(_what_to_do(procedure, ahead, harm, urgency)),
        }
    if not ahead.brought_forward:
        said = f"If nobody agrees on the way, the last stage ends {_at(end)}. That is before {harm}."
        return {"kind": "success", "heading": "The whole ladder fits", "lines": [said]}
    return {
        "kind": "warning",
        "heading": "The ladder fits, with less time on each stage",
        "lines": [
            *_usual(ahead, harm, now),
            "So the time until then is shared equally among the stages still to come. "
            f"The last stage ends {_at(end)}.",
        ],
    }


def _usual(ahead: Projection, harm: str, now: datetime) -> Iterator[str]:
    if ahead.horizon is not None and ahead.usual_end > ahead.horizon:
        yield f"With the usual limits the last stage would end {_at(moment(ahead.usual_end, now))}, after {harm}."
    else:
        yield f"The usual limits of some stages would run past {harm}."


def _what_to_do(procedure: Procedure, ahead: Projection, harm: str, urgency: str) -> Iterator[str]:
    stages = len(ahead.rungs)
    least, each = least_time(procedure, urgency) // MINUTE, LEAST // MINUTE
    yield (
        f"{count(stages, 'stage').capitalize()} of at least {each} minutes each need {least} minutes. "
        f"There are {max(0, (ahead.room or timedelta()) // MINUTE)} until {harm}."
    )
    yield "Ring the emergency contacts at the top of this page now. Nobody has to agree with you before you do."
    skipping = procedure.skip.allowed_urgencies
    if skipping:
        paces = " or ".join(f"“{procedure.urgency(key).label}”" for key in skipping)
        with_reason = ", with a reason" if procedure.skip.reason_required else ""
        yield f"Stages may be passed over at {paces}{with_reason}."
    else:
        yield "This procedure lets no stage be passed over: tell the highest manager you can reach."


def _at(words: str) -> str:
    """Return words for an instant so that they can follow "ends"."""
    return words if words.startswith("midnight") else f"at {words}"


def _chart(ahead: Projection) -> dict[str, Any] | None:
    """Return the stages laid against the time by which harm could occur; None where no such time was given."""
    if ahead.horizon is None:
        return None
    rows = [(f"{n}. {rung.rung.label}", rung.ends, "plain") for n, rung in enumerate(ahead.rungs, start=1)]
    rows = [(label, at, "lapsed" if at > ahead.horizon else tone) for label, at, tone in rows]
    bars = [*rows, ("Harm could occur", ahead.horizon, "lapsed")]
    return {
        "caption": "How far each stage reaches",
        "bars": [
            {
                "label": label,
                "value": max(0, (at - ahead.begins) // MINUTE),
                "text": _short(at),
                "tone": tone,
            }
            for label, at, tone in bars
        ],
        "max": max(1, *((at - ahead.begins) // MINUTE for _, at, _ in bars)),
    }


def _short(at: datetime) -> str:
    """Return an instant so that it fits beside a bar: "10:20am, Fri 4 Dec"."""
    local = at.astimezone(LONDON)
    return f"{clock(at)}, {local:%a} {local.day} {local:%b}"


def _rung(procedure: Procedure, ahead: RungAhead, now: datetime) -> dict[str, Any]:
    return {
        "heading": stage_name(ahead.rung),
        "starts": f"Begins {_at(moment(ahead.starts, now))}, if the stage before it takes all its time.",
        "table": {
            "caption": "What is due on this stage",
            "caption_size": "s",
            "columns": [
                {"label": label} for label in ("What is due", "From whom", "By when", "Time allowed")
            ],
            "rows": [_duty(procedure, ahead, duty, now) for duty in ahead.duties],
        },
        "days": [
            {
                "summary": f"How the date came about: {lower_first(duty.clock.label)}",
                "table": days_table(duty.reached),
            }
            for duty in ahead.duties
        ],
    }


def _duty(procedure: Procedure, ahead: RungAhead, duty: DutyAhead, now: datetime) -> list[Any]:
    due: dict[str, Any] = {"text": capital(moment(duty.due.at, now))}
    if duty.due.capped:
        due["small"] = f"Brought forward from {moment(duty.usual, now)}"
    return [
        {"text": duty.clock.label, "small": capital(starts_words(duty.clock, ahead.rung))},
        who_words(procedure, duty.clock.on, ahead.rung),
        due,
        {"text": capital(duty.limit.describe()), "tag": mark(duty.limit.source)},
    ]


def _afterwards(procedure: Procedure, urgency: str) -> dict[str, Any]:
    """Return the duties once it is settled or decided, on whichever stage: they have no date yet, only a limit."""
    clocks = (procedure.checkbacks.understood.clock, procedure.checkbacks.done.clock, procedure.debrief.clock)
    return {
        "caption": "Once it is settled, on whichever stage",
        "columns": [{"label": label} for label in ("What is due", "From whom", "Time allowed")],
        "rows": [
            [
                {"text": clock.label, "small": capital(starts_words(clock))},
                who_words(procedure, clock.on),
                {"text": capital(clock.limit(urgency).describe()), "tag": mark(clock.limit(urgency).source)},
            ]
            for clock in clocks
        ],
    }
