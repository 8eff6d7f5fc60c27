"""Words that several pages share: who disagrees with whom, which stage, how soon something is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cases.models.case import About, Case, Subject
from cases.models.participation import Relation
from cases.procedures.definitions import Procedure
from cases.procedures.rungs import Rung
from cases.workflow import LADDER, State
from escalation.templatetags.words import LONDON, by

#: Due within so many days, today not counted: enough to look past a weekend.
SOON = timedelta(days=3)
_STATE_WORDS = {
    State.AGREED: "Agreed",
    State.DETERMINED: "Determined",
    State.CLOSED: "Closed",
    State.WITHDRAWN: "Withdrawn",
    State.DIVERTED: "Taken up elsewhere",
}
_STATE_COLOURS = {State.AGREED: "agreed", State.DETERMINED: "determined"}
_ABOUT_WORDS = {
    About.DECISION: "a decision by {}",
    About.ACTION: "an action by {}",
    About.INACTION: "something not done by {}",
}
_RELATION_WORDS: dict[str, str] = {
    Relation.RAISER: "raised it",
    Relation.COUNTERPART: "counterpart",
    Relation.LINE_MANAGER: "line manager",
    Relation.SENIOR_MANAGER: "senior manager",
    Relation.DECIDER: "decides",
    Relation.CHAIR: "chairs the meeting",
    Relation.ADVISER: "adviser",
    Relation.COMMITTEE: "for the committee",
    Relation.OWNER: "carries out an agreed action",
}
#: So much of a text is shown to tell it from others.
BEGINNING = 90


@dataclass(frozen=True)
class Timing:
    """How soon something is due, in words, with the tone of its row and a tag where it matters."""

    words: str
    tone: str  # lapsed, today, soon or later
    tag: dict[str, str] | None

    @property
    def lapsed(self) -> bool:
        return self.tone == "lapsed"


def timing(due_at: datetime, now: datetime) -> Timing:
    """Return how soon an instant is. At the instant itself it has lapsed; midnight belongs to the day it ends."""
    words = by(due_at, now)
    if due_at <= now:
        return Timing(f"Was due {words}", "lapsed", {"text": "Lapsed", "colour": "lapsed"})
    away = _day(due_at - timedelta(microseconds=1)) - _day(now)
    if not away:
        return Timing(f"Due {words}", "today", {"text": "Due today", "colour": "today"})
    return Timing(f"Due {words}", "soon" if away <= SOON else "later", None)


def _day(instant: datetime) -> date:
    return instant.astimezone(LONDON).date()


def lasting(minutes: int) -> str:
    """Return how long a meeting is planned to last: "1 hour and a half", "2 hours", "45 minutes"."""
    hours, rest = divmod(minutes, 60)
    if rest not in (0, 30) or not hours:
        return f"{minutes} minutes"
    return f"{hours} hour{'s' if hours > 1 else ''}{' and a half' if rest else ''}"


def between(raising: str, receiving: str) -> str:
    """Return who disagrees with whom by their agencies' short names: "Health to Social Work"."""
    return f"within {raising}" if raising == receiving else f"{raising} to {receiving}"


def subject_line(subject: str, raising: str, receiving: str) -> str:
    """Return the one line by which lists name a case: "Child: Health to Social Work". Nothing more about the child."""
    return f"{Subject(subject).label}: {between(raising, receiving)}"


def heading(case: Case) -> str:
    """Return the heading of a case: "Child: a decision by Social Work"."""
    about = _ABOUT_WORDS[About(case.about)].format(case.receiving_agency.short_name)
    return f"{case.definition.subject_label(case.subject)}: {about}"


def lower_first(words: str) -> str:
    """Return a sentence's words so that they can stand inside another one; abbreviations are left alone."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def capital(words: str) -> str:
    """Return words with a capital at the start of the sentence."""
    return words[:1].upper() + words[1:]


def stage_name(rung: Rung) -> str:
    """Return a rung by its local label and title: "Stage 1: managers meet"."""
    return f"{rung.label}: {lower_first(rung.title)}"


def state_words(state: str, rung_key: str, procedure: Procedure) -> str:
    """Return where a case is in the area's own words: the label of its rung, or how it was settled or ended."""
    return procedure.rung(rung_key).label if state in LADDER else _STATE_WORDS[State(state)]


def state_tag(state: str) -> dict[str, str] | None:
    """Return a tag for a case that is settled or has ended; None while it is in dispute."""
    if state in LADDER:
        return None
    return {"text": _STATE_WORDS[State(state)], "colour": _STATE_COLOURS.get(State(state), "closed")}


def relation_words(relation: str) -> str:
    """Return a relation as it stands in brackets behind a name; a role that is no relation is given back as it is."""
    return _RELATION_WORDS.get(relation, relation)


def beginning(texts: Mapping[str, Any]) -> str:
    """Return how some named texts begin, to know an entry by; "" when there are none."""
    parts = [
        part for text in texts.values() for part in (text.values() if isinstance(text, Mapping) else [text])
    ]
    written = [part.strip() for part in parts if isinstance(part, str) and part.strip()]
    # Words have spaces between them; an instant, or a key such as "telephone", is nothing by which to know a text.
    said = next((part for part in written if " " in part), written[0] if written else "")
    return said if len(said) <= BEGINNING else f"{said[:BEGINNING].rsplit(' ', 1)[0]} …"
