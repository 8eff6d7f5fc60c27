"""A short entry for the child's own file, written so that the child can read it one day (G27).

Facts alone, in plain words: that people who work for the child disagreed, what about, how it was settled, and what was
done. No professional is named and nobody is blamed; what people wrote in the heat of it stays out.
"""

from __future__ import annotations

import re
from typing import Any

from cases.models.case import About, Outcome
from cases.models.entry import Kind
from cases.reading import Record
from escalation.templatetags.words import plain_day

_ABOUT = {
    About.DECISION: "a decision that was made",
    About.ACTION: "something that was done",
    About.INACTION: "something that had not been done",
}
#: How it was settled or ended, by its outcome: the step alone does not tell, since people agree on each of them.
_ENDED: dict[str, str] = {
    Outcome.RESOLVED_AGREED: "They talked, and agreed what to do.",
    Outcome.AGREED_TO_DIFFER: (
        "They talked, and still did not see it the same way. They agreed that you would be all right."
    ),
    Outcome.DETERMINED: (
        "They could not agree, so the most senior social worker here listened to both and decided."
    ),
    Outcome.COMMITTEE_DETERMINED: (
        "They could not agree. So people from all the services here met. "
        "They listened to both, and it was decided."
    ),
    Outcome.WITHDRAWN: (
        "The person who had been worried talked it through and was content not to take it further."
    ),
    Outcome.MANAGER_DECLINED: (
        "The person who had been worried asked their manager, who saw it differently. It was not taken further."
    ),
    Outcome.DIVERTED: "It was passed to other people whose job it was to look into it.",
}
#: What stands for the name of a professional in what was decided.
SOMEBODY = "somebody who works for you"
_OPEN = "They are still working out what is right for you."


def _unnamed(record: Record, words: str) -> str:
    """Return what people wrote without the whole names of those who take part: the child needs no name to blame."""
    names = sorted((n for n in record.names.values() if n), key=len, reverse=True)
    return re.sub("|".join(map(re.escape, names)), SOMEBODY, words) if names else words


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
    over = case.settled or case.ended  # one that was reopened is neither, whatever was decided before
    sentences.append(_ENDED.get(case.outcome, "It is settled now.") if over else _OPEN)
    if over and (on := case.settled_at or case.closed_at):
        sentences[-1] += f" That was on {plain_day(on)}."
    settled = record.latest(Kind.DETERMINATION, Kind.AGREEMENT, Kind.COMMITTEE_OUTCOME) if over else None
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
        "decided": _unnamed(record, str(words)),
        "done": [_unnamed(record, words) for words in done],
        "reference": case.reference,
    }
