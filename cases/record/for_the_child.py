"""A short entry for the child's own file, written so that the child can read it one day (G27).

Facts alone, in plain words: that people who work for the child disagreed, what about, how it was settled, and what was
done. No professional is named and nobody is blamed; what people wrote in the heat of it stays out.
"""

from __future__ import annotations

from typing import Any

from cases.models.case import About, Case
from cases.models.entry import Kind
from cases.reading import Record
from cases.workflow import State
from escalation.templatetags.words import plain_day

_ABOUT = {
    About.DECISION: "a decision that was made",
    About.ACTION: "something that was done",
    About.INACTION: "something that had not been done",
}
_ENDED: dict[str, str] = {
    State.AGREED: "They talked, and agreed what to do.",
    State.DETERMINED: "They could not agree, so the most senior social worker here listened to both and decided.",
    State.WITHDRAWN: "The person who had been worried talked it through and was content not to take it further.",
    State.DIVERTED: "It was passed to other people whose job it was to look into it.",
}


def _how_it_ended(case: Case) -> str:
    """Return how it was settled or ended: a state, or the one it is in while nothing is settled."""
    if case.settled_in and case.state not in (State.WITHDRAWN, State.DIVERTED):
        return State.DETERMINED if case.settled_in in (State.CSWO, State.COMMITTEE) else State.AGREED
    return str(case.state)


def child_entry(record: Record) -> dict[str, Any]:
    """Return heading and sentences of the entry; only what both sides may read goes into it."""
    case = record.case
    agencies = list(dict.fromkeys([case.raising_agency.name, case.receiving_agency.name]))
    who = (
        f"People from {agencies[0]}" if len(agencies) == 1 else f"People from {agencies[0]} and {agencies[1]}"
    )
    sentences = [
        f"{who} both wanted you to be safe and well.",
        f"On {plain_day(case.opened_at)} they found that they did not agree about {_ABOUT[About(case.about)]}.",
        "Speaking up when they disagree is part of their job, so that nothing about you is missed.",
    ]
    sentences.append(_ENDED.get(_how_it_ended(case), "They are still working out what is right for you."))
    if case.settled_at:
        sentences[-1] += f" That was on {plain_day(case.settled_at)}."
    settled = record.latest(Kind.DETERMINATION, Kind.AGREEMENT, Kind.COMMITTEE_OUTCOME)
    said = settled.texts if settled is not None and settled.content else {}
    words = said.get("decision") or said.get("agreement") or said.get("outcome") or ""
    done = []
    for action in record.actions:
        entry = record.entry_of[str(action.entry_id)]
        if entry.content and not record.why_closed(entry):
            status = {"done": "This was done.", "not_done": "This was not done."}.get(action.status, "")
            done.append(f"{entry.texts.get('what', '')} {status}".strip())
    return {
        "title": "For your file",
        "heading": "When people who work for you did not agree",
        "sentences": [s for s in sentences if s],
        "decided": str(words),
        "done": done,
        "reference": case.reference,
    }
